import Metrics

/// One of `auth.keys` with what it may still do.
final class ClientAccount: Sendable {
    let key: ClientKey
    /// Nil where its calls a minute are not limited.
    private let rate: RateLimit?
    /// Nil where its spending is not limited.
    let budget: DailyBudget?

    /// - Parameters:
    ///   - spent: What its calls cost since the beginning of the day, as the ledger says.
    ///   - now: Microseconds since 1970.
    init(_ key: ClientKey, spent: PicoDollars, now: Int64) {
        self.key = key
        rate = key.requestsPerMinute.map { RateLimit(perMinute: $0) }
        budget = key.budgetPicoDollarsPerDay.map { DailyBudget(limit: PicoDollars($0), spent: spent, now: now) }
    }

    /// Counts a call, or refuses it as one too many.
    ///
    /// - Parameter now: Monotonic nanoseconds.
    func admit(now: UInt64) throws(GatewayError) {
        guard let wait = rate?.admit(at: now) else { return }
        throw .rateLimited(limit: key.requestsPerMinute ?? 0, wait: wait)
    }

    /// Sets aside what a call may cost at most, or refuses it.
    ///
    /// - Parameter now: Microseconds since 1970.
    func reserve(_ worst: PicoDollars, now: Int64) throws(GatewayError) {
        guard let budget, !budget.reserve(worst, now: now) else { return }
        let standing = budget.standing(now: now)
        throw .budgetExceeded(
            "The budget of this key for today (UTC) is \(budget.limit.usd) USD, of which \(standing.spent.usd) are spent "
                + "and \(standing.reserved.usd) reserved by calls in hand; this call may cost \(worst.usd). "
                + "A smaller max_tokens makes it fit sooner; the budget is auth.keys.budget_usd_per_day.",
            retryAfter: DailyBudget.secondsToNextDay(from: now))
    }
}
