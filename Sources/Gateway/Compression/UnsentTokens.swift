import Metrics

/// The tokens that compression took off a prompt, and where in it they would have stood: what they would have cost depends
/// on how much of the prompt's beginning the provider had in its cache.
struct UnsentTokens: Equatable {
    /// What one message was sent without.
    private struct Part: Equatable {
        /// Where what was left of the message stands in the request as it was sent.
        let bytes: Range<Int>
        let hundredths: Int
    }

    private var parts: [Part] = []
    /// Bytes of the request as it was sent.
    private var sentBytes: Int
    /// Bytes that all parts so far got shorter by.
    private var takenBytes = 0

    /// All of them, estimated.
    var tokens: Int { parts.reduce(0) { $0 &+ $1.hundredths } / 100 }

    /// Begins with a request of which nothing is taken.
    init(bytes: Int = 0) { sentBytes = bytes }

    /// Takes note of a message; those before it must have been noted.
    ///
    /// - Parameters:
    ///   - message: Where it stands among what a provider reads, as the client sent it.
    ///   - bytes: By how many bytes it got shorter.
    ///   - hundredths: By how many hundredths of a token.
    mutating func add(message: Range<Int>, bytes: Int, hundredths: Int) {
        guard hundredths > 0 else { return }
        let start = message.lowerBound &- takenBytes
        parts.append(Part(bytes: start..<start &+ max(message.count &- bytes, 0), hundredths: hundredths))
        takenBytes &+= bytes
        sentBytes &-= bytes
    }

    /// The tokens as the provider would have billed them beside what it did bill.
    ///
    /// A provider caches the beginning of a prompt. What would have stood within the share of the input that it had cached
    /// counts as cached; the rest as the rest of the input was billed, at the full rate or as written to the cache.
    func usage(beside billed: Usage) -> Usage {
        let all = tokens
        let cached = min(hundredths(within: Self.share(sentBytes, billed.cachedInput, billed.input)) / 100, all)
        let fresh = all - cached
        let written = Self.share(fresh, billed.cacheWrite, billed.input &- billed.cachedInput)
        return Usage(
            uncachedInput: fresh - written, cachedInput: cached, cacheWrite: written,
            cacheWriteLong: Self.share(written, billed.cacheWriteLong, billed.cacheWrite))
    }

    /// Hundredths of a token that would have stood before a place of the request as it was sent.
    private func hundredths(within end: Int) -> Int {
        parts.reduce(0) { sum, part in
            if part.bytes.upperBound <= end { return sum &+ part.hundredths }
            guard part.bytes.lowerBound < end else { return sum }
            return sum &+ Self.share(part.hundredths, end &- part.bytes.lowerBound, part.bytes.count)
        }
    }

    /// `amount` by `part` of `whole`, of numbers as large as a provider may state; 0 for a share of nothing.
    private static func share(_ amount: Int, _ part: Int, _ whole: Int) -> Int {
        guard whole > 0, part > 0, amount > 0 else { return 0 }
        if part >= whole { return amount }
        return whole.dividingFullWidth(amount.multipliedFullWidth(by: part)).quotient
    }
}
