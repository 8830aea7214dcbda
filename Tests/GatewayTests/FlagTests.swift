import Foundation
import Gateway
import TestSupport
import Testing

/// Flags that are switched while the gateway runs, through `/api/v1/admin/flags`.
@Suite struct FlagTests {
    private let upstream = ForwardingTests.answering(Canned.json(Canned.completion))

    /// Of keys `user-N`, `user-3` falls into the first 2 %, `user-5` stands at 25 % and `user-7` at 98 %.
    private static func body(user: String = "user-7", _ question: String = "one") -> String {
        #"{"model":"gpt-4o-mini","user":"\#(user)","messages":[{"role":"user","content":"\#(question)"}]}"#
    }

    private func arm(_ gateway: GatewayHarness, user: String = "user-7", _ headers: String...) throws -> String? {
        try gateway.chat(Self.body(user: user), headers: headers)["x-gateway-rollout"]
    }

    private func json(_ answer: Answer) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any])
    }

    private func put(_ gateway: GatewayHarness, _ flag: String, _ change: String) throws -> [String: Any] {
        let answer = try gateway.admin("PUT", "/api/v1/admin/flags/\(flag)", change)
        #expect(answer.status == 200, "\(answer.body)")
        return try json(answer)
    }

    @Test func `a change holds on every loop once it is answered, outranks the file, and is undone by a deletion`()
        throws
    {
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        // Connections of both loops, which are told what a change is before they ask again.
        let clients = try (0..<16).map { _ in try RawClient(port: gateway.port) }
        func arms() throws -> Set<String> {
            var found: Set<String> = []
            for client in clients {
                try client.send(GatewayProcess.request(Self.body()))
                let answer = try client.receive(until: Canned.completion)
                found.insert(answer.contains("x-gateway-rollout: on") ? "on" : "off")
            }
            return found
        }
        #expect(try arms() == ["on"])
        #expect(try put(gateway, "rollout", #"{"percent":0}"#)["percent"] as? Int == 0)
        #expect(try arms() == ["off"])
        _ = try put(gateway, "rollout", #"{"percent":99,"enabled":true}"#)
        #expect(try arms() == ["on"])
        let off = try put(gateway, "rollout", #"{"enabled":false}"#)
        #expect(off["percent"] as? Int == 99 && off["effective_percent"] as? Int == 0)
        #expect(try arms() == ["off"])
        // Off at once means for everybody.
        #expect(try arm(gateway, "x-gateway-rollout: on") == "off")
        #expect(try gateway.admin("DELETE", "/api/v1/admin/flags/rollout").status == 200)
        #expect(try arms() == ["on"])
    }

    @Test func `a flag outlasts a restart, and says who set it and what the configuration says`() throws {
        let clock = ManualClock(wall: 1_795_000_000_000_000)
        let gateway = try GatewayHarness(upstreamPort: upstream.port, time: clock) { $0.rollout.percent = 50 }
        _ = try put(gateway, "rollout?by=ann%20b&reason=a%20look", #"{"percent":10}"#)
        try gateway.restart()
        #expect(try arm(gateway, user: "user-5") == "off")
        #expect(try arm(gateway, user: "user-3") == "on")
        let state = try json(try gateway.admin("GET", "/api/v1/admin/flags/rollout"))
        #expect(state["origin"] as? String == "run time" && state["set_by"] as? String == "ann b")
        #expect(state["set_at"] as? String == "2026-11-18T11:06:40.000000Z")
        #expect((state["configured"] as? [String: Any])?["percent"] as? Int == 50)
        let all = try json(try gateway.admin("GET", "/api/v1/admin/flags"))["flags"] as? [String: [String: Any]]
        #expect(
            all?.keys.sorted() == ["cache", "coalesce", "compression", "rollout", "routing", "shadow"])
        #expect(all?["cache"]?["origin"] as? String == "configuration")
        let metrics = try gateway.get("/metrics", port: gateway.adminPort).body
        #expect(metrics.contains(#"gateway_rollout_percent{flag="rollout"} 10.0"#))
        #expect(metrics.contains(#"gateway_rollout_percent{flag="cache"} 100.0"#))
        #expect(metrics.contains(#"gateway_rollout_percent{flag="shadow"} 0.0"#))
        gateway.stop()
        let run = CommandRun(["config", "--data", gateway.directory.path, "--set", "rollout.percent=50"])
        #expect(
            run.output.contains(
                "rollout.percent = 10  // set at run time, 2026-11-18T11:06:40.000000Z by ann b: "
                    + "on for 10 % of the callers; flag --set rollout.percent says 50\n"))
        #expect(
            run.output.contains(
                #"flags.rollout = {"enabled":true,"percent":10,"key":null,"salt":null}  "#
                    + "// set at run time, 2026-11-18T11:06:40.000000Z by ann b"))
    }

    @Test func `every change is in the log, newest first, and what changes nothing is none`() throws {
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        for change in [#"{"percent":10}"#, #"{"percent":10}"#, #"{"percent":20}"#] {
            _ = try put(gateway, "rollout?by=ann", change)
        }
        _ = try put(gateway, "cache?by=bob&reason=stale", #"{"enabled":false}"#)
        try gateway.restart()
        #expect(try gateway.admin("DELETE", "/api/v1/admin/flags?by=carl").status == 200)
        let log = try #require(
            try json(try gateway.admin("GET", "/api/v1/admin/flags/audit"))["audit"] as? [[String: Any]])
        func percents(_ name: String) -> [Int?] { log.map { ($0[name] as? [String: Any])?["percent"] as? Int } }
        #expect(log.map { $0["flag"] as? String } == ["cache", "rollout", "cache", "rollout", "rollout"])
        #expect(log.map { $0["action"] as? String } == ["delete", "delete", "set", "set", "set"])
        #expect(log.map { $0["by"] as? String } == ["carl", "carl", "bob", "ann", "ann"])
        #expect(log[2]["reason"] as? String == "stale")
        #expect(percents("old") == [100, 20, 100, 10, 100])
        #expect(percents("new") == [100, 100, 100, 20, 10])
        let one = try json(try gateway.admin("GET", "/api/v1/admin/flags/audit?flag=rollout&limit=1"))
        #expect((one["audit"] as? [[String: Any]])?.map { $0["flag"] as? String } == ["rollout"])
    }

    @Test func `enabled false in the configuration is stronger than any flag`() throws {
        let gateway = try GatewayHarness(upstreamPort: upstream.port) { $0.enabled = false }
        let state = try put(gateway, "rollout", #"{"enabled":true,"percent":100}"#)
        #expect(state["effective_percent"] as? Int == 0)
        #expect(try arm(gateway) == "off")
        #expect(try arm(gateway, "x-gateway-rollout: on") == "off")
    }

    @Test func `a flag may tell callers apart by a key and a salt of its own`() throws {
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        _ = try put(gateway, "rollout", #"{"percent":50,"key":["header:x-team"]}"#)
        let teams = (0..<24).map { "x-team: team-\($0)" }
        let arms = try teams.map { try arm(gateway, user: "user-3", $0) }
        #expect(Set(arms) == ["on", "off"])
        // Whoever asks: the team alone counts.
        #expect(try teams.map { try arm(gateway, user: "user-7", $0) } == arms)
        _ = try put(gateway, "rollout", #"{"salt":"again"}"#)
        #expect(try teams.map { try arm(gateway, user: "user-3", $0) } != arms)
        let back = try put(gateway, "rollout", #"{"salt":null,"key":null}"#)
        #expect(back["key"] is NSNull && back["salt"] is NSNull)
        #expect(try arm(gateway, user: "user-3") == "on")
    }

    @Test func `what is wrong with a change is told, and nothing is changed by it`() throws {
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        let wrong: [(String, String, String, Int, String)] = [
            ("PUT", "/rollout", #"{"percent":120}"#, 400, "percent: is 120; expected a number from 0 to 100"),
            ("PUT", "/rollout", #"{"percnt":12}"#, 400, "percnt: unknown key; did you mean percent?"),
            ("PUT", "/rollout", #"{"key":["cookie"]}"#, 400, "key: is 'cookie'"),
            ("PUT", "/rollout", "", 400, "not changed"), ("PUT", "/rollout", "[]", 400, "expected an object"),
            ("PUT", "/rolout", "{}", 404, "did you mean 'rollout'?"), ("GET", "/x/y", "", 404, "There is no flag"),
            ("PUT", "", #"{"rollout":{"percent":5},"cache":{"percent":"x"}}"#, 400, "percent: is 'x'"),
            ("PUT", "", "7", 400, "Expected an object"), ("POST", "/rollout", "{}", 405, "PUT"),
            ("PUT", "/rollout?who=x", "{}", 400, "'who' is not known"),
        ]
        for (method, path, body, status, message) in wrong {
            let answer = try gateway.admin(method, "/api/v1/admin/flags\(path)", body)
            #expect(answer.status == status, "\(method) \(path) \(body)")
            #expect(answer.body.contains(message), "\(answer.body)")
        }
        #expect(try json(try gateway.admin("GET", "/api/v1/admin/flags/audit"))["audit"] as? [String] == [])
        #expect(try arm(gateway) == "on")
    }

    @Test func `several flags change together`() throws {
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        let change = #"{"rollout":{"percent":5},"cache":{"enabled":false},"shadow":null}"#
        let answer = try gateway.admin("PUT", "/api/v1/admin/flags", change)
        let flags = try json(answer)["flags"] as? [String: [String: Any]]
        #expect(flags?["rollout"]?["percent"] as? Int == 5 && flags?["cache"]?["enabled"] as? Bool == false)
        #expect(flags?["shadow"]?["origin"] as? String == "configuration")
    }

    @Test func `the flags of the stages act one by one, whatever the configuration says`() throws {
        let upstream = CachingTests.counting()
        let gateway = try GatewayHarness(upstreamPort: upstream.port) { $0.cache.enabled = false }
        func cache() throws -> String? { try gateway.chat(Self.body("same"))["x-gateway-cache"] }
        #expect(try (0..<2).map { _ in try cache() } == ["BYPASS", "BYPASS"])
        _ = try put(gateway, "cache", #"{"enabled":true}"#)
        #expect(try (0..<2).map { _ in try cache() } == ["MISS", "HIT"])
        _ = try put(gateway, "cache", #"{"percent":0}"#)
        #expect(try cache() == "BYPASS")

        func saved() throws -> Int {
            Int(try gateway.chat(CompressedCallTests.body)["x-gateway-tokens-saved"] ?? "") ?? 0
        }
        #expect(try saved() > 500)
        _ = try put(gateway, "compression", #"{"enabled":false}"#)
        #expect(try saved() == 0)
    }

    @Test func `the command shows, sets and logs flags through the admin plane`() throws {
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        func run(_ words: String...) -> CommandRun {
            CommandRun(["flags"] + words + ["--admin", "127.0.0.1:\(gateway.adminPort)"], environment: ["USER": "ann"])
        }
        let set = run("set", "rollout", "10", "--key", "header:x-team", "--key", "key", "--reason", "a try")
        #expect(set.exit == 0, "\(set.complaints)")
        #expect(set.output.contains("header:x-team key"))
        let state = try json(try gateway.admin("GET", "/api/v1/admin/flags/rollout"))
        #expect(state["percent"] as? Int == 10 && state["set_by"] as? String == "ann")
        #expect(run("set", "shadow", "on").exit == 0)
        #expect(run("set", "rollout", "off", "--by", "bob").exit == 0)
        let listed = run("list").output.split(separator: "\n").map(String.init)
        #expect(listed.contains { $0.hasPrefix("rollout") && $0.contains("no") && $0.contains("bob") })
        #expect(run("get", "shadow", "--format", "json").output.contains(#""enabled":true"#))
        let log = run("audit", "rollout").output
        #expect(log.contains("on for 10 % of the callers") && log.contains("a try") && log.contains("bob"))
        #expect(run("delete", "--all").exit == 0)
        #expect(run("get", "rollout").output.contains("ann") == false)
        let refused = run("set", "rollout", "200")
        #expect(refused.exit == 1 && refused.complaints.contains("expected a number from 0 to 100"))
        for words in [["set", "rolout", "1"], ["set", "rollout"], ["lst"], ["get"], ["list", "--percent", "5"]] {
            #expect(CommandRun(["flags"] + words).exit == 64)
        }
        #expect(CommandRun(["flags", "set", "rolout", "1"]).complaints.contains("did you mean rollout?"))
    }

    @Test func `the flags ask for the admin plane's token`() throws {
        let gateway = try GatewayHarness(upstreamPort: upstream.port) { $0.admin.token = Secret("t") }
        #expect(try gateway.admin("PUT", "/api/v1/admin/flags/rollout", #"{"percent":0}"#).status == 401)
        #expect(try arm(gateway) == "on")
        let token = ["Authorization: Bearer t"]
        #expect(
            try gateway.admin("PUT", "/api/v1/admin/flags/rollout", #"{"percent":0}"#, headers: token).status == 200)
        #expect(try arm(gateway) == "off")
    }
}
