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
