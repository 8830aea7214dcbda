import Gateway
import Metrics
import TestSupport
import Testing

/// Hits that are asked upstream too, to learn whether the cache still says what the provider would.
@Suite(.timeLimit(.minutes(5))) struct AuditTests {
    private static let other = Canned.completion.replacing(#""content":"Hi""#, with: #""content":"Ho""#)
    /// The same but for what names an answer.
    private static let again = Canned.completion.replacing("chatcmpl-1", with: "chatcmpl-2")
        .replacing(#""created":1"#, with: #""created":7"#).replacing(#""total_tokens":12"#, with: #""total_tokens":13"#)

    @Test(arguments: [
        (Canned.json(again), "same"), (Canned.json(other), "different"),
        (Canned.json(#"{"error":{"message":"no"}}"#, status: "500 Internal Server Error"), "failed"),
        (Canned.json(again.replacing(#""stop""#, with: "null")), "failed"),
    ])
    func `a hit that is audited costs a call more, and its verdict is counted by task`(
        second: String, verdict: String
    ) throws {
        let upstream = RawServer { peer in
            while peer.readRequest() != nil { peer.send(peer.number == 0 ? Canned.json(Canned.completion) : second) }
        }
        let gateway = try GatewayHarness(upstreamPort: upstream.port) { $0.cache.auditRate = 1 }
        let headers = ["x-gateway-task: extraction", "x-gateway-deal: D1", "Authorization: Bearer a"]
        for outcome in ["MISS", "HIT"] {
            let answer = try gateway.chat(CachingTests.body, headers: headers)
            #expect(answer["x-gateway-cache"] == outcome && answer.body == Canned.completion)
        }
        let line = #"gateway_cache_audits_total{task="extraction",result="\#(verdict)"} 1"#
        while try !gateway.get("/metrics", port: gateway.adminPort).body.contains(line) {}
        let requests = upstream.received
        #expect(requests.count == 2)
        #expect(Self.body(requests[0]) == Self.body(requests[1]) && requests[1].contains("Bearer a"))
        let audit = try #require(try gateway.records().first { $0.routeReason?.contains("audit") ?? false })
        #expect(audit.routeReason == "audit of a stored answer: \(verdict)")
        #expect(audit.deal == "D1" && audit.cache == .bypass && audit.attempts.count == 1)
        #expect((audit.cost ?? .zero) > .zero || verdict == "failed")
        #expect(audit.usageSource != .unpriced)
    }

    private static func data(_ events: String...) -> String { events.map { "data: \($0)\n\n" }.joined() }

    private static func completion(_ pieces: String...) -> String {
        pieces.map { data(#"{"id":"\#($0)","choices":[{"index":0,"text":"\#($0)","finish_reason":null}]}"#) }.joined()
            + data(#"{"choices":[{"index":0,"text":"","finish_reason":"stop"}]}"#, "[DONE]")
    }

    private static func message(_ pieces: String...) -> String {
        data(
            #"{"type":"message_start","message":{"id":"\#(pieces.count)","usage":{"input_tokens":1,"output_tokens":1}}}"#,
            #"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#)
            + pieces.map {
                data(#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"\#($0)"}}"#)
            }.joined()
            + data(
                #"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}}"#,
                #"{"type":"message_stop"}"#)
    }

    private static func response(_ pieces: String...) -> String {
        pieces.map { data(#"{"type":"response.output_text.delta","delta":"\#($0)"}"#) }.joined()
            + data(
                #"{"type":"response.completed","response":{"id":"\#(pieces.count)","status":"completed","output":"#
                    + #"[{"text":"\#(pieces.joined())"}]}}"#)
    }

    @Test(arguments: [
        ("completions", #""prompt":"x""#, completion("Hel", "lo"), completion("H", "ello"), "same"),
        ("completions", #""prompt":"x""#, completion("Hel", "lo"), completion("H", "alloo"), "different"),
        ("messages", #""messages":[]"#, message("Hel", "lo"), message("H", "el", "lo"), "same"),
        ("messages", #""messages":[]"#, message("Hel", "lo"), message("Hel", "lo", "!"), "different"),
        ("responses", #""store":false,"input":"x""#, response("Hel", "lo"), response("H", "el", "lo"), "same"),
        ("responses", #""store":false,"input":"x""#, response("Hel", "lo"), response("Hel", "la"), "different"),
    ])
    func `streams of every dialect are compared by what they say, not by how they are cut`(
        path: String, member: String, first: String, second: String, verdict: String
    ) throws {
        let upstream = RawServer { peer in
            while peer.readRequest() != nil {
                peer.send(Canned.streamHead + Canned.chunk(peer.number == 0 ? first : second) + "0\r\n\r\n")
            }
        }
        let gateway = try GatewayHarness(upstreamPort: upstream.port) { $0.cache.auditRate = 1 }
        let body = #"{"model":"gpt-4o-mini","stream":true,\#(member)}"#
        for outcome in ["MISS", "HIT"] {
            #expect(try gateway.chat(body, path: "/v1/\(path)")["x-gateway-cache"] == outcome)
        }
        let line = #"gateway_cache_audits_total{task="none",result="\#(verdict)"} 1"#
        #expect(upstream.wait { $0.count == 2 })
        var metrics = ""
        while !metrics.contains("gateway_cache_audits_total{") {
            metrics = try gateway.get("/metrics", port: gateway.adminPort).body
        }
        #expect(metrics.contains(line))
    }

    @Test func `an audit changes neither the answer nor the record of its hit, whatever becomes of it`() throws {
        let upstream = RawServer { peer in
            while let request = peer.readRequest() {
                let isFirst = request.contains(#""gpt-4o""#)
                peer.send(
                    isFirst ? Canned.json("{}", status: "500 Internal Server Error") : Canned.json(Canned.completion))
            }
        }
        let first = try GatewayHarness(upstreamPort: upstream.port) { settings in
            settings.models["gpt-4o"]?.fallbacks = ["gpt-4.1"]
            settings.providers["gone"] = ProviderSettings(
                name: "gone", baseURL: BaseURL("http://127.0.0.1:\(upstream.port)/v1")!)
        }
        let text = String(repeating: "some words\\n\\n\\n\\n\\n", count: 200)
        let fallback = #"{"model":"gpt-4o","messages":[{"role":"user","content":"\#(text)"}]}"#
        #expect(try first.chat(fallback)["x-gateway-model"] == "gpt-4.1")
        #expect(try first.chat(CachingTests.body, headers: ["x-gateway-provider: gone"]).status == 200)
        first.stop()

        let second = try GatewayHarness(upstreamPort: upstream.port) { settings in
            settings.dataDirectory = first.directory.path
            settings.cache.auditRate = 1
        }
        for (body, headers) in [(fallback, []), (CachingTests.body, ["x-gateway-provider: gone"])] {
            let answer = try second.chat(body, headers: headers)
            #expect(answer["x-gateway-cache"] == "HIT" && answer.isWhole && answer.body == Canned.completion)
        }
        second.stop()
        let hits = try first.records().filter { $0.cache == .hit }
        #expect(hits.map(\.model) == ["gpt-4.1", "gpt-4o-mini"] && hits.map(\.provider) == ["openai", "gone"])
        #expect(hits.allSatisfy { $0.compressionLevel == nil && $0.errorCode == nil })
    }

    @Test func `a stream is compared with a stream however it is cut, and with a whole answer`() throws {
        @Sendable func stream(_ words: [String]) -> String {
            Canned.streamHead
                + Canned.chunk(words.map(Canned.event).joined() + Canned.finish + Canned.usage + Canned.done)
                + "0\r\n\r\n"
        }
        let upstream = RawServer { peer in
            while peer.readRequest() != nil {
                peer.send(stream(peer.number == 0 ? ["Hel", "lo"] : ["H", "ell", "o"]))
            }
        }
        let gateway = try GatewayHarness(upstreamPort: upstream.port) { $0.cache.auditRate = 1 }
        let body = #"{"model":"gpt-4o-mini","stream":true,"messages":[]}"#
        _ = try gateway.chat(body)
        #expect(try gateway.chat(body)["x-gateway-cache"] == "HIT")
        let line = #"gateway_cache_audits_total{task="none",result="same"} 1"#
        while try !gateway.get("/metrics", port: gateway.adminPort).body.contains(line) {}
    }

    @Test func `without a rate nothing is asked twice`() throws {
        let upstream = CachingTests.counting()
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        for _ in 0..<5 { _ = try gateway.chat(CachingTests.body) }
        #expect(try gateway.records().count == 5)
        #expect(upstream.connectionCount == 1)
    }

    private static func body(_ request: String) -> Substring? {
        request.firstRange(of: "\r\n\r\n").map { request[$0.upperBound...] }
    }
}
