import Glibc

/// Finding a connection: one at rest, or a new one, for which a call may have to wait in line.
extension NativeExchange {
    /// The call's turn in the pool's line has come.
    func take(_ grant: NativePool.Grant) {
        granted = grant
        gate.wake()
    }

    /// A connection at rest, or a new one; waits in line while there are as many as may be.
    func connect(mustBeNew: Bool) async throws(UpstreamFailure) -> NativeConnection {
        guard let pool else { throw UpstreamFailure(.cancelled, "the call has ended") }
        let grant: NativePool.Grant
        if let atOnce = pool.grant(mustBeNew: mustBeNew) {
            if case .kept(let connection) = atOnce { return connection }
            grant = atOnce
            arm(timeouts.connect)
        } else {
            arm(timeouts.connect)
            grant = try await waitInLine(pool)
        }
        if case .kept(let connection) = grant { return connection }
        do throws(UpstreamFailure) {
            return try await open(pool)
        } catch {
            pool.forgo()
            throw failure ?? error
        }
    }

    private func waitInLine(_ pool: NativePool) async throws(UpstreamFailure) -> NativePool.Grant {
        pool.enqueue(self)
        while granted == nil, failure == nil { await gate.sleep() }
        guard let failure else { return granted.take()! }
        switch granted.take() {
        case .kept(let connection): pool.release(connection)
        case .leave: pool.forgo()
        case nil: pool.withdraw(self)
        }
        guard failure.kind == .connectTimeout else { throw failure }
        throw UpstreamFailure(.poolExhausted, "all of its max_connections are in use")
    }

    private func open(_ pool: NativePool) async throws(UpstreamFailure) -> NativeConnection {
        let connection = try adopt(try await dial(await resolve(pool.origin)), pool)
        // Where the deadline finds it.
        self.connection = connection
        do throws(TLSError) {
            try await connection.socket.handshake()
            return connection
        } catch {
            connection.close()
            self.connection = nil
            throw UpstreamFailure(.tls, error.description)
        }
    }

    private func adopt(_ descriptor: Int32, _ pool: NativePool) throws(UpstreamFailure) -> NativeConnection {
        let tls: TLSSession?
        do throws(TLSError) {
            tls = try pool.beginTLS()
        } catch {
            Glibc.close(descriptor)
            throw UpstreamFailure(.tls, error.description)
        }
        do throws(SocketError) {
            return NativeConnection(try Socket(adopting: descriptor, on: loop, tls: tls), of: pool)
        } catch { throw UpstreamFailure(.other, error.description) }
    }

    private func resolve(_ origin: UpstreamOrigin) async throws(UpstreamFailure) -> [ResolvedAddress] {
        let ticket = transport.resolver.ask(origin)
        self.ticket = ticket
        defer { self.ticket = nil }
        switch await ticket.wait() {
        case .found(let addresses): return addresses
        case .failed(let reason): throw UpstreamFailure(.unresolved, "its name was not found: \(reason)")
        case .abandoned: throw failure ?? UpstreamFailure(.cancelled, "the call has ended")
        }
    }

    private func dial(_ addresses: [ResolvedAddress]) async throws(UpstreamFailure) -> Int32 {
        let dial = Dial(on: loop)
        self.dial = dial
        defer { self.dial = nil }
        do throws(SocketError) {
            if let descriptor = try await dial.connect(to: addresses) { return descriptor }
        } catch { throw UpstreamFailure(.refused, "\(error)") }
        throw failure ?? UpstreamFailure(.cancelled, "the call has ended")
    }
}
