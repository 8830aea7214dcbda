import Metrics
import Testing

@Suite struct PriceTests {
    private static let march: Int64 = 1_772_323_200_000_000  // 2026-03-01T00:00:00Z

    /// As listed for gpt-5.4, with a cheaper price before; audio as for gpt-4o-audio.
    private let table = PriceTable([
        "long": [
            ModelPrice(
                from: "2026-03-01",
                PriceRates(
                    TokenRates(
                        input: 2_500_000, cachedInput: 250_000, cacheWrite: 3_125_000, cacheWriteLong: 5_000_000,
                        output: 15_000_000),
                    longContext: .init(
                        aboveInputTokens: 272_000,
                        rates: TokenRates(input: 5_000_000, cachedInput: 500_000, output: 22_500_000))),
                tiers: [
                    "flex": PriceRates(
                        TokenRates(input: 1_250_000, cachedInput: 130_000, output: 7_500_000),
                        longContext: .init(
                            aboveInputTokens: 272_000, rates: TokenRates(input: 2_500_000, output: 11_250_000))),
                    "priority": PriceRates(TokenRates(input: 5_000_000, cachedInput: 500_000, output: 30_000_000)),
                ])!,
            ModelPrice(from: "2025-10-01", PriceRates(TokenRates(input: 1_000_000, output: 4_000_000)))!,
        ],
        "voice": [
            ModelPrice(
                from: "2025-10-01",
                PriceRates(
                    TokenRates(
                        input: 2_500_000, output: 10_000_000, audioInput: 40_000_000, audioOutput: 80_000_000)))!
        ],
        "thinker": [
            ModelPrice(
                from: "2025-10-01", PriceRates(TokenRates(input: 1_000_000, output: 2_000_000, reasoning: 8_000_000)))!
        ],
        "dear": [ModelPrice(from: "2025-10-01", PriceRates(TokenRates(input: .max, output: .max)))!],
    ])

    private func cost(
        _ usage: Usage, _ model: String = "long", tier: String? = nil, at time: Int64 = march
    ) -> Cost? {
        table.cost(of: usage, model: model, tier: tier, at: time)
    }

    @Test func `each bucket is billed once at its own rate`() throws {
        let usage = Usage(
            uncachedInput: 1000, cachedInput: 200, cacheWrite: 30, cacheWriteLong: 10, output: 50, reasoning: 20)
        let cost = try #require(self.cost(usage))
        #expect(cost.input.usd == "0.0026625")  // 1000 × 2.5 + 200 × 0.25 + 20 × 3.125 + 10 × 5, per million
        #expect(cost.output.usd == "0.00075")  // reasoning is part of the output
        #expect(cost.total.usd == "0.0034125")
        #expect(cost.priceFrom == "2026-03-01")
    }

    @Test func `the price is the one of the day on which the call started`() {
        let usage = Usage(uncachedInput: 1, output: 1)
        #expect(cost(usage, at: Self.march)?.total.amount == 17_500_000)
        #expect(cost(usage, at: Self.march - 1)?.total.amount == 5_000_000)
        #expect(cost(usage, at: Self.march - 1)?.priceFrom == "2025-10-01")
    }

    @Test func `a call has no price before the first day of the list, nor without a list`() {
        #expect(cost(Usage(uncachedInput: 1), at: 0) == nil)
        #expect(cost(Usage(uncachedInput: 1), "unheard of") == nil)
    }

    @Test func `a list without rates for the provider's cache bills its tokens as input`() {
        let usage = Usage(uncachedInput: 1, cachedInput: 1, cacheWrite: 2, cacheWriteLong: 1, output: 0)
        #expect(cost(usage, at: Self.march - 1)?.total.amount == 4_000_000)
    }

    @Test func `input beyond the limit, cached or not, moves the whole call to the higher rates`() {
        let within = Usage(uncachedInput: 271_000, cachedInput: 1000, output: 10)
        #expect(cost(within)?.total.usd == "0.6779")  // 271,000 × 2.5 + 1000 × 0.25 + 10 × 15, per million
        let beyond = Usage(uncachedInput: 271_000, cachedInput: 1000, cacheWrite: 1, output: 10)
        #expect(cost(beyond)?.total.usd == "1.35573")  // 271,001 × 5 + 1000 × 0.5 + 10 × 22.5
    }

    @Test func `audio is taken out of the input and output that it is part of`() {
        let usage = Usage(uncachedInput: 100, output: 10, audioInput: 40, audioOutput: 4)
        #expect(cost(usage, "voice")?.input.usd == "0.00175")  // 60 × 2.5 + 40 × 40, per million
        #expect(cost(usage, "voice")?.output.usd == "0.00038")  // 6 × 10 + 4 × 80
    }

    @Test func `reasoning is billed at its own rate where it has one, and as output where it has none`() {
        let usage = Usage(uncachedInput: 0, output: 100, reasoning: 40)
        #expect(cost(usage, "thinker")?.output.usd == "0.00044")  // 60 × 2 + 40 × 8, per million
        #expect(cost(usage)?.output.usd == "0.0015")
        #expect(cost(Usage(output: 10, reasoning: 40), "thinker")?.output.usd == "0.00008")
    }

    @Test(
        arguments: [
            (nil, "0.0175"), ("default", "0.0175"), ("standard", "0.0175"), ("auto", "0.0175"), ("flex", "0.00875"),
            ("priority", "0.035"), ("batch", nil), ("scale", nil), ("", nil),
        ] as [(String?, String?)])
    func `a call costs what its tier does, and nobody knows what where the list has none`(tier: String?, usd: String?) {
        #expect(cost(Usage(uncachedInput: 1000, output: 1000), tier: tier)?.total.usd == usd)
    }

    @Test func `a tier's long prompts have their rates, or no known price`() {
        let long = Usage(uncachedInput: 272_001, output: 1000)
        #expect(cost(long, tier: "flex")?.total.usd == "0.6912525")  // 272,001 × 2.5 + 1000 × 11.25
        #expect(cost(long, tier: "priority") == nil)
        #expect(cost(long, "voice", tier: "flex") == nil)
    }

    @Test func `a call with audio has no price where the list names none for audio`() {
        #expect(cost(Usage(uncachedInput: 100, audioInput: 1)) == nil)
        #expect(cost(Usage(uncachedInput: 100, audioInput: 0)) != nil)
    }

    @Test func `absurd counts cost the most there is, and negative ones have no price`() {
        #expect(cost(Usage(uncachedInput: .max, cachedInput: .max, output: .max), "dear")?.total == PicoDollars(.max))
        #expect(cost(Usage(uncachedInput: -1)) == nil)
        #expect(cost(Usage(output: .min)) == nil)
    }

    @Test func `a price that starts on no day is refused`() {
        #expect(ModelPrice(from: "2026-02-29", PriceRates(TokenRates(input: 1, output: 1))) == nil)
        #expect(ModelPrice(from: "soon", PriceRates(TokenRates(input: 1, output: 1))) == nil)
    }
}
