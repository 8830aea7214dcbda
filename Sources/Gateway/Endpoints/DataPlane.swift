import Cache
import HTTP
import Metrics
import Platform

/// What applications talk to: routes a request to its endpoint and sees that each call leaves a record.
final class DataPlane: RequestHandler {
    private let context: GatewayContext
    private let loop: EventLoop
    private let transport: Transports
    private let chat: ChatPipeline
    private let passThrough: PassThroughEndpoint
    private let models: ModelsEndpoint
    private let chooser: TreatmentChooser
    private let digest = Digest()
    private var identifiers = RecordIDGenerator()
    private let shard: MetricsShard

    /// - Parameter loopCount: How many loops serve clients.
    init(_ context: GatewayContext, on loop: EventLoop, loopCount: Int, auditor: CacheAuditor?) {
        self.context = context
        self.loop = loop
        transport = Transports(on: loop, resolver: context.resolver, loopCount: loopCount)
        shard = context.metrics.makeShard()
        chooser = TreatmentChooser(context.policy)
        chat = ChatPipeline(context, transport: transport, chooser, auditor: auditor)
        passThrough = PassThroughEndpoint(context, transport: transport)
        models = ModelsEndpoint(context)
    }

    func close() { transport.close() }

    func answer(_ connection: Connection) async {
        let route = connection.withHead { Route(connection.head, $0) }
        guard let endpoint = route.endpoint else { return await answerUnmetered(connection, route) }
        let call = begin(connection, endpoint)
        do throws(GatewayError) {
            try admit(call)
            switch route {
            case .dialect(let dialect, let path): try await answer(call, dialect, path)
            case .models: await models.list(call)
            case .model(let id): try await models.one(id, call)
            case .passThrough(let path): try await passOn(call, path)
            case .upgrade, .health, .options, .methodNotAllowed, .unknown: throw .noWebSockets
            }
        } catch { await call.refuse(error) }
        finish(call)
    }

    private func answer(_ call: Call, _ dialect: Dialect, _ path: Range<Int>) async throws(GatewayError) {
        if call.headers.hasContentEncoding {
            // Opaque: it goes whole and unread, and is metered from its answer.
            return try await passOn(call, path)
        }
        let isWhole: Bool
        do throws(ProtocolError) {
            isWhole = try await call.connection.readBody(limit: context.settings.limits.bodyBytes)
        } catch { throw GatewayError(error) }
        guard isWhole else { return call.clientLeft() }
        call.entry.requestBytes = call.connection.withBody { $0.count }
        try await chat.answer(call, dialect, path)
    }

    private func passOn(_ call: Call, _ path: Range<Int>) async throws(GatewayError) {
        chooser.decide(call, path)
        try await passThrough.answer(call, path)
    }

    // MARK: A metered call's beginning and end. Not inlined: a record is large, and an async frame would keep the room
    // for it as long as the connection lasts.

    @inline(never)
    private func begin(_ connection: Connection, _ endpoint: LedgerEntry.Endpoint) -> Call {
        let wall = loop.time.wallMicroseconds()
        return Call(connection, identifiers.next(wall: wall), at: wall, endpoint, on: loop)
    }

    /// Reads what the call's headers ask, and decides whether it is answered at all.
    @inline(never)
    private func admit(_ call: Call) throws(GatewayError) {
        try context.checkLoad(call)
        try call.readHeaders()
        try context.admit(call, using: digest)
        chooser.begin(call)
    }

    /// Writes the record that every metered call leaves.
    @inline(never)
    private func finish(_ call: Call) {
        let record = call.close()
        context.settle(record, call.reserved, of: call.account)
        context.count(record, in: shard)
        if call.leavesRecord { context.ledger.record(record) }
    }

    // MARK: What is no call

    private func answerUnmetered(_ connection: Connection, _ route: Route) async {
        switch route {
        case .health: await answerHealth(connection)
        case .options: await answerOptions(connection)
        case .methodNotAllowed:
            await refuse(connection, GatewayError(.methodNotAllowed, 405, "This route takes GET."))
        default:
            let message = "There is nothing here. The gateway answers below /v1, and on /health."
            await refuse(connection, GatewayError(.unknownRoute, 404, message))
        }
    }

    private func answerHealth(_ connection: Connection) async {
        var body = ByteBuffer(capacity: 32)
        body.append(#"{"status":"ok"}"#)
        connection.beginResponse(200)
        connection.header("content-type", "application/json")
        connection.endHead(.length(body.count))
        do throws(SocketError) { try await connection.send(body) } catch { connection.mustClose = true }
    }

    private func answerOptions(_ connection: Connection) async {
        do throws(SocketError) { try await connection.sendMethods() } catch { connection.mustClose = true }
    }

    private func refuse(_ connection: Connection, _ error: GatewayError) async {
        do throws(SocketError) { try await connection.send(error) } catch { connection.mustClose = true }
    }
}
