/// What is counted of calls: numbers that add up.
///
/// Their raw values are in ledgers on disk: add, never renumber.
enum Measure: Int, CaseIterable {
    case calls = 0
    /// Calls that came to nothing: the gateway or the provider answered with an error, or the answer broke off.
    case errors
    case unpriced, estimated, partial, disconnected, fallbacks, streamed
    case uncachedInput, cachedInput, cacheWrite, cacheWriteLong, output, reasoning, audioInput, audioOutput
    /// Pico-dollars, of the calls with a known price.
    case cost, costInput, costOutput
    case savedCache, savedCompression, savedRouting
    /// Calls by what the cache did for them.
    case hits, misses, bypasses, coalesced, stale
    /// Calls whose prompt was looked at by compression, and its tokens where it was made shorter.
    case compressed, tokensBefore, tokensAfter
    /// Calls answered by a provider without an error, and how long they took together, in microseconds; and likewise
    /// those that were answered from the cache or by another's call.
    case asked, askedMicroseconds
    case replayed, replayedMicroseconds
    /// Calls to providers, which may be several for one client's, and those that came to nothing.
    case attempts, failedAttempts
    case upstreamMicroseconds, overheadMicroseconds
    case requestBytes, responseBytes
    /// Input and output of the calls with a known price.
    case pricedTokens
}

/// The measures of some calls; sums stop at the ends of their range.
struct CallSums: Sendable {
    private static let count = 41
    private var values = InlineArray<41, Int64>(repeating: 0)

    init() { assert(Measure.allCases.count == Self.count) }

    subscript(measure: Measure) -> Int64 {
        get { values[measure.rawValue] }
        set { values[measure.rawValue] = newValue }
    }

    mutating func add(_ value: some FixedWidthInteger, to measure: Measure) {
        values[measure.rawValue] = values[measure.rawValue].saturatingAdd(Int64(clamping: value))
    }

    mutating func add(_ other: CallSums) {
        for index in 0..<Self.count { values[index] = values[index].saturatingAdd(other.values[index]) }
    }

    mutating func removeAll() { for index in 0..<Self.count { values[index] = 0 } }

    func money(_ measure: Measure) -> PicoDollars { PicoDollars(self[measure]) }

    /// What the calls with a known price cost; nil where no call has one, which is not zero.
    var cost: PicoDollars? { self[.calls] == 0 || self[.calls] > self[.unpriced] ? money(.cost) : nil }

    /// What such a call cost on average, rounded down to a pico-dollar.
    var costPerCall: PicoDollars? { money(.cost).divided(by: self[.calls] - self[.unpriced]) }

    var saved: PicoDollars { money(.savedCache) + money(.savedCompression) + money(.savedRouting) }

    /// The whole input.
    var input: Int64 { self[.uncachedInput].saturatingAdd(self[.cachedInput]).saturatingAdd(self[.cacheWrite]) }
}

extension CallSums: Hashable {
    static func == (left: Self, right: Self) -> Bool {
        for index in 0..<count where left.values[index] != right.values[index] { return false }
        return true
    }

    func hash(into hasher: inout Hasher) { for index in 0..<Self.count { hasher.combine(values[index]) } }
}

extension Int64 {
    /// The sum, held at the ends of the range.
    func saturatingAdd(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (self < 0 ? .min : .max) : sum
    }
}
