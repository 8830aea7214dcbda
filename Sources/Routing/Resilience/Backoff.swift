/// How long to wait before a call is made again.
package struct Backoff: Sendable, Equatable {
    private let base: Nanoseconds
    private let limit: Nanoseconds

    /// What to do about a wait.
    package enum Verdict: Sendable, Equatable {
        case wait(Nanoseconds)
        /// The provider asks for more patience than there is: go elsewhere at once.
        case goElsewhere
    }

    /// - Parameters:
    ///   - base: The longest wait before the first retry.
    ///   - limit: The longest wait of all.
    package init(base: Nanoseconds, limit: Nanoseconds) {
        self.base = base
        self.limit = max(limit, base)
    }

    /// The wait before a retry: any share of `base` doubled each time ("full jitter"), so that those who failed together
    /// do not come back together; after a time that the provider asked for, no less than that.
    ///
    /// - Parameters:
    ///   - retry: 0 for the first one.
    ///   - asked: How long the provider asked to wait, if it did.
    ///   - random: Uniform.
    package func wait(beforeRetry retry: Int, asked: Nanoseconds?, random: UInt64) -> Verdict {
        let doublings = min(max(retry, 0), 32)
        let ceiling = min(limit, base > limit >> UInt64(doublings) ? limit : base << UInt64(doublings))
        let jitter = random.multipliedFullWidth(by: ceiling &+ 1).high
        guard let asked else { return .wait(jitter) }
        guard asked <= limit else { return .goElsewhere }
        return .wait(min(asked &+ jitter / 4, limit))
    }
}
