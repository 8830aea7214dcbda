import HTTP
import Platform
import TestSupport
import Testing

/// What a client sees that is slow: the clock stands still but for what the tests advance it.
@Suite(.timeLimit(.minutes(5)))
struct ConnectionDeadlineTests {
    @Test func `a head that does not come whole in time is answered with 408`() async throws {
        let server = try await TestServer()
        let client = try RawClient(port: server.port)
        try client.send("GET / HTTP/1.1\r\nHost: a\r\n")
        #expect(await server.eventually { $0.connections.contains { $0.isBusy } })
        server.clock.advance(by: .seconds(11))
        let answer = try client.receiveAll()
        #expect(answer.hasPrefix("HTTP/1.1 408 "))
        #expect(answer.contains("connection: close\r\n"))
        await server.stop()
    }

    @Test func `a head that comes a byte a second does not buy time`() async throws {
        let server = try await TestServer()
        let client = try RawClient(port: server.port)
        try client.send("GET /")
        #expect(await server.eventually { $0.connections.contains { $0.isBusy } })
        for _ in 0..<9 {
            try client.send("a")
            server.clock.advance(by: .seconds(1))
            #expect(await server.inspect { !$0.connections.contains { $0.hasBegunResponse } })
        }
        server.clock.advance(by: .seconds(2))
        let answer = try client.receiveAll()
        #expect(answer.hasPrefix("HTTP/1.1 408 "))
        await server.stop()
    }

    @Test(arguments: ["Content-Length: 100\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n64\r\n"])
    func `a body that comes a byte a second is answered with 408 at its deadline`(framing: String) async throws {
        let server = try await TestServer()
        let client = try RawClient(port: server.port)
        try client.send("POST / HTTP/1.1\r\nHost: a\r\n" + framing)
        #expect(await server.eventually { $0.connections.contains { $0.isBusy } })
        for _ in 0..<29 {
            try client.send("x")
            server.clock.advance(by: .seconds(1))
            #expect(await server.inspect { !$0.connections.contains { $0.hasBegunResponse } })
        }
        server.clock.advance(by: .seconds(2))
        let answer = try client.receiveAll()
        #expect(answer.hasPrefix("HTTP/1.1 408 "))
        await server.stop()
    }

    @Test func `an idle connection is closed without a word`() async throws {
        let server = try await TestServer()
        let fresh = try RawClient(port: server.port)
        let used = try RawClient(port: server.port)
        try used.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try used.receiveBodies(1) == ["GET / "])
        #expect(await server.eventually { $0.connections.count == 2 && $0.connections.allSatisfy { !$0.isBusy } })
        server.clock.advance(by: .seconds(74))
        #expect(await server.inspect { $0.connections.count } == 2)
        server.clock.advance(by: .seconds(2))
        #expect(try fresh.receiveAll() == "")
        #expect(try used.receiveAll() == "")
        await server.stop()
    }

    @Test func `a request may take as long as its answer needs`() async throws {
        let gate = Monitor<(() -> Void)?>(nil)
        let server = try await TestServer { connection in
            await withCheckedContinuation { waiting in gate.withLock { $0 = { waiting.resume() } } }
            try await connection.answer(200, "late")
        }
        let client = try RawClient(port: server.port)
        try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(await server.eventually { _ in gate.withLock { $0 != nil } })
        server.clock.advance(by: .seconds(3600))
        _ = await server.inspect { _ in gate.withLock { $0?() } }
        #expect(try client.receiveBodies(1) == ["late"])
        await server.stop()
    }

    @Test func `a client that never reads its answer is left once it has been idle for too long`() async throws {
        let server = try await TestServer { connection in
            try await connection.answer(200, String(repeating: "x", count: 20_000_000))
        }
        let client = try RawClient(port: server.port)
        try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(await server.eventually { $0.connections.contains { !$0.socket.outbound.isEmpty } })
        server.clock.advance(by: .seconds(74))
        #expect(await server.inspect { $0.connections.count } == 1)
        server.clock.advance(by: .seconds(2))
        // The farewell has two seconds more.
        #expect(
            await server.eventually { server in
                if server.connections.isEmpty { return true }
                server.clock.advance(by: .seconds(1))
                return false
            })
        await server.stop()
    }
}
