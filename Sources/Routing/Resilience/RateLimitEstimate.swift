/// What is left of a provider's rate limits, by the headers of its last answer and what has been sent since, so that a
/// call is held or goes elsewhere before it is refused.
///
/// A limit is thought of as a bucket that fills evenly: `remaining` at the last answer, full again after `reset`.
package struct RateLimitEstimate: Sendable, Equatable {
    /// What is limited.
    package enum Kind: Int, Sendable, CaseIterable { case requests, tokens, inputTokens, outputTokens }

    private struct Bucket: Sendable, Equatable {
        var limit: Int64 = 0
        var remaining: Int64 = 0
        /// When it is full again.
        var fullAt: Nanoseconds = 0
        var notedAt: Nanoseconds = 0
        var isKnown = false
    }

    private var buckets = InlineArray<4, Bucket>(repeating: Bucket())

    package init() {}

    package static func == (left: Self, right: Self) -> Bool {
        for index in left.buckets.indices where left.buckets[index] != right.buckets[index] { return false }
        return true
    }

    // MARK: Telling

    /// A field of an answer's head: OpenAI's `x-ratelimit-remaining-requests` and its like, Anthropic's
    /// `anthropic-ratelimit-tokens-remaining` and its like. Others are passed by.
    ///
    /// - Parameters:
    ///   - name: In small letters.
    ///   - wall: Microseconds since 1970, for dates.
    package mutating func note(_ name: Span<UInt8>, _ value: Span<UInt8>, wall: Int64, _ now: Nanoseconds) {
        guard let (kind, part) = Self.field(name) else { return }
        switch part {
        case .limit: if let number = Self.number(value) { buckets[kind.rawValue].limit = number }
        case .remaining:
            guard let number = Self.number(value) else { return }
            buckets[kind.rawValue].remaining = number
            buckets[kind.rawValue].notedAt = now
            buckets[kind.rawValue].isKnown = true
        case .reset:
            guard let wait = RetryTime.reset(value, wall: wall) else { return }
            let (end, overflows) = now.addingReportingOverflow(wait)
            buckets[kind.rawValue].fullAt = overflows ? .max : end
        }
    }

    /// A call has been sent, of which no answer tells yet.
    package mutating func sent(tokens: Int) {
        for kind in Kind.allCases where buckets[kind.rawValue].isKnown {
            buckets[kind.rawValue].remaining &-= Self.use(kind, tokens)
        }
    }

    // MARK: Asking

    /// Nanoseconds until a call fits: 0 when it does now, as far as is known.
    package func wait(tokens: Int, _ now: Nanoseconds) -> Nanoseconds {
        var longest: Nanoseconds = 0
        for kind in Kind.allCases {
            let bucket = buckets[kind.rawValue]
            let missing = Self.use(kind, tokens) &- bucket.remaining
            guard bucket.isKnown, missing > 0, bucket.fullAt > now, bucket.fullAt > bucket.notedAt else { continue }
            let span = bucket.fullAt &- bucket.notedAt
            let drained = bucket.limit &- bucket.remaining
            // Without a limit nothing is known of how it fills: then it does so all at once.
            guard bucket.limit > 0, drained > missing else {
                longest = max(longest, bucket.fullAt &- now)
                continue
            }
            let fraction = span.multipliedFullWidth(by: UInt64(missing))
            let needed = UInt64(drained).dividingFullWidth(fraction).quotient
            let elapsed = now > bucket.notedAt ? now &- bucket.notedAt : 0
            if needed > elapsed { longest = max(longest, needed &- elapsed) }
        }
        return longest
    }

    private static func use(_ kind: Kind, _ tokens: Int) -> Int64 {
        switch kind {
        case .requests: 1
        case .tokens, .inputTokens: Int64(max(tokens, 0))
        case .outputTokens: 1
        }
    }

    // MARK: Names

    private enum Part { case limit, remaining, reset }

    private static func field(_ name: Span<UInt8>) -> (Kind, Part)? {
        if starts(name, "x-ratelimit-") {
            let rest = name.extracting(12..<name.count)
            for (text, part) in [("limit-", .limit), ("remaining-", .remaining), ("reset-", .reset)]
                as [(StaticString, Part)]
            where starts(rest, text) {
                return kind(rest.extracting(text.utf8CodeUnitCount..<rest.count)).map { ($0, part) }
            }
        } else if starts(name, "anthropic-ratelimit-") {
            let rest = name.extracting(20..<name.count)
            for (text, part) in [("-limit", .limit), ("-remaining", .remaining), ("-reset", .reset)]
                as [(StaticString, Part)]
            where rest.count > text.utf8CodeUnitCount
                && starts(rest.extracting(rest.count - text.utf8CodeUnitCount..<rest.count), text)
            {
                return kind(rest.extracting(0..<rest.count - text.utf8CodeUnitCount)).map { ($0, part) }
            }
        }
        return nil
    }

    private static func kind(_ name: Span<UInt8>) -> Kind? {
        for (text, kind) in [
            ("requests", .requests), ("tokens", .tokens), ("input-tokens", .inputTokens),
            ("output-tokens", .outputTokens),
        ] as [(StaticString, Kind)]
        where name.count == text.utf8CodeUnitCount && starts(name, text) { return kind }
        return nil
    }

    private static func starts(_ name: Span<UInt8>, _ text: StaticString) -> Bool {
        guard name.count >= text.utf8CodeUnitCount else { return false }
        for offset in 0..<text.utf8CodeUnitCount where name[offset] != text.utf8Start[offset] { return false }
        return true
    }

    private static func number(_ value: Span<UInt8>) -> Int64? {
        guard value.count > 0, value.count <= 15 else { return nil }
        var number: Int64 = 0
        for offset in 0..<value.count {
            guard value[offset] &- 48 <= 9 else { return nil }
            number = number * 10 + Int64(value[offset] &- 48)
        }
        return number
    }
}
