package import Routing

/// `compression`: how prompts are made shorter.
package struct CompressionSettings: Sendable, Equatable {
    package enum Level: String, Sendable, CaseIterable { case off, safe, aggressive }

    package var level = Level.safe
    package var references = true
    package var comments = false
    package var minTokens = 256
    /// The level by task, where it differs.
    package var tasks: [TaskName: Level] = [:]

    package init() {}

    mutating func read(_ keys: SettingsSection) {
        keys.choice("level", &level)
        keys.bool("references", &references)
        keys.bool("comments", &comments)
        keys.int("min_tokens", &minTokens, in: 0...1_000_000_000, "tokens")
        keys.tasks("tasks") { task, keys in
            var level = level
            keys.choice("level", &level)
            tasks[task] = level
        }
    }
}
