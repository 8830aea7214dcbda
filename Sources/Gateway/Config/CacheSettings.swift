package import Routing

/// `cache`: which answers are kept, for whom, how long, and how many.
package struct CacheSettings: Sendable, Equatable {
    package enum Scope: String, Sendable, CaseIterable {
        /// Each credential has answers of its own.
        case key
        /// Every client may be given another's answer.
        case shared
    }

    /// What one task gets; a key left out is as for every task.
    package struct Task: Sendable, Equatable {
        package var enabled: Bool
        package var ttl: Duration
        package var sampled: Bool

        package init(enabled: Bool, ttl: Duration, sampled: Bool) {
            self.enabled = enabled
            self.ttl = ttl
            self.sampled = sampled
        }
    }

    package var enabled = true
    package var ttl = Duration.seconds(86400)
    package var maxBytes = 1 << 30
    package var maxEntryBytes = 8 << 20
    package var scope = Scope.key
    /// How long after it expired an answer may still be given when no provider answers; zero never.
    package var staleIfError = Duration.seconds(0)
    package var coalesce = true
    package var sampled = true
    /// The share of hits that is asked upstream all the same, to compare.
    package var auditRate = 0.0
    package var tasks: [TaskName: Task] = [:]

    package init() {}

    /// What a call of a task gets.
    func settings(for task: TaskName?) -> Task {
        task.flatMap { tasks[$0] } ?? Task(enabled: enabled, ttl: ttl, sampled: sampled)
    }

    mutating func read(_ keys: SettingsSection) {
        keys.bool("enabled", &enabled)
        keys.seconds("ttl_s", &ttl, in: 1...31_536_000)
        keys.int("max_bytes", &maxBytes, in: 1_048_576...1_099_511_627_776, "bytes")
        keys.int("max_entry_bytes", &maxEntryBytes, in: 1024...1_073_741_824, "bytes")
        keys.choice("scope", &scope)
        keys.seconds("stale_if_error_s", &staleIfError, in: 0...31_536_000)
        keys.bool("coalesce", &coalesce)
        keys.bool("sampled", &sampled)
        keys.number("audit_rate", &auditRate, in: 0...1)
        keys.tasks("tasks") { task, keys in
            var settings = Task(enabled: enabled, ttl: ttl, sampled: sampled)
            keys.bool("enabled", &settings.enabled)
            keys.seconds("ttl_s", &settings.ttl, in: 1...31_536_000)
            keys.bool("sampled", &settings.sampled)
            tasks[task] = settings
        }
        if maxEntryBytes > maxBytes {
            keys.fail("max_entry_bytes", .unsound("is \(maxEntryBytes), above max_bytes (\(maxBytes)); lower it"))
        }
    }
}
