import Foundation

/// Where the configuration is taken from: the bundled catalogue, a file, the environment and flags; last wins.
package struct SettingsSource: Sendable {
    /// A value given on the command line.
    package struct Flag: Sendable, Equatable {
        /// As typed, such as `--listen` or `--set cache.ttl_s`.
        package let name: String
        package let path: [String]
        package let text: String
        /// Whether the text is the value as it stands, whatever it looks like: an address may begin with a bracket.
        package let isLiteral: Bool

        package init(_ name: String, at path: [String], _ text: String, isLiteral: Bool = false) {
            self.name = name
            self.path = path
            self.text = text
            self.isLiteral = isLiteral
        }
    }

    /// The file named by `--config`; nil reads none.
    package var file: String?
    package var environment: [String: String]
    package var flags: [Flag]
    /// Today in UTC, for warnings of models that retire; nil gives none.
    package var today: CalendarDay?

    package init(
        file: String? = nil, environment: [String: String] = [:], flags: [Flag] = [], today: CalendarDay? = nil
    ) {
        self.file = file
        self.environment = environment
        self.flags = flags
        self.today = today
    }

    /// The variables that set a key.
    package static let variables: [(name: String, path: [String])] = [
        ("LLM_ENABLED", ["enabled"]),
        ("LLM_DEFAULT_MODEL", ["default_model"]),
        ("LLM_CACHE_ENABLED", ["cache", "enabled"]),
        ("LLM_CACHE_TTL_SECONDS", ["cache", "ttl_s"]),
        ("LLM_CACHE_MAX_BYTES", ["cache", "max_bytes"]),
        ("LLM_COMPRESSION_LEVEL", ["compression", "level"]),
        ("LLM_HEALTH_INTERVAL_SECONDS", ["providers", "*", "health", "interval_s"]),
        ("LLM_COST_ALERT_USD_PER_HOUR", ["alerts", "cost_per_hour_usd"]),
        ("LLM_ROLLOUT_PERCENT", ["rollout", "percent"]),
        ("LLM_LOG_LEVEL", ["log", "level"]),
    ]

    /// Reads, merges and checks everything.
    ///
    /// - Throws: every error at once; the warnings that were found are with them.
    package func load() throws(SettingsErrors) -> LoadedSettings {
        let reader = SettingsReader(environment: environment)
        var root = LayeredValue(.object([:]), at: .standard)
        root.overlay(bundled(reader))
        let written = fileLayer(reader)
        if let written { root.overlay(written) }
        let spoken = commandLayer(reader)
        let inForce = Self.namesInForce(root, written: written, spoken: spoken, environment: environment)
        root.keepProviders(inForce)
        root.overlay(environmentLayer(providers: inForce))
        root.overlay(spoken)
        reader.root = root

        let keys = SettingsSection(root, path: "", pattern: "", reader: reader)
        var settings = Settings()
        settings.read(keys)
        keys.entries("providers") { settings.providers[$0] = ProviderSettings(name: $0, $1) }
        keys.finish()
        if reader.errors.isEmpty || !hasSyntaxErrors(reader) { settings.check(keys, today: today) }
        if reader.errors.isEmpty { NotYetInForce.warn(reader) }
        guard reader.errors.isEmpty else {
            throw SettingsErrors(
                errors: Self.inReadingOrder(reader.errors), warnings: Self.inReadingOrder(reader.warnings))
        }
        return LoadedSettings(
            settings: settings, warnings: Self.inReadingOrder(reader.warnings), values: reader.values,
            patterns: reader.patterns)
    }

    /// What concerns the file first, from its top to its end, since that is how it is mended; the rest as found.
    private static func inReadingOrder(_ errors: [SettingsError]) -> [SettingsError] {
        let ranked = errors.enumerated().map { index, error in
            let place =
                switch error.origin {
                case .file(_, let position): (position.line, position.column, index)
                default: (Int.max, 0, index)
                }
            return (place: place, error: error)
        }
        return ranked.sorted { $0.place < $1.place }.map(\.error)
    }

    /// A file that could not be read whole says little about which names are missing.
    private func hasSyntaxErrors(_ reader: SettingsReader) -> Bool {
        reader.errors.contains { error in
            switch error.problem {
            case .syntax, .unreadable: true
            default: false
            }
        }
    }

    private func bundled(_ reader: SettingsReader) -> LayeredValue {
        let outcome = JSON5Parser.parse(Assets.modelCatalogue)
        for problem in outcome.problems { reader.fail("", at: .bundled, .syntax(problem.description)) }
        guard let root = outcome.root else { return LayeredValue(.object([:]), at: .bundled) }
        return LayeredValue(root) { _ in .bundled }
    }

    private func fileLayer(_ reader: SettingsReader) -> LayeredValue? {
        guard let file else { return nil }
        let start = SettingsOrigin.file(path: file, FilePosition(line: 1, column: 1))
        guard let data = FileManager.default.contents(atPath: file) else {
            let exists = FileManager.default.fileExists(atPath: file)
            let why = exists ? "it is a directory, or its permissions forbid it" : "it does not exist"
            reader.fail("", at: start, .unreadable("\(why); name another with --config"))
            return nil
        }
        let outcome = JSON5Parser.parse(Array(data))
        for problem in outcome.problems {
            reader.fail("", at: .file(path: file, problem.position), .syntax(problem.message))
        }
        return outcome.root.map { LayeredValue($0) { .file(path: file, $0) } }
    }

    private func environmentLayer(providers: Set<String>) -> LayeredValue {
        var layer = LayeredValue(.object([:]), at: .standard)
        for (name, path) in Self.variables {
            guard let text = environment[name], !text.isEmpty else { continue }
            let value = LayeredValue(.plain(text), at: .environment(name))
            let paths =
                path.contains("*")
                ? providers.sorted().map { provider in path.map { $0 == "*" ? provider : $0 } } : [path]
            for path in paths { layer.overlay(value.nested(at: path)) }
        }
        return layer
    }

    private func commandLayer(_ reader: SettingsReader) -> LayeredValue {
        var layer = LayeredValue(.object([:]), at: .standard)
        for flag in flags {
            let origin = SettingsOrigin.flag(flag.name)
            var value = LayeredValue(.plain(flag.text), at: origin)
            // Only what cannot be meant as plain text is read as JSON5.
            if !flag.isLiteral, let first = flag.text.first, "{[\"'".contains(first) {
                let outcome = JSON5Parser.parse(flag.text)
                for problem in outcome.problems {
                    reader.fail(flag.path.joined(separator: "."), at: origin, .syntax("\(problem)"))
                }
                if let root = outcome.root { value = LayeredValue(root) { _ in origin } }
            }
            layer.overlay(value.nested(at: flag.path))
        }
        return layer
    }

    /// Which providers are in force: `openai` always, those that the file or a flag names in any way, and bundled
    /// ones whose key is in the environment.
    ///
    /// So nothing is asked, probed or warned about that nobody set up, and `providers: { anthropic: {} }` or an
    /// exported key is enough to set one up. A key alone sets none up where the file or a flag has a provider of the same
    /// dialect of its own, under whatever name: that one is meant.
    private static func namesInForce(
        _ root: LayeredValue, written: LayeredValue?, spoken: LayeredValue, environment: [String: String]
    ) -> Set<String> {
        var names: Set<String> = ["openai"]
        for layer in [written, spoken].compactMap(\.self) {
            names.formUnion(layer["providers"]?.memberNames ?? [])
            names.formUnion([layer["default_provider"]?.plainText].compactMap(\.self))
            for model in layer["models"]?.memberNames ?? [] {
                names.formUnion([layer["models"]?[model]?["provider"]?.plainText].compactMap(\.self))
            }
        }
        func kind(_ name: String) -> String? {
            (spoken["providers"]?[name]?["kind"] ?? root["providers"]?[name]?["kind"])?.plainText
        }
        let kinds = Set(names.compactMap(kind))
        for name in root["providers"]?.memberNames ?? [] {
            if let kind = kind(name), kinds.contains(kind) { continue }
            let variable = root["providers"]?[name]?["api_key"]?.plainText?.removingPrefix("env:")
            if let variable, environment[variable]?.isEmpty == false { names.insert(name) }
        }
        return names
    }
}

/// What loading gives.
package struct LoadedSettings: Sendable {
    package let settings: Settings
    package let warnings: [SettingsError]
    /// Every value in force with its origin, in the order of the configuration.
    package let values: [SettingsValue]
    /// Every key that was asked for, with `*` for names and `[]` for elements.
    package let patterns: Set<String>
}

extension LayeredValue {
    fileprivate var memberNames: [String] {
        guard case .object(let members) = content else { return [] }
        return members.keys.sorted()
    }

    fileprivate var plainText: String? {
        switch content {
        case .string(let text), .plain(let text): text
        default: nil
        }
    }

    /// Drops the bundled providers that are not in force.
    fileprivate mutating func keepProviders(_ names: Set<String>) {
        guard case .object(var members) = content, case .object(let providers)? = members["providers"]?.content
        else { return }
        members["providers"]?.content = .object(providers.filter { names.contains($0.key) })
        content = .object(members)
    }
}
