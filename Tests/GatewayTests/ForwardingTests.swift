import Foundation
import Gateway
import Metrics
import TestSupport
import Testing

/// What reaches the provider, and what comes back.
@Suite struct ForwardingTests {
    /// An upstream that gives every request the same answer.
    static func answering(_ answer: String) -> RawServer {
        RawServer { peer in while peer.readRequest() != nil { peer.send(answer) } }
    }

    static let odd = """
        { "model" : "gpt-4o-mini" ,\t"x_unknown":{"b":1,"a":[1.0,1e-7,123456789012345678901234567890]},
          "messages":[{"role":"user","content":"caf\\u00e9 \\ud83d\\ude00 \\/ \\u0000 \u{FEFF}"}],"temperature":0.70,"stop":null,"tools":[] }
        """

    @Test func `a body with odd spelling reaches the provider byte for byte`() throws {
        let upstream = Self.answering(Canned.json(Canned.completion))
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        let answer = try gateway.chat(Self.odd, headers: ["Authorization: Bearer sk-client"])
        #expect(answer.status == 200)
        #expect(answer.body == Canned.completion)
        let request = try #require(upstream.received.first)
        #expect(request.hasSuffix("\r\n\r\n" + Self.odd))
        #expect(request.hasPrefix("POST /v1/chat/completions HTTP/1.1\r\n"))
    }

