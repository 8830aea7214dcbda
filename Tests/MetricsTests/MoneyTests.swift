import Metrics
import Testing

@Suite struct MoneyTests {
    @Test(arguments: [
        (0, "0"), (1, "0.000000000001"), (123_000_000, "0.000123"), (1_000_000_000_000, "1"),
        (2_500_000_000_000, "2.5"), (-42_000_000_000, "-0.042"), (12_000_000_000_001, "12.000000000001"),
        (Int64.max, "9223372.036854775807"), (Int64.min, "-9223372.036854775808"),
    ])
    func `an amount is written as an exact decimal and read back as the same`(amount: Int64, text: String) {
        #expect(PicoDollars(amount).usd == text)
        // The most negative amount has no positive twin to be read through.
        if amount != .min { #expect(PicoDollars(usd: text) == PicoDollars(amount)) }
    }

    @Test func `every amount survives its own text`() {
        var random = Random(seed: 1)
        for _ in 0..<20_000 {
            let amount = PicoDollars(Int64(truncatingIfNeeded: random.next() >> random.next(upTo: 63)))
            #expect(PicoDollars(usd: amount.usd) == amount)
        }
    }

    @Test(arguments: [
        ("1e-6", 1_000_000), ("2.50", 2_500_000_000_000), ("+.5", 500_000_000_000), ("1E3", 1_000_000_000_000_000),
        ("0.0000000000010000", 1), ("-0", 0), ("00000000000000000000000000007", 7_000_000_000_000),
    ])
    func `dollars are read however a person writes them`(text: String, amount: Int64) {
        #expect(PicoDollars(usd: text)?.amount == amount)
    }

    @Test(arguments: [
        "", "-", ".", "1.2.3", "1,5", "0x10", "1e", "1e+", "1e999", "9223373", "0.0000000000001", "NaN", "1 ",
        "99999999999999999999999999",
    ])
    func `what is no amount within range and precision is refused`(text: String) {
        #expect(PicoDollars(usd: text) == nil)
    }

    @Test(arguments: [
        ("0.15", 150_000), ("2.5", 2_500_000), ("0.006", 6000), ("0.000001", 1), ("75", 75_000_000), ("0", 0),
    ])
    func `a price per million tokens is a whole number a token`(text: String, rate: Int64) {
        #expect(PicoDollars.perToken(usdPerMillion: text) == rate)
    }

    @Test(arguments: ["-1", "0.0000001", "free"])
    func `a price that is negative or too fine is refused`(text: String) {
        #expect(PicoDollars.perToken(usdPerMillion: text) == nil)
    }

    @Test(arguments: [
        (1_234_567_890_000, 2, "1.23"), (1_235_000_000_000, 2, "1.24"), (-1_235_000_000_000, 2, "-1.24"),
        (999_999_999_999, 4, "1.0000"), (-1, 6, "0.000000"), (5_000_000_000, 2, "0.01"), (1, 12, "0.000000000001"),
        (Int64.min, 0, "-9223372"),
    ])
    func `an amount for people is rounded half away from zero`(amount: Int64, places: Int, text: String) {
        #expect(PicoDollars(amount).usd(places: places) == text)
    }

    @Test func `sums and products stop at the ends of the range`() {
        let most = PicoDollars(.max)
        let least = PicoDollars(.min)
        #expect(most + PicoDollars(1) == most)
        #expect(least + PicoDollars(-1) == least)
        #expect(least - PicoDollars(1) == least)
        #expect(most - PicoDollars(-1) == most)
        #expect(PicoDollars(tokens: .max, at: .max) == most)
        #expect(PicoDollars(tokens: .min, at: 2) == least)
    }
}

/// A repeatable source of variety; a failing case is the same in every run.
struct Random: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        let mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        return mixed ^ mixed >> 31
    }

    mutating func next(upTo limit: Int) -> UInt64 { next() % UInt64(limit) }
    mutating func chance(_ denominator: UInt64) -> Bool { next() % denominator == 0 }
}
