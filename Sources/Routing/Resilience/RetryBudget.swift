/// Bounds the retries at a provider to a share of its calls, so that an outage is not made worse by who waits for its end.
///
/// A bucket of credit: a call adds a share of a retry, or where calls are rare what the time since the last one is worth,
/// whichever is more; a retry takes one. Credit that is not used is kept up to a bound.
package struct RetryBudget: Sendable {
    /// Credit in millionths of a retry.
    private var credit: Int64
    private var refilledAt: Nanoseconds
    private let perCall: Int64
    private let perSecond: Int64
    private let limit: Int64

    private static let retry: Int64 = 1_000_000

    /// - Parameters:
    ///   - share: Retries a call, 0 to 1.
    ///   - minimumPerSecond: Retries a second that are possible however rare calls are.
    ///   - burst: Retries that may be saved up; at least 1.
    package init(share: Double, minimumPerSecond: Double = 1, burst: Double = 10, _ now: Nanoseconds) {
        perCall = Int64(min(max(share, 0), 1) * Double(Self.retry))
        perSecond = Int64(min(max(minimumPerSecond, 0), 1e6) * Double(Self.retry))
        limit = Int64(min(max(burst, 1), 1e6) * Double(Self.retry))
        // A share of 0 means no retries at all.
        credit = perCall == 0 ? 0 : limit
        refilledAt = now
    }

    /// A call has been made for the first time.
    package mutating func noteCall(_ now: Nanoseconds) {
        credit = min(credit &+ max(perCall, earned(now)), limit)
        refilledAt = now
    }

    /// Takes one retry out; false when there is none, and the call is not to be made again.
    package mutating func takeRetry(_ now: Nanoseconds) -> Bool {
        // Between calls that come often, time earns nothing: they do.
        if now > refilledAt, now &- refilledAt >= 1_000_000_000 {
            credit = min(credit &+ earned(now), limit)
            refilledAt = now
        }
        guard credit >= Self.retry else { return false }
        credit &-= Self.retry
        return true
    }

    /// What the time since the last call is worth.
    private func earned(_ now: Nanoseconds) -> Int64 {
        guard now > refilledAt, perCall > 0 else { return 0 }
        // At most a thousand seconds, in microseconds, so that nothing overflows.
        let elapsed = Int64(min(now &- refilledAt, 1_000_000_000_000) / 1000)
        return perSecond &* elapsed / 1_000_000
    }
}
