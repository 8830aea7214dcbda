/// `rollout`: which share of callers is optimised.
package struct RolloutSettings: Sendable, Equatable {
    /// What a caller's bucket is computed from; the first that a request has counts.
    package enum Key: Sendable, Equatable {
        case header(String)
        case body(String)
        /// The caller's credential.
        case credential
    }

    /// Steps the percentage up by itself while the two arms compare well.
    package struct Guard: Sendable, Equatable {
        package var steps: [Double] = [1, 10, 50, 100]
        package var minMinutes = 60
        package var minCalls = 1000
    }

    package var percent = 100.0
    package var key: [Key] = [.header("x-gateway-rollout-key"), .body("user"), .credential]
    package var salt = ""
    package var shadow = false
    package var allowOverride = true
    package var `guard`: Guard?

    package init() {}

    mutating func read(_ keys: SettingsSection) {
        keys.number("percent", &percent, in: 0...100)
        keys.callerKeys("key", &key)
        keys.string("salt", &salt, allowEmpty: true)
        keys.bool("shadow", &shadow)
        keys.bool("allow_override", &allowOverride)
        keys.optionalSection("guard") { keys in
            var settings = Guard()
            keys.numbers("steps", &settings.steps, in: 0...100)
            if zip(settings.steps, settings.steps.dropFirst()).contains(where: >=) {
                keys.fail("steps", .unsound("must rise from one to the next"))
            }
            keys.int("min_minutes", &settings.minMinutes, in: 1...525_600, "minutes")
            keys.int("min_calls", &settings.minCalls, in: 1...1_000_000_000)
            `guard` = settings
        }
    }
}

extension SettingsSection {
    /// Where a caller's sticky key is looked for, best first.
    func callerKeys(_ key: String, _ value: inout [RolloutSettings.Key]) {
        var names = value.map(\.name)
        strings(key, &names, "an array of \"header:NAME\", \"body:FIELD\" and \"key\"")
        value = names.compactMap { name in
            if let found = RolloutSettings.Key(name) { return found }
            fail(key, .notOneOf(found: name, choices: ["header:NAME", "body:FIELD", "key"]))
            return nil
        }
    }

    /// The same where null leaves it to `rollout.key`.
    func callerKeys(_ key: String, _ value: inout [RolloutSettings.Key]?) {
        if isNothing(key, &value) { return }
        var keys = value ?? []
        callerKeys(key, &keys)
        value = keys
    }
}

extension RolloutSettings.Key {
    init?(_ name: String) {
        if name == "key" {
            self = .credential
        } else if let header = name.removingPrefix("header:"), !header.isEmpty {
            self = .header(header.lowercased())
        } else if let field = name.removingPrefix("body:"), !field.isEmpty {
            self = .body(field)
        } else {
            return nil
        }
    }

    /// As the configuration spells it.
    package var name: String {
        switch self {
        case .header(let name): "header:\(name)"
        case .body(let field): "body:\(field)"
        case .credential: "key"
        }
    }
}
