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
    /// Audio in and out; where the list names none, a call that used any has no known price.
    package var audioInput: Int64?
    package var audioOutput: Int64?

    package init(
        input: Int64, cachedInput: Int64? = nil, cacheWrite: Int64? = nil, cacheWriteLong: Int64? = nil,
        output: Int64, audioInput: Int64? = nil, audioOutput: Int64? = nil
    ) {
        self.input = input
        self.cachedInput = cachedInput
        self.cacheWrite = cacheWrite
        self.cacheWriteLong = cacheWriteLong
        self.output = output
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
        return (
            input: PicoDollars(tokens: usage.uncachedInput - audioInput, at: input)
                + PicoDollars(tokens: audioInput, at: self.audioInput ?? 0)
                + PicoDollars(tokens: usage.cachedInput, at: cachedInput ?? input)
                + PicoDollars(tokens: usage.cacheWrite - longWrite, at: writeRate)
                + PicoDollars(tokens: longWrite, at: cacheWriteLong ?? writeRate),
            output: PicoDollars(tokens: usage.output - audioOutput, at: output)
                + PicoDollars(tokens: audioOutput, at: self.audioOutput ?? 0)
        )
    }
}

/// The price of a model from one day on, until the next price's day.
package struct ModelPrice: Hashable, Sendable {
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

    /// The first day, as written in the list: `2026-11-24`.
    package let from: String
    /// Its start in UTC, in microseconds since 1970.
    package let fromMicroseconds: Int64
    package let rates: TokenRates
    package let longContext: LongContext?

    /// - Returns: `nil` when `from` is no day of the form `yyyy-mm-dd`.
    package init?(from: String, rates: TokenRates, longContext: LongContext? = nil) {
        guard let start = Timestamp.parseDay(from) else { return nil }
        self.from = from
        fromMicroseconds = start
        self.rates = rates
        self.longContext = longContext
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
    ///   - time: Microseconds since 1970.
    /// - Returns: `nil` when the price is unknown: no such model, no price yet on that day, or none for a
    ///   kind of token that was used.
    package func cost(of usage: Usage, model: String, at time: Int64) -> Cost? {
        guard usage.hasNoNegatives, let price = prices[model]?.last(where: { $0.fromMicroseconds <= time }) else {
            return nil
        }
        var rates = price.rates
        if let long = price.longContext, usage.input > long.aboveInputTokens { rates = long.rates }
        return rates.price(usage).map { Cost(input: $0.input, output: $0.output, priceFrom: price.from) }
    }
}

extension Usage {
    fileprivate var hasNoNegatives: Bool {
        min(uncachedInput, cachedInput, cacheWrite, cacheWriteLong, output) >= 0
            && min(audioInput ?? 0, audioOutput ?? 0) >= 0
    }
}
