/// One call over a connection of our own: finding the connection, sending, the answer's head, then its body.
///
/// Every wait ends in one of three ways: by what it waits for, by the deadline of the phase, or by `cancel`. The last
/// two go the same way: they set `failure` and wake whatever is waited on.
final class NativeExchange: UpstreamExchange {
    /// Kept by its transport as well, until that is closed.
    let transport: NativeTransport
    let head = ResponseHead()
    var received = ByteBuffer()
    /// The place among the transport's calls in flight.
    var liveIndex = 0

    // What is asked for.
    var pool: NativePool?
    var request = ByteBuffer(capacity: 1024)
    var body = UpstreamBody.none
    private var isHeadRequest = false
    var timeouts = UpstreamTimeouts(connect: 0, firstByte: 0, idle: 0, total: 0)
    private var startedAt: UInt64 = 0

    // The connection, and how far the sending is.
    var connection: NativeConnection?
    var sentBytes = 0
    var isSent = false
    /// The rest of the body is not wanted any more, or cannot be sent.
    var hasStoppedSending = false
    /// Whether the client's body is waited for, and not the upstream.
    var awaitsBody = false
    /// Whether a body in pieces has been taken to its end, and whether it never will be.
    var isBodyWhole = false
    var isBodyBroken = false
    /// A piece of the body on its way from its source.
    var upload = ByteBuffer()

    // The answer.
    private var framing = Framing.none
    private var decoder = ChunkedDecoder()
    private var arrivedBytes = 0
    private var toldBytes = 0
    private var readRoom = smallRoom

    // What ends a wait.
    let gate = Gate()
    private let deadline = Deadline()
    private(set) var failure: UpstreamFailure?
    private var phase = Phase.unused
    var granted: NativePool.Grant?
    var ticket: Resolver.Ticket?
    var dial: Dial?

    private enum Phase { case unused, connecting, waitingForHead, reading }

    private enum Framing: Equatable {
        case none
        case length(remaining: Int)
        case chunked
        case untilClose
    }

    private static let smallRoom = 16384
    private static let largeRoom = 65536
    /// A kept connection that the upstream had closed shows that within a round trip; what takes longer was a call
    /// that it had begun to work on, and may bill.
    private static let staleNanoseconds: UInt64 = 2_000_000_000

    init(_ transport: NativeTransport) {
        self.transport = transport
        deadline.whenExpired { [unowned self] in fail(timeout) }
    }

    deinit { transport.loop.remove(deadline) }

    var loop: EventLoop { transport.loop }

    // MARK: Starting and ending

    func start(_ upstream: borrowing UpstreamRequest, _ pool: NativePool) {
        self.pool = pool
        isHeadRequest = upstream.method == "HEAD"
        body = isHeadRequest ? .none : upstream.body
        timeouts = upstream.timeouts
        startedAt = loop.now
        phase = .connecting
        head.reset()
        writeHead(upstream)
    }

    func finish() {
        guard phase != .unused, let pool else { return }
        phase = .unused
        if let connection {
            if isReusable(connection) { pool.release(connection) } else { pool.discard(connection) }
        }
        deadline.cancel()
        if case .stream(let source) = body { source.whenMore(nil) }
        forget()
        transport.recycle(self)
    }

    /// Whether the connection is between two messages: the request out, the answer in, and not a byte more.
    private func isReusable(_ connection: NativeConnection) -> Bool {
        isSent && framing == .none && head.status >= 200 && failure == nil && head.keepsAlive
            && connection.socket.isOpen && connection.socket.inbound.isEmpty && !connection.socket.isPeerGone
    }

    private func forget() {
        pool = nil
        connection = nil
        failure = nil
        granted = nil
        body = .none
        request.removeAll(keep: 16384)
        received.removeAll(keep: 16384)
        forgetAnswer()
    }

    private func forgetAnswer() {
        sentBytes = 0
        isSent = false
        hasStoppedSending = false
        awaitsBody = false
        isBodyWhole = false
        isBodyBroken = false
        upload.removeAll(keep: 0)
        framing = .none
        arrivedBytes = 0
        toldBytes = 0
        readRoom = Self.smallRoom
    }

    func cancel() { fail(UpstreamFailure(.cancelled, "given up, since the client has left")) }

    /// Ends the call, and with it whatever is waited on.
    private func fail(_ failure: UpstreamFailure) {
        guard phase != .unused, self.failure == nil else { return }
        self.failure = failure
        ticket?.tell(.abandoned)
        dial?.abandon()
        connection?.socket.close()
        gate.wake()
    }

    /// Sets the deadline of what is done next; the whole call's own comes first where it is nearer.
    func arm(_ nanoseconds: UInt64) {
        let spent = loop.now &- startedAt
        let left = timeouts.total > spent ? timeouts.total &- spent : 0
        loop.arm(deadline, nanoseconds: min(nanoseconds, left))
    }

