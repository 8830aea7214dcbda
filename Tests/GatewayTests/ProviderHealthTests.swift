import Foundation
import Metrics
import Platform
import TestSupport
import Testing

@testable import Gateway

/// Whether providers are up: asked with what bills nothing, told to operators, and heeded by routes.
@Suite(.timeLimit(.minutes(5))) struct ProviderHealthTests {
    private static let plain = #"{"model":"gpt-4o","messages":[{"role":"user","content":"a question"}]}"#
    private let clock = ManualClock(wall: 1_795_000_000_000_000)
    private let events = Monitor<[ProviderEvent]>([])

    /// An upstream that answers each request on a connection with what `answer` says then.
    private static func answering(_ answer: @escaping @Sendable () -> String) -> RawServer {
        RawServer { peer in while peer.readRequest() != nil { peer.send(answer()) } }
    }

    private static func status(_ status: String) -> String { Canned.json("{}", status: status) }

    private func gateway(
        _ upstream: RawServer, _ configure: (inout Settings) -> Void = { _ in }
    ) throws -> GatewayHarness {
        try GatewayHarness(upstreamPort: upstream.port, time: clock, probes: true, events: events, configure)
    }

    private var told: [String] {
        events.withLock { $0.map { "\($0.provider): \($0.was) to \($0.state)" } }
    }

    /// The entry of a provider once it is as `isDone` wants it.
    private func health(
        _ gateway: GatewayHarness, of name: String = "openai", _ isDone: ([String: Any]) -> Bool = { _ in true }
    ) throws -> [String: Any] {
        let deadline = ContinuousClock.now + .patience
        while true {
            let answer = try gateway.get("/api/v1/health", port: gateway.adminPort)
            let json = try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any]
            let providers = try #require(json?["providers"] as? [[String: Any]])
            let entry = try #require(providers.first { $0["name"] as? String == name })
            if isDone(entry) { return entry }
            try #require(ContinuousClock.now < deadline, "\(entry)")
        }
    }

    private func hasProbe(_ entry: [String: Any]) -> Bool { !(entry["probe"] is NSNull) }

    @Test func `a provider is asked for its models at the start and at each interval, with our key and no record`()
        throws
    {
        let upstream = Self.answering { Canned.json(#"{"object":"list","data":[]}"#) }
        let gateway = try gateway(upstream) { $0.providers["openai"]?.apiKey = Secret("ours") }
        let entry = try health(gateway, hasProbe)
        let probe = try #require(entry["probe"] as? [String: Any])
        #expect(entry["state"] as? String == "up" && entry["breaker"] as? String == "closed")
        #expect(probe["status"] as? Int == 200 && probe["error"] is NSNull && probe["latency_ms"] is Double)
        let request = try #require(upstream.received.first)
        #expect(request.hasPrefix("GET /v1/models HTTP/1.1\r\n"))
        #expect(request.contains("authorization: Bearer ours\r\n") && request.contains("user-agent: gateway/"))
        clock.advance(by: .seconds(60))
        let later = try health(gateway) { ($0["probe"] as? [String: Any])?["at"] as? String != probe["at"] as? String }
        #expect((later["probe"] as? [String: Any])?["status"] as? Int == 200)
        #expect(try gateway.records().isEmpty)
    }

    @Test func `two questions without a good answer take a provider out of first place, one good one brings it back`()
        throws
    {
        let isUp = Monitor(false)
        let first = Self.answering { isUp.withLock { $0 } ? Canned.json(Canned.completion) : Self.status("503 X") }
        let second = Self.answering { Canned.json(Canned.completion) }
        let gateway = try gateway(first) { settings in
            settings.providers["second"] = ProviderSettings(
                name: "second", baseURL: BaseURL("http://127.0.0.1:\(second.port)/v1")!)
            settings.models["gpt-4o"]?.fallbacks = ["gpt-4.1"]
            settings.models["gpt-4.1"]?.provider = "second"
            settings.cache.enabled = false
        }
        _ = try health(gateway, hasProbe)
        #expect(try health(gateway)["state"] as? String == "degraded")
        clock.advance(by: .seconds(60))
        _ = try health(gateway) { $0["state"] as? String == "down" }
        let answer = try gateway.chat(Self.plain)
        #expect(answer["x-gateway-provider"] == "second" && answer["x-gateway-attempts"] == "1")
        let metrics = try gateway.get("/metrics", port: gateway.adminPort).body
        #expect(metrics.contains("gateway_provider_up{provider=\"openai\"} 0\n"))
        #expect(metrics.contains("gateway_provider_up{provider=\"second\"} 1\n"))
        isUp.withLock { $0 = true }
        clock.advance(by: .seconds(60))
        _ = try health(gateway) { $0["state"] as? String == "up" }
        #expect(try gateway.chat(Self.plain)["x-gateway-provider"] == "openai")
        #expect(told == ["openai: up to degraded", "openai: degraded to down", "openai: down to up"])
    }

    @Test func `a refused key is an answer, and no answer says why`() throws {
        let refusing = Self.answering { Self.status("401 Unauthorized") }
        let entry = try health(try gateway(refusing), hasProbe)
        #expect(entry["state"] as? String == "up")
        let mute = RawServer { peer in _ = peer.readRequest() }
        let other = try health(try gateway(mute), hasProbe)
        #expect(other["state"] as? String == "degraded")
        #expect((other["probe"] as? [String: Any])?["error"] as? String == "closed_early")
    }

    @Test func `calls that fail open the breaker, which health, metrics and the log tell`() throws {
        let upstream = RawServer { peer in
            while let request = peer.readRequest() {
                peer.send(Self.status(request.hasPrefix("GET") ? "200 OK" : "500 X"))
            }
        }
        let gateway = try gateway(upstream) { settings in
            settings.routing.breaker.failures = 2
            settings.routing.breaker.open = .seconds(20)
        }
        for _ in 0..<2 { #expect(try gateway.chat(Self.plain).status == 500) }
        let entry = try health(gateway)
        #expect(entry["state"] as? String == "down" && entry["breaker"] as? String == "open")
        #expect(entry["opens_in_ms"] as? Int == 20000 && entry["failure_share"] as? Double ?? 0 > 0.1)
        let metrics = try gateway.get("/metrics", port: gateway.adminPort).body
        #expect(metrics.contains("gateway_breaker_state{provider=\"openai\"} 2\n"))
        clock.advance(by: .seconds(20))
        #expect(try health(gateway)["breaker"] as? String == "half_open")
        #expect(told == ["openai: up to down"])
    }
}
