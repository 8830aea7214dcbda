import Foundation
import Gateway
import Metrics
import TestSupport
import Testing

/// `POST /api/v1/route` of the admin plane.
@Suite struct RouteEndpointTests {
    private let upstream = RawServer { _ in }

    private func gateway(_ configure: (inout Settings) -> Void = { _ in }) throws -> GatewayHarness {
        try GatewayHarness(upstreamPort: upstream.port, configure)
    }

    private func explain(
        _ body: String, _ gateway: GatewayHarness, headers: [String] = [], method: String = "POST"
    ) throws -> (status: Int, json: [String: Any]) {
        let client = try RawClient(port: gateway.adminPort)
        let lines = ["Host: gateway", "Connection: close", "Content-Length: \(body.utf8.count)"] + headers
        try client.send("\(method) /api/v1/route HTTP/1.1\r\n\(lines.joined(separator: "\r\n"))\r\n\r\n\(body)")
        let answer = Answer(try client.receiveAll())
        return (answer.status, try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any] ?? [:])
    }

    private func request(_ text: String, model: String = "auto", _ more: String = "") -> String {
        #"{"model":"\#(model)"\#(more),"messages":[{"role":"user","content":"\#(text)"}]}"#
    }

    private func models(_ json: [String: Any], _ name: String) -> [String] {
        (json[name] as? [[String: Any]] ?? []).compactMap { $0["model"] as? String }
    }

    @Test func `a routed request is told its task, its complexity and each model's cost, and nobody is asked`() throws {
        let gateway = try gateway()
        let (status, json) = try explain(request("Extract every date and amount."), gateway)
        #expect(status == 200)
        #expect(json["task"] as? String == "extraction" && json["task_source"] as? String == "classifier")
        #expect(json["task_reason"] as? String == "'extract*' begins what the user asks")
        #expect(json["task_confidence"] as? Double ?? 0 > 0.5 && json["complexity"] as? String == "low")
        #expect(json["routed_by_task"] as? Bool == true)
        #expect(json["route_reason"] as? String == "lowest expected cost of the task's models")
        #expect(models(json, "candidates") == ["gpt-4o-mini", "gpt-4.1-mini", "gpt-4o"])
        let first = try #require((json["candidates"] as? [[String: Any]])?.first)
        let input = try #require(json["input_tokens"] as? Int)
        let cost = try #require(first["expected_cost_usd"] as? Double)
        // The input at 0.15, and 300 tokens at 0.6 dollars a million.
        #expect((5...20).contains(input) && first["expected_output_tokens"] as? Int == 300)
        #expect(abs(cost - (Double(input) * 0.15 + 300 * 0.6) / 1e6) < 1e-12 && first["reason"] is NSNull)
        #expect(first["provider_state"] as? String == "up" && first["provider"] as? String == "openai")
        #expect(upstream.connectionCount == 0)
        #expect(try gateway.records().isEmpty)
    }

    @Test func `a model is passed by for what it lacks`() throws {
        let gateway = try gateway { settings in
            settings.models["gpt-4o-mini"]?.capabilities = []
            settings.models["gpt-4.1-mini"]?.contextTokens = 100
        }
        let tools = #","tools":[{"type":"function","function":{"name":"f"}}]"#
        let json = try explain(request("Extract every date.", tools), gateway).json
        #expect(models(json, "candidates") == ["gpt-4o"] && json["needs"] as? [String] == ["tools"])
        let reasons = (json["passed_by"] as? [[String: Any]] ?? []).compactMap { $0["reason"] as? String }
        #expect(reasons.count == 2 && reasons[0] == "lacks tools")
        #expect(reasons[1].hasPrefix("takes 100 tokens, and 3"))
    }

    @Test func `what headers and rules say is taken over, and wrapped requests are taken apart`() throws {
        let gateway = try gateway { settings in
            var rule = RuleSettings()
            rule.name = "canary"
            rule.match.models = [RulePattern("gpt-4o")]
            rule.set.model = "gpt-4.1"
            settings.rules = [rule]
        }
        let byHeader = try explain(request("Hello"), gateway, headers: ["x-gateway-task: code"]).json
        #expect(byHeader["task"] as? String == "code" && byHeader["task_source"] as? String == "header")
        let wrapped = #"{"request":\#(request("Hello", model: "auto")),"headers":{"x-gateway-task":"code"}}"#
        #expect(try explain(wrapped, gateway).json["task"] as? String == "code")
        let named = try explain(request("Hello", model: "gpt-4o"), gateway).json
        #expect(named["rule"] as? String == "canary" && models(named, "candidates") == ["gpt-4.1"])
        #expect(named["routed_by_task"] as? Bool == false)
        #expect(named["route_reason"] as? String == "model set by rule 'canary'")
        let off = try explain(request("Hello"), gateway, headers: ["x-gateway-rollout: off"]).json
        #expect(models(off, "candidates") == ["gpt-4o-mini"] && off["rollout"] as? String == "off")
    }

    @Test(arguments: [
        (#"{"model":"auto/nonsense","messages":[]}"#, 404), ("{", 400), ("[]", 400),
    ])
    func `a request that would be refused is refused as it would be`(body: String, status: Int) throws {
        #expect(try explain(body, gateway()).status == status)
    }

    @Test func `it is asked with POST`() throws {
        #expect(try explain("", gateway(), method: "GET").status == 404)
    }

    @Test func `the ledger says by what the task was told`() throws {
        let answering = ForwardingTests.answering(Canned.json(Canned.completion))
        let gateway = try GatewayHarness(upstreamPort: answering.port)
        #expect(try gateway.chat(request("Extract every date.")).status == 200)
        let reason = try #require(try gateway.records().first?.routeReason)
        #expect(reason.hasPrefix("lowest expected cost of the task's models; 'extract*' begins what the user asks (0."))
    }
}
