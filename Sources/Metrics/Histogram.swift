/// How often something took how long, by upper bounds fixed beforehand.
package struct Histogram: Sendable {
    /// One observation of a bucket, by which its call is found in the ledger.
    package struct Exemplar: Sendable {
        package let call: RecordID
        package let nanoseconds: UInt64
        /// When it was observed, in microseconds since 1970.
        package var observedAt: Int64 { call.microseconds &+ Int64(clamping: nanoseconds / 1000) }
    }

    /// A bucket's upper bound, inclusive, and how it is written in an exposition.
    package struct Bound: Sendable {
        package let nanoseconds: UInt64
        /// In seconds, always with a decimal point, as OpenMetrics wants the label `le`.
        package let seconds: String
    }

    package let bounds: [Bound]
    /// Observations by bucket, not cumulated; one more than there are bounds.
    package private(set) var counts: [UInt64]
    package private(set) var sumNanoseconds: UInt64 = 0
    /// The latest observation of each bucket that told its call; empty while none did.
    package private(set) var exemplars: [Exemplar?] = []

    package var count: UInt64 { counts.reduce(0, &+) }

    package init(_ bounds: [Bound]) {
        self.bounds = bounds
        counts = Array(repeating: 0, count: bounds.count + 1)
    }

    /// - Parameter call: The call that took so long, counted from its own beginning; nil where there is none.
    package mutating func observe(nanoseconds: UInt64, call: RecordID? = nil) {
        // Most observations fall into the first few of some fifteen buckets: walking beats halving.
        var bucket = 0
        while bucket < bounds.count, nanoseconds > bounds[bucket].nanoseconds { bucket += 1 }
        counts[bucket] &+= 1
        sumNanoseconds &+= nanoseconds
        guard let call else { return }
        if exemplars.isEmpty { exemplars = Array(repeating: nil, count: counts.count) }
        exemplars[bucket] = Exemplar(call: call, nanoseconds: nanoseconds)
    }

    /// Adds the observations of another one with the same bounds.
    package mutating func add(_ other: Histogram) {
        for bucket in counts.indices { counts[bucket] &+= other.counts[bucket] }
        sumNanoseconds &+= other.sumNanoseconds
        guard !exemplars.isEmpty else { return exemplars = other.exemplars }
        for (bucket, theirs) in other.exemplars.enumerated() {
            guard let theirs, theirs.observedAt > exemplars[bucket]?.observedAt ?? .min else { continue }
            exemplars[bucket] = theirs
        }
    }
}

extension Histogram.Bound {
    /// Half a millisecond to twenty minutes: from a hit to a model that thinks.
    package static let requests = bounds(
        microseconds: [
            500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000,
            10_000_000, 30_000_000, 60_000_000, 300_000_000, 1_200_000_000,
        ])

    /// Ten microseconds to a second: the gateway's own share of a call.
    package static let overhead = bounds(
        microseconds: [
            10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 50_000, 250_000, 1_000_000,
        ])

    /// A quarter of a millisecond to five seconds: from a good disk to one that stalls.
    package static let commits = bounds(
        microseconds: [
            250, 500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 5_000_000,
        ])

    private static func bounds(microseconds: [UInt64]) -> [Self] {
        microseconds.map { Self(nanoseconds: $0 * 1000, seconds: TextExposition.seconds(nanoseconds: $0 * 1000)) }
    }
}
