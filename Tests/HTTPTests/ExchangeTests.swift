import HTTP
import TestSupport
import Testing

/// The table of RFC 9110 and 9112 over a real socket, one case after the other: hundreds of servers at once would
/// leave the tests beside them no time.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct ExchangeTests {
    @Test func `the table is as long as it says, and every case names its clause`() {
        #expect(ExchangeCase.all.count >= 300)
        let clause = /RFC \d{4} [0-9C]\S*/
        let nameless = ExchangeCase.all.filter { $0.clause.prefixMatch(of: clause) == nil }
        #expect(nameless.map(\.clause) == [])
    }

    @Test(arguments: ExchangeCase.all)
    func `a client gets the answers that the clause demands, and none out of the remains`(exchange: ExchangeCase)
        async throws
    {
        let server = try await TestServer(limits: TestServer.limits(headBytes: exchange.headLimit), Self.echo)
        let client = try RawClient(port: server.port)
        try client.send(exchange.bytes + (exchange.end == .clientEnds ? [] : Array(ExchangeCase.probe.utf8)))
        if exchange.end == .clientEnds { client.finishSending() }
        let answers = WireAnswer.list(try client.receiveAll(), like: exchange.allAnswers)
        #expect(answers == exchange.allAnswers)
        await server.stop()
    }

    @Test(arguments: ExchangeCase.all)
    func `a client that sends byte by byte gets the same answers`(exchange: ExchangeCase) async throws {
        let server = try await TestServer(limits: TestServer.limits(headBytes: exchange.headLimit), Self.echo)
        let client = try RawClient(port: server.port)
        for piece in exchange.pieces {
            try client.send(piece)
            // A turn of the loop between two, so that they come one at a time.
            _ = await server.inspect { $0.connections.count }
        }
        if exchange.end != .clientEnds { try client.send(ExchangeCase.probe) }
        if exchange.end == .clientEnds { client.finishSending() }
        let answers = WireAnswer.list(try client.receiveAll(), like: exchange.allAnswers)
        #expect(answers == exchange.allAnswers)
        await server.stop()
    }

    @Test func `leave to go on is given once, to who waits for it and has a body to send`() async throws {
        let server = try await TestServer(Self.echo)
        let head = "Host: a\r\nExpect: 100-continue\r\nContent-Length:"
        for (request, isGiven) in [
            ("POST / HTTP/1.1\r\n\(head) 1\r\n\r\n", true), ("POST / HTTP/1.1\r\n\(head) 0\r\n\r\n", false),
            ("POST / HTTP/1.0\r\n\(head) 1\r\n\r\n", false), ("POST / HTTP/1.1\r\n\(head) 99999\r\n\r\n", false),
        ] {
            let client = try RawClient(port: server.port)
            try client.send(request)
            let leave = "HTTP/1.1 100 Continue\r\n\r\n"
            if isGiven { #expect(try client.receive(until: "\r\n\r\n") == leave) }
            try client.send("x" + ExchangeCase.probe)
            #expect(try !client.receiveAll().contains(leave), "\(request)")
        }
        await server.stop()
    }

    /// Answers with method, path and body of the request, of which it takes 4 KB.
    private static let echo: TestServer.Handler = { connection in
        guard try await connection.readBody(limit: 4096) else { return }
        try await connection.answer(200, connection.requestLine + connection.bodyText)
    }
}
