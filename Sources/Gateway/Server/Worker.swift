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
    private var tls: TLSContext?
    private var handler: (any RequestHandler)?
    private var listener: Listener?
    private var connections: [ObjectIdentifier: Connection] = [:]
    private var isDraining = false
    private var onDrained: CheckedContinuation<Void, Never>?

    /// - Parameters:
    ///   - connectionLimit: Connections at once; a further one is told so and closed.
    ///   - tls: What connections are encrypted with; nil for plain text.
    ///   - makeHandler: Called once, on the loop.
    init(
        _ loop: EventLoop, limits: Connection.Limits, connectionLimit: Int, gauges: ConnectionGauges, tls: TLSContext?,
        makeHandler: @escaping @Sendable (EventLoop) -> any RequestHandler
    ) {
        self.loop = loop
        self.limits = limits
        self.connectionLimit = connectionLimit
        self.gauges = gauges
        self.tls = tls
        self.makeHandler = makeHandler
    }

    /// Starts accepting on a listening descriptor.
    func start(_ descriptor: Int32) throws(SocketError) {
        handler = makeHandler(loop)
        let listener = Listener(descriptor, on: loop) { [unowned self] connection in
            assumeIsolated { $0.take(connection) }
        }
        try listener.start()
        self.listener = listener
    }

    /// Encrypts connections accepted from now on with `context`; those that are open go on with the one they have.
    func encrypt(with context: TLSContext) { tls = context }

    /// Takes a new connection on at once, so that a drain that begins before its task's first turn knows of it.
    private func take(_ descriptor: Int32) {
        guard let socket = openSocket(descriptor) else { return }
        let connection = Connection(socket, limits: limits)
        let key = ObjectIdentifier(connection)
        connections[key] = connection
        gauges.opened()
        let isOneTooMany = connections.count > connectionLimit
        _ = Task(executorPreference: loop) { await self.serve(key, isOneTooMany: isOneTooMany) }
    }

    private func serve(_ key: ObjectIdentifier, isOneTooMany: Bool) async {
        guard let handler, let connection = connections[key] else { return }
        do throws(ProtocolError) {
            let isReady = try await connection.agreeOnTLS()
            if isReady, isOneTooMany { throw ProtocolError(503, "limits.connections are open already") }
            while isReady, try await connection.nextRequest() {
                if isDraining { connection.mustClose = true }
                gauges.began()
                await handler.answer(connection)
                gauges.ended()
                guard connection.finishRequest(), !isDraining else { break }
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
    func drain() async {
        guard !isDraining else { return }
        isDraining = true
        listener?.stop()
        for connection in connections.values { connection.closeIfIdle() }
        if !connections.isEmpty { await withCheckedContinuation { onDrained = $0 } }
        handler?.close()
        handler = nil
    }

    /// Ends what a drain is still waiting for.
    func abandon() {
        for connection in connections.values { connection.socket.close() }
    }

    private func finishDrain() {
        onDrained?.resume()
        onDrained = nil
    }
}
