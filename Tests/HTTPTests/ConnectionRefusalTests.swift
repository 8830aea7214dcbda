import HTTP
import Platform
import TestSupport
import Testing

/// What a client sees that breaks a rule or a limit: one refusal that it can read, and nothing after it.
@Suite(.timeLimit(.minutes(5)))
struct ConnectionRefusalTests {
    @Test func `a body that is announced too large is refused before it is sent`() async throws {
        let server = try await TestServer()
        for expectation in ["", "Expect: 100-continue\r\n"] {
            let client = try RawClient(port: server.port)
            try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\(expectation)\r\n")
            let answer = try client.receiveAll()
            #expect(answer.hasPrefix("HTTP/1.1 413 "))
        }
        await server.stop()
    }

    @Test func `a body of the limit's size is read, and a chunked one beyond it is refused`() async throws {
        let server = try await TestServer { connection in
            guard try await connection.readBody(limit: 10) else { return }
            try await connection.answer(200, connection.bodyText)
        }
        let client = try RawClient(port: server.port)
        let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        try client.send(head + "5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n")
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n0123456789")
        #expect(try client.receiveBodies(2) == ["0123456789", "0123456789"])
        try client.send(head + "5\r\n01234\r\n6\r\n56789x")
        let answer = try client.receiveAll()
        #expect(answer.hasPrefix("HTTP/1.1 413 "))
        await server.stop()
    }

    @Test func `a client that goes on sending after it was refused can still read why`() async throws {
        let server = try await TestServer()
        let client = try RawClient(port: server.port)
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 40000000\r\n\r\n")
        #expect(await server.eventually { $0.connections.contains { $0.hasBegunResponse } })
        for _ in 0..<40 { try client.send([UInt8](repeating: 0x61, count: 1_000_000)) }
        let answer = try client.receiveAll()
        #expect(answer.hasPrefix("HTTP/1.1 413 "))
        #expect(answer.hasSuffix("refused"))
        client.close()
        #expect(await server.eventually { $0.connections.isEmpty })
        await server.stop()
    }

    @Test func `a client that was refused and does not hang up is left after two seconds`() async throws {
        let server = try await TestServer()
        let client = try RawClient(port: server.port)
        try client.send("nonsense\r\n")
        let answer = try client.receiveAll()
        #expect(answer.hasPrefix("HTTP/1.1 400 "))
        #expect(await server.inspect { $0.connections.count } == 1, "it may have more to say")
        server.clock.advance(by: .seconds(3))
        #expect(await server.eventually { $0.connections.isEmpty })
        await server.stop()
    }

    @Test func `an answer without the request's body read ends the connection`() async throws {
        let server = try await TestServer { connection in try await connection.answer(404, "no") }
        let client = try RawClient(port: server.port)
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 30\r\n\r\nGET /no HTTP/1.1\r\nHost: a\r\n\r\n")
        let answers = try client.receiveAll().split(separator: "HTTP/1.1 ")
        #expect(answers.count == 1)
        await server.stop()
    }
}
