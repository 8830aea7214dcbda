/// What a model costs from one day on, in integer pico-dollars a token.
///
/// A file spells prices as dollars a million tokens; the conversion (times 10^6) is exact or refused.
package struct CatalogPrice: Sendable, Equatable {
    /// The rates of a prompt above a length; the whole call moves to them.
    package struct LongContext: Sendable, Equatable {
        /// They apply where the prompt, cached tokens included, has more tokens than this.
        package var aboveInputTokens: Int
        package var rates: Rates
    }

    /// Pico-dollars a token by kind; a kind that is not billed, or billed as plain input, is nil.
    package struct Rates: Sendable, Equatable {
        package var input: Int64
        package var cachedInput: Int64?
        package var cacheWrite: Int64?
        /// Writes that are kept for an hour.
        package var cacheWriteLong: Int64?
        package var audioInput: Int64?
        /// Nil for models that put nothing out, such as embeddings.
        package var output: Int64?
        /// Output that the caller does not see, where it is billed at a rate of its own.
        package var reasoning: Int64?
        package var audioOutput: Int64?
    }

    /// What a call costs that the provider says it bills as something else, such as `flex`.
    package struct Tier: Sendable, Equatable {
        package var rates: Rates
        package var longContext: LongContext?
    }

    package var from: CalendarDay
    /// Where the price was read.
    package var source: String?
    package var rates: Rates
    package var longContext: LongContext?
    package var tiers: [String: Tier] = [:]

    /// Dollars a million tokens above which a price is taken for a mistake, such as one per token times 10^9.
    static let limitDollars: Int64 = 10000

    /// Reads an entry; nil when its day or its input price is missing or wrong, which was said.
    init?(_ keys: SettingsSection) {
        var from: CalendarDay?
        keys.parsed("from", &from, CalendarDay.expected, parse: CalendarDay.init)
        if !keys.isSet("from") { keys.fail("from", .missing(expected: CalendarDay.expected)) }
        var source: String?
        keys.string("source", &source)
        let rates = Rates(keys)
        let longContext = LongContext(within: keys)
        var tiers: [String: Tier] = [:]
        keys.entries("tiers") { name, keys in
            let longContext = LongContext(within: keys)
            if let rates = Rates(keys) { tiers[name] = Tier(rates: rates, longContext: longContext) }
        }
        guard let from, let rates else { return nil }
        self.from = from
        self.source = source
        self.rates = rates
        self.longContext = longContext
        self.tiers = tiers
    }
}

extension CatalogPrice.LongContext {
    /// Reads `long_context`; nil where there is none, or it is wrong, which was said.
    fileprivate init?(within keys: SettingsSection) {
        var above: Int?
        var rates: CatalogPrice.Rates?
        keys.optionalSection("long_context") { keys in
            keys.int("above_input_tokens", &above, in: 1...1_000_000_000, "tokens")
            if !keys.isSet("above_input_tokens") {
                keys.fail("above_input_tokens", .missing(expected: "the number of tokens above which it applies"))
            }
            rates = CatalogPrice.Rates(keys)
        }
        guard let above, let rates else { return nil }
        self.init(aboveInputTokens: above, rates: rates)
    }
}

extension CatalogPrice.Rates {
    fileprivate init?(_ keys: SettingsSection) {
        var input: Int64?
        keys.price("input", &input)
        if !keys.isSet("input") { keys.fail("input", .missing(expected: "dollars a million tokens")) }
        self.init(input: input ?? 0)
        keys.price("cached_input", &cachedInput)
        keys.price("cache_write", &cacheWrite)
        keys.price("cache_write_long", &cacheWriteLong)
        keys.price("audio_input", &audioInput)
        keys.price("output", &output)
        keys.price("reasoning", &reasoning)
        keys.price("audio_output", &audioOutput)
        if let cachedInput, let input, cachedInput > input {
            keys.warn("cached_input", .unsound("is above the input price; are the two exchanged?"))
        }
        // The cheapest models of the catalogue cost 10,000 times this: it is a price for one token.
        if let input, (1..<1000).contains(input) {
            keys.warn("input", .unsound("is under 0.001 dollars a million tokens; was it meant for one token?"))
        }
        if input == nil { return nil }
    }
}

extension SettingsSection {
    /// Dollars a million tokens, kept as pico-dollars a token.
    fileprivate func price(_ key: String, _ value: inout Int64?) {
        dollars(key, &value, places: 6, limit: CatalogPrice.limitDollars, "dollars a million tokens")
    }
}