    private var timeout: UpstreamFailure {
        if loop.now &- startedAt >= timeouts.total { return UpstreamFailure(.totalTimeout, "the call took too long") }
        if awaitsBody { return UpstreamFailure(.requestIncomplete, "the client's body stopped coming") }
        switch phase {
        case .unused, .connecting:
            return UpstreamFailure(.connectTimeout, "no connection was there in time")
        case .waitingForHead: return UpstreamFailure(.firstByteTimeout, "no answer began in time")
        case .reading: return UpstreamFailure(.idleTimeout, "the answer stopped coming")
        }
    }

    private func checkFailure() throws(UpstreamFailure) { if let failure { throw failure } }

    // MARK: The head

    func waitForHead() async throws(UpstreamFailure) {
        var mustBeNew = false
        while true {
            try checkFailure()
            let connection = try await connect(mustBeNew: mustBeNew)
            self.connection = connection
            let began = loop.now
            phase = .waitingForHead
            do throws(UpstreamFailure) {
                arm(timeouts.firstByte)
                try beginSending(on: connection)
                try await receiveHead(connection)
                deadline.cancel()
                return
            } catch {
                let wasStale =
                    connection.isReused && error.kind == .closedEarly && head.status == 0
                    && connection.socket.inbound.isEmpty && loop.now &- began < Self.staleNanoseconds
                guard wasStale, !mustBeNew, canSendAgain, failure == nil else {
                    fail(error)
                    throw error
                }
                // The upstream closed it while it rested: nothing of this call has reached it.
                mustBeNew = true
                pool?.discard(connection)
                self.connection = nil
                phase = .connecting
                forgetAnswer()
            }
        }
    }

    private var canSendAgain: Bool {
        if case .stream = body { return sentBytes == 0 && !isSent }
        return true
    }

    private func receiveHead(_ connection: NativeConnection) async throws(UpstreamFailure) {
        var parser = ResponseParser()
        let socket = connection.socket
        while true {
            do throws(ProtocolError) {
                if let length = try parser.parse(socket.inbound.bytes, into: head) {
                    socket.inbound.consume(length)
                    break
                }
            } catch {
                head.reset()
                throw UpstreamFailure(.invalidAnswer, "the upstream's answer was refused: \(error.reason)")
            }
            guard try await receive(into: &socket.inbound, on: connection, room: Self.smallRoom) else {
                head.reset()
                throw UpstreamFailure(.closedEarly, "the upstream closed before its answer's head was whole")
            }
        }
        // An error ends the sending; before any other answer the rest of the body is still wanted.
        if !isSent, head.status >= 300 { hasStoppedSending = true }
        switch head.body(forHead: isHeadRequest) {
        case .none: framing = .none
        case .length(let length): framing = .length(remaining: length)
        case .chunked:
            framing = .chunked
            decoder = ChunkedDecoder()
        case .untilClose: framing = .untilClose
        }
        try takeBody(from: &socket.inbound)
    }

    // MARK: The body

    func read() async throws(UpstreamFailure) -> Bool {
        try checkFailure()
        guard let connection else { return false }
        phase = .reading
        defer { deadline.cancel() }
        while arrivedBytes == toldBytes {
            if framing == .none { return false }
            arm(timeouts.idle)
            do throws(UpstreamFailure) {
                try await readSome(connection)
            } catch {
                fail(error)
                throw error
            }
        }
        toldBytes = arrivedBytes
        return true
    }

    private func readSome(_ connection: NativeConnection) async throws(UpstreamFailure) {
        let socket = connection.socket
        // Not straight into `received`, from which the caller may take while this waits.
        let hasMore = try await receive(into: &socket.inbound, on: connection, room: readRoom)
        noteRoom(socket.inbound.count)
        try takeBody(from: &socket.inbound)
        guard !hasMore else { return }
        guard framing == .untilClose else {
            throw UpstreamFailure(.closedEarly, "the upstream closed before its answer was whole")
        }
        framing = .none
    }

    /// Offers more room to an answer that fills it.
    private func noteRoom(_ count: Int) { if count >= readRoom { readRoom = Self.largeRoom } }

    /// Moves what is of the body from what has come; what follows it stays and spoils the connection.
    private func takeBody(from inbound: inout ByteBuffer) throws(UpstreamFailure) {
        switch framing {
        case .none: break
        case .length(let remaining):
            let count = min(inbound.count, remaining)
            received.append(UnsafeRawBufferPointer(rebasing: inbound.bytes.prefix(count)))
            inbound.consume(count)
            take(count, of: remaining)
        case .chunked:
            let before = received.count
            do throws(ProtocolError) {
                inbound.consume(try decoder.decode(inbound.bytes, into: &received))
            } catch {
                throw UpstreamFailure(.invalidAnswer, "the upstream's answer was refused: \(error.reason)")
            }
            arrivedBytes &+= received.count &- before
            if decoder.isDone { framing = .none }
        case .untilClose:
            received.append(inbound.bytes)
            arrivedBytes &+= inbound.count
            inbound.consume(inbound.count)
        }
    }

    private func take(_ count: Int, of remaining: Int) {
        arrivedBytes &+= count
        framing = count == remaining ? .none : .length(remaining: remaining &- count)
    }
}
