import Gateway
import TestSupport
import Testing

/// What RFC 9110 asks of a gateway as one hop among others.
@Suite struct HopTests {
    static func gateway(_ answer: String = Canned.json("{}")) throws -> (GatewayHarness, RawServer) {
        let upstream = ForwardingTests.answering(answer)
        return (try GatewayHarness(upstreamPort: upstream.port), upstream)
    }

    // MARK: Towards the provider

    @Test(arguments: [
        // RFC 9110 7.6.1: what is of one hop ends there, and what Connection names.
        "Connection: keep-alive, X-One", "Connection: x-one ,\tX-TWO,,", "X-One: 1", "x-two: 2",
        "Keep-Alive: timeout=5",
        "Proxy-Connection: keep-alive", "Proxy-Authenticate: Basic", "TE: trailers", "Trailer: X-Sum",
        // RFC 9110 11.7.2, 10.1.1, 7.2, 8.6: for the gateway alone, or written anew.
        "Proxy-Authorization: Basic c2VjcmV0", "Expect: 100-continue", "Content-Length: 2",
        // A server of the CGI family reads these as the hyphened ones.
        "Content_Length: 7", "Transfer_Encoding: chunked",
        // The gateway's own.
        "X-Gateway-Deal: d", "x-gateway-anything: x", "Accept-Encoding: gzip",
    ])
    func `a field that ends at the gateway does not reach the provider`(line: String) throws {
        let (gateway, upstream) = try Self.gateway()
        let lines = [
            "POST /v1/files HTTP/1.1", "Host: client.example", "Connection: close, X-One, x-two", "X-Kept: 1", line,
        ]
        let length = line.hasPrefix("Content-Length") ? [] : ["Content-Length: 2"]
        let client = try RawClient(port: gateway.port)
        try client.send((lines + length).joined(separator: "\r\n") + "\r\n\r\n{}")
        #expect(try client.receiveAll().contains("HTTP/1.1 200 "))
        let request = try #require(upstream.received.first)
        #expect(request.hasSuffix("\r\n\r\n{}"))
        let fields = request.split(separator: "\r\n").dropFirst().map { $0.lowercased() }
        let name = line.lowercased().prefix { $0 != ":" }
        // Those that the gateway writes itself have its own value.
        let own: Set<String> = ["content-length: 2", "accept-encoding: identity"]
        #expect(fields.filter { $0.hasPrefix(name + ":") && !own.contains($0) } == [])
        #expect(fields.filter { $0.hasPrefix("content-length:") } == ["content-length: 2"])
        #expect(fields.filter { $0.hasPrefix("host:") } == ["host: 127.0.0.1:\(upstream.port)"])
        #expect(fields.contains("x-kept: 1"))
    }

    @Test(arguments: [
        ("http://other.example/v1/files?a=b", "/v1/files?a=b"), ("/v1/files/%2F%00?", "/v1/files/%2F%00?"),
        ("/v1//files", "/v1//files"), ("/v1/files?x=http://y/../z", "/v1/files?x=http://y/../z"),
    ])
    func `the path and query go upstream as they came, the host of the target nowhere`(target: String, sent: String)
        throws
    {
        let (gateway, upstream) = try Self.gateway()
        #expect(try gateway.get(target).status == 200)
        let request = try #require(upstream.received.first)
        #expect(request.hasPrefix("GET \(sent) HTTP/1.1\r\n"))
        #expect(!request.contains("other.example") && !request.contains("Host: gateway"))
    }

    @Test(arguments: ["DELETE", "PUT", "PATCH", "OPTIONS", "PROPFIND", "get", "M-SEARCH"])
    func `any method goes upstream as it was written`(method: String) throws {
        let (gateway, upstream) = try Self.gateway()
        #expect(try gateway.get("/v1/files", method: method).status == 200)
        #expect(try #require(upstream.received.first).hasPrefix("\(method) /v1/files HTTP/1.1\r\n"))
    }

    @Test func `the provider is told of the gateway, after the hops before it, and by what version it was asked`()
        throws
    {
        let (gateway, upstream) = try Self.gateway()
        _ = try gateway.get("/v1/files", headers: ["Via: 1.0 fred, HTTP/1.1 a:80"])
        let client = try RawClient(port: gateway.port)
        try client.send("GET /v1/files HTTP/1.0\r\n\r\n")
        _ = try client.receiveAll()
        let requests = upstream.received.joined().split(separator: "GET ")
        func via(_ request: Substring) -> [String] {
            request.split(separator: "\r\n").filter { $0.lowercased().hasPrefix("via:") }.map(String.init)
        }
        #expect(requests.map(via) == [["Via: 1.0 fred, HTTP/1.1 a:80", "via: 1.1 gateway"], ["via: 1.0 gateway"]])
    }

