/// One entry of `models`: what a model can do, where it is asked for, and what it costs.
package struct CatalogModel: Sendable, Equatable {
    package enum Capability: String, Sendable, CaseIterable {
        case tools, vision
        case jsonSchema = "json_schema"
        /// It answers `/v1/embeddings` and nothing else.
        case embeddings
    }

    package let name: String
    /// The provider the catalogue names; `Settings.provider(of:)` says which one is asked.
    package var provider: String?
    /// What the model is called upstream.
    package var upstreamName: String
    /// How able a model is, 1 to 4; bundled models are ranked by their output price.
    package var tier: Int?
    /// Tokens of prompt it accepts; nil where unknown.
    package var contextTokens: Int?
    package var maxOutputTokens: Int?
    package var capabilities: Set<Capability> = []
    /// By date, oldest first. Empty: its calls are recorded as unpriced.
    package var prices: [CatalogPrice] = []
    /// Models to try when this one fails, in order.
    package var fallbacks: [String] = []
    /// The day from which its provider no longer answers for it.
    package var retires: CalendarDay?

    package init(name: String) {
        self.name = name
        upstreamName = name
    }

    init(name: String, _ keys: SettingsSection) {
        self.init(name: name)
        keys.string("provider", &provider)
        keys.string("upstream_name", &upstreamName)
        keys.int("tier", &tier, in: 1...4)
        keys.int("context", &contextTokens, in: 1...1_000_000_000, "tokens")
        keys.int("max_output", &maxOutputTokens, in: 1...1_000_000_000, "tokens")
        readCapabilities(keys)
        keys.elements("prices") { keys in
            if let price = CatalogPrice(keys) { prices.append(price) }
        }
        prices.sort { $0.from < $1.from }
        for (older, newer) in zip(prices, prices.dropFirst()) where older.from == newer.from {
            keys.fail("prices", .unsound("has two entries from \(older.from); keep one"))
        }
        keys.strings("fallbacks", &fallbacks, "an array of model names")
        keys.parsed("retires", &retires, CalendarDay.expected, parse: CalendarDay.init)
    }

    private mutating func readCapabilities(_ keys: SettingsSection) {
        let choices = Capability.allCases.map(\.rawValue)
        var names: [String] = []
        keys.strings("capabilities", &names, "an array of \(choices.joined(separator: ", "))")
        for name in names {
            if let capability = Capability(rawValue: name) {
                capabilities.insert(capability)
            } else {
                keys.fail("capabilities", .notOneOf(found: name, choices: choices))
            }
        }
    }
}

extension CalendarDay {
    static let expected = "a date such as \"2026-11-23\""
}
