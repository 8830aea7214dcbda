import Gateway
import Metrics
import TestSupport
import Testing

/// What rules match, and what they change.
struct RuleTests {
    private static func rules(_ text: String) -> [RuleSettings] {
        let source = SettingsSource(flags: [SettingsSource.Flag("--set rules", at: ["rules"], text)])
        do { return try source.load().settings.rules } catch { preconditionFailure("\(error)") }
    }

    private static func ask(_ content: String = "one", model: String = "gpt-4o", user: String? = nil) -> String {
        let field = user.map { #""user":"\#($0)","# } ?? ""
        return #"{\#(field)"model":"\#(model)","messages":[{"role":"user","content":"\#(content)"}]}"#
    }

    private static func gateway(
        _ upstream: RawServer, _ rules: String, _ configure: (inout Settings) -> Void = { _ in }
    ) throws -> GatewayHarness {
        try GatewayHarness(upstreamPort: upstream.port) { settings in
            settings.rules = Self.rules(rules)
            configure(&settings)
        }
    }

    /// The name of the rule that each of some requests met.
    private static func met(
        _ rules: String, _ requests: [(body: String, headers: [String])], path: String = "/v1/chat/completions",
        _ configure: (inout Settings) -> Void = { _ in }
    ) throws -> [String?] {
        let upstream = ForwardingTests.answering(Canned.json(Canned.completion))
        let gateway = try gateway(upstream, rules, configure)
        for request in requests { _ = try gateway.chat(request.body, headers: request.headers, path: path) }
        return try gateway.records().map(\.rule)
    }

    @Test func `headers match whole, by their beginning, or by being there`() throws {
        let rules = """
            [{ name: "whole", match: { headers: { "X-Tenant": "acme" } } },
             { name: "begin", match: { headers: { "x-tenant": "acme-*" } } },
             { name: "there", match: { headers: { "x-debug": "*", "x-tenant": "*" } } }]
            """
        let headers = [
            ["x-tenant: acme"], ["X-TENANT: acme"], ["x-tenant: acme-2"], ["x-tenant: Acme"], ["x-tenant: acmes"],
            ["x-tenant: b", "x-debug:"], ["x-debug: 1"], ["x-tenant: b", "x-tenant: acme"], [],
        ]
        #expect(
            try Self.met(rules, headers.map { (Self.ask(), $0) }) == [
                "whole", "whole", "begin", nil, nil, "there", nil, "whole", nil,
            ])
    }

    @Test func `models, tasks and keys match, and the first rule that fits applies`() throws {
        let rules = """
            [{ name: "key", match: { keys: ["batch-*"] } },
             { name: "both", match: { models: ["gpt-4o"], tasks: ["code", "reasoning"] } },
             { name: "model", match: { models: ["gpt-4o-*", "o3"] } },
             { name: "task", match: { tasks: ["code"] } }]
            """
        let requests: [(String, [String])] = [
            (Self.ask(), ["Authorization: Bearer k1"]), (Self.ask(), ["Authorization: Bearer k2"]),
            (Self.ask(), ["x-api-key: k2", "x-gateway-task: code"]), (Self.ask(model: "gpt-4o-mini"), ["api-key: k2"]),
            (Self.ask(model: "auto/code"), ["api-key: k2"]), (Self.ask(model: "o3"), ["api-key: k2"]),
        ]
        let met = try Self.met(rules, requests) { settings in
            for (name, secret) in [("batch-night", "k1"), ("app", "k2")] {
                var key = ClientKey()
                key.name = name
                key.key = Secret(secret)
                settings.auth.keys.append(key)
            }
        }
        #expect(met == ["key", nil, "both", "model", "task", "model"])
    }

    @Test(arguments: [
        (["/v1/chat/completions"], true), (["/chat/completions"], true), (["/v1/chat/*"], true), (["/v1/*"], true),
        (["*"], true), (["/v1/embeddings"], false), (["/v1/chat"], false), (["/v1/e*", "/v1/chat/c*"], true),
    ])
    func `paths match with and without the version, and whatever the query says`(paths: [String], fits: Bool) throws {
        let rules = #"[{ name: "r", match: { paths: \#(paths) } }]"#
        for path in ["/v1/chat/completions", "/chat/completions", "/v1/chat/completions?a=/v1/embeddings"] {
            #expect(try Self.met(rules, [(Self.ask(), [])], path: path) == [fits ? "r" : nil])
        }
    }

