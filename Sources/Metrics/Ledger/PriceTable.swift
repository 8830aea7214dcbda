/// What each kind of token costs, in pico-dollars a token; at least 0.
package struct TokenRates: Hashable, Sendable {
    package var input: Int64
    /// Input from the provider's cache; the input rate where the list names none.
    package var cachedInput: Int64?
    /// Input written to the provider's cache; the input rate where the list names none.
    package var cacheWrite: Int64?
    /// The same, kept for an hour; the rate of a plain write where the list names none.
    package var cacheWriteLong: Int64?
    package var output: Int64
    /// Output that the caller does not see; the output rate where the list names none.
    package var reasoning: Int64?
    /// Audio in and out; where the list names none, a call that used any has no known price.
    package var audioInput: Int64?
    package var audioOutput: Int64?

    package init(
        input: Int64, cachedInput: Int64? = nil, cacheWrite: Int64? = nil, cacheWriteLong: Int64? = nil,
        output: Int64, reasoning: Int64? = nil, audioInput: Int64? = nil, audioOutput: Int64? = nil
    ) {
        self.input = input
        self.cachedInput = cachedInput
        self.cacheWrite = cacheWrite
        self.cacheWriteLong = cacheWriteLong
        self.output = output
        self.reasoning = reasoning
        self.audioInput = audioInput
        self.audioOutput = audioOutput
    }

    /// What `usage` costs, input and output apart, or `nil` where a rate that it needs is not known.
    fileprivate func price(_ usage: Usage) -> (input: PicoDollars, output: PicoDollars)? {
        let audioInput = min(usage.audioInput ?? 0, usage.uncachedInput)
        let audioOutput = min(usage.audioOutput ?? 0, usage.output)
        let longWrite = min(usage.cacheWriteLong, usage.cacheWrite)
        guard audioInput <= 0 || self.audioInput != nil, audioOutput <= 0 || self.audioOutput != nil else { return nil }
        let writeRate = cacheWrite ?? input
        let reasoning = min(usage.reasoning, usage.output - audioOutput)
        return (
            input: PicoDollars(tokens: usage.uncachedInput - audioInput, at: input)
                + PicoDollars(tokens: audioInput, at: self.audioInput ?? 0)
                + PicoDollars(tokens: usage.cachedInput, at: cachedInput ?? input)
                + PicoDollars(tokens: usage.cacheWrite - longWrite, at: writeRate)
                + PicoDollars(tokens: longWrite, at: cacheWriteLong ?? writeRate),
            output: PicoDollars(tokens: usage.output - audioOutput - reasoning, at: output)
                + PicoDollars(tokens: reasoning, at: self.reasoning ?? output)
                + PicoDollars(tokens: audioOutput, at: self.audioOutput ?? 0)
        )
    }
}

/// What a model's tokens cost, by the length of the prompt.
package struct PriceRates: Hashable, Sendable {
    /// Rates that hold for the whole call once its input passes a limit.
    package struct LongContext: Hashable, Sendable {
        /// The largest input that still has the plain rates.
        package var aboveInputTokens: Int
        package var rates: TokenRates

        package init(aboveInputTokens: Int, rates: TokenRates) {
            self.aboveInputTokens = aboveInputTokens
            self.rates = rates
        }
    }

    package var plain: TokenRates
    package var longContext: LongContext?

    package init(_ plain: TokenRates, longContext: LongContext? = nil) {
        self.plain = plain
        self.longContext = longContext
    }

    /// The rates of a call with so much input.
    fileprivate func rates(input: Int) -> TokenRates {
        guard let longContext, input > longContext.aboveInputTokens else { return plain }
        return longContext.rates
    }
}

/// The price of a model from one day on, until the next price's day.
package struct ModelPrice: Hashable, Sendable {
    /// The first day, as written in the list: `2026-11-24`.
    package let from: String
    /// Its start in UTC, in microseconds since 1970.
    package let fromMicroseconds: Int64
    package let standard: PriceRates
    /// What a call costs that the provider says it bills as something else: `flex`, `priority`, `batch`.
    package let tiers: [String: PriceRates]

    /// - Returns: `nil` when `from` is no day of the form `yyyy-mm-dd`.
    package init?(from: String, _ standard: PriceRates, tiers: [String: PriceRates] = [:]) {
        guard let start = Timestamp.parseDay(from) else { return nil }
        self.from = from
        fromMicroseconds = start
        self.standard = standard
        self.tiers = tiers
    }

    /// Other names of the standard tier, and what a provider says that decided by itself.
    private static let standardTiers: Set<String> = ["default", "standard", "auto", "on_demand"]

    /// The rates of a call; nil where the list does not say what it costs.
    fileprivate func rates(tier: String?, input: Int) -> TokenRates? {
        guard let tier, !Self.standardTiers.contains(tier) else { return standard.rates(input: input) }
        guard let rates = tiers[tier] else { return nil }
        // What is dearer above a length otherwise is not cheap there in a tier that says nothing of it.
        if rates.longContext == nil, let long = standard.longContext, input > long.aboveInputTokens { return nil }
        return rates.rates(input: input)
    }
}

/// What one call cost, and by which price.
package struct Cost: Hashable, Sendable {
    package let input: PicoDollars
    package let output: PicoDollars
    /// The day from which the price holds that was applied.
    package let priceFrom: String

    package var total: PicoDollars { input + output }
}

/// The dated prices of every model.
package struct PriceTable: Sendable {
    private let prices: [String: [ModelPrice]]

    /// - Parameter prices: By model, in any order; of two for the same day the later one in the list counts.
    package init(_ prices: [String: [ModelPrice]]) {
        // Equal days keep the order of the list, which `sort` alone does not promise.
        self.prices = prices.mapValues { list in
            list.enumerated()
                .sorted { ($0.element.fromMicroseconds, $0.offset) < ($1.element.fromMicroseconds, $1.offset) }
                .map(\.element)
        }
    }

    /// What a call cost by the price that held when it started.
    ///
    /// - Parameters:
    ///   - usage: Its tokens; negative counts make it unpriced.
    ///   - model: The name in the list.
    ///   - tier: What the provider says it bills the call as; nil where it does not say.
    ///   - time: Microseconds since 1970.
    /// - Returns: `nil` when the price is unknown: no such model, no price yet on that day, or none for the
    ///   tier or a kind of token that was used.
    package func cost(of usage: Usage, model: String, tier: String? = nil, at time: Int64) -> Cost? {
        guard usage.hasNoNegatives, let price = prices[model]?.last(where: { $0.fromMicroseconds <= time }),
            let rates = price.rates(tier: tier, input: usage.input)
        else { return nil }
        return rates.price(usage).map { Cost(input: $0.input, output: $0.output, priceFrom: price.from) }
    }
}

extension Usage {
    fileprivate var hasNoNegatives: Bool {
        min(uncachedInput, cachedInput, cacheWrite, cacheWriteLong, output, reasoning) >= 0
            && min(audioInput ?? 0, audioOutput ?? 0) >= 0
    }
}
