import HTTP
import TestSupport
import Testing

/// Connections that rest for longer than a moment, whose task ends until there is something to do.
@Suite(.timeLimit(.minutes(5)))
struct SleepTests {
    @Test func `a client that comes back to a sleeping connection is served`() async throws {
        let server = try await TestServer()
        let client = try RawClient(port: server.port)
        for round in 1...3 {
            try client.send("GET /\(round) HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try client.receiveBodies(1) == ["GET /\(round) "])
            #expect(await server.fallsAsleep())
        }
        await server.stop()
    }

    @Test func `a sleeping connection ends when its client has been idle for too long`() async throws {
        let server = try await TestServer()
        let client = try RawClient(port: server.port)
        #expect(await server.fallsAsleep())
        server.clock.advance(by: .seconds(73))
        try client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(try client.receiveBodies(1) == ["GET / "])
        #expect(await server.fallsAsleep())
        server.clock.advance(by: .seconds(75))
        #expect(try client.receiveAll().isEmpty)
        #expect(await server.eventually { $0.connections.isEmpty })
        await server.stop()
    }

    @Test func `a client that leaves a sleeping connection leaves nothing`() async throws {
        let server = try await TestServer()
        do {
            let client = try RawClient(port: server.port)
            #expect(await server.fallsAsleep())
            client.finishSending()
            #expect(try client.receiveAll().isEmpty)
        }
        #expect(await server.eventually { $0.connections.isEmpty })
        await server.stop()
    }

    @Test func `a drain wakes sleeping connections, and answers one more request`() async throws {
        let server = try await TestServer()
        let client = try RawClient(port: server.port)
        let silent = try RawClient(port: server.port)
        #expect(await server.fallsAsleep(2))
        await server.beginDraining(grace: 10 * TestServer.second)
        try client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        let answer = try client.receiveAll()
        #expect(answer.hasPrefix("HTTP/1.1 200"))
        #expect(answer.contains("\r\nconnection: close\r\n"))
        server.clock.advance(by: .seconds(11))
        #expect(try silent.receiveAll().isEmpty)
        #expect(await server.eventually { $0.connections.isEmpty })
        await server.stop()
    }
}
