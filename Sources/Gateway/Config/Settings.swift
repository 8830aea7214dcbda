/// The configuration in force: every value checked, every secret resolved, immutable once made.
///
/// The members are named as the keys of `conf/gateway.json5`, which explains each; times are `Duration`, sizes
/// bytes, money integer pico-dollars. Made by `SettingsSource.load`, or by hand in tests from the defaults.
package struct Settings: Sendable, Equatable {
    package var listen = ListenSettings()
    package var admin = AdminSettings()
    package var dataDirectory = "gateway-data"
    /// False forwards everything as it comes and optimises nothing.
    package var enabled = true
    package var auth = AuthSettings()
    /// The providers in force, by name.
    package var providers: [String: ProviderSettings] = [:]
    /// The catalogue: the bundled models and those of the file, by name.
    package var models: [String: CatalogModel] = [:]
    /// What `auto` means where nothing is routed.
    package var defaultModel = "gpt-4o-mini"
    package var defaultProvider = "openai"
    package var tasks = TaskSettings.standard
    package var routing = RoutingSettings()
    package var compression = CompressionSettings()
    package var cache = CacheSettings()
    package var rollout = RolloutSettings()
    package var rules: [RuleSettings] = []
    package var alerts = AlertSettings()
    package var ledger = LedgerSettings()
    package var export = ExportSettings()
    /// A `redis://` URL, secret since it may hold a password.
    package var cacheRemote: Secret?
    package var limits = LimitSettings()
    /// The path of a rank file for exact token counts.
    package var tokenRanks: String?
    /// What one deal may cost, for the reports.
    package var reportPicoDollarsPerDeal: Int64? = 32_000_000_000
    /// What is answered when no provider does; nil answers an error.
    package var fallbackAnswer: String?
    package var log = LogSettings()

    package init() {}

    /// Reads everything but `providers`, of which only those in force are read.
    mutating func read(_ keys: SettingsSection) {
        keys.section("listen") { listen.read($0) }
        keys.section("admin") { admin.read($0) }
        keys.string("data_dir", &dataDirectory, "the path of a directory")
        keys.bool("enabled", &enabled)
        keys.section("auth") { auth.read($0) }
        keys.entries("models") { name, keys in models[name] = CatalogModel(name: name, keys) }
        keys.string("default_model", &defaultModel, "a model's name")
        keys.string("default_provider", &defaultProvider, "a provider's name")
        readTasks(keys)
        keys.section("routing") { routing.read($0) }
        keys.section("compression") { compression.read($0) }
        keys.section("cache") { cache.read($0) }
        keys.section("rollout") { rollout.read($0) }
        keys.elements("rules") { keys in
            var rule = RuleSettings()
            rule.read(keys)
            rules.append(rule)
        }
        keys.section("alerts") { alerts.read($0) }
        keys.section("ledger") { ledger.read($0) }
        keys.section("export") { export.read($0) }
        keys.url("cache_remote", &cacheRemote, schemes: ["redis", "rediss"])
        keys.section("limits") { limits.read($0) }
        keys.section("tokens") { $0.file("ranks", &tokenRanks, "the path of a rank file") }
        keys.section("report") { keys in
            keys.dollars("cost_per_deal_usd", &reportPicoDollarsPerDeal, places: 12, limit: 1_000_000, "dollars")
        }
        keys.section("fallback") { $0.string("answer", &fallbackAnswer) }
        keys.section("log") { log.read($0) }
    }

    private mutating func readTasks(_ keys: SettingsSection) {
        keys.tasks("tasks") { task, keys in
            var settings = tasks[task] ?? TaskSettings()
            settings.read(keys)
            tasks[task] = settings
        }
    }
}

extension Settings {
    /// The provider that is asked for `model`.
    ///
    /// The one that the catalogue names, when it is in force; else, where that one speaks a dialect of its own, a
    /// provider in force of the same dialect (first by name); else the default provider, which may know the model
    /// although nobody said so: a proxy of many providers does.
    package func provider(of model: String) -> ProviderSettings? {
        if let named = models[model]?.provider {
            if let provider = providers[named] { return provider }
            let kind = ProviderSettings.Kind(rawValue: named)
            if let kind, kind != .openai {
                let same = providers.values.filter { $0.kind == kind }.min { $0.name < $1.name }
                if let same { return same }
            }
        }
        return providers[defaultProvider]
    }
}
