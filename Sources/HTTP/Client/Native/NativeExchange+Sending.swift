import Glibc

/// The way out: the request's head and its body, as fast as the upstream takes them, while its answer is listened for.
extension NativeExchange {
    /// Writes the request's head, as it goes on the wire.
    func writeHead(_ upstream: borrowing UpstreamRequest) {
        request.append(upstream.method)
        request.append(" ")
        request.append(upstream.target.bytes)
        request.append(" HTTP/1.1\r\nHost: ")
        request.append(upstream.origin.authority)
        request.append("\r\n")
        request.append(upstream.headers.bytes)
        request.append("Accept-Encoding: identity\r\n")
        switch body {
        case .none: break
        case .bytes(let bytes): appendLength(bytes.count)
        case .stream(let source):
            if let length = source.announcedLength {
                appendLength(length)
            } else {
                request.append("Transfer-Encoding: chunked\r\n")
            }
        }
        request.append("\r\n")
    }

    private func appendLength(_ count: Int) {
        request.append("Content-Length: ")
        request.append(decimal: count)
        request.append("\r\n")
    }

    /// Begins to send; a body that the upstream takes at once goes with its head in one system call.
    func beginSending(on connection: NativeConnection) throws(UpstreamFailure) {
        connection.socket.outbound.append(request.bytes)
        if case .stream(let source) = body { source.whenMore { [unowned self] in gate.wake() } }
        try sendSome(on: connection)
    }

    /// Sends what the upstream takes now. A failure to send is kept quiet: an answer may have come before it.
    private func sendSome(on connection: NativeConnection) throws(UpstreamFailure) {
        let socket = connection.socket
        awaitsBody = false
        do throws(SocketError) {
            switch body {
            case .none: isSent = try socket.tryFlush()
            case .bytes(let bytes):
                while sentBytes < bytes.count {
                    let taken = try socket.writeSome(then: UnsafeRawBufferPointer(rebasing: bytes[sentBytes...]))
                    if taken == 0 { return }
                    sentBytes &+= taken
                    arm(timeouts.firstByte)
                }
                isSent = try socket.tryFlush()
            case .stream(let source):
                try sendSome(of: source, on: socket)
            }
        } catch { hasStoppedSending = true }
        if isBodyBroken { throw UpstreamFailure(.requestIncomplete, "the client's body broke off") }
    }

    private func sendSome(of source: any BodySource, on socket: Socket) throws(SocketError) {
        while try socket.tryFlush() {
            if isBodyWhole {
                isSent = true
                return
            }
            upload.reserve(Self.pieceBytes)
            switch source.pull(into: upload.spare) {
            case .bytes(let count):
                upload.commit(count)
                appendPiece(to: socket, isChunked: source.announcedLength == nil)
                sentBytes &+= count
                // An upload may take longer than an answer may let wait.
                arm(timeouts.firstByte)
            case .later:
                awaitsBody = true
                return
            case .end:
                if let length = source.announcedLength {
                    isBodyBroken = sentBytes < length
                    if isBodyBroken { return }
                } else {
                    socket.outbound.append("0\r\n\r\n")
                }
                isBodyWhole = true
            case .failed:
                isBodyBroken = true
                return
            }
        }
    }

    private func appendPiece(to socket: Socket, isChunked: Bool) {
        if isChunked {
            socket.outbound.append(hexadecimal: upload.count)
            socket.outbound.append("\r\n")
        }
        socket.outbound.append(upload.bytes)
        if isChunked { socket.outbound.append("\r\n") }
        upload.removeAll()
    }

    /// Body bytes taken from their source at once.
    private static let pieceBytes = 65536

    /// Reads once into a buffer, waiting until there is something, and goes on sending meanwhile. False at the
    /// upstream's end.
    func receive(
        into buffer: inout ByteBuffer, on connection: NativeConnection, room: Int
    ) async throws(UpstreamFailure) -> Bool {
        let socket = connection.socket
        if !isSent, !hasStoppedSending {
            connection.onStir = { [unowned self] in gate.wake() }
            socket.onWritable = { [unowned self] in gate.wake() }
            defer {
                connection.onStir = nil
                socket.onWritable = nil
            }
            while !isSent, !hasStoppedSending {
                switch socket.tryRead(into: &buffer, room: room) {
                case .bytes: return true
                case .end: return false
                case .failed(let code): throw broken(code)
                case .nothingYet: break
                }
                try sendSome(on: connection)
                if isSent || hasStoppedSending { break }
                await gate.sleep()
                if let failure { throw failure }
            }
        }
        do throws(SocketError) {
            return try await socket.read(into: &buffer, room: room)
        } catch { throw failure ?? broken(error.code) }
    }

    private func broken(_ code: Int32) -> UpstreamFailure {
        UpstreamFailure(.closedEarly, "the connection broke: \(String(cString: strerror(code)))")
    }
}
