package import Routing

/// One entry of `rules`: requests that match get other settings, a share of them or all.
package struct RuleSettings: Sendable, Equatable {
    /// Every condition given must hold; an empty one always does.
    package struct Match: Sendable, Equatable {
        /// By name in lower case.
        package var headers: [String: RulePattern] = [:]
        package var models: [RulePattern] = []
        package var tasks: [TaskName] = []
        package var paths: [RulePattern] = []
        /// Names of `auth.keys`.
        package var keys: [RulePattern] = []
    }

    /// What changes; nil leaves it.
    package struct Changes: Sendable, Equatable {
        package enum Arm: String, Sendable, CaseIterable { case on, off }

        package var model: String?
        package var provider: String?
        package var compression: CompressionSettings.Level?
        package var cache: Bool?
        package var ttl: Duration?
        package var sampled: Bool?
        package var timeout: Duration?
        package var task: TaskName?
        package var rollout: Arm?
    }

    package var name = ""
    package var match = Match()
    package var percent = 100.0
    /// What the percentage tells callers apart by; nil: `rollout.key`.
    package var key: [RolloutSettings.Key]?
    package var set = Changes()

    package init() {}

    mutating func read(_ keys: SettingsSection) {
        keys.required("name", &name, "a name for the ledger")
        keys.section("match") { match.read($0) }
        keys.number("percent", &percent, in: 0...100)
        keys.callerKeys("key", &key)
        keys.section("set") { set.read($0) }
    }
}

extension RuleSettings.Match {
    fileprivate mutating func read(_ keys: SettingsSection) {
        keys.texts("headers") { headers[$0.lowercased()] = RulePattern($1) }
        keys.patterns("models", &models, "an array of model names")
        var names: [String] = []
        keys.strings("tasks", &names, "an array of task names")
        tasks = names.compactMap { name in
            if let task = TaskName(rawValue: name) { return task }
            keys.fail("tasks", .notOneOf(found: name, choices: TaskName.allCases.map(\.rawValue)))
            return nil
        }
        keys.patterns("paths", &paths, "an array of paths")
        for path in paths where !path.isPath {
            keys.fail("paths", .unsound("names '\(path)'; a path begins with a slash: \"/v1/chat/completions\""))
        }
        keys.patterns("keys", &self.keys, "an array of names of auth.keys")
    }
}

extension RuleSettings.Changes {
    fileprivate mutating func read(_ keys: SettingsSection) {
        keys.string("model", &model)
        keys.string("provider", &provider)
        keys.choice("compression", &compression)
        keys.bool("cache", &cache)
        keys.seconds("ttl_s", &ttl, in: 1...31_536_000)
        keys.bool("sampled", &sampled)
        keys.milliseconds("timeout_ms", &timeout, in: 1...86_400_000)
        keys.choice("task", &task)
        keys.choice("rollout", &rollout)
    }
}

extension SettingsSection {
    fileprivate func patterns(_ key: String, _ value: inout [RulePattern], _ expected: String) {
        var texts: [String] = []
        strings(key, &texts, expected)
        value = texts.map(RulePattern.init)
    }
}