    @Test func `a streamed request asks for its usage and is otherwise untouched`() throws {
        let upstream = Self.answering(
            Canned.streamHead + Canned.chunk(Canned.finish + Canned.usage + Canned.done) + "0\r\n\r\n")
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        let body = #"{"model":"m","stream":true,"messages":[],"n":1.0}"#
        _ = try gateway.chat(body)
        let request = try #require(upstream.received.first)
        #expect(
            request.hasSuffix(
                #"{"stream_options":{"include_usage":true},"model":"m","stream":true,"messages":[],"n":1.0}"#))
    }

    @Test(arguments: [
        (
            #"{"model":"m","stream":true,"stream_options":null}"#,
            #"{"model":"m","stream":true,"stream_options":{"include_usage":true}}"#
        ),
        (
            #"{"model":"m","stream":true,"stream_options":{}}"#,
            #"{"model":"m","stream":true,"stream_options":{"include_usage":true}}"#
        ),
        (
            #"{"model":"m","stream":true,"stream_options":{"x":1}}"#,
            #"{"model":"m","stream":true,"stream_options":{"include_usage":true,"x":1}}"#
        ),
        (
            #"{"model":"m","stream":true,"stream_options":{"include_usage":false}}"#,
            #"{"model":"m","stream":true,"stream_options":{"include_usage":true}}"#
        ),
        (
            #"{"model":"m","stream":true,"stream_options":{"include_usage":true}}"#,
            #"{"model":"m","stream":true,"stream_options":{"include_usage":true}}"#
        ),
    ])
    func `however stream_options are spelled, the provider is asked for usage`(sent: String, wanted: String) throws {
        let upstream = Self.answering(Canned.streamHead + Canned.chunk(Canned.done) + "0\r\n\r\n")
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        _ = try gateway.chat(sent)
        #expect(try #require(upstream.received.first).hasSuffix("\r\n\r\n" + wanted))
    }

    @Test func `the usage chunk that nobody asked for is kept from the client, everything else is as it came`() throws {
        let events =
            ": a comment\r\n\r\n" + Canned.event("Hé") + "data:{\"choices\":[{\"index\":0,\"delta\":{\"x\":1}}]}\n\n"
            + Canned.finish + Canned.usage + Canned.done
        let upstream = Self.answering(Canned.streamHead + Canned.chunk(events) + "0\r\n\r\n")
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        let answer = try gateway.chat(#"{"model":"gpt-4o-mini","stream":true,"messages":[]}"#)
        #expect(answer.isWhole)
        #expect(answer["content-type"] == "text/event-stream")
        #expect(answer.body == events.replacing(Canned.usage, with: ""))
        let asked = try gateway.chat(
            #"{"model":"gpt-4o-mini","stream":true,"stream_options":{"include_usage":true},"messages":[1]}"#)
        #expect(asked.body == events)
        let record = try #require(try gateway.records().first)
        #expect(record.usage?.uncachedInput == 10)
        #expect(record.usage?.output == 2)
        #expect(record.finishReason == "stop")
        #expect(record.streamed)
        #expect(record.cost?.usd == "0.0000027")
    }

    @Test func `end-to-end headers go both ways, the hop's own and the gateway's go nowhere`() throws {
        let upstream = Self.answering(
            Canned.json(
                Canned.completion,
                headers: "x-request-id: req_1\r\nX-RateLimit-Remaining-Requests: 7\r\nX-Accel-Redirect: /etc\r\n"
                    + "Connection: keep-alive, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nx-gateway-cache: FORGED\r\n"
            ))
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        let answer = try gateway.chat(
            #"{"model":"gpt-4o-mini","messages":[]}"#,
            headers: [
                "OpenAI-Organization: org-1", "X-Custom: a b", "x-gateway-deal: D1", "TE: trailers", "Keep-Alive: 1",
                "Connection: X-Drop-Me", "X-Drop-Me: 1", "Accept-Encoding: gzip", "traceparent: 00-a-b-01",
            ])
        let request = try #require(upstream.received.first).lowercased()
        for kept in [
            "openai-organization: org-1", "x-custom: a b", "traceparent: 00-a-b-01", "accept-encoding: identity",
        ] {
            #expect(request.contains("\r\n\(kept)\r\n"))
        }
        for dropped in ["x-gateway", "\r\nte:", "keep-alive:", "x-drop-me", "gzip", "expect:"] {
            #expect(!request.contains(dropped))
        }
        #expect(answer["x-request-id"] == "req_1")
        #expect(answer["x-ratelimit-remaining-requests"] == "7")
        #expect(answer["x-accel-redirect"] == nil)
        #expect(answer["x-hop"] == nil)
        #expect(answer["x-gateway-cache"] == "MISS")
        #expect(answer["x-gateway-attempts"] == "1")
        #expect(answer["x-gateway-cost-usd"] == "0.0000024")
    }

    @Test func `the provider's key goes upstream instead of the client's, and is masked in what comes back`() throws {
        let upstream = Self.answering(
            Canned.json(
                #"{"error":{"message":"Incorrect API key provided: sk-our-secret-key","code":"invalid_api_key"}}"#,
                status: "401 Unauthorized"))
        let gateway = try GatewayHarness(upstreamPort: upstream.port) { settings in
            settings.providers["openai"]?.apiKey = Secret("sk-our-secret-key")
        }
        let answer = try gateway.chat(
            #"{"model":"gpt-4o-mini","messages":[]}"#,
            headers: ["Authorization: Bearer client", "api-key: c2", "x-api-key: c3"])
        let request = try #require(upstream.received.first)
        #expect(request.contains("authorization: Bearer sk-our-secret-key\r\n"))
        #expect(!request.contains("client") && !request.contains("c2") && !request.contains("c3"))
        #expect(answer.status == 401)
        #expect(answer["x-gateway-error"] == nil)
        #expect(
            answer.body
                == #"{"error":{"message":"Incorrect API key provided: *****************","code":"invalid_api_key"}}"#)
        let record = try #require(try gateway.records().first)
        #expect(record.status == 401)
        #expect(record.attempts.map(\.status) == [401])
        #expect(record.cost?.amount == 0)
    }

    @Test func `the off arm changes no byte of a stream's request and shows its usage as it came`() throws {
        let events = Canned.event("a") + Canned.finish + Canned.done
        let upstream = Self.answering(Canned.streamHead + Canned.chunk(events) + "0\r\n\r\n")
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        let body = #"{"model":"gpt-4o-mini","stream":true,"messages":[{"role":"user","content":"hello there"}]}"#
        for _ in 0..<2 {
            let answer = try gateway.chat(body, headers: ["x-gateway-rollout: off"])
            #expect(answer["x-gateway-rollout"] == "off")
            #expect(answer["x-gateway-cache"] == "BYPASS")
            #expect(answer.body == events)
        }
        #expect(upstream.received.joined().components(separatedBy: body).count == 3)
        let records = try gateway.records()
        #expect(records.map(\.usageSource) == [.estimated, .estimated])
        #expect(records.allSatisfy { ($0.usage?.uncachedInput ?? 0) > 0 && $0.cost != nil })
    }

    @Test func `auto is routed by what the request asks for, and a model that was named is honoured`() throws {
        let upstream = Self.answering(Canned.json(Canned.completion))
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        func ask(_ model: String, _ headers: [String] = []) throws -> Answer {
            try gateway.chat(
                #"{"model":"\#(model)","messages":[{"role":"user","content":"Extract the invoice number, the date and the total from this invoice: No 17, 3 May, EUR 90."}]}"#,
                headers: headers)
        }
        let auto = try ask("auto")
        #expect(auto["x-gateway-task"] == "extraction" && auto["x-gateway-model"] == "gpt-4o-mini")
        #expect(try ask("auto", ["x-gateway-task: code", "x-gateway-cache: off"])["x-gateway-model"] == "gpt-4.1-mini")
        #expect(try ask("gpt-4o")["x-gateway-model"] == "gpt-4o")
        #expect(try ask("auto", ["x-gateway-rollout: off"])["x-gateway-model"] == "gpt-4o-mini")
        let records = try gateway.records()
        #expect(records[0].taskSource == .classifier && records[0].complexity == .low)
        #expect(records[1].taskSource == .header && records[2].task == nil)
    }

    @Test func `auto asks for the default model by the provider's own name`() throws {
        let upstream = Self.answering(Canned.json(Canned.completion))
        let gateway = try GatewayHarness(upstreamPort: upstream.port) { settings in
            settings.models["gpt-4o-mini"]?.upstreamName = "mini \"quoted\""
        }
        let answer = try gateway.chat(#"{"messages":[] , "model" : "auto/chat"}"#)
        #expect(answer["x-gateway-model"] == "gpt-4o-mini")
        #expect(answer["x-gateway-task"] == "chat")
        #expect(try #require(upstream.received.first).hasSuffix(#"{"messages":[] , "model" : "mini \"quoted\""}"#))
        let unknown = try gateway.chat(#"{"messages":[],"model":"auto/nonsense"}"#)
        #expect(unknown.status == 404)
        #expect(unknown["x-gateway-error"] == "model_not_found")
    }

    @Test(arguments: [
        (#"{"model":"m","messages":[}"#, "invalid_json"), ("[]", "invalid_json"), ("", "invalid_json"),
        (#"{"messages":[]}"#, "invalid_request"), (#"{"model":7}"#, "invalid_request"),
    ])
    func `a body that is no chat request is refused in OpenAI's shape without asking anyone`(body: String, code: String)
        throws
    {
        let upstream = Self.answering(Canned.json(Canned.completion))
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        let answer = try gateway.chat(body)
        #expect(answer.status == 400)
        #expect(answer["x-gateway-error"] == code)
        #expect(answer.body.hasPrefix(#"{"error":{"message":""#) && answer.body.hasSuffix(#""code":"\#(code)"}}"#))
        #expect(upstream.connectionCount == 0)
        let record = try #require(try gateway.records().first)
        #expect(record.errorCode == code)
        #expect(record.cost?.amount == 0)
    }

    @Test func `nobody is let in without a key of auth.keys, and such a key goes no further`() throws {
        let upstream = Self.answering(Canned.json(Canned.completion))
        let gateway = try GatewayHarness(upstreamPort: upstream.port) { settings in
            var key = ClientKey()
            key.name = "app"
            key.key = Secret("gw-app-key")
            key.deal = "D-9"
            settings.auth.keys = [key]
        }
        let body = #"{"model":"gpt-4o-mini","messages":[]}"#
        #expect(try gateway.chat(body)["x-gateway-error"] == "missing_key")
        let wrong = try gateway.chat(body, headers: ["Authorization: Bearer gw-app-kez"])
        #expect(wrong.status == 401)
        #expect(wrong["x-gateway-error"] == "invalid_key")
        #expect(upstream.connectionCount == 0)
        #expect(try gateway.chat(body, headers: ["Authorization: Bearer gw-app-key"]).status == 200)
        #expect(!upstream.received.joined().contains("gw-app-key"))
        let record = try #require(try gateway.records().last)
        #expect(record.clientKey == "app")
        #expect(record.deal == "D-9")
    }

    @Test func `routes answer with and without the prefix, and nothing else is there`() throws {
        let upstream = Self.answering(Canned.json(Canned.completion))
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        #expect(try gateway.chat(#"{"model":"m"}"#, path: "/chat/completions?api-version=1%20x").status == 200)
        #expect(
            try #require(upstream.received.first).hasPrefix("POST /v1/chat/completions?api-version=1%20x HTTP/1.1\r\n"))
        #expect(try gateway.get("/health").status == 200)
        #expect(try gateway.get("/health", method: "DELETE").status == 405)
        let unknown = try gateway.get("/v2/models")
        #expect(unknown.status == 404)
        #expect(unknown["x-gateway-error"] == "unknown_route")
        for path in ["/v1/../admin", "/v1/files/%2E%2e/x", "/v1/./models", "/v1/.."] {
            #expect(try gateway.get(path).status == 404, "\(path) leads out of the provider's path")
        }
        #expect(try gateway.get("/v1/files/..a/b..").status == 200)
        let models = try gateway.get("/models")
        #expect(models.body.contains(#"{"id":"auto","object":"model""#))
        #expect(models.body.contains(#"{"id":"gpt-4o-mini","#))
        #expect(try gateway.get("/v1/models/auto%2Fcode").status == 200)
        #expect(try gateway.get("/v1/models/none").status == 404)
        #expect(
            try gateway.get("/v1/realtime", headers: ["Upgrade: websocket", "Connection: close, upgrade"]).status == 501
        )
    }

    @Test func `an unknown route of the provider passes through, bodies and all`() throws {
        let upstream = Self.answering(
            "HTTP/1.1 201 Created\r\nContent-Type: audio/wav\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n\u{1}\u{2}abc\r\n0\r\n\r\n"
        )
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        let body = String(repeating: "0123456789abcdef", count: 20_000)
        let answer = try gateway.chat(
            body, headers: ["Content-Type: multipart/form-data; boundary=x"], path: "/v1/audio/odd%2Fpath?x=1")
        #expect(answer.status == 201)
        #expect(answer.body == "\u{1}\u{2}abc")
        let request = try #require(upstream.received.first)
        #expect(request.hasPrefix("POST /v1/audio/odd%2Fpath?x=1 HTTP/1.1\r\n"))
        #expect(request.hasSuffix("\r\n\r\n" + body))
        let record = try #require(try gateway.records().first)
        #expect(record.endpoint == .passthrough)
        #expect(record.usageSource == .unpriced)
        #expect(record.cost == nil)
    }
}
