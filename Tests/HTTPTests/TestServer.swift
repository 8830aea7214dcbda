import Glibc
import HTTP
import Platform
import TestSupport

/// A server on one loop and a port that the system chose: it answers as the test says, by a clock that stands still.
///
/// Like the gateway's own worker: an actor on its loop, which runs each connection as one task of linear code.
actor TestServer {
    /// Answers the request whose head `connection` holds.
    typealias Handler = @Sendable (_ connection: Connection) async throws -> Void

    nonisolated let loop: EventLoop
    nonisolated let clock = ManualClock()
    nonisolated let port: UInt16
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    static let second: UInt64 = 1_000_000_000
    static let limits = Connection.Limits(
        headBytes: 4096, headTimeout: 10 * second, bodyTimeout: 30 * second, idleTimeout: 75 * second)

    /// The usual limits, with another on a request's head.
    static func limits(headBytes: Int) -> Connection.Limits {
        var limits = limits
        limits.headBytes = headBytes
        return limits
    }

    private(set) var connections: [Connection] = []
    private let handler: Handler
    private let limits: Connection.Limits
    private let buffers: BufferCount
    private let thread: WorkerThread
    private let tls: TLSContext?
    private var listener: Listener?

    /// Returns once the server accepts connections.
    ///
    /// - Parameter pair: What it shows over TLS; nil for plain text.
    init(
        limits: Connection.Limits = TestServer.limits, buffers: BufferBudget = BufferBudget(limitBytes: .max),
        showing pair: TestCertificates.Pair? = nil, _ handler: @escaping Handler = TestServer.echo
    ) async throws {
        // A test that fails by writing to a closed connection must not take the others along.
        signal(SIGPIPE, SIG_IGN)
        let sockets = try ListeningSockets(binding: SocketAddress(host: "127.0.0.1", port: 0), count: 1)
        port = sockets.address.port
        loop = try EventLoop(time: clock)
        thread = loop.start(name: "test-server")
        self.handler = handler
        self.limits = limits
        self.buffers = BufferCount(buffers)
        tls = try pair.map { try TLSContext.server(certificate: $0.certificate, privateKey: $0.key) }
        try start(sockets.descriptors[0])
    }

    private func start(_ descriptor: Int32) throws {
        let listener = Listener(descriptor, on: loop) { [unowned self] connection in
            assumeIsolated { server in _ = Task(executorPreference: server.loop) { try await server.take(connection) } }
        }
        try listener.start()
        self.listener = listener
    }

    private func take(_ descriptor: Int32) async throws {
        let session = try tls.map { try TLSSession.accepting($0) }
        let connection = Connection(
            try Socket(adopting: descriptor, on: loop, tls: session), limits: limits, buffers: buffers)
        connections.append(connection)
        // The server lives as long as it serves somebody, though the test has no more use for it.
        let key = ObjectIdentifier(connection)
        connection.onWake = { self.assumeIsolated { $0.goOn(key) } }
        await serve(key)
    }

    private func serve(_ key: ObjectIdentifier) async {
        guard let connection = connections.first(where: { ObjectIdentifier($0) == key }) else { return }
        do {
            let isReady = try await connection.agreeOnTLS()
            while isReady {
                if await connection.fallsAsleep() { return }
                guard try await connection.nextRequest() else { break }
                try await handler(connection)
                guard connection.finishRequest() else { break }
            }
        } catch let refusal as ProtocolError {
            connection.mustClose = true
            try? await connection.answer(refusal.status, "refused")
        } catch {
            // The client is gone or too slow: there is nobody to tell.
        }
        await connection.close()
        connection.onWake = nil
        connections.removeAll { $0 === connection }
    }

    private func goOn(_ key: ObjectIdentifier) {
        _ = Task(executorPreference: loop) { await self.serve(key) }
    }

    /// Lets the moment pass after which connections fall asleep; false when they do not.
    nonisolated func fallsAsleep(_ count: Int = 1) async -> Bool {
        guard await eventually({ $0.connections.count { $0.isNapping } == count }) else { return false }
        clock.advance(by: .milliseconds(1100))
        return await eventually { $0.connections.count { $0.isAsleep } == count }
    }

    func beginDraining(grace: UInt64) {
        for connection in connections { connection.beginDraining(grace: grace) }
    }

    func stopListening() { listener?.stop() }

    /// Ends the listener, every connection and the loop.
    func stop() {
        listener?.stop()
        for connection in connections { connection.socket.close() }
        loop.stop()
    }

    /// Runs `look` on the loop's thread.
    func inspect<Result: Sendable>(_ look: @Sendable (isolated TestServer) -> Result) -> Result { look(self) }

    /// Looks, on the loop, until `condition` holds; false when it does not within ten seconds.
    nonisolated func eventually(_ condition: @Sendable (isolated TestServer) -> Bool) async -> Bool {
        let clock = ContinuousClock()
        let end = clock.now + .patience
        while clock.now < end {
            if await inspect(condition) { return true }
            await Task.yield()
        }
        return false
    }

    /// Keeps the loop from looking at its sockets while `action` runs, so that it sees all its effects at once.
    nonisolated func whileBusy(_ action: () throws -> Void) rethrows {
        let gate = Monitor((isHeld: false, isOpen: false))
        Task(executorPreference: loop) {
            gate.withLock { $0.isHeld = true }
            gate.wake()
            gate.wait(atMost: .patience) { $0.isOpen }
        }
        gate.wait(atMost: .patience) { $0.isHeld }
        defer {
            gate.withLock { $0.isOpen = true }
            gate.wake()
        }
        try action()
    }

    /// Answers with method, path and body of the request.
    static let echo: Handler = { connection in
        guard try await connection.readBody(limit: 1 << 20) else { return }
        try await connection.answer(200, connection.requestLine + connection.bodyText)
    }
}

extension Connection {
    /// Answers with a body of known length.
    func answer(_ status: Int, _ text: String) async throws {
        var body = ByteBuffer(capacity: text.utf8.count)
        body.append(text)
        beginResponse(status)
        endHead(.length(body.count))
        try await send(body)
    }

    /// Method and path, each followed by a space.
    var requestLine: String {
        withHead { bytes in
            String(decoding: bytes[head.method], as: UTF8.self) + " "
                + String(decoding: bytes[head.pathAndQuery], as: UTF8.self) + " "
        }
    }

    var bodyText: String { withBody { String(decoding: $0, as: UTF8.self) } }
}
