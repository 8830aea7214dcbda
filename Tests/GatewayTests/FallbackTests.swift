import Gateway
import Metrics
import Platform
import TestSupport
import Testing

/// A provider that fails: who is asked instead, how often, and what the client sees of it.
@Suite(.timeLimit(.minutes(5))) struct FallbackTests {
    private static let plain = #"{"model":"gpt-4o","messages":[{"role":"user","content":"a question"}]}"#
    private static let streamed =
        #"{"model":"gpt-4o","stream":true,"messages":[{"role":"user","content":"a question"}]}"#
    private static let events = Canned.event("Hi") + Canned.finish + Canned.usage + Canned.done
    private static let answer = Canned.streamHead + Canned.chunk(events) + "0\r\n\r\n"

    /// Two providers: gpt-4o is the first one's, and falls back to gpt-4.1 at the second.
    private static func gateway(
        _ first: RawServer, _ second: RawServer, _ configure: (inout Settings) -> Void = { _ in }
    ) throws -> GatewayHarness {
        try GatewayHarness(upstreamPort: first.port) { settings in
            settings.providers["second"] = ProviderSettings(
                name: "second", baseURL: BaseURL("http://127.0.0.1:\(second.port)/v1")!)
            settings.models["gpt-4o"]?.fallbacks = ["gpt-4.1"]
            settings.models["gpt-4.1"]?.provider = "second"
            settings.models["gpt-4.1"]?.upstreamName = "big"
            configure(&settings)
        }
    }

    private static func saying(_ script: String) -> RawServer {
        RawServer { peer in
            _ = peer.readRequest()
            peer.send(script)
        }
    }

    private static func error(_ status: String, code: String = "x", headers: String = "") -> String {
        Canned.json(#"{"error":{"message":"no","type":"t","code":"\#(code)"}}"#, status: status, headers: headers)
    }

    /// Whole answers that are none, with what the ledger says of the attempt.
    static let faults: [(script: String, status: Int?, error: String?)] = [
        ("", nil, "closed_early"),
        ("HTTP/1.1 200 OK\r\nconte", nil, "closed_early"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"half\":", 200, "closed_early"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", nil, "invalid_answer"),
        ("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 3\r\n\r\n{oo", 200, "invalid_answer"),
        (Canned.json(#"{"error":{"message":"no","code":502}}"#), 200, "error_in_answer"),
        (Canned.json(Canned.completion.replacing(#""stop""#, with: #""error""#)), 200, "error_in_answer"),
        (error("401 Unauthorized", code: "invalid_api_key"), 401, nil), (error("403 Forbidden"), 403, nil),
        (error("408 Request Timeout"), 408, nil), (error("409 Conflict"), 409, nil),
        (error("429 Too Many Requests"), 429, nil),
        (error("429 Too Many Requests", code: "insufficient_quota"), 429, nil),
        (error("500 Internal Server Error"), 500, nil),
        ("HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\n<h1>", 502, nil),
        (error("503 Service Unavailable", headers: "retry-after: 3600\r\n"), 503, nil),
        (error("404 Not Found", code: "model_not_found"), 404, nil),
    ]

    @Test(arguments: faults.indices)
    func `another provider answers, under its own name for the model, where the first one fails`(fault: Int) throws {
        let (script, status, error) = Self.faults[fault]
        let first = Self.saying(script)
        let second = ForwardingTests.answering(Canned.json(Canned.completion))
        let gateway = try Self.gateway(first, second)
        let answer = try gateway.chat(Self.plain)
        #expect(answer.status == 200 && answer.body == Canned.completion)
        #expect(answer["x-gateway-fallback"] == "true" && answer["x-gateway-attempts"] == "2")
        #expect(answer["x-gateway-model"] == "gpt-4.1" && answer["x-gateway-provider"] == "second")
        #expect(second.received[0].hasSuffix(Self.plain.replacing("gpt-4o", with: "big")))
        let record = try #require(try gateway.records().first)
        #expect(record.status == 200 && record.errorCode == nil && record.fallback)
        #expect(record.requestedModel == "gpt-4o" && record.model == "gpt-4.1")
        #expect(record.attempts.map(\.status) == [status, 200])
        #expect(record.attempts.map(\.error) == [error, nil])
        #expect(record.attempts.map(\.provider) == ["openai", "second"])
    }

    @Test(arguments: [
        ("400 Bad Request", "x"), ("422 Unprocessable Entity", "x"), ("400 Bad Request", "content_policy_violation"),
        ("413 Content Too Large", "x"), ("404 Not Found", "x"),
    ])
    func `a request that is wrong, or refused for what it says, is nobody else's`(status: String, code: String) throws {
        let script = Self.error(status, code: code)
        let first = Self.saying(script)
        let second = ForwardingTests.answering(Canned.json(Canned.completion))
        let gateway = try Self.gateway(first, second) { $0.routing.retries = 2 }
        let answer = try gateway.chat(Self.plain)
        #expect("\(answer.status)" == status.prefix(3))
        #expect(script.hasSuffix(answer.body))
        #expect(answer["x-gateway-attempts"] == "1" && answer["x-gateway-fallback"] == nil)
        #expect(second.connectionCount == 0)
    }

    @Test func `a prompt too long for a model goes to one that takes more, and to no other`() throws {
        let first = Self.saying(Self.error("400 Bad Request", code: "context_length_exceeded"))
        let second = ForwardingTests.answering(Canned.json(Canned.completion))
        let longer = try Self.gateway(first, second) { settings in
            settings.models["gpt-4.1"]?.contextTokens = 1_000_000
        }
        #expect(try longer.chat(Self.plain)["x-gateway-model"] == "gpt-4.1")
        let shorter = try Self.gateway(first, second) { settings in
            settings.models["gpt-4.1"]?.contextTokens = 1000
        }
        let answer = try shorter.chat(Self.plain)
        #expect(answer.status == 400 && answer.body.contains("context_length_exceeded"))
        #expect(answer["x-gateway-model"] == "gpt-4o")
    }

    @Test func `when all have failed the client is told what the first one said`() throws {
        let first = Self.saying(Self.error("503 Service Unavailable", code: "first", headers: "x-request-id: r1\r\n"))
        let second = Self.saying(Self.error("500 Internal Server Error", code: "second"))
        let gateway = try Self.gateway(first, second)
        let answer = try gateway.chat(Self.plain)
        #expect(answer.status == 503 && answer.body.contains("first") && answer["x-request-id"] == "r1")
        #expect(answer["x-gateway-attempts"] == "2" && answer["x-gateway-error"] == nil)
        let record = try #require(try gateway.records().first)
        #expect(record.errorCode == "upstream_503" && record.provider == "openai" && record.cost == .zero)
    }

    @Test(arguments: [
        (Canned.streamHead + "0\r\n\r\n", "closed_early"),
        (Canned.streamHead + Canned.chunk(": wait\n\n") + "0\r\n\r\n", "closed_early"),
        (Canned.streamHead + Canned.chunk(Canned.event("")), "closed_early"),
        (Canned.streamHead + Canned.chunk(": wait\n\ndata: {\"error\":{\"message\":\"no\"}}\n\n"), "error_event"),
        (Canned.streamHead + Canned.chunk(Canned.finish.replacing("stop", with: "error")), "error_event"),
        (
            Canned.streamHead + Canned.chunk(Canned.event("") + "data: {\"error\":{\"code\":\"overloaded\"}}\n\n"),
            "error_event"
        ),
    ])
    func `a stream that fails before it has said anything is another provider's`(script: String, error: String) throws {
        let first = Self.saying(script)
        let second = ForwardingTests.answering(Self.answer)
        let gateway = try Self.gateway(first, second)
        let answer = try gateway.chat(Self.streamed)
        #expect(answer.isWhole && answer.body == Self.events.replacing(Canned.usage, with: ""))
        #expect(answer["x-gateway-fallback"] == "true")
        let record = try #require(try gateway.records().first)
        #expect(record.attempts.map(\.error) == [error, nil] && record.errorCode == nil)
    }

    @Test func `a stream that fails after its first word fails`() throws {
        let first = Self.saying(Canned.streamHead + Canned.chunk(Canned.event("Hi")))
        let second = ForwardingTests.answering(Self.answer)
        let gateway = try Self.gateway(first, second) { $0.routing.retries = 2 }
        let answer = try gateway.chat(Self.streamed)
        #expect(!answer.isWhole && answer.body.hasPrefix(Canned.event("Hi") + "data: {\"error\""))
        #expect(second.connectionCount == 0)
    }

    @Test(arguments: ["Transfer-Encoding: chunked", "Content-Length: ", ""])
    func `what says nothing yet is held back for a quarter of a second at most, however it is framed`(
        framing: String
    ) throws {
        let mayGoOn = Monitor(false)
        let first = RawServer { peer in
            _ = peer.readRequest()
            let isChunked = framing.hasPrefix("T")
            let length = Canned.event("").utf8.count + Self.events.utf8.count
            let line = framing.isEmpty ? "" : "\(framing)\(isChunked ? "" : "\(length)")\r\n"
            peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\(line)\r\n")
            peer.send(isChunked ? Canned.chunk(Canned.event("")) : Canned.event(""))
            mayGoOn.wait { $0 }
            peer.send(isChunked ? Canned.chunk(Self.events) + "0\r\n\r\n" : Self.events)
            if !framing.isEmpty { peer.waitForClose() }
        }
        let second = ForwardingTests.answering(Self.answer)
        let gateway = try Self.gateway(first, second)
        let client = try RawClient(port: gateway.port)
        try client.send(
            "POST /v1/chat/completions HTTP/1.1\r\nHost: g\r\nConnection: close\r\nContent-Length: \(Self.streamed.utf8.count)\r\n\r\n\(Self.streamed)"
        )
        // Nothing else comes until this has come.
        let beginning = try client.receive(until: Canned.event(""))
        mayGoOn.open()
        let answer = Answer(try beginning + client.receiveAll())
        #expect(answer.isWhole && answer.body.hasSuffix(Canned.done))
        #expect(second.connectionCount == 0)
    }

    @Test func `a provider that fails once is asked again, and the retry is counted`() throws {
        let upstream = RawServer { peer in
            _ = peer.readRequest()
            peer.send(peer.number == 0 ? Self.error("500 Internal Server Error") : Canned.json(Canned.completion))
        }
        let gateway = try GatewayHarness(upstreamPort: upstream.port) { settings in
            settings.routing.retries = 2
            settings.routing.backoff.base = .milliseconds(1)
        }
        let answer = try gateway.chat(Self.plain)
        #expect(answer.status == 200 && answer["x-gateway-attempts"] == "2" && answer["x-gateway-fallback"] == nil)
        #expect(try gateway.get("/metrics", port: gateway.adminPort).body.contains("gateway_retries_total 1\n"))
        #expect(try gateway.records()[0].attempts.map(\.status) == [500, 200])
    }

    @Test func `a provider whose breaker opens between two attempts of a call leaves the call to the next one`() throws
    {
        let first = Self.saying(Self.error("500 Internal Server Error"))
        let second = ForwardingTests.answering(Canned.json(Canned.completion))
        let gateway = try Self.gateway(first, second) { settings in
            settings.routing.retries = 2
            settings.routing.backoff.base = .milliseconds(1)
            settings.routing.breaker.failures = 2
        }
        let answer = try gateway.chat(Self.plain)
        #expect(answer.status == 200 && answer["x-gateway-provider"] == "second")
        #expect(answer["x-gateway-attempts"] == "3" && first.connectionCount == 2)
    }

    @Test(arguments: [
        (["x-gateway-retries: 0"], 1), (["x-gateway-retries: 1"], 2), (["x-gateway-retries: 9"], 3),
        (["x-gateway-rollout: off"], 1), ([], 3),
    ])
    func `a call may ask for fewer attempts, and the off arm makes one`(headers: [String], attempts: Int) throws {
        let upstream = Self.saying(Self.error("500 Internal Server Error"))
        let gateway = try GatewayHarness(upstreamPort: upstream.port) { settings in
            settings.routing.retries = 2
            settings.routing.backoff.base = .milliseconds(1)
        }
        let answer = try gateway.chat(Self.plain, headers: headers)
        #expect(answer.status == 500 && answer["x-gateway-attempts"] == "\(attempts)")
        #expect(upstream.connectionCount == attempts)
    }

    @Test func `a provider that was insisted on has no stand-in`() throws {
        let first = Self.saying(Self.error("500 Internal Server Error"))
        let second = ForwardingTests.answering(Canned.json(Canned.completion))
        let gateway = try Self.gateway(first, second)
        #expect(try gateway.chat(Self.plain, headers: ["x-gateway-provider: openai"]).status == 500)
        #expect(second.connectionCount == 0)
    }

    @Test func `a provider that keeps failing is passed over until its cool-down is over, and then probed`() throws {
        let clock = ManualClock(wall: 1_795_000_000_000_000)
        let isUp = Monitor(false)
        let first = RawServer { peer in
            _ = peer.readRequest()
            peer.send(isUp.withLock { $0 } ? Canned.json(Canned.completion) : Self.error("500 Internal Server Error"))
        }
        let second = ForwardingTests.answering(Canned.json(Canned.completion))
        let gateway = try GatewayHarness(upstreamPort: first.port, time: clock) { settings in
            settings.providers["second"] = ProviderSettings(
                name: "second", baseURL: BaseURL("http://127.0.0.1:\(second.port)/v1")!)
            settings.models["gpt-4o"]?.fallbacks = ["gpt-4.1"]
            settings.models["gpt-4.1"]?.provider = "second"
            settings.cache.enabled = false
            settings.routing.breaker.failures = 2
            settings.routing.breaker.open = .seconds(10)
        }
        func provider() throws -> String? { try gateway.chat(Self.plain)["x-gateway-provider"] }
        for _ in 0..<5 { #expect(try provider() == "second") }
        #expect(first.connectionCount == 2)
        clock.advance(by: .seconds(11))
        #expect(try provider() == "second")
        #expect(first.connectionCount == 3)
        isUp.withLock { $0 = true }
        clock.advance(by: .seconds(11))
        for _ in 0..<3 { #expect(try provider() == "openai") }
    }

    @Test func `when every provider is down the least bad one is asked, and its failure says when to come back`() throws
    {
        let clock = ManualClock(wall: 1_795_000_000_000_000)
        let upstream = Self.saying("")
        let gateway = try GatewayHarness(upstreamPort: upstream.port, time: clock) { settings in
            settings.routing.breaker.failures = 1
            settings.routing.breaker.open = .seconds(20)
        }
        #expect(try gateway.chat(Self.plain).status == 502)
        let answer = try gateway.chat(Self.plain)
        #expect(answer.status == 503 && answer["x-gateway-error"] == "no_healthy_upstream")
        #expect(answer["retry-after"] == "20")
        #expect(upstream.connectionCount == 2)
    }

    @Test func `a request that was sent whole and timed out waiting is not sent again to the same provider`() throws {
        let upstream = RawServer { peer in peer.waitForClose() }
        let gateway = try GatewayHarness(upstreamPort: upstream.port) { settings in
            settings.routing.retries = 2
            settings.providers["openai"]?.timeouts.firstByte = .milliseconds(50)
        }
        let answer = try gateway.chat(Self.plain)
        #expect(answer.status == 504 && answer["x-gateway-attempts"] == "1")
        #expect(upstream.connectionCount == 1)
    }

    @Test(arguments: [false, true])
    func `a call that gives its provider little time says nothing of that provider`(streams: Bool) throws {
        let first = RawServer { peer in
            guard peer.readRequest()?.contains("a question") == true else { return }
            if streams { peer.send(Canned.streamHead + Canned.chunk(Canned.event("Hi"))) }
            peer.waitForClose()
        }
        let second = ForwardingTests.answering(Canned.json(Canned.completion))
        let gateway = try Self.gateway(first, second) { $0.routing.breaker.failures = 1 }
        let hasty = try gateway.chat(streams ? Self.streamed : Self.plain, headers: ["x-gateway-timeout-ms: 50"])
        #expect(streams ? hasty.body.contains("upstream_timeout") : hasty["x-gateway-error"] == "upstream_timeout")
        // The first provider is asked, and what it does then counts against it.
        #expect(try gateway.chat(Self.plain.replacing("a question", with: "another"))["x-gateway-attempts"] == "2")
        #expect(try gateway.chat(Self.plain.replacing("a question", with: "a third"))["x-gateway-attempts"] == "1")
    }

    @Test func `a call that has no time left for a retry is the next provider's at once`() throws {
        let first = Self.saying(Self.error("503 Service Unavailable", headers: "retry-after: 5\r\n"))
        let second = ForwardingTests.answering(Canned.json(Canned.completion))
        let gateway = try Self.gateway(first, second) { $0.routing.retries = 2 }
        let answer = try gateway.chat(Self.plain, headers: ["x-gateway-timeout-ms: 4000"])
        #expect(answer.status == 200 && answer["x-gateway-provider"] == "second")
        #expect(first.connectionCount == 1)
    }

    @Test func `a client that leaves during the wait before a retry ends the call`() throws {
        let upstream = Self.saying(Self.error("503 Service Unavailable", headers: "retry-after: 60\r\n"))
        let gateway = try GatewayHarness(upstreamPort: upstream.port) { settings in
            settings.routing.retries = 2
            settings.routing.backoff.max = .seconds(100)
        }
        let client = try RawClient(port: gateway.port)
        try client.send(
            "POST /v1/chat/completions HTTP/1.1\r\nHost: g\r\nContent-Length: \(Self.plain.utf8.count)\r\n\r\n\(Self.plain)"
        )
        #expect(upstream.waitUntilClosed(1))
        client.reset()
        let records = try gateway.records()
        #expect(records.map(\.clientDisconnected) == [true])
        #expect(upstream.connectionCount == 1)
    }
}
