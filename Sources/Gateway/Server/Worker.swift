import Glibc
import HTTP
import Platform

/// Answers one request after the other on a connection; belongs to one loop.
protocol RequestHandler: AnyObject {
    /// Answers the request whose head `connection` holds; returns once the client has the last byte, or has left.
    func answer(_ connection: Connection) async
    /// The server has stopped and no request is in hand.
    func close()
}

/// A loop's actor: it accepts connections and runs each as one task of linear code.
///
/// Its executor is the loop, and so is the preference of every task that it starts: without that, each continuation
/// would hop through the global pool, silently.
actor Worker {
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private let limits: Connection.Limits
    private let connectionLimit: Int
    private let makeHandler: @Sendable (EventLoop) -> any RequestHandler
    private let gauges: ConnectionGauges
    private let buffers: BufferCount
    private var tls: TLSContext?
    private var handler: (any RequestHandler)?
    private var listeners: [Listener] = []
    private var connections: [ObjectIdentifier: Connection] = [:]
    private var isDraining = false
    private var onDrained: CheckedContinuation<Void, Never>?

    /// - Parameters:
    ///   - connectionLimit: Connections at once that `gauges` may count; a further one is told so and closed.
    ///   - buffers: What all requests in hand may hold.
    ///   - tls: What connections are encrypted with; nil for plain text.
    ///   - makeHandler: Called once, on the loop.
    init(
        _ loop: EventLoop, limits: Connection.Limits, connectionLimit: Int, gauges: ConnectionGauges,
        buffers: BufferBudget, tls: TLSContext?,
        makeHandler: @escaping @Sendable (EventLoop) -> any RequestHandler
    ) {
        self.loop = loop
        self.limits = limits
        self.connectionLimit = connectionLimit
        self.gauges = gauges
        self.buffers = BufferCount(buffers)
        self.tls = tls
        self.makeHandler = makeHandler
    }

    /// Starts accepting on listening descriptors.
    ///
    /// - Parameter areShared: Whether others hold them too.
    func start(_ descriptors: [Int32], areShared: Bool) throws(SocketError) {
        handler = makeHandler(loop)
        for descriptor in descriptors {
            let listener = Listener(descriptor, on: loop, isShared: areShared, refusal: tls == nil ? Self.refusal : "")
            {
                [unowned self] connection in assumeIsolated { $0.take(connection) }
            }
            try listener.start()
            listeners.append(listener)
        }
    }

    /// What a client is told for whom there is no descriptor; `GatewayError` in bytes, since then nothing can be made: no TLS
    /// either, so over that a client is only closed.
    private static let refusal: StaticString = """
        HTTP/1.1 503 Service Unavailable\r
        content-type: application/json\r
        x-gateway-error: overloaded\r
        retry-after: 1\r
        content-length: 137\r
        connection: close\r
        \r
        {"error":{"message":"The gateway has no descriptor left for another connection.",\
        "type":"server_error","param":null,"code":"overloaded"}}
        """

    /// Encrypts connections accepted from now on with `context`; those that are open go on with the one they have.
    func encrypt(with context: TLSContext) { tls = context }

    /// Takes a new connection on at once, so that a drain that begins before its task's first turn knows of it.
    private func take(_ descriptor: Int32) {
        guard let socket = openSocket(descriptor) else { return }
        let connection = Connection(socket, limits: limits, buffers: buffers)
        let key = ObjectIdentifier(connection)
        connections[key] = connection
        connection.onWake = { [weak self] in self?.assumeIsolated { $0.begin(key) } }
        begin(key, isOneTooMany: gauges.opened() > connectionLimit)
    }

    /// Begins to serve a connection, or goes on when it has slept.
    private func begin(_ key: ObjectIdentifier, isOneTooMany: Bool = false) {
        _ = Task(executorPreference: loop) { await self.serve(key, isOneTooMany: isOneTooMany) }
    }

    private func serve(_ key: ObjectIdentifier, isOneTooMany: Bool) async {
        guard let handler, let connection = connections[key] else { return }
        do throws(ProtocolError) {
            let isReady = try await connection.agreeOnTLS()
            if isReady, isOneTooMany { throw ProtocolError(503, "limits.connections are open already") }
            while isReady {
                if await connection.fallsAsleep() { return }
                guard try await connection.nextRequest() else { break }
                gauges.began()
                await handler.answer(connection)
                gauges.ended()
                guard connection.finishRequest() else { break }
            }
        } catch {
            connection.mustClose = true
            // A client that is gone needs no answer.
            do throws(SocketError) { try await connection.send(GatewayError(error)) } catch {}
        }
        await connection.close()
        gauges.closed()
        connections[key] = nil
        if isDraining, connections.isEmpty { finishDrain() }
    }

    private func openSocket(_ descriptor: Int32) -> Socket? {
        let session: TLSSession?
        do throws(TLSError) {
            session = try tls.map(TLSSession.accepting)
        } catch {
            Glibc.close(descriptor)
            return nil
        }
        do throws(SocketError) { return try Socket(adopting: descriptor, on: loop, tls: session) } catch { return nil }
    }

    // MARK: Draining

    /// Stops accepting, lets every request in hand finish, and returns when the last connection has closed.
    ///
    /// - Parameter idleGrace: How long clients at rest may still send one request, which is answered.
    func drain(idleGrace: Duration) async {
        guard !isDraining else { return }
        isDraining = true
        for listener in listeners { listener.stop() }
        for connection in connections.values { connection.beginDraining(grace: idleGrace.nanoseconds) }
        if !connections.isEmpty { await withCheckedContinuation { onDrained = $0 } }
        handler?.close()
        handler = nil
    }

    /// Gives up what a drain is still waiting for, so that clients and the ledger are told.
    func abandon() {
        for connection in connections.values { connection.abandon() }
    }

    /// Closes what is left, whoever waits for it.
    func cut() {
        for connection in connections.values { connection.socket.close() }
    }

    private func finishDrain() {
        onDrained?.resume()
        onDrained = nil
    }
}
