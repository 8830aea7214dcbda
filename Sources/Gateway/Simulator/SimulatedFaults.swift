/// Faults on demand: each kind at its rate, evenly spread, so that a run can be repeated.
struct SimulatedFaults: Sendable {
    enum Kind: String, Sendable, CaseIterable {
        /// 500 instead of an answer.
        case error500 = "500"
        /// 503 instead of an answer.
        case error503 = "503"
        /// 429 with `retry-after: 1`.
        case error429 = "429"
        /// The connection is closed without an answer.
        case drop
        /// The answer breaks off in its middle.
        case cut
        /// No answer ever comes.
        case hang
        /// A stream without an event.
        case empty
    }

    private var rates: [(kind: Kind, rate: Double, due: Double)] = []

    init() {}

    /// Reads `KIND:RATE`, a rate from 0 to 1; nil when it is neither.
    mutating func add(_ text: String) -> Bool {
        let parts = text.split(separator: ":", maxSplits: 1)
        guard parts.count == 2, let kind = Kind(rawValue: String(parts[0])), let rate = Double(parts[1]),
            rate >= 0, rate <= 1
        else { return false }
        rates.append((kind, rate, 0))
        return true
    }

    /// The fault of the next request, if it has one.
    mutating func next() -> Kind? {
        for index in rates.indices {
            rates[index].due += rates[index].rate
            if rates[index].due >= 1 {
                rates[index].due -= 1
                return rates[index].kind
            }
        }
        return nil
    }
}
