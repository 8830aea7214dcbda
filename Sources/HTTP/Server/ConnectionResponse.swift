/// How an answer's body is delimited (RFC 9112 6.3).
package enum ResponseFraming: Equatable, Sendable {
    case none
    case length(Int)
    case chunked
    /// To a client of HTTP/1.0: the body ends with the connection.
    case untilClose
}

/// Writing an answer: status, headers, `endHead`, then the body.
extension Connection {
    /// Begins an answer. The reason phrase is left empty for a status without a common one (RFC 9112 4).
    package func beginResponse(_ status: Int) {
        hasBegunResponse = true
        statesDate = false
        socket.outbound.append("HTTP/1.1 ")
        socket.outbound.append(decimal: status)
        socket.outbound.append(" ")
        socket.outbound.append(reasonPhrase(status))
        socket.outbound.append("\r\n")
    }

    package func header(_ name: StaticString, _ value: StaticString) {
        socket.outbound.append(name)
        socket.outbound.append(": ")
        socket.outbound.append(value)
        socket.outbound.append("\r\n")
    }

    @_disfavoredOverload
    package func header(_ name: StaticString, _ value: String) {
        var value = value
        value.withUTF8 { header(name, bytes: UnsafeRawBufferPointer($0)) }
    }

    package func header(_ name: StaticString, _ value: Int) {
        socket.outbound.append(name)
        socket.outbound.append(": ")
        socket.outbound.append(decimal: value)
        socket.outbound.append("\r\n")
    }

    /// Writes one header; a value that could end its line is left out with its name.
    package func header(_ name: StaticString, bytes value: UnsafeRawBufferPointer) {
        guard isFieldValue(value, 0..<value.count) else { return }
        socket.outbound.append(name)
        socket.outbound.append(": ")
        socket.outbound.append(value)
        socket.outbound.append("\r\n")
    }

    /// Writes one header whose value `write` appends; nothing that could end its line.
    package func header(_ name: StaticString, write: (inout ByteBuffer) -> Void) {
        socket.outbound.append(name)
        socket.outbound.append(": ")
        write(&socket.outbound)
        socket.outbound.append("\r\n")
    }

    /// Writes a header line, without its end, that was checked when it was parsed.
    package func headerLine(_ line: UnsafeRawBufferPointer) {
        if line.count > 4, line[4] == 0x3A, equalsIgnoringCase(line, 0..<4, "date") { statesDate = true }
        socket.outbound.append(line)
        socket.outbound.append("\r\n")
    }

    /// Ends the head with what delimits the body, and with a date where an upstream has not said one (RFC 9110 6.6.1).
    /// Chunks become "until close" for a client of HTTP/1.0.
    package func endHead(_ framing: ResponseFraming) {
        // Said now, so that no client sends its next request into a connection that is about to close.
        if awaitsBody { mustClose = true }
        if !statesDate { socket.loop.appendDate(to: &socket.outbound) }
        responseFraming = framing
        switch framing {
        case .none: break
        case .length(let count): header("content-length", count)
        case .chunked where head.isHTTP10:
            responseFraming = .untilClose
            mustClose = true
        case .chunked: socket.outbound.append("transfer-encoding: chunked\r\n")
        case .untilClose: mustClose = true
        }
        if mustClose || !head.keepsAlive {
            socket.outbound.append("connection: close\r\n")
        } else if head.isHTTP10 {
            socket.outbound.append("connection: keep-alive\r\n")
        }
        socket.outbound.append("\r\n")
    }

    /// Sends a whole body after the head, both in one system call where the client accepts them.
    package func send(_ body: borrowing ByteBuffer) async throws(SocketError) {
        try startSending(body.span)
        try await finishSending()
    }

    /// Hands head and body to the kernel; what it does not take is copied, so `body` may go when this returns.
    package func startSending(_ body: RawSpan) throws(SocketError) {
        guard mayHaveBody else { return }
        responseBytes &+= body.byteCount
        try body.withUnsafeBytes { (bytes) throws(SocketError) in try socket.write(then: bytes) }
    }

    /// Waits until the client has accepted everything sent so far; not while it may lag.
    package func finishSending() async throws(SocketError) {
        if try socket.tryFlush() { return }
        if mayLag { return countBuffers() }
        try await waitForClient()
    }

    /// A client that may lag is sent the rest as it accepts it; one that waits to be waited for no longer is let go.
    func lagChanged() {
        socket.onWritable =
            mayLag
            ? { [unowned socket] in
                // What goes wrong shows when the next piece is sent.
                do throws(SocketError) { _ = try socket.tryFlush() } catch {}
            } : nil
        if mayLag, isSending { socket.expire(after: 0) }
    }

    /// Waits for a client that does not accept all at once, for as long as it goes on accepting.
    ///
    /// What it accepts is seen in the kernel's queue: a socket is reported writable only once much of its buffer is
    /// free, which at the pace of a slow but steady reader may take longer than any client may be idle.
    private func waitForClient() async throws(SocketError) {
        isSending = true
        defer { isSending = false }
        countBuffers()
        var unaccepted = socket.unacceptedBytes
        var began = socket.loop.now
        while true {
            let wait = isAbandoned ? Self.farewellNanoseconds : sendingPace.nextWait
            guard wait > 0 else { throw .timedOut }
            socket.expire(after: wait)
            let isFlushed = try await flushUntilExpiry()
            let accepted = unaccepted &- socket.unacceptedBytes
            sendingPace.note(bytes: accepted, waited: socket.loop.now &- began)
            if isFlushed || mayLag { return socket.clearDeadline() }
            let isIdle = accepted <= 0 && wait >= sendingPace.idleLimit
            if isIdle || isAbandoned { throw .timedOut }
            unaccepted &-= accepted
            began = socket.loop.now
        }
    }

    /// Writes all, or until the deadline; whether it was all.
    private func flushUntilExpiry() async throws(SocketError) -> Bool {
        do throws(SocketError) {
            try await socket.flush()
            return true
        } catch {
            guard error.isTimeOut else { throw error }
            return false
        }
    }

    /// Adds a piece of a body of unknown length to what is sent next.
    package func appendPiece(_ bytes: RawSpan) {
        guard mayHaveBody, !bytes.isEmpty else { return }
        responseBytes &+= bytes.byteCount
        guard responseFraming == .chunked else {
            socket.outbound.append(bytes)
            return
        }
        socket.outbound.append(hexadecimal: bytes.byteCount)
        socket.outbound.append("\r\n")
        socket.outbound.append(bytes)
        socket.outbound.append("\r\n")
    }

    /// Adds the end of a body of unknown length to what is sent next.
    package func appendEnd() {
        if responseFraming == .chunked, !isHeadRequest { socket.outbound.append("0\r\n\r\n") }
    }

    /// Not after HEAD, nor where the status has none (RFC 9112 6.3): its bytes would be taken for the next answer.
    private var mayHaveBody: Bool { !isHeadRequest && responseFraming != .none }

    private func reasonPhrase(_ status: Int) -> StaticString {
        switch status {
        case 200: "OK"
        case 201: "Created"
        case 202: "Accepted"
        case 204: "No Content"
        case 206: "Partial Content"
        case 304: "Not Modified"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 415: "Unsupported Media Type"
        case 417: "Expectation Failed"
        case 421: "Misdirected Request"
        case 422: "Unprocessable Content"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        case 505: "HTTP Version Not Supported"
        case 508: "Loop Detected"
        default: ""
        }
    }
}
