import Cache
import Foundation
import Gateway
import Metrics
import TestSupport
import Testing

/// Limits on what is spent: who is told, and what the gateway does about it.
struct AlertTests {
    private static func ask(_ text: String, model: String = "gpt-4o") -> String {
        #"{"model":"\#(model)","messages":[{"role":"user","content":"\#(text)"}]}"#
    }

    private static func gateway(
        _ upstream: RawServer, clock: ManualClock? = nil, directory: String? = nil,
        _ configure: (inout AlertSettings) -> Void
    ) throws -> GatewayHarness {
        func settings(_ settings: inout Settings) {
            if let directory { settings.dataDirectory = directory }
            settings.alerts.costPicoDollarsPerHour = nil
            configure(&settings.alerts)
        }
        guard let clock else { return try GatewayHarness(upstreamPort: upstream.port, settings) }
        return try GatewayHarness(upstreamPort: upstream.port, time: clock, settings)
    }

    private static func alerts(_ gateway: GatewayHarness) throws -> [[String: Any]] {
        let answer = try gateway.get("/api/v1/alerts", port: gateway.adminPort)
        let json = try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any]
        return try #require(json?["alerts"] as? [[String: Any]])
    }

    /// Waits until the first alert is in that state.
    private static func wait(for state: String, _ gateway: GatewayHarness, clock: ManualClock? = nil) throws {
        let deadline = ContinuousClock.now + .patience
        while try alerts(gateway).first?["state"] as? String != state {
            clock?.advance(by: .milliseconds(50))
            try #require(ContinuousClock.now < deadline, "the alert never was \(state)")
        }
    }

    @Test func `an hour that costs too much is shown, and told to a webhook until it takes it, signed`() throws {
        let upstream = ForwardingTests.answering(Canned.json(Canned.completion))
        let hook = RawServer { peer in
            guard peer.readRequest() != nil else { return }
            peer.send(
                "HTTP/1.1 \(peer.number == 0 ? "503 Busy" : "204 Taken")\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            )
        }
        let gateway = try Self.gateway(upstream) { alerts in
            alerts.costPicoDollarsPerHour = 1
            alerts.webhook = Secret("http://127.0.0.1:\(hook.port)/services/T1?key=abc")
            alerts.webhookSecret = Secret("shared")
        }
        #expect(try Self.alerts(gateway).first?["state"] as? String == "quiet")
        #expect(try gateway.chat(Self.ask("one")).status == 200)
        try Self.wait(for: "active", gateway)
        #expect(try gateway.get("/metrics", port: gateway.adminPort).body.contains("gateway_cost_alert_active 1\n"))

        #expect(hook.wait { $0.count == 2 && $0[1].contains("}") })
        let told = hook.received[1]
        #expect(told.hasPrefix("POST /services/T1?key=abc HTTP/1.1\r\n"))
        let parts = try #require(told.firstMatch(of: /x-gateway-signature: t=(\d+),v1=([0-9a-f]{64})\r\n/))
        let body = told.components(separatedBy: "\r\n\r\n")[1]
        #expect(parts.2 == Signature.code(of: Array("\(parts.1).\(body)".utf8), key: Array("shared".utf8)))
        let json = try #require(JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any])
        #expect(json["alert"] as? String == "cost_per_hour")
        #expect(json["state"] as? String == "raised")
        // 6 tokens at 2.50 a million, 4 cached at 1.25, 2 of output at 10.
        #expect(json["value_usd"] as? Double == 0.00004)
        #expect((json["text"] as? String)?.hasPrefix("The last hour has cost 0.00004 USD, at or above") == true)
    }

    @Test func `the signature is that of RFC 4231`() {
        let code = Signature.code(of: Array("what do ya want for nothing?".utf8), key: Array("Jefe".utf8))
        #expect(code == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    }

    @Test func `when an hour has passed without calls, the alert is cleared`() throws {
        let upstream = ForwardingTests.answering(Canned.json(Canned.completion))
        let clock = ManualClock(wall: 1_796_000_000_000_000)
        let gateway = try Self.gateway(upstream, clock: clock) { $0.costPicoDollarsPerHour = 1 }
        #expect(try gateway.chat(Self.ask("one")).status == 200)
        try Self.wait(for: "active", gateway, clock: clock)
        clock.advance(by: .seconds(3661))
        try Self.wait(for: "quiet", gateway, clock: clock)
        #expect(try gateway.get("/metrics", port: gateway.adminPort).body.contains("gateway_cost_alert_active 0\n"))
    }

    @Test func `what was spent before a restart counts, by hour and day`() throws {
        let upstream = ForwardingTests.answering(Canned.json(Canned.completion))
        let clock = ManualClock(wall: 1_796_000_000_000_000)
        let directory = TemporaryDirectory()
        let first = try Self.gateway(upstream, clock: clock, directory: directory.path) { _ in }
        #expect(try first.chat(Self.ask("one")).status == 200)
        first.stop()
        let second = try Self.gateway(upstream, clock: clock, directory: directory.path) {
            $0.costPicoDollarsPerHour = 40_000_000
            $0.costPicoDollarsPerDay = 80_000_000
        }
        try Self.wait(for: "active", second, clock: clock)
        let alerts = try Self.alerts(second)
        #expect(alerts.map { $0["alert"] as? String } == ["cost_per_hour", "cost_per_day"])
        #expect(alerts.map { $0["value_usd"] as? Double } == [0.00004, 0.00004])
        #expect(alerts[1]["state"] as? String == "quiet")
    }

    @Test func `a deal that costs too much is named, with what it has cost over all runs`() throws {
        let upstream = ForwardingTests.answering(Canned.json(Canned.completion))
        let clock = ManualClock(wall: 1_796_000_000_000_000)
        let directory = TemporaryDirectory()
        let first = try Self.gateway(upstream, clock: clock, directory: directory.path) { _ in }
        #expect(try first.chat(Self.ask("one"), headers: ["x-gateway-deal: acme"]).status == 200)
        first.stop()
        let second = try Self.gateway(upstream, clock: clock, directory: directory.path) {
            $0.costPicoDollarsPerDeal = 80_000_000
        }
        for deal in ["acme", "other"] {
            #expect(try second.chat(Self.ask("two \(deal)"), headers: ["x-gateway-deal: \(deal)"]).status == 200)
        }
        try Self.wait(for: "active", second, clock: clock)
        let alerts = try Self.alerts(second)
        #expect(alerts.map { $0["subject"] as? String } == ["acme", "other"])
        #expect(alerts.map { $0["state"] as? String } == ["active", "quiet"])
        #expect(alerts.first?["value_usd"] as? Double == 0.00008)
    }

    @Test func `the cheapest model that can do the task answers meanwhile, and is not taken for another's answer`()
        throws
    {
        let upstream = ForwardingTests.answering(Canned.json(Canned.completion))
        let clock = ManualClock(wall: 1_796_000_000_000_000)
        let gateway = try Self.gateway(upstream, clock: clock) {
            $0.costPicoDollarsPerHour = 1
            $0.safeMode = .cheapest
        }
        #expect(try gateway.chat(Self.ask("one"))["x-gateway-model"] == "gpt-4o")
        try Self.wait(for: "active", gateway, clock: clock)
        #expect(try gateway.chat(Self.ask("one"))["x-gateway-cache"] == "HIT")
        let saved = try gateway.chat(Self.ask("two"))
        #expect(saved.status == 200)
        #expect(saved["x-gateway-model"] != "gpt-4o")
        #expect(saved["x-gateway-cache"] == "MISS")
        #expect(try gateway.chat(Self.ask("two"))["x-gateway-cache"] == "MISS")
        // The off arm is a pass-through, whatever it costs.
        let off = try gateway.chat(Self.ask("three"), headers: ["x-gateway-rollout: off"])
        #expect(off["x-gateway-model"] == "gpt-4o")
        let reasons = try gateway.records().map(\.routeReason)
        #expect(reasons.count { $0?.contains("alerts.safe_mode") == true } == 2)
    }

    @Test(arguments: [AlertSettings.SafeMode.cacheOnly, .block])
    func `calls that would cost something are refused meanwhile`(mode: AlertSettings.SafeMode) throws {
        let upstream = ForwardingTests.answering(Canned.json(Canned.completion))
        let clock = ManualClock(wall: 1_796_000_000_000_000)
        let gateway = try Self.gateway(upstream, clock: clock) {
            $0.costPicoDollarsPerHour = 1
            $0.safeMode = mode
        }
        #expect(try gateway.chat(Self.ask("one")).status == 200)
        try Self.wait(for: "active", gateway, clock: clock)
        let refused = try gateway.chat(Self.ask("two"))
        #expect(refused.status == 429)
        #expect(refused["x-gateway-error"] == "budget_exceeded")
        #expect(refused["retry-after"] == "60")
        #expect(try gateway.chat(Self.ask("one")).status == (mode == .block ? 429 : 200))
        let off = try gateway.chat(Self.ask("two"), headers: ["x-gateway-rollout: off"])
        #expect(off.status == (mode == .block ? 429 : 200))
        clock.advance(by: .seconds(3661))
        try Self.wait(for: "quiet", gateway, clock: clock)
        #expect(try gateway.chat(Self.ask("two")).status == 200)
    }
}
