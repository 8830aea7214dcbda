/// A connection to an upstream, in use or at rest. Belongs to one loop.
final class NativeConnection {
    let socket: Socket
    private unowned let pool: NativePool
    /// Whether an earlier call has used it.
    private(set) var isReused = false
    private(set) var isAtRest = false
    private let restLimit = Deadline()
    /// Called when something has come while a call does not wait for it.
    var onStir: (() -> Void)?

    /// A NAT or a balancer forgets a silent connection without a word; none is trusted for longer.
    private static let restNanoseconds: UInt64 = 60_000_000_000

    init(_ socket: Socket, of pool: NativePool) {
        self.socket = socket
        self.pool = pool
        socket.onReadable = { [unowned self] in stirred() }
        restLimit.whenExpired { [unowned self] in if isAtRest { self.pool.discard(self) } }
    }

    func rest() {
        isAtRest = true
        isReused = true
        socket.loop.arm(restLimit, nanoseconds: Self.restNanoseconds)
    }

    /// Back into use; false when something has come that nobody asked for: the next call would take it for its answer.
    func wake() -> Bool {
        isAtRest = false
        restLimit.cancel()
        return socket.isQuiet
    }

    /// Whatever comes at rest, the upstream's end included, ends the connection.
    private func stirred() {
        if !isAtRest {
            onStir?()
        } else if !socket.isQuiet {
            pool.discard(self)
        }
    }

    func close() {
        onStir = nil
        socket.loop.remove(restLimit)
        socket.close()
    }
}

/// The connections of one loop to one origin: those at rest, how many there are, and who waits for one.
final class NativePool {
    let origin: UpstreamOrigin
    /// Sessions to resume; nothing for plain text.
    let tickets = TLSTickets()
    private let limit: Int
    private var openCount = 0
    /// The one used last is at the end, and is used next, so that those too many grow old.
    private var resting: [NativeConnection] = []
    private var waiting: [NativeExchange] = []
    private var context: TLSContext?

    /// - Parameter limit: Connections at most, being made, in use and at rest.
    init(_ origin: UpstreamOrigin, limit: Int) {
        self.origin = origin
        self.limit = limit
    }

    /// What a call is given to be made over.
    enum Grant {
        case kept(NativeConnection)
        /// A new connection may be made; `forgo` gives the leave back.
        case leave
    }

    /// A connection at rest, or leave to make one; nil when the call has to wait in line.
    ///
    /// - Parameter mustBeNew: Passes over those at rest.
    func grant(mustBeNew: Bool) -> Grant? {
        guard waiting.isEmpty else { return nil }
        while !mustBeNew, let kept = resting.popLast() {
            if kept.wake() { return .kept(kept) }
            kept.close()
            openCount &-= 1
        }
        if mustBeNew, openCount == limit, let oldest = resting.first { discard(oldest) }
        guard openCount < limit else { return nil }
        openCount &+= 1
        return .leave
    }

    /// Puts a call in line; `grant` of it is set, and it is woken, when its turn comes.
    func enqueue(_ exchange: NativeExchange) { waiting.append(exchange) }

    /// Takes a call out of the line.
    func withdraw(_ exchange: NativeExchange) {
        if let index = waiting.firstIndex(where: { $0 === exchange }) { waiting.remove(at: index) }
    }

    /// Takes back a connection that may serve another call.
    func release(_ connection: NativeConnection) {
        connection.onStir = nil
        connection.rest()
        if waiting.isEmpty {
            resting.append(connection)
        } else if connection.wake() {
            waiting.removeFirst().take(.kept(connection))
        } else {
            discard(connection)
        }
    }

    /// Closes a connection, which makes room for another.
    func discard(_ connection: NativeConnection) {
        if let index = resting.lastIndex(where: { $0 === connection }) { resting.remove(at: index) }
        connection.close()
        forgo()
    }

    /// Gives back the leave to have a connection.
    func forgo() {
        if waiting.isEmpty {
            openCount &-= 1
        } else {
            waiting.removeFirst().take(.leave)
        }
    }

    /// Begins TLS for a new connection; nil for plain text.
    func beginTLS() throws(TLSError) -> TLSSession? {
        guard origin.isTLS else { return nil }
        if context == nil { context = try TLSContext.client(certificateFile: origin.certificateFile) }
        return try context.map { (context) throws(TLSError) in
            try TLSSession.connecting(context, to: origin.host, tickets: tickets)
        }
    }

    /// Closes what rests.
    func close() {
        for connection in resting { connection.close() }
        openCount &-= resting.count
        resting = []
    }
}
