import Glibc

/// A client's connection: reads requests one after the other and writes their answers.
///
/// Linear: `nextRequest`, then perhaps `readBody`, then one answer (`ConnectionResponse`), then again. Holds the
/// request's bytes until `finishRequest`, so ranges into its head and body stay valid across an `await`.
package final class Connection: BodySource {
    /// The bounds that a client is held to.
    package struct Limits: Sendable {
        package var headBytes: Int
        package var headTimeout: UInt64
        package var bodyTimeout: UInt64
        package var idleTimeout: UInt64
        /// What a client must send of a streamed body, or accept of an answer, on average; 0 for no such limit.
        package var minBytesPerSecond: Int

        /// - Parameters: sizes in bytes, times in nanoseconds.
        package init(
            headBytes: Int, headTimeout: UInt64, bodyTimeout: UInt64, idleTimeout: UInt64, minBytesPerSecond: Int = 0
        ) {
            self.headBytes = headBytes
            self.headTimeout = headTimeout
            self.bodyTimeout = bodyTimeout
            self.idleTimeout = idleTimeout
            self.minBytesPerSecond = minBytesPerSecond
        }
    }

    package let socket: Socket
    package let limits: Limits
    /// The head of the request in hand.
    package internal(set) var head = RequestHead()
    /// Set to end the connection after the answer in hand.
    package var mustClose = false
    /// Whether a request is being read or answered; an idle connection may be closed at any time.
    package private(set) var isBusy = false
    /// Whether the server has given up what is in hand (`abandon`).
    package internal(set) var isAbandoned = false
    /// Whether its task waits for the moment after which it falls asleep.
    package internal(set) var isNapping = false
    /// Whether nobody serves it until there is something to do.
    package internal(set) var isAsleep = false
    /// Called on the loop at the end of each sleep, to have the connection served again.
    package var onWake: (() -> Void)?
    /// Whether it has slept for as long as a client may be idle.
    var hasOverslept = false
    /// Whom to tell of a client that leaves, or of a server that gives up, while the request in hand is answered.
    package var observer: (any ConnectionObserver)?
    /// Whether the last answer has been given, and only its arrival is waited for.
    private(set) var isClosing = false
    /// Set once no further request is wanted.
    var drain: Drain?

    // The answer's state, used by ConnectionResponse.swift.
    var responseFraming = ResponseFraming.none
    var isHeadRequest = false
    /// Whether the answer's head has a date already, an upstream's.
    var statesDate = false
    /// Whether a task waits for the client to accept what was written.
    var isSending = false
    /// Whether what the client has not accepted yet may wait, and `finishSending` with it not: others are served by the
    /// same work. Bounded by whoever sets it.
    package var mayLag = false {
        didSet { if mayLag != oldValue { lagChanged() } }
    }
    /// How fast the client accepts the answer in hand.
    var sendingPace: TransferPace
    package internal(set) var hasBegunResponse = false
    /// Bytes of body sent to the client for the request in hand.
    package internal(set) var responseBytes = 0

    private var parser: RequestParser
    /// The head's bytes once a streamed body has begun to displace them in the socket's buffer.
    private var headCopy = ByteBuffer()
    private var decoder = ChunkedDecoder()
    /// A chunked body, decoded.
    private var decoded = ByteBuffer()
    private var bodyState = BodyState.none
    private var notifyMore: (() -> Void)?
    private var upload: UploadWatch?
    /// Why a body that is passed on came to nothing, where that is not simply the client's leave.
    package private(set) var bodyProblem: ProtocolError?
    private let buffers: BufferCount?
    private var countedBytes = 0
    /// Bytes of the request held a second time, as it goes upstream.
    package var rewrittenBytes = 0 {
        didSet { if rewrittenBytes != oldValue { countBuffers() } }
    }
    /// Bytes held elsewhere for the answer in hand, such as an upstream's that wait to be passed on.
    package var answerBytes = 0 {
        didSet { if answerBytes != oldValue { countBuffers() } }
    }

    /// How long clients may still begin a request, in nanoseconds.
    struct Drain {
        /// Until when, by the loop's clock, those who were at rest when the drain began.
        let end: UInt64
        /// For how long those who were then being answered, and not told that it was the last answer.
        let afterAnswer: UInt64
    }

    private enum BodyState: Equatable {
        case none
        /// Not read yet, or not to its end.
        case pending
        /// Whole: in the socket's buffer after the head, this many bytes.
        case inPlace(Int)
        /// Whole: in `decoded`.
        case decoded
        /// Passed on as it comes; this many bytes are left, unless chunked.
        case streaming(remaining: Int)
        case consumed
    }

    /// - Parameter buffers: Where the bytes of requests in hand are counted.
    package init(_ socket: Socket, limits: Limits, buffers: BufferCount? = nil) {
        self.socket = socket
        self.limits = limits
        self.buffers = buffers
        sendingPace = TransferPace(
            floor: limits.minBytesPerSecond, grace: limits.idleTimeout, idleLimit: limits.idleTimeout)
        parser = RequestParser(headLimit: limits.headBytes)
        socket.onPeerGone = { [weak self] broken in
            self?.wakeUp()
            self?.observer?.clientLeft(isBroken: broken)
        }
    }

    // MARK: Before the first request

    /// Agrees on TLS with a new client, in the time that a head may take; nothing to do over plain text,
    /// or once it was done.
    ///
    /// - Returns: False when there is no agreement: then the connection is closed, with no word but TLS's own.
    /// - Throws: 400 for a client that speaks HTTP without TLS: answer it and close.
    package func agreeOnTLS() async throws(ProtocolError) -> Bool {
        isBusy = true
        defer { isBusy = false }
        socket.expire(after: limits.headTimeout)
        do throws(TLSError) {
            try await socket.handshake()
            socket.clearDeadline()
            return true
        } catch {
            if error.isPlainHTTP { throw ProtocolError(400, "this port speaks TLS; ask by https") }
            socket.close()
            return false
        }
    }

    // MARK: Reading a request

    /// Waits for the next request's head; false when the client has left or stayed idle for too long.
    ///
    /// - Throws: `ProtocolError` for a head that is malformed, too large, or too slow (408): answer it and close.
    package func nextRequest() async throws(ProtocolError) -> Bool {
        parser.reset()
        let hasAnswered = hasBegunResponse
        hasBegunResponse = false
        isHeadRequest = false
        responseBytes = 0
        bodyState = .none
        bodyProblem = nil
        sendingPace = TransferPace(
            floor: limits.minBytesPerSecond, grace: limits.idleTimeout, idleLimit: limits.idleTimeout)
        if socket.inbound.isEmpty {
            guard awaitRequest(hasAnswered: hasAnswered), await rest() else {
                // Everything was answered and arrived: there is nothing to linger for.
                socket.close()
                return false
            }
        }
        isBusy = true
        hasOverslept = false
        if drain != nil { mustClose = true }
        socket.expire(after: limits.headTimeout)
        while try !parser.parse(socket.inbound.bytes, into: &head) {
            guard try await readMore() else { return false }
        }
        socket.clearDeadline()
        isHeadRequest = withHead { equals($0, head.method, "HEAD") }
        bodyState = head.hasBody ? .pending : .inPlace(0)
        return true
    }

    /// Waits for a request's first bytes; false when none came in time, or none can.
    private func rest() async -> Bool {
        do throws(SocketError) { return try await socket.read() } catch { return false }
    }

    /// Reads once; false at the end of the connection, 408 when the deadline has passed.
    private func readMore(room: Int = 16384) async throws(ProtocolError) -> Bool {
        do throws(SocketError) {
            return try await socket.read(room: room)
        } catch {
            if isAbandoned { throw ProtocolError(503, "the gateway is stopping; send the request again") }
            if error.isTimeOut { throw ProtocolError(408, "the request did not arrive in time") }
            return false
        }
    }

    /// Hands the head's bytes, into which `head`'s ranges point, to `body`.
    package func withHead<Result: ~Copyable, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        if headCopy.isEmpty {
            return try body(UnsafeRawBufferPointer(rebasing: socket.inbound.bytes.prefix(head.length)))
        }
        return try body(headCopy.bytes)
    }

    /// Whether bytes of the request in hand may still be on their way, which ends the connection with its answer.
    var awaitsBody: Bool {
        switch bodyState {
        case .pending, .streaming: true
        case .none, .inPlace, .decoded, .consumed: false
        }
    }

    // MARK: Reading a body whole

    /// Reads the body to its end, holding it.
    ///
    /// - Returns: False when the client left before its end.
    /// - Throws: 413 over `limit` bytes (a Content-Length over it is refused unread), 408 when it is too slow, 400
    ///   when its framing is broken.
    package func readBody(limit: Int) async throws(ProtocolError) -> Bool {
        guard bodyState == .pending else { return true }
        let tooLarge = ProtocolError(413, "the request body is larger than limits.body_bytes")
        if let length = head.contentLength, length > limit { throw tooLarge }
        try await sendContinue()
        socket.expire(after: limits.bodyTimeout)
        if let length = head.contentLength {
            while socket.inbound.count < head.length &+ length {
                let missing = head.length &+ length &- socket.inbound.count
                guard try await readMore(room: max(min(missing, 1 << 20), 4096)) else { return false }
                try countBody()
            }
            bodyState = .inPlace(length)
        } else {
            detachHead()
            while true {
                socket.inbound.consume(try decoder.decode(socket.inbound.bytes, into: &decoded, limit: limit &+ 1))
                if decoded.count > limit { throw tooLarge }
                if decoder.isDone { break }
                try countBody()
                guard try await readMore() else { return false }
            }
            bodyState = .decoded
        }
        socket.clearDeadline()
        return true
    }

    /// Hands the whole body to `body`; nothing before `readBody` has returned true.
    package func withBody<Result: ~Copyable, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        switch bodyState {
        case .inPlace(let length):
            return try body(
                UnsafeRawBufferPointer(rebasing: socket.inbound.bytes[head.length..<(head.length &+ length)]))
        case .decoded: return try body(decoded.bytes)
        default: return try body(UnsafeRawBufferPointer(start: nil, count: 0))
        }
    }

    /// Moves the head out of the socket's buffer, so that the body there can be consumed as it is decoded.
    private func detachHead() {
        headCopy.append(UnsafeRawBufferPointer(rebasing: socket.inbound.bytes.prefix(head.length)))
        socket.inbound.consume(head.length)
        decoder = ChunkedDecoder()
        decoded.removeAll()
    }

    private func sendContinue() async throws(ProtocolError) {
        guard head.expectsContinue, socket.inbound.count == head.length else { return }
        socket.outbound.append("HTTP/1.1 100 Continue\r\n\r\n")
        do throws(SocketError) { try await socket.flush() } catch { mustClose = true }
    }

    // MARK: Passing a body on

    /// Prepares to pass the body on by `pull`.
    package func beginStreaming() async throws(ProtocolError) {
        guard bodyState == .pending else { return }
        try await sendContinue()
        detachHead()
        bodyState = .streaming(remaining: head.contentLength ?? 0)
        socket.onReadable = { [unowned self] in notifyMore?() }
        let pace = TransferPace(
            floor: limits.minBytesPerSecond, grace: limits.bodyTimeout, idleLimit: limits.idleTimeout)
        upload = UploadWatch(pace, on: socket.loop) { [weak self] in self?.notifyMore?() }
    }

    package var announcedLength: Int? { head.contentLength }

    package func whenMore(_ notify: (() -> Void)?) { notifyMore = notify }

    package func pull(into destination: UnsafeMutableRawBufferPointer) -> BodyPull {
        guard case .streaming(let remaining) = bodyState else { return .end }
        if head.isChunked { return pullChunked(into: destination) }
        if let nothing = fill() { return nothing }
        let count = min(socket.inbound.count, destination.count, remaining)
        destination.copyMemory(from: UnsafeRawBufferPointer(rebasing: socket.inbound.bytes.prefix(count)))
        socket.inbound.consume(count)
        bodyState = remaining == count ? .consumed : .streaming(remaining: remaining &- count)
        return .bytes(count)
    }

    /// Reads what has come of the body; nil when there is something.
    private func fill() -> BodyPull? {
        guard socket.inbound.isEmpty else { return nil }
        switch socket.tryRead(room: 65536) {
        case .bytes:
            upload?.came(socket.inbound.count)
            return nil
        case .nothingYet:
            upload?.waits()
            guard upload?.isTooSlow ?? false else { return .later }
            bodyProblem = ProtocolError(408, "the request's body came too slowly, or stopped coming")
            return .failed
        case .end, .failed: return .failed
        }
    }

    private func pullChunked(into destination: UnsafeMutableRawBufferPointer) -> BodyPull {
        while decoded.isEmpty {
            if decoder.isDone {
                bodyState = .consumed
                return .end
            }
            if let nothing = fill() { return nothing }
            do throws(ProtocolError) {
                socket.inbound.consume(try decoder.decode(socket.inbound.bytes, into: &decoded, limit: 65536))
            } catch {
                bodyProblem = error
                return .failed
            }
        }
        let count = min(decoded.count, destination.count)
        destination.copyMemory(from: UnsafeRawBufferPointer(rebasing: decoded.bytes.prefix(count)))
        decoded.consume(count)
        return .bytes(count)
    }

    // MARK: What the request takes

    /// Counts what the request in hand takes, where that is more than every connection has.
    func countBuffers() {
        guard let buffers else { return }
        let all =
            socket.inbound.allocatedBytes &+ socket.outbound.allocatedBytes &+ decoded.allocatedBytes
            &+ headCopy.allocatedBytes &+ rewrittenBytes &+ answerBytes
        let bytes = all > Self.uncountedBytes ? all : 0
        if bytes != countedBytes {
            buffers.change(by: bytes &- countedBytes)
            countedBytes = bytes
        }
    }

    /// Counts a body that is being read; refuses it when all requests together take too much already.
    private func countBody() throws(ProtocolError) {
        guard let buffers else { return }
        countBuffers()
        guard buffers.budget.isSpent, countedBytes > 0 else { return }
        throw ProtocolError(503, "the gateway holds as many bytes as limits.buffered_bytes allows; send it again later")
    }

    /// Counts the request in hand no longer.
    private func releaseBuffers() {
        rewrittenBytes = 0
        answerBytes = 0
        if countedBytes != 0 { buffers?.change(by: -countedBytes) }
        countedBytes = 0
    }

    /// A connection's buffers are allowed this much without being counted.
    private static let uncountedBytes = 32768

    // MARK: Between requests

    /// Lets go of the request in hand; true when another may follow on this connection.
    package func finishRequest() -> Bool {
        socket.onReadable = nil
        mayLag = false
        observer = nil
        notifyMore = nil
        upload?.end()
        upload = nil
        socket.clearDeadline()
        isBusy = false
        releaseBuffers()
        switch bodyState {
        case .inPlace(let length): socket.inbound.consume(head.length &+ length)
        case .decoded, .consumed: break
        case .none, .pending, .streaming: return false
        }
        headCopy.removeAll()
        decoded.removeAll()
        if socket.inbound.isEmpty { socket.loop.blocks.reclaim(from: &socket.inbound) }
        if socket.outbound.isEmpty { socket.outbound.removeAll() }
        return head.keepsAlive && !mustClose && socket.isOpen
    }

    /// Closes so that the client can still read what was sent: first our sending side, then, once the client has
    /// stopped sending or a bound is reached, the rest (RFC 9112 9.6).
    package func close() async {
        guard socket.isOpen else { return }
        isClosing = true
        socket.onPeerGone = nil
        do throws(SocketError) {
            socket.expire(after: Self.farewellNanoseconds)
            try await socket.flush()
            socket.shutDownSending()
            var discarded = 0
            while discarded < Self.lingerLimitBytes {
                socket.inbound.removeAll()
                guard try await socket.read(room: 65536) else { break }
                discarded &+= socket.inbound.count
                // A client that sends as fast as this reads leaves the loop to others, and its deadline a chance.
                await Task.yield()
            }
        } catch {}
        socket.close()
    }

    /// Clients that send all of an upload before they read find their answer, if the upload is not longer than this.
    private static let lingerLimitBytes = 64 << 20
    /// How long a client has to take its last bytes.
    static let farewellNanoseconds: UInt64 = 2_000_000_000
}
