package import Routing

/// One entry of `tasks`: which models may do it, and how able one must be.
package struct TaskSettings: Sendable, Equatable {
    /// The least tier by the request's complexity.
    package var low: Int
    package var medium: Int
    package var high: Int
    /// The models that routing may choose from.
    package var models: [String]

    package init(low: Int = 1, medium: Int = 2, high: Int = 3, models: [String] = []) {
        self.low = low
        self.medium = medium
        self.high = high
        self.models = models
    }

    mutating func read(_ keys: SettingsSection) {
        keys.section("tiers") { keys in
            keys.int("low", &low, in: 1...4)
            keys.int("medium", &medium, in: 1...4)
            keys.int("high", &high, in: 1...4)
        }
        keys.strings("models", &models, "an array of model names")
        if low > medium || medium > high {
            keys.fail("tiers", .unsound("must not fall from low to high; they are \(low), \(medium), \(high)"))
        }
    }

    /// What each routed task gets when nothing is said: the cheapest models of the tiers it asks for.
    package static let standard: [TaskName: TaskSettings] = [
        .extraction: TaskSettings(models: ["gpt-4o-mini", "gpt-4.1-mini", "gpt-4o"]),
        .synthesis: TaskSettings(low: 2, medium: 3, high: 3, models: ["gpt-4.1-mini", "gpt-4.1", "gpt-4o"]),
        .validation: TaskSettings(low: 1, medium: 2, high: 2, models: ["gpt-4o-mini", "gpt-4.1-mini"]),
        .classification: TaskSettings(low: 1, medium: 1, high: 2, models: ["gpt-4o-mini", "gpt-4.1-mini"]),
        .summarization: TaskSettings(low: 1, medium: 2, high: 3, models: ["gpt-4o-mini", "gpt-4.1-mini", "gpt-4.1"]),
        .reasoning: TaskSettings(low: 2, medium: 3, high: 4, models: ["gpt-5.4-mini", "gpt-5.2", "gpt-5.5"]),
        .code: TaskSettings(low: 2, medium: 3, high: 3, models: ["gpt-4.1-mini", "gpt-4.1", "gpt-5.2"]),
    ]
}

extension SettingsSection {
    /// Reads each entry of an object whose keys are task names; other names are told.
    func tasks(_ key: String, read: (TaskName, SettingsSection) -> Void) {
        entries(key) { name, keys in
            if let task = TaskName(rawValue: name) { return read(task, keys) }
            let known = TaskName.allCases.map(\.rawValue)
            keys.reader.fail(
                keys.path, at: keys.origin,
                .unknownKey(nearest: NearestName.of(name, among: known), known: known))
            keys.ignore()
        }
    }
}
