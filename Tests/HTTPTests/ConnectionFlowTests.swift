import Glibc
import HTTP
import Platform
import TestSupport
import Testing

/// Large and streamed bodies, and clients that leave while they wait.
@Suite(.timeLimit(.minutes(5)))
struct ConnectionFlowTests {
    private static let large = (0..<200_000).map { "line \($0) of a long answer, told apart from all others\n" }
        .joined()

    @Test func `a large answer reaches a client that reads late, whole`() async throws {
        let server = try await TestServer { connection in
            try await connection.answer(200, Self.large)
            try await connection.finishSending()
        }
        let client = try RawClient(port: server.port)
        try client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        #expect(await server.eventually { $0.connections.contains { !$0.socket.outbound.isEmpty } })
        let answer = try client.receiveAll()
        #expect(answer.utf8.count > 10_000_000)
        #expect(answer.hasSuffix("\r\n\r\n" + Self.large))
        await server.stop()
    }

    @Test(arguments: ["1.1", "1.0"])
    func `an answer in pieces waits for its reader and holds no more than one piece`(version: String) async throws {
        let held = Monitor(0)
        let server = try await TestServer { connection in
            var piece = ByteBuffer(capacity: 65536)
            piece.append([UInt8](repeating: 0x79, count: 65536))
            connection.beginResponse(200)
            connection.endHead(.chunked)
            for _ in 0..<200 {
                connection.appendPiece(piece.span)
                let waiting = connection.socket.outbound.count
                held.withLock { $0 = max($0, waiting) }
                try await connection.finishSending()
            }
            connection.appendEnd()
            try await connection.finishSending()
        }
        let client = try RawClient(port: server.port)
        try client.send("GET / HTTP/\(version)\r\nHost: a\r\nConnection: close\r\n\r\n")
        #expect(await server.eventually { $0.connections.contains { !$0.socket.outbound.isEmpty } })
        let answer = try client.receiveAll()
        #expect(answer.utf8.count { $0 == 0x79 } == 200 * 65536)
        #expect(answer.contains("transfer-encoding: chunked\r\n") == (version == "1.1"))
        #expect(answer.hasSuffix("0\r\n\r\n") == (version == "1.1"))
        #expect(held.withLock { $0 } < 70_000)
        await server.stop()
    }

    @Test func `a client that crashes while it waits is noticed at once`() async throws {
        let (server, gone) = try await Self.waitingServer()
        let client = try RawClient(port: server.port)
        try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(await server.eventually { _ in gone.withLock { $0.isWaiting } })
        client.reset()
        #expect(gone.wait(atMost: .patience) { $0.broken == [true] })
        #expect(await server.eventually { $0.connections.isEmpty })
        await server.stop()
    }

    @Test func `a client that only shuts its sending side while it waits is told apart, and answered`() async throws {
        let (server, gone) = try await Self.waitingServer()
        let client = try RawClient(port: server.port)
        try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(await server.eventually { _ in gone.withLock { $0.isWaiting } })
        client.finishSending()
        #expect(gone.wait(atMost: .patience) { $0.broken == [false] })
        #expect(try client.receiveAll().hasSuffix("done"))
        await server.stop()
    }

    @Test func `a client that resets while it is being answered costs nobody else anything`() async throws {
        let server = try await TestServer { connection in try await connection.answer(200, Self.large) }
        for _ in 0..<5 {
            let client = try RawClient(port: server.port)
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try client.receive(until: "\r\n\r\n")
            client.reset()
        }
        #expect(await server.eventually { $0.connections.isEmpty })
        let client = try RawClient(port: server.port)
        try client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        #expect(try client.receiveAll().hasSuffix(Self.large))
        await server.stop()
    }

    // MARK: Bodies passed on

    @Test func `a body that is passed on as it comes arrives whole, and the next request after it`() async throws {
        let server = try await TestServer(Self.passOn)
        let client = try RawClient(port: server.port)
        let body = String(repeating: "0123456789abcdef", count: 20_000)
        try client.send(
            "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
                + "POST /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "\(String(body.utf8.count, radix: 16))\r\n\(body)\r\n3\r\nend\r\n0\r\n\r\n"
                + "POST /c HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
        #expect(try client.receiveBodies(3) == ["POST /a " + body, "POST /b " + body + "end", "POST /c "])
        await server.stop()
    }

    @Test func `a body that is passed on byte by byte arrives whole`() async throws {
        let server = try await TestServer(Self.passOn)
        let client = try RawClient(port: server.port)
        let requests =
            "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
            + "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\ndefg"
        for byte in requests.utf8 {
            try client.send([byte])
            _ = await server.inspect { $0.connections.count }
        }
        #expect(try client.receiveBodies(2) == ["POST /a abc", "POST /b defg"])
        await server.stop()
    }

    @Test(arguments: ["Content-Length: 9\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n"])
    func `a body passed on that never becomes whole is never taken for one`(framing: String) async throws {
        let server = try await TestServer(Self.passOn)
        let client = try RawClient(port: server.port)
        try client.send("POST /a HTTP/1.1\r\nHost: a\r\n" + framing)
        client.finishSending()
        #expect(try client.receiveAll().hasSuffix("POST /a broken"))
        await server.stop()
    }

    /// Pulls the body as an upstream call would, and answers with it.
    private static let passOn: TestServer.Handler = { connection in
        try await connection.beginStreaming()
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1000, alignment: 1)
        defer { room.deallocate() }
        var body: [UInt8] = []
        while true {
            switch connection.pull(into: room) {
            case .bytes(let count): body += room.prefix(count)
            case .later:
                await withCheckedContinuation { waiting in
                    connection.whenMore {
                        connection.whenMore(nil)
                        waiting.resume()
                    }
                }
            case .end:
                try await connection.answer(200, connection.requestLine + String(decoding: body, as: UTF8.self))
                return
            case .failed:
                connection.mustClose = true
                try await connection.answer(400, connection.requestLine + "broken")
                return
            }
        }
    }

    /// A server that answers once the client has shut its sending side or is gone, and what it saw of that.
    private static func waitingServer() async throws -> (TestServer, Monitor<(isWaiting: Bool, broken: [Bool])>) {
        let gone = Monitor<(isWaiting: Bool, broken: [Bool])>((false, []))
        let server = try await TestServer { connection in
            await withCheckedContinuation { waiting in
                connection.socket.onPeerGone = { broken in
                    connection.socket.onPeerGone = nil
                    gone.withLock { $0.broken.append(broken) }
                    gone.wake()
                    waiting.resume()
                }
                gone.withLock { $0.isWaiting = true }
            }
            try await connection.answer(200, "done")
        }
        return (server, gone)
    }
}
