/// `alerts`: when to raise one, whom to tell, and whether to save on one's own.
package struct AlertSettings: Sendable, Equatable {
    package enum SafeMode: String, Sendable, CaseIterable {
        case off
        /// Every call whose task is known gets the cheapest model that can do it.
        case cheapest
        /// Stored answers only.
        case cacheOnly = "cache_only"
        /// No answers.
        case block
    }

    /// Nil never alerts.
    package var costPicoDollarsPerHour: Int64? = 10_000_000_000_000
    /// For a day (UTC), and for all calls of a deal; nil never alerts.
    package var costPicoDollarsPerDay: Int64?
    package var costPicoDollarsPerDeal: Int64?
    /// An http or https URL, secret since most webhooks let in whoever knows theirs.
    package var webhook: Secret?
    /// Signs what the webhook is sent; nil for no signature.
    package var webhookSecret: Secret?
    package var safeMode = SafeMode.off

    package init() {}

    mutating func read(_ keys: SettingsSection) {
        keys.dollars("cost_per_hour_usd", &costPicoDollarsPerHour, places: 12, limit: 1_000_000, "dollars an hour")
        keys.dollars("cost_per_day_usd", &costPicoDollarsPerDay, places: 12, limit: 1_000_000, "dollars a day")
        keys.dollars("cost_per_deal_usd", &costPicoDollarsPerDeal, places: 12, limit: 1_000_000, "dollars a deal")
        keys.url("webhook", &webhook, schemes: ["http", "https"])
        keys.secret("webhook_secret", &webhookSecret, unset: "the webhook is sent no signature")
        keys.choice("safe_mode", &safeMode)
    }
}

/// `ledger`: how long the record of every call is kept, and how surely.
package struct LedgerSettings: Sendable, Equatable {
    package enum OnFull: String, Sendable, CaseIterable {
        case `continue`, refuse
    }
    package enum Durability: String, Sendable, CaseIterable {
        /// One fsync for each group of records.
        case batch
        case none
    }

    package var retentionDays = 90
    package var maxBytes = 10 << 30
    package var onFull = OnFull.continue
    package var durability = Durability.batch

    package init() {}

    mutating func read(_ keys: SettingsSection) {
        keys.int("retention_days", &retentionDays, in: 1...3650, "days")
        keys.int("max_bytes", &maxBytes, in: 1_048_576...1_099_511_627_776, "bytes")
        keys.choice("on_full", &onFull)
        keys.choice("durability", &durability)
    }
}

/// `export`: where records and traces are sent besides; nil sends none. URLs may hold a password, so they are secret.
package struct ExportSettings: Sendable, Equatable {
    package var otlp: Secret?
    package var clickhouse: Secret?

    package init() {}

    mutating func read(_ keys: SettingsSection) {
        keys.url("otlp", &otlp, schemes: ["http", "https"])
        keys.url("clickhouse", &clickhouse, schemes: ["http", "https"])
    }
}

/// `log`: what goes to standard error.
package struct LogSettings: Sendable, Equatable {
    package enum Level: String, Sendable, CaseIterable { case debug, info, warn, error }
    package enum Format: String, Sendable, CaseIterable { case json, text }

    package var level = Level.info
    package var format = Format.json
    /// Whether prompts and answers are logged too.
    package var bodies = false

    package init() {}

    mutating func read(_ keys: SettingsSection) {
        keys.choice("level", &level)
        keys.choice("format", &format)
        keys.bool("bodies", &bodies)
    }
}
