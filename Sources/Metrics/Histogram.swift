/// How often something took how long, by upper bounds fixed beforehand.
package struct Histogram: Sendable {
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

    package var count: UInt64 { counts.reduce(0, &+) }

    package init(_ bounds: [Bound]) {
        self.bounds = bounds
        counts = Array(repeating: 0, count: bounds.count + 1)
    }

    package mutating func observe(nanoseconds: UInt64) {
        // Most observations fall into the first few of some fifteen buckets: walking beats halving.
        var bucket = 0
        while bucket < bounds.count, nanoseconds > bounds[bucket].nanoseconds { bucket += 1 }
        counts[bucket] &+= 1
        sumNanoseconds &+= nanoseconds
    }

    /// Adds the observations of another one with the same bounds.
    package mutating func add(_ other: Histogram) {
        for bucket in counts.indices { counts[bucket] &+= other.counts[bucket] }
        sumNanoseconds &+= other.sumNanoseconds
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
