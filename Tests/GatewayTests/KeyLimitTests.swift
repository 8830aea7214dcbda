import Foundation
import Gateway
import Metrics
import TestSupport
import Testing

/// What `auth.keys` may spend and how often they may call.
struct KeyLimitTests {
    /// gpt-4o-mini costs 0.15 USD a million input tokens and 0.60 a million output tokens.
    private static func ask(_ text: String, maxTokens: Int = 16) -> String {
        #"{"model":"gpt-4o-mini","max_tokens":\#(maxTokens),"messages":[{"role":"user","content":"\#(text)"}]}"#
    }

    private static func gateway(
        _ upstream: RawServer, clock: ManualClock? = nil, _ limit: (inout ClientKey) -> Void
    ) throws -> GatewayHarness {
        try GatewayHarness(upstreamPort: upstream.port, time: clock ?? ManualClock(wall: 1_796_000_000_000_000)) {
            settings in
            for name in ["app", "other"] {
                var key = ClientKey()
                key.name = name
                key.key = Secret("gw-\(name)")
                if name == "app" { limit(&key) }
                settings.auth.keys.append(key)
            }
        }
    }

    private static let app = ["authorization: Bearer gw-app"]
    private static let other = ["authorization: Bearer gw-other"]

    @Test func `a key that has made its minute's calls is told when to come back, and another is not concerned`() throws
    {
        let upstream = ForwardingTests.answering(Canned.json(Canned.completion))
        let clock = ManualClock(wall: 1_796_000_000_000_000)
        let gateway = try Self.gateway(upstream, clock: clock) { $0.requestsPerMinute = 2 }
        for text in ["one", "two"] { #expect(try gateway.chat(Self.ask(text), headers: Self.app).status == 200) }
        let refused = try gateway.chat(Self.ask("three"), headers: Self.app)
        #expect(refused.status == 429)
        #expect(refused["x-gateway-error"] == "rate_limited")
        #expect(refused["retry-after"] == "31")
        #expect(refused.body.contains(#""type":"rate_limit_error""#))
        #expect(try gateway.chat(Self.ask("three"), headers: Self.other).status == 200)
        clock.advance(by: .seconds(30))
        #expect(try gateway.chat(Self.ask("three"), headers: Self.app).status == 200)
        #expect(try gateway.records().compactMap(\.errorCode) == ["rate_limited"])
    }

    @Test func `a call that may cost more than is left is refused before an upstream is asked, a hit is not`() throws {
        let upstream = ForwardingTests.answering(Canned.json(Canned.completion))
        // Room for one answer of 1,000 tokens (0.0006) beside what a few words cost.
        let gateway = try Self.gateway(upstream) { $0.budgetPicoDollarsPerDay = 700_000_000 }
        #expect(try gateway.chat(Self.ask("one", maxTokens: 1000), headers: Self.app).status == 200)
        let refused = try gateway.chat(Self.ask("two", maxTokens: 2000), headers: Self.app)
        #expect(refused.status == 429)
        #expect(refused["x-gateway-error"] == "budget_exceeded")
        #expect(refused["retry-after"].flatMap { Int($0) }.map { (1...86_400).contains($0) } == true)
        #expect(refused.body.contains("is 0.0007 USD, of which 0.0000"))
        // What the first call reserved and did not use is there again.
        #expect(try gateway.chat(Self.ask("two", maxTokens: 1000), headers: Self.app).status == 200)
        #expect(try gateway.chat(Self.ask("one", maxTokens: 1000), headers: Self.app)["x-gateway-cache"] == "HIT")
        #expect(upstream.received.joined().components(separatedBy: "POST ").count == 3)
    }

    @Test func `without a limit of its own a call reserves the longest answer of its model`() throws {
        let upstream = ForwardingTests.answering(Canned.json(Canned.completion))
        // 16,384 tokens at 0.60 a million are 0.0098.
        let gateway = try Self.gateway(upstream) { $0.budgetPicoDollarsPerDay = 9_000_000_000 }
        let open = #"{"model":"gpt-4o-mini","messages":[{"role":"user","content":"one"}]}"#
        #expect(try gateway.chat(open, headers: Self.app)["x-gateway-error"] == "budget_exceeded")
        #expect(try gateway.chat(Self.ask("one"), headers: Self.app).status == 200)
        // As many answers as are asked for.
        let three = #"{"model":"gpt-4o-mini","n":3,"max_tokens":8000,"messages":[{"role":"user","content":"one"}]}"#
        #expect(try gateway.chat(three, headers: Self.app)["x-gateway-error"] == "budget_exceeded")
    }

    @Test func `what was spent today is read back from the ledger, and is forgotten tomorrow`() throws {
        let upstream = ForwardingTests.answering(Canned.json(Canned.completion))
        let clock = ManualClock(wall: 1_796_000_000_000_000)
        let directory = TemporaryDirectory()
        let limit = 20_000_000  // pico-dollars: 16 tokens of answer and the question, and not twice
        func gateway() throws -> GatewayHarness {
            try GatewayHarness(upstreamPort: upstream.port, time: clock) { settings in
                settings.dataDirectory = directory.path
                var key = ClientKey()
                key.name = "app"
                key.key = Secret("gw-app")
                key.budgetPicoDollarsPerDay = Int64(limit)
                settings.auth.keys = [key]
            }
        }
        let first = try gateway()
        var answered = 0
        while try first.chat(Self.ask("\(answered)"), headers: Self.app).status == 200 { answered += 1 }
        #expect(answered > 1)
        first.stop()
        let second = try gateway()
        #expect(try second.chat(Self.ask("again"), headers: Self.app)["x-gateway-error"] == "budget_exceeded")
        second.stop()
        clock.advance(by: .seconds(86_400))
        let third = try gateway()
        #expect(try third.chat(Self.ask("again"), headers: Self.app).status == 200)
    }

    @Test func `who follows a call that its key cannot pay for asks for itself`() throws {
        let upstream = ForwardingTests.answering(Canned.json(Canned.completion))
        let gateway = try Self.gateway(upstream) { $0.budgetPicoDollarsPerDay = 1 }
        #expect(try gateway.chat(Self.ask("one"), headers: Self.app).status == 429)
        #expect(try gateway.chat(Self.ask("one"), headers: Self.other).status == 200)
    }
}
