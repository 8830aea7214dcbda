import Gateway
import Testing

/// A price is charged exactly as it is spelled.
struct PriceSpellingTests {
    @Test(arguments: [
        ("2.50", 2_500_000), ("0.15", 150_000), ("0.0375", 37_500), ("0.006", 6_000), ("10", 10_000_000),
        ("1e-6", 1), ("2.5E1", 25_000_000), (".5", 500_000), ("5.", 5_000_000), ("0", 0), ("0.000", 0),
        ("0x10", 16_000_000), ("-1", -1_000_000), ("0.1000000000000000000000000", 100_000), ("0e9999", 0),
    ])
    func `dollars a million tokens become pico-dollars a token`(spelled: String, picoDollars: Int64) throws {
        #expect(try ExactDecimal.scaled(spelled, places: 6) == picoDollars)
    }

    @Test(arguments: ["0.0000001", "1.2345678", "1e-7", "1e-99999"])
    func `digits that pico-dollars cannot hold are refused, not rounded`(spelled: String) {
        #expect(throws: ExactDecimal.Refusal.tooFine) { try ExactDecimal.scaled(spelled, places: 6) }
    }

    @Test(arguments: ["9223372036855", "1e40", "99999999999999999999", "0xFFFFFFFFFFFFFFFFFF"])
    func `amounts beyond 64 bits are refused, not wrapped`(spelled: String) {
        #expect(throws: ExactDecimal.Refusal.tooLarge) { try ExactDecimal.scaled(spelled, places: 6) }
    }

    @Test(arguments: ["", "-", ".", "NaN", "Infinity", "1.2.3", "1e", "0x", "١"])
    func `what is no number is refused`(spelled: String) {
        #expect(throws: ExactDecimal.Refusal.notANumber) { try ExactDecimal.scaled(spelled, places: 6) }
    }
}
