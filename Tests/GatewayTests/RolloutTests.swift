import Foundation
import Gateway
import Metrics
import TestSupport
import Testing

/// Which callers' calls are worked on, and what becomes of those that are only carried.
struct RolloutTests {
    private static func body(user: String? = nil) -> String {
        let field = user.map { #","user":"\#($0)""# } ?? ""
        return #"{ "model":"gpt-4o-mini","messages":[{"role":"user","content":"caf\u00e9"}] \#(field)}"#
    }

    /// Of keys `user-N`, `user-3` falls into the first 2 %, `user-5` stands at 25 % and `user-7` at 98 %.
    private static func arm(_ gateway: GatewayHarness, _ body: String, _ headers: String...) throws -> String? {
        try gateway.chat(body, headers: headers)["x-gateway-rollout"]
    }

    @Test(arguments: [false, true])
    func `at percent 0, and with enabled false, what goes upstream is the client's body byte for byte`(
        isEnabled: Bool
    ) throws {
        // One call a connection, so that each is kept apart.
        let upstream = RawServer { peer in
            guard peer.readRequest() != nil else { return }
            peer.send(Canned.json(Canned.completion, headers: "Connection: close\r\n"))
        }
        let gateway = try GatewayHarness(upstreamPort: upstream.port) { settings in
            settings.enabled = isEnabled
            if isEnabled { settings.rollout.percent = 0 }
        }
        let stream = #"{"stream" : true, "model":"gpt-4o-mini","messages":[] }"#
        let bodies = [
            Self.body(), Self.body(), ForwardingTests.odd, stream, #"{"model":"gpt-4o","model":"gpt-4o"}"#,
            CompressedCallTests.body,
        ]
        let lines = ["X-Title: Note:  one ", "Accept: */*", "openai-beta: x", "Authorization: Bearer sk-client"]
        for body in bodies {
            let answer = try gateway.chat(body, headers: lines)
            #expect(answer["x-gateway-rollout"] == "off")
            #expect(answer["x-gateway-cache"] == "BYPASS")
            #expect(answer.body == Canned.completion)
        }
        let sent = upstream.received.map { $0.split(separator: "\r\n\r\n", maxSplits: 1).last.map(String.init) ?? "" }
        #expect(sent == bodies)
        for request in upstream.received {
            #expect(request.hasPrefix("POST /v1/chat/completions HTTP/1.1\r\n"))
            for line in lines { #expect(request.contains("\r\n\(line.trimmingCharacters(in: .whitespaces))\r\n")) }
        }
        // Whoever is curious may look, but nobody works on calls that were switched off.
        let forced = try Self.arm(gateway, Self.body(), "x-gateway-rollout: on")
        #expect(forced == (isEnabled ? "on" : "off"))
        let records = try gateway.records().dropLast()
        #expect(records.count == bodies.count)
        #expect(records.allSatisfy { $0.rollout == .off && $0.cost != nil && $0.usage != nil })
    }

    @Test func `a caller may choose its arm only where that is allowed`() throws {
        let upstream = ForwardingTests.answering(Canned.json(Canned.completion))
        let gateway = try GatewayHarness(upstreamPort: upstream.port) { $0.rollout.allowOverride = false }
        #expect(try Self.arm(gateway, Self.body(), "x-gateway-rollout: off") == "on")
    }

    @Test func `a caller's arm follows its name, wherever that stands and however it is spelled`() throws {
        let upstream = ForwardingTests.answering(Canned.json(Canned.completion))
        let gateway = try GatewayHarness(upstreamPort: upstream.port) { $0.rollout.percent = 50 }
        for number in 0..<12 {
            // By an independent computation of their places: these are below 50 %.
            let expected = [3, 5, 10].contains(number) ? "on" : "off"
            let name = "user-\(number)"
            #expect(try Self.arm(gateway, Self.body(user: name)) == expected)
            #expect(try Self.arm(gateway, Self.body(), "x-gateway-rollout-key: \(name)") == expected)
            #expect(try Self.arm(gateway, Self.body(user: "\\u0075ser-\(number)")) == expected)
        }
        // The header outranks the body, and an empty one is none.
        #expect(try Self.arm(gateway, Self.body(user: "user-7"), "x-gateway-rollout-key: user-3") == "on")
        #expect(try Self.arm(gateway, Self.body(user: "user-3"), "x-gateway-rollout-key:") == "on")
    }

    @Test func `without a name the key draws, and without a key each call for itself`() throws {
        let upstream = ForwardingTests.answering(Canned.json(Canned.completion))
        let gateway = try GatewayHarness(upstreamPort: upstream.port) { $0.rollout.percent = 50 }
        for number in 0..<20 {
            let arms = try (0..<3).map { _ in
                try Self.arm(gateway, Self.body(), "Authorization: Bearer sk-\(number)")
            }
            #expect(Set(arms).count == 1)
        }
        let arms = try (0..<40).map { _ in try Self.arm(gateway, Self.body()) }
        #expect(Set(arms) == ["on", "off"], "one arm only has a chance of 1 to 550 billion")
    }

    @Test func `a name within a member of the body draws too, and so does a number`() throws {
        let upstream = ForwardingTests.answering(Canned.json(Canned.completion))
        let gateway = try GatewayHarness(upstreamPort: upstream.port) { settings in
            settings.rollout.percent = 50
            settings.rollout.key = [.body("metadata.user_id")]
        }
        func arms(_ value: String) throws -> Set<String?> {
            let body = #"{"model":"gpt-4o-mini","messages":[],"metadata":{"a":1,"user_id":\#(value)}}"#
            return Set(try (0..<12).map { _ in try Self.arm(gateway, body) })
        }
        #expect(try arms(#""user-3""#) == ["on"])
        #expect(try arms(#""user-7""#) == ["off"])
        #expect(try arms("12").count == 1)
        #expect(try arms("null").count == 2)
    }

    @Test func `what passes through is drawn by its head alone`() throws {
        let upstream = ForwardingTests.answering(Canned.json(Canned.completion))
        let gateway = try GatewayHarness(upstreamPort: upstream.port) { $0.rollout.percent = 50 }
        for (name, arm) in [("user-3", "on"), ("user-7", "off")] {
            let answer = try gateway.get("/v1/files", headers: ["x-gateway-rollout-key: \(name)"])
            #expect(answer["x-gateway-rollout"] == arm)
        }
    }
}