    @Test func `a rule's model goes upstream in the client's body, and shares the cache with who asks for it`() throws {
        let upstream = CachingTests.counting()
        let rules = """
            [{ name: "cheap", match: { models: ["gpt-4o"] }, set: { model: "gpt-4o-mini" } }]
            """
        let gateway = try Self.gateway(upstream, rules)
        let first = try gateway.chat(#"{ "messages":[] , "model" : "gpt-4o", "x":1.0}"#)
        #expect(first["x-gateway-model"] == "gpt-4o-mini")
        #expect(
            try #require(upstream.received.first).hasSuffix(#"{ "messages":[] , "model" : "gpt-4o-mini", "x":1.0}"#))
        #expect(try gateway.chat(#"{"model":"gpt-4o-mini","x":1.0,"messages":[]}"#)["x-gateway-cache"] == "HIT")
        #expect(try gateway.chat(#"{"model":"gpt-4.1","x":1.0,"messages":[]}"#)["x-gateway-cache"] == "MISS")
        let records = try gateway.records()
        #expect(records.map(\.rule) == ["cheap", nil, nil])
        #expect(records[0].requestedModel == "gpt-4o")
        #expect(records[0].model == "gpt-4o-mini")
        #expect(records[0].routeReason == "model set by rule 'cheap'")
        #expect(records[0].cost?.usd == "0.0000024")
    }

    @Test func `a rule's provider is asked, unless the client names one`() throws {
        let usual = CachingTests.counting()
        let other = CachingTests.counting()
        let rules = #"[{ name: "move", match: { headers: { "x-move": "*" } }, set: { provider: "openai" } }]"#
        let gateway = try Self.gateway(usual, rules) { settings in
            settings.providers["other"] = ProviderSettings(
                name: "other", baseURL: BaseURL("http://127.0.0.1:\(other.port)/v1")!)
            settings.rules[0].set.provider = "other"
        }
        let moved = try gateway.chat(Self.ask(), headers: ["x-move: 1"])
        #expect(moved["x-gateway-provider"] == "other")
        #expect(moved["x-gateway-cache"] == "MISS")
        let file = try gateway.get("/v1/files", headers: ["x-move: 1"])
        #expect(file["x-gateway-provider"] == "other")
        let own = try gateway.chat(Self.ask(), headers: ["x-move: 1", "x-gateway-provider: openai"])
        #expect(own["x-gateway-provider"] == "openai")
        #expect(usual.connectionCount == 1)
        #expect(try gateway.records().first?.routeReason == "provider set by rule 'move'")
    }

    @Test func `a rule says whether and how long answers are kept, and the client outranks it`() throws {
        let upstream = CachingTests.counting()
        let clock = ManualClock(wall: 1_795_000_000_000_000)
        let gateway = try GatewayHarness(upstreamPort: upstream.port, time: clock) { settings in
            settings.cache.sampled = false
            settings.rules = Self.rules(
                """
                [{ name: "never", match: { headers: { "x-r": "never" } }, set: { cache: false, sampled: true } },
                 { name: "brief", match: { headers: { "x-r": "brief" } }, set: { ttl_s: 10, sampled: true } }]
                """)
        }
        func ask(_ content: String, _ headers: String...) throws -> String? {
            try gateway.chat(Self.ask(content), headers: headers)["x-gateway-cache"]
        }
        #expect(try ask("a") == "BYPASS")
        #expect(try ask("a", "x-r: never") == "BYPASS")
        #expect(try ask("a", "x-r: brief") == "MISS")
        #expect(try ask("a", "x-r: brief") == "HIT")
        #expect(try ask("b", "x-r: brief", "x-gateway-cache: ttl=100") == "MISS")
        #expect(try ask("a", "x-r: brief", "x-gateway-cache: off") == "BYPASS")
        clock.advance(by: .seconds(11))
        #expect(try ask("a", "x-r: brief") == "MISS")
        #expect(try ask("b", "x-r: brief") == "HIT")
    }

    @Test func `a rule says what the task is, and the client and the endpoint outrank it`() throws {
        let upstream = ForwardingTests.answering(Canned.json(Canned.completion))
        let gateway = try Self.gateway(upstream, #"[{ name: "t", set: { task: "extraction" } }]"#)
        _ = try gateway.chat(Self.ask())
        _ = try gateway.chat(Self.ask(), headers: ["x-gateway-task: code"])
        _ = try gateway.chat(Self.ask(model: "auto/reasoning"))
        _ = try gateway.chat(#"{"model":"text-embedding-3-small","input":"a"}"#, path: "/v1/embeddings")
        let records = try gateway.records()
        #expect(records.map(\.task) == [.extraction, .code, .reasoning, .embedding])
        #expect(records.map(\.taskSource) == [.rule, .header, .model, .endpoint])
    }

    @Test func `a rule's time-out ends a call, which then goes on its own`() throws {
        let upstream = RawServer { peer in
            _ = peer.readRequest()
            peer.waitForClose()
        }
        let gateway = try Self.gateway(upstream, #"[{ name: "hasty", set: { timeout_ms: 20 } }]"#)
        let answer = try gateway.chat(Self.ask())
        #expect(answer.status == 504)
        #expect(answer["x-gateway-error"] == "upstream_timeout")
    }

    @Test func `a rule chooses the arm, against the percentage but not against the client`() throws {
        let upstream = ForwardingTests.answering(Canned.json(Canned.completion))
        let rules = """
            [{ name: "out", match: { headers: { "x-r": "out" } }, set: { rollout: "off", model: "gpt-4o-mini" } },
             { name: "in", match: { headers: { "x-r": "in" } }, set: { rollout: "on" } },
             { name: "model", set: { model: "gpt-4o-mini" } }]
            """
        let gateway = try Self.gateway(upstream, rules) { $0.rollout.percent = 50 }
        func ask(_ user: String, _ headers: String...) throws -> String {
            let answer = try gateway.chat(Self.ask(user: user), headers: headers)
            return "\(answer["x-gateway-rollout"] ?? "") \(answer["x-gateway-model"] ?? "")"
        }
        // `user-3` is in the half, `user-7` is not.
        #expect(try ask("user-3") == "on gpt-4o-mini")
        #expect(try ask("user-3", "x-r: out") == "off gpt-4o")
        #expect(try ask("user-7", "x-r: in") == "on gpt-4o")
        #expect(try ask("user-7", "x-r: in", "x-gateway-rollout: off") == "off gpt-4o")
        #expect(try ask("user-3", "x-r: out", "x-gateway-rollout: on") == "on gpt-4o-mini")
        // Out of the roll-out no rule applies.
        #expect(try ask("user-7") == "off gpt-4o")
        #expect(try gateway.records().map(\.rule) == ["model", "out", "in", nil, "out", nil])
    }

    @Test func `a rule may tell callers apart by a key of its own`() throws {
        let rules = #"[{ name: "half", percent: 50, key: ["header:x-team"] }]"#
        let teams = (0..<20).map { team in ["user-1", "user-2"].map { (Self.ask(user: $0), ["x-team: team-\(team)"]) } }
        let met = try Self.met(rules, teams.flatMap { $0 })
        #expect(Set(met) == ["half", nil])
        for team in teams.indices { #expect(met[team * 2] == met[team * 2 + 1]) }
    }

    @Test func `who is not in a rule's share goes on to the next, always the same way`() throws {
        let rules = #"[{ name: "a", percent: 30 }, { name: "b", percent: 50 }, { name: "c" }]"#
        let requests = (0..<60).map { (Self.ask(user: "user-\($0)"), [String]()) }
        let met = try Self.met(rules, requests)
        #expect(try Self.met(rules, requests) == met)
        #expect(Set(met) == ["a", "b", "c"])
        let wider = try Self.met(rules.replacing("30", with: "60"), requests)
        for (before, after) in zip(met, wider) where before == "a" { #expect(after == "a") }
    }

    @Test func `what another model saves, or costs more, is in the ledger`() throws {
        let upstream = ForwardingTests.answering(Canned.json(Canned.completion))
        let gateway = try Self.gateway(upstream, #"[{ name: "a", set: { model: "gpt-4o-mini" } }]"#)
        for model in ["gpt-4o", "gpt-4o-mini"] { #expect(try gateway.chat(Self.ask(model: model)).status == 200) }
        let records = try gateway.records().sorted { $0.requestedModel ?? "" < $1.requestedModel ?? "" }
        // 6 tokens, 4 cached ones and 2 of output: 40 millionths of a dollar with gpt-4o, 2.4 with gpt-4o-mini.
        #expect(records.map(\.savedRouting) == [PicoDollars(37_600_000), nil])
    }
}
