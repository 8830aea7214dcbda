import Foundation
import HTTP
import Metrics
import Platform
import Routing
import TestSupport
import Testing
import Tokens

@testable import Gateway

/// Calls for which everything is decided and nothing done.
struct ShadowTests {
    private static func ask(
        _ question: String, model: String = "gpt-4o-mini", _ more: String = ""
    ) -> String {
        #"{ "model":"\#(model)","messages":[{"role":"user","content":"\#(question)"}] \#(more)}"#
    }

    /// A provider that counts the tokens which it is sent, and answers with forty.
    private static func counting() -> RawServer {
        RawServer { peer in
            var tape = JSONScanner()
            while let request = peer.readRequest() {
                let body = Array(request.utf8.drop { $0 != UInt8(ascii: "{") })
                let tokens = TokenCounter().ofRequest(body.span, model: nil, &tape)
                let usage =
                    #""usage":{"prompt_tokens":\#(tokens),"completion_tokens":40,"total_tokens":\#(tokens + 40)}"#
                let head = Canned.completion.prefix { $0 != "}" }  // up to the message's end
                peer.send(Canned.json(head + #"},"finish_reason":"stop"}],\#(usage)}"#))
            }
        }
    }

    @Test func `nothing is changed of a call, nor of its answer, whatever is decided`() throws {
        let stream = [Canned.event("Hi"), Canned.finish, Canned.done].map(Canned.chunk).joined() + "0\r\n\r\n"
        let upstream = RawServer { peer in
            guard let request = peer.readRequest() else { return }
            let isStream = request.contains(#""stream":true"#)
            peer.send(
                isStream ? Canned.streamHead + stream : Canned.json(Canned.completion, headers: "Connection: close\r\n")
            )
        }
        let gateway = try GatewayHarness(upstreamPort: upstream.port) { settings in
            settings.rollout.shadow = true
            settings.cache.staleIfError = .seconds(1000)
            var rule = RuleSettings()
            rule.name = "cheap"
            rule.match.models = [RulePattern("gpt-4o")]
            rule.set.model = "gpt-4o-mini"
            rule.set.timeout = .milliseconds(1)
            settings.rules = [rule]
        }
        let bodies = [
            Self.ask("one"), Self.ask("one"), Self.ask("one", model: "gpt-4o"), CompressedCallTests.body,
            Self.ask("one", #","stream":true"#), ForwardingTests.odd, #"{"model":"gpt-4o","model":"gpt-4o"}"#,
        ]
        for body in bodies {
            let answer = try gateway.chat(body)
            let isStream = body.contains("stream")
            #expect(answer.body == (isStream ? Canned.event("Hi") + Canned.finish + Canned.done : Canned.completion))
            #expect(answer["x-gateway-rollout"] == "on" && answer["x-gateway-cache"] == "BYPASS")
            #expect(answer["x-gateway-tokens-saved"] == "0")
        }
        let sent = upstream.received.map { $0.split(separator: "\r\n\r\n", maxSplits: 1).last.map(String.init) ?? "" }
        #expect(sent == bodies)
        let metrics = try gateway.get("/metrics", port: gateway.adminPort).body
        #expect(metrics.contains("gateway_shadow_calls_total 7"))
        let records = try gateway.records()
        #expect(records.allSatisfy { $0.attempts.count == 1 && $0.shadow != nil && $0.savedCache == nil })
        #expect(records.map(\.shadow?.cache) == [.miss, .hit, .miss, .miss, .hit, .miss, .bypass])
        #expect(records[1].shadow?.savedCache == records[1].cost && records[1].cost?.usd == "0.0000024")
        #expect(records[2].model == "gpt-4o" && records[2].shadow?.model == "gpt-4o-mini" && records[2].rule == "cheap")
        // 6 + 4 cached + 2 tokens of gpt-4o at 2.5, 1.25 and 10 dollars a million, less those of gpt-4o-mini.
        #expect(records[2].cost?.usd == "0.00004" && records[2].shadow?.savedRouting?.usd == "0.0000376")
        #expect(records[3].compressionLevel == nil && records[3].tokensAfterCompression == nil)
        #expect((records[3].shadow?.tokensSaved ?? 0) > 500 && records[3].shadow?.savedCompression != nil)
    }

    @Test func `a provider that fails is asked once, and nothing that has expired is given`() throws {
        let isUp = Monitor(true)
        let upstream = RawServer { peer in
            while peer.readRequest() != nil {
                let answers = isUp.withLock { $0 }
                peer.send(
                    answers ? Canned.json(Canned.completion) : Canned.json("{}", status: "503 Service Unavailable"))
            }
        }
        let clock = ManualClock(wall: 1_796_000_000_000_000)
        let gateway = try GatewayHarness(upstreamPort: upstream.port, time: clock) { settings in
            settings.rollout.shadow = true
            settings.routing.retries = 2
            settings.cache.ttl = .seconds(10)
            settings.cache.staleIfError = .seconds(1000)
        }
        #expect(try gateway.chat(Self.ask("one")).status == 200)
        clock.advance(by: .seconds(100))
        isUp.withLock { $0 = false }
        #expect(try gateway.chat(Self.ask("one")).status == 503)
        let records = try gateway.records()
        #expect(records.map(\.attempts.count) == [1, 1])
        #expect(records[1].shadow?.saved == .zero)
    }

    @Test func `what was stored in the shadow is there for who is no longer in it, and no other model's answer`() throws
    {
        let upstream = CachingTests.counting()
        let gateway = try GatewayHarness(upstreamPort: upstream.port) { settings in
            settings.rollout.shadow = true
            var rule = RuleSettings()
            rule.name = "cheap"
            rule.match.headers = ["x-cheap": RulePattern("*")]
            rule.set.model = "gpt-4o-mini"
            settings.rules = [rule]
        }
        _ = try gateway.chat(Self.ask("one"))
        _ = try gateway.chat(Self.ask("two", model: "gpt-4o"), headers: ["x-cheap: 1"])
        #expect(try gateway.admin("PUT", "/api/v1/admin/flags/shadow", #"{"enabled":false}"#).status == 200)
        #expect(try gateway.chat(Self.ask("one"))["x-gateway-cache"] == "HIT")
        // It was gpt-4o that answered, where gpt-4o-mini was to.
        #expect(try gateway.chat(Self.ask("two"))["x-gateway-cache"] == "MISS")
    }

    @Test func `calls that would be joined are told so, and ask for themselves`() throws {
        let gate = Monitor(false)
        let upstream = RawServer { peer in
            guard peer.readRequest() != nil else { return }
            gate.wait { $0 }
            peer.send(Canned.json(Canned.completion, headers: "Connection: close\r\n"))
        }
        let gateway = try GatewayHarness(upstreamPort: upstream.port) { $0.rollout.shadow = true }
        let clients = try (1...3).map { number in
            let client = try RawClient(port: gateway.port)
            try client.send(GatewayProcess.request(Self.ask("same"), headers: ["Connection: close"]))
            #expect(upstream.wait { $0.count { $0.contains("same") } == number })
            return client
        }
        gate.withLock { $0 = true }
        gate.wake()
        for client in clients { #expect(Answer(try client.receiveAll()).body == Canned.completion) }
        let outcomes = try gateway.records().map(\.shadow?.cache)
        #expect(outcomes == [.miss, .coalesced, .coalesced])
    }

    @Test func `what a shadow run says would be saved is what a real run of the same calls saves, to within 5 %`()
        throws
    {
        var random = SeededRandom(8)
        let calls = (0..<120).map { _ -> (body: String, task: String) in
            let subject = random.below(20)
            switch random.below(3) {
            case 0: return (Self.ask("What is known of subject \(subject)?", model: "gpt-4.1"), "chat")
            case 1:
                return (Self.ask("Extract the names from: Ann met Bob \(subject) times.", model: "auto"), "extraction")
            default: return (CompressedCallTests.body.replacing("item 7\"", with: "item \(subject)\""), "chat")
            }
        }
        func run(isShadow: Bool) throws -> [LedgerEntry] {
            let upstream = Self.counting()
            let gateway = try GatewayHarness(upstreamPort: upstream.port) { settings in
                settings.rollout.shadow = isShadow
                // What "auto" costs where nothing is routed.
                settings.defaultModel = "gpt-4o"
            }
            for call in calls {
                let answer = try gateway.chat(call.body, headers: ["x-gateway-task: \(call.task)"])
                #expect(answer.status == 200)
            }
            return try gateway.records()
        }
        func dollars(_ amounts: [PicoDollars?]) -> Double {
            Double(amounts.compactMap { $0 }.reduce(.zero, +).amount) / 1e12
        }
        let shadow = try run(isShadow: true)
        let real = try run(isShadow: false)
        let predicted = dollars(shadow.map { $0.shadow?.saved })
        let saved = dollars(shadow.map(\.cost)) - dollars(real.map(\.cost))
        #expect(abs(predicted / saved - 1) < 0.05, "predicted \(predicted), saved \(saved)")
        // Each means has its part in it.
        #expect(shadow.contains { ($0.shadow?.savedRouting ?? .zero) > .zero })
        #expect(shadow.contains { ($0.shadow?.savedCompression ?? .zero) > .zero })
        let hits = shadow.map { $0.shadow?.cache == .hit }
        #expect(hits == real.map { $0.cache == .hit } && hits.contains(true))
        #expect(
            shadow.filter { $0.shadow?.cache == .miss }.map(\.shadow?.model)
                == real.filter { $0.cache == .miss }.map(\.model))
    }
}
