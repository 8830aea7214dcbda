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

    // The answer's state, used by ConnectionResponse.swift.
    var responseFraming = ResponseFraming.none
    var isHeadRequest = false
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

    // MARK: Before the first request

    /// Agrees on TLS with a new client, in the time that a head may take; nothing to do over plain text.
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
        hasBegunResponse = false
        isHeadRequest = false
        responseBytes = 0
        bodyState = .none
        if socket.inbound.isEmpty {
            socket.expire(after: limits.idleTimeout)
            do throws(SocketError) {
                guard try await socket.read() else { return false }
            } catch { return false }
        }
        isBusy = true
        socket.expire(after: limits.headTimeout)
        while try !parser.parse(socket.inbound.bytes, into: &head) {
            guard try await readMore() else { return false }
        }
        socket.clearDeadline()
        isHeadRequest = withHead { equals($0, head.method, "HEAD") }
        bodyState = head.hasBody ? .pending : .inPlace(0)
        return true
    }

    /// Reads once; false at the end of the connection, 408 when the deadline has passed.
    private func readMore(room: Int = 16384) async throws(ProtocolError) -> Bool {
        do throws(SocketError) {
            return try await socket.read(room: room)
        } catch {
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

    /// Ends the connection if no request is in hand and none waits in the kernel.
    package func closeIfIdle() {
        if !isBusy, !socket.hasBytesWaiting { socket.close() }
    }

    /// Closes so that the client can still read what was sent: first our sending side, then, once the client has
    /// stopped sending or a bound is reached, the rest (RFC 9112 9.6).
    package func close() async {
        guard socket.isOpen else { return }
        socket.onPeerGone = nil
        do throws(SocketError) {
            socket.expire(after: 2_000_000_000)
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
}
