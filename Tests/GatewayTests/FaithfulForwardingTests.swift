import Gateway
import Metrics
import Platform
import TestSupport
import Testing

/// Messages at the edges of HTTP's rules, in both directions.
@Suite struct FaithfulForwardingTests {
    static let plain = #"{"model":"gpt-4o-mini","messages":[]}"#

    @Test func `a header value that ends with a colon, or is empty, reaches the provider as it was sent`() throws {
        let upstream = ForwardingTests.answering(Canned.json(Canned.completion))
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        _ = try gateway.chat(Self.plain, headers: ["X-Title: Note:", "X-Colon: :", "X-Empty:", "X-Last: semi;"])
        let request = try #require(upstream.received.first)
        for line in ["X-Title: Note:", "X-Colon: :", "X-Empty:", "X-Last: semi;"] {
            #expect(request.contains("\r\n\(line)\r\n"))
        }
    }

    @Test(arguments: ["", "Content-Length: 0", "Content-Length: 3"])
    func `HEAD is passed through whatever it says of a body, and its answer ends with the head`(length: String) throws {
        let upstream = RawServer { peer in
            _ = peer.receive()
            peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\n")
            peer.waitForClose()
        }
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        let client = try RawClient(port: gateway.port)
        let head = ["HEAD /v1/files/1 HTTP/1.1", "Host: g", "Connection: close"] + (length.isEmpty ? [] : [length])
        try client.send(head.joined(separator: "\r\n") + "\r\n\r\n" + (length.hasSuffix("3") ? "abc" : ""))
        let answer = Answer(try client.receiveAll())
        #expect(answer.status == 200)
        #expect(answer.body.isEmpty)
        #expect(try #require(upstream.received.first).hasPrefix("HEAD /v1/files/1 HTTP/1.1\r\n"))
    }

    @Test(arguments: ["/v1/chat/completions", "/v1/files"])
    func `an answer with a length and chunks, which two readers could end in two places, is refused`(path: String)
        throws
    {
        let upstream = RawServer { peer in
            _ = peer.readRequest()
            peer.send(
                "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + Canned.chunk("{}HTTP/1.1 200 OK") + "0\r\n\r\n")
        }
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        #expect(try gateway.chat(Self.plain, path: path).status == 502)
    }

    @Test func `a client that breaks off its upload's framing is told so, and the provider is not blamed`() throws {
        let upstream = RawServer { peer in peer.waitForClose() }
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        let client = try RawClient(port: gateway.port)
        try client.send(
            "POST /v1/files HTTP/1.1\r\nHost: g\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nnonsense\r\n")
        let answer = Answer(try client.receiveAll())
        #expect(answer.status == 400)
        #expect(answer["x-gateway-error"] == "invalid_request")
        #expect(answer["connection"] == "close")
    }

    @Test(arguments: ["/v2/nothing", "/v1/chat/completions"])
    func `an answer given before the request's body was read says that the connection ends with it`(path: String) throws
    {
        let gateway = try GatewayHarness(upstreamPort: 1) { settings in
            var key = ClientKey()
            key.name = "app"
            key.key = Secret("gw-app-key")
            settings.auth.keys = [key]
        }
        let client = try RawClient(port: gateway.port)
        try client.send("POST \(path) HTTP/1.1\r\nHost: g\r\nContent-Length: 5\r\n\r\nhello")
        let answer = Answer(try client.receiveAll())
        #expect(answer.status == 401 || answer.status == 404)
        #expect(answer["connection"] == "close")
    }

    @Test func `a malformed request after a HEAD is told what is wrong with it`() throws {
        let gateway = try GatewayHarness(upstreamPort: 1)
        let client = try RawClient(port: gateway.port)
        try client.send("HEAD /health HTTP/1.1\r\nHost: g\r\n\r\nGET / HTTP/1.1\r\nbroken\r\n\r\n")
        let answers = try client.receiveAll()
        #expect(answers.contains("HTTP/1.1 400 Bad Request\r\n"))
        #expect(answers.hasSuffix(#""code":"invalid_request"}}"#))
    }

    @Test(arguments: ["Content-Length: 40\r\n", "Transfer-Encoding: chunked\r\n"])
    func `a provider's error that quotes our key has it masked, with and without a stated length`(framing: String)
        throws
    {
        let body = #"{"error":"wrong key sk-provider-secret"}"#
        let upstream = RawServer { peer in
            _ = peer.readRequest()
            peer.send("HTTP/1.1 401 Unauthorized\r\nContent-Type: text/plain\r\nConnection: close\r\n\(framing)\r\n")
            peer.send(framing.hasPrefix("C") ? body : Canned.chunk(body) + "0\r\n\r\n")
        }
        let gateway = try GatewayHarness(upstreamPort: upstream.port) {
            $0.providers["openai"]?.apiKey = Secret("sk-provider-secret")
        }
        for path in ["/v1/files", "/v1/chat/completions"] {
            let answer = try gateway.chat(Self.plain, path: path)
            #expect(answer.status == 401)
            #expect(answer.body == body.replacing("sk-provider-secret", with: "******************"))
        }
    }

    @Test func `a passed-through answer in JSON is metered though its length was not announced`() throws {
        let usage = #"{"model":"gpt-4o-mini","usage":{"prompt_tokens":10,"total_tokens":10}}"#
        let upstream = ForwardingTests.answering(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
                + Canned.chunk(usage) + "0\r\n\r\n")
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        let answer = try gateway.chat("{}", path: "/v1/moderations")
        #expect(answer.body == usage)
        #expect(answer["x-gateway-cost-usd"] == "0.0000015")
        let record = try #require(try gateway.records().first)
        #expect(record.usage?.uncachedInput == 10)
    }
}
