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
    private let digest = Digest()
    private var identifiers = RecordIDGenerator()
    private let shard: MetricsShard

    /// - Parameter loopCount: How many loops serve clients.
    init(_ context: GatewayContext, on loop: EventLoop, loopCount: Int) {
        self.context = context
        self.loop = loop
        transport = Transports(on: loop, resolver: context.resolver, loopCount: loopCount)
        shard = context.metrics.makeShard()
        chat = ChatPipeline(context, transport: transport)
        passThrough = PassThroughEndpoint(context, transport: transport)
        models = ModelsEndpoint(context)
    }

    func close() { transport.close() }

    func answer(_ connection: Connection) async {
        let route = connection.withHead { Route(connection.head, $0) }
        switch route {
        case .health: await answerHealth(connection)
        case .options: await answerOptions(connection)
        case .unknown:
            await refuse(
                connection,
                GatewayError(
                    .unknownRoute, 404, "There is nothing here. The gateway answers below /v1, and on /health."))
        case .methodNotAllowed:
            await refuse(connection, GatewayError(.methodNotAllowed, 405, "This route takes GET."))
        case .chat(let path):
            await record(connection, .chatCompletions) { (call) throws(GatewayError) in
                try await self.answerChat(call, path)
            }
        case .models: await record(connection, .models) { await self.models.list($0) }
        case .model(let id):
            await record(connection, .models) { (call) throws(GatewayError) in try await self.models.one(id, call) }
        case .passThrough(let path):
            await record(connection, .passthrough) { (call) throws(GatewayError) in
                try await self.passThrough.answer(call, path)
            }
        case .upgrade:
            await record(connection, .passthrough) { (_) throws(GatewayError) in
                throw GatewayError(
                    .notSupported, 501, "The gateway does not carry WebSockets; call the provider directly.")
            }
        }
    }

    private func answerChat(_ call: Call, _ path: Range<Int>) async throws(GatewayError) {
        if call.headers.hasContentEncoding {
            // Opaque: it goes whole and unread, and is metered from its answer.
            try await passThrough.answer(call, path)
            return
        }
        let isWhole: Bool
        do throws(ProtocolError) {
            isWhole = try await call.connection.readBody(limit: context.settings.limits.bodyBytes)
        } catch { throw GatewayError(error) }
        guard isWhole else { return call.clientLeft() }
        call.entry.requestBytes = call.connection.withBody { $0.count }
        try await chat.answer(call, path)
    }

    /// Runs one metered call: reads what its headers ask, lets `body` answer it, and records it on every way out.
    private func record(
        _ connection: Connection, _ endpoint: LedgerEntry.Endpoint,
        _ body: (Call) async throws(GatewayError) -> Void
    ) async {
        let wall = loop.time.wallMicroseconds()
        var entry = LedgerEntry(id: identifiers.next(wall: wall), startedAt: wall, endpoint: endpoint)
        entry.requestBytes = connection.head.contentLength ?? 0
        let call = Call(connection, entry: entry, loop: loop)
        do throws(GatewayError) {
            try context.checkLoad()
            try call.readHeaders()
            try context.admit(call, using: digest)
            call.chooseArm(context.settings)
            try await body(call)
        } catch {
            await call.refuse(error)
        }
        let record = call.close()
        context.count(record, in: shard)
        context.ledger.record(record)
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
