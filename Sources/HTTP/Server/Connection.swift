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

        /// - Parameters: sizes in bytes, times in nanoseconds.
        package init(headBytes: Int, headTimeout: UInt64, bodyTimeout: UInt64, idleTimeout: UInt64) {
            self.headBytes = headBytes
            self.headTimeout = headTimeout
            self.bodyTimeout = bodyTimeout
            self.idleTimeout = idleTimeout
        }
    }

    package let socket: Socket
    package let limits: Limits
    /// The head of the request in hand.
    package private(set) var head = RequestHead()
    /// Set to end the connection after the answer in hand.
    package var mustClose = false
    /// Whether a request is being read or answered; an idle connection may be closed at any time.
    package private(set) var isBusy = false
    /// Whether the server has given up what is in hand (`abandon`).
    package private(set) var isAbandoned = false
    /// Called once when the server gives up the request in hand, so that its answer can end in words.
    package var onAbandon: (() -> Void)?
    /// Whether the last answer has been given, and only its arrival is waited for.
    private var isClosing = false
    /// Set once no further request is wanted.
    private var drain: Drain?

    // The answer's state, used by ConnectionResponse.swift.
    var responseFraming = ResponseFraming.none
    var isHeadRequest = false
    /// Whether a task waits for the client to accept what was written.
    var isSending = false
    package internal(set) var hasBegunResponse = false
    /// Bytes of body sent to the client for the request in hand.
    package internal(set) var responseBytes = 0

    private var parser: RequestParser
    /// The head's bytes once a streamed body has begun to displace them in the socket's buffer.
    private var headCopy = ByteBuffer(capacity: 1)
    private var decoder = ChunkedDecoder()
    /// A chunked body, decoded.
    private var decoded = ByteBuffer(capacity: 1)
    private var bodyState = BodyState.none
    private var notifyMore: (() -> Void)?

    /// How long clients may still begin a request, in nanoseconds.
    private struct Drain {
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

    package init(_ socket: Socket, limits: Limits) {
        self.socket = socket
        self.limits = limits
        parser = RequestParser(headLimit: limits.headBytes)
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
        if socket.inbound.isEmpty {
            guard awaitRequest(hasAnswered: hasAnswered), await rest() else {
                // Everything was answered and arrived: there is nothing to linger for.
                socket.close()
                return false
            }
        }
        isBusy = true
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
            }
            bodyState = .inPlace(length)
        } else {
            detachHead()
            while true {
                socket.inbound.consume(try decoder.decode(socket.inbound.bytes, into: &decoded, limit: limit &+ 1))
                if decoded.count > limit { throw tooLarge }
                if decoder.isDone { break }
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
    }

    package var announcedLength: Int? { head.contentLength }

    package func whenMore(_ notify: (() -> Void)?) { notifyMore = notify }

    package func pull(into destination: UnsafeMutableRawBufferPointer) -> BodyPull {
        guard case .streaming(let remaining) = bodyState else { return .end }
        if head.isChunked { return pullChunked(into: destination) }
        if socket.inbound.isEmpty {
            switch socket.tryRead(room: 65536) {
            case .bytes: break
            case .nothingYet: return .later
            case .end, .failed: return .failed
            }
        }
        let count = min(socket.inbound.count, destination.count, remaining)
        destination.copyMemory(from: UnsafeRawBufferPointer(rebasing: socket.inbound.bytes.prefix(count)))
        socket.inbound.consume(count)
        bodyState = remaining == count ? .consumed : .streaming(remaining: remaining &- count)
        return .bytes(count)
    }

    private func pullChunked(into destination: UnsafeMutableRawBufferPointer) -> BodyPull {
        while decoded.isEmpty {
            if decoder.isDone {
                bodyState = .consumed
                return .end
            }
            if socket.inbound.isEmpty {
                switch socket.tryRead(room: 65536) {
                case .bytes: break
                case .nothingYet: return .later
                case .end, .failed: return .failed
                }
            }
            do throws(ProtocolError) {
                socket.inbound.consume(try decoder.decode(socket.inbound.bytes, into: &decoded, limit: 65536))
            } catch { return .failed }
        }
        let count = min(decoded.count, destination.count)
        destination.copyMemory(from: UnsafeRawBufferPointer(rebasing: decoded.bytes.prefix(count)))
        decoded.consume(count)
        return .bytes(count)
    }

    // MARK: Between requests

    /// Lets go of the request in hand; true when another may follow on this connection.
    package func finishRequest() -> Bool {
        socket.onReadable = nil
        onAbandon = nil
        notifyMore = nil
        socket.clearDeadline()
        isBusy = false
        switch bodyState {
        case .inPlace(let length): socket.inbound.consume(head.length &+ length)
        case .decoded, .consumed: break
        case .none, .pending, .streaming: return false
        }
        headCopy.removeAll()
        decoded.removeAll()
        if socket.inbound.isEmpty { socket.inbound.removeAll() }
        return head.keepsAlive && !mustClose && socket.isOpen
    }

    /// Sets the time that an idle client has; false when it has none.
    private func awaitRequest(hasAnswered: Bool) -> Bool {
        guard let drain else {
            socket.expire(after: limits.idleTimeout)
            return true
        }
        let left = hasAnswered ? drain.afterAnswer : drain.end &- min(socket.loop.now, drain.end)
        if left == 0 { return socket.hasBytesWaiting }
        socket.expire(after: min(left, limits.idleTimeout))
        return true
    }

    /// Lets go of the client after one more answer, which says so, or after `grace` nanoseconds without a request.
    ///
    /// A connection that merely rests cannot be closed without a word: the client's next request may be on its way.
    /// Who is being answered, and was told that the connection stays open, has a second after that answer.
    package func beginDraining(grace: UInt64) {
        guard !isClosing else { return }
        drain = Drain(end: socket.loop.now &+ grace, afterAnswer: min(grace, 1_000_000_000))
        if isBusy {
            if !hasBegunResponse { mustClose = true }
        } else if !awaitRequest(hasAnswered: false) {
            socket.close()
        }
    }

    /// Gives up at once what is in hand: a rest is ended, a request half read is refused, and whoever works on an
    /// answer is told by `onAbandon`, to end it so that the client can see that it is not whole.
    package func abandon() {
        guard !isAbandoned, !isClosing else { return }
        isAbandoned = true
        mustClose = true
        guard isBusy else { return socket.close() }
        socket.expire(after: isSending ? Self.farewellNanoseconds : 0)
        onAbandon?()
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
            }
        } catch {}
        socket.close()
    }

    private static let lingerLimitBytes = 1 << 20
    /// How long a client has to take its last bytes.
    static let farewellNanoseconds: UInt64 = 2_000_000_000
}