    @Test func `a request that goes round in a circle is ended`() throws {
        let (gateway, upstream) = try Self.gateway()
        let hops = Array(repeating: "1.1 gateway", count: 15).joined(separator: ", ")
        #expect(try gateway.get("/v1/files", headers: ["Via: \(hops)"]).status == 200)
        let answer = try gateway.get("/v1/files", headers: ["Via: \(hops)", "Via: 1.1 gateway"])
        #expect(answer.status == 508)
        #expect(answer["x-gateway-error"] == "loop_detected")
        #expect(upstream.received.joined().split(separator: "GET ").count == 1)
    }

    @Test func `OPTIONS goes as many hops as it may, one fewer each time, and is answered at the last`() throws {
        let (gateway, upstream) = try Self.gateway()
        _ = try gateway.get("/v1/files", headers: ["Max-Forwards: 10"], method: "OPTIONS")
        _ = try gateway.get("/v1/files", headers: ["Max-Forwards: 0"], method: "GET")
        #expect(try gateway.get("/v1/files", headers: ["Max-Forwards: -1"], method: "OPTIONS").status == 400)
        let last = try gateway.get("/v1/files", headers: ["Max-Forwards: 0"], method: "OPTIONS")
        #expect(last.status == 200)
        #expect(last["allow"]?.contains("PATCH") == true)
        #expect(last["content-length"] == "0")
        let fields = upstream.received.joined().split(separator: "\r\n")
            .filter { $0.lowercased().hasPrefix("max-forwards") }
        #expect(fields == ["max-forwards: 9", "Max-Forwards: 0"])
    }

    // MARK: Towards the client

    @Test(arguments: ["", "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"])
    func `an answer has one date, the provider's where it says one`(date: String) throws {
        let (gateway, upstream) = try Self.gateway(Canned.json(Canned.completion, headers: date))
        defer { withExtendedLifetime(upstream) {} }
        for answer in [
            try gateway.get("/v1/files"), try gateway.chat(#"{"model":"gpt-4o-mini","messages":[]}"#),
            try gateway.get("/health"), try gateway.get("/nothing"),
            try gateway.get("/metrics", port: gateway.adminPort),
        ] {
            let dates = answer.raw.split(separator: "\r\n").filter { $0.lowercased().hasPrefix("date:") }
            #expect(dates.count == 1)
            #expect(dates.first?.hasSuffix(" GMT") == true)
        }
        #expect(try gateway.get("/v1/files").raw.contains(date))
    }

    @Test func `HEAD is told the length that the provider states`() throws {
        let upstream = RawServer { peer in
            _ = peer.receive()
            peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1234\r\n\r\n")
            peer.waitForClose()
        }
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        let answer = try gateway.get("/v1/files/1", method: "HEAD")
        #expect(answer["content-length"] == "1234")
        #expect(answer.body.isEmpty)
        for path in ["/health", "/v1/models", "/nothing"] {
            let head = try gateway.get(path, method: "HEAD")
            #expect(head.body.isEmpty)
            #expect(head["content-length"] == (try gateway.get(path)["content-length"]))
        }
    }

    @Test(arguments: ["204 No Content", "304 Not Modified"])
    func `a status without a body has no length either, and the connection stays`(status: String) throws {
        let (gateway, upstream) = try Self.gateway("HTTP/1.1 \(status)\r\nETag: \"x\"\r\n\r\n")
        defer { withExtendedLifetime(upstream) {} }
        let client = try RawClient(port: gateway.port)
        for _ in 0..<2 {
            try client.send("GET /v1/files HTTP/1.1\r\nHost: a\r\n\r\n")
            let answer = try client.receive(until: "\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 \(status)\r\n") && answer.hasSuffix("\r\n\r\n"))
            #expect(answer.contains("ETag: \"x\"\r\n"))
            #expect(!answer.contains("content-length") && !answer.contains("transfer-encoding"))
        }
    }

    @Test func `a refusal says what would be allowed`() throws {
        let (gateway, upstream) = try Self.gateway()
        defer { withExtendedLifetime(upstream) {} }
        for (path, port) in [("/health", gateway.port), ("/metrics", gateway.adminPort)] {
            let answer = try gateway.get(path, port: port, method: "DELETE")
            #expect(answer.status == 405)
            #expect(answer["allow"] == "GET, HEAD")
        }
        let whole = try gateway.get("*", method: "OPTIONS")
        #expect(whole.status == 200)
        #expect(whole["allow"]?.hasPrefix("GET, HEAD, POST") == true)
        let closed = try GatewayHarness(upstreamPort: 1) { settings in
            var key = ClientKey()
            key.name = "app"
            key.key = Secret("gw-app-key")
            settings.auth.keys = [key]
        }
        #expect(try closed.get("/v1/files")["www-authenticate"] == #"Bearer realm="gateway""#)
    }
}
