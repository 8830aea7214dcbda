import HTTP
import Platform
import TestSupport
import Testing

/// What a client sees that breaks a rule or a limit: one refusal that it can read, and nothing after it.
@Suite(.timeLimit(.minutes(1)))
struct ConnectionRefusalTests {
    @Test(
        arguments: [
            ("400", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            ("400", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcd"),
            ("400", "GET / HTTP/1.1\r\nHost: a\n\n"),
            ("400", "GET / HTTP/1.1\r\n\r\n"),
            ("400", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n"),
            ("400", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n"),
            ("417", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: tea\r\n\r\nabcd"),
            ("431", "GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "a", count: 5000))\r\n\r\n"),
            ("414", "GET /\(String(repeating: "a", count: 5000)) HTTP/1.1\r\nHost: a\r\n\r\n"),
            ("501", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n"),
            ("505", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
            ("413", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n"),
        ]
    )
    func `a refusal is the last answer, whatever follows`(status: String, request: String) async throws {
        let server = try await TestServer()
        let client = try RawClient(port: server.port)
        try client.send("GET /before HTTP/1.1\r\nHost: a\r\n\r\n" + request + "GET /after HTTP/1.1\r\nHost: a\r\n\r\n")
        let answers = try client.receiveAll().split(separator: "HTTP/1.1 ")
        #expect(answers.count == 2)
        #expect(answers.first?.hasSuffix("GET /before ") == true)
        #expect(answers.last?.hasPrefix(status) == true)
        #expect(answers.last?.contains("connection: close\r\n") == true)
        client.close()
        #expect(await server.eventually { $0.connections.isEmpty })
        await server.stop()
    }

    @Test func `a refusal after an answer to HEAD says why, as any other`() async throws {
        let server = try await TestServer()
        let client = try RawClient(port: server.port)
        try client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\nnonsense\r\n")
        #expect(try client.receiveAll().hasSuffix("\r\n\r\nrefused"))
        await server.stop()
    }

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
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\n")
        #expect(await server.eventually { $0.connections.contains { $0.hasBegunResponse } })
        for _ in 0..<30 { try client.send([UInt8](repeating: 0x61, count: 10_000)) }
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
