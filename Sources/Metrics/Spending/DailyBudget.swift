import Platform

/// What somebody may spend on a day (UTC): a call reserves the most that it can cost before it is made, and settles for
/// what it did.
///
/// So calls at the same time cannot together pass the limit; only one that costs more than it reserved can, by that.
package final class DailyBudget: Sendable {
    private struct Account {
        /// Days since 1970.
        var day: Int64
        var spent = PicoDollars.zero
        /// Of the calls in hand.
        var reserved = PicoDollars.zero

        /// What was spent belongs to its day; what is reserved will be settled whenever it is.
        mutating func turn(to day: Int64) {
            guard day > self.day else { return }
            self.day = day
            spent = .zero
        }
    }

    package static let dayMicroseconds: Int64 = 86_400_000_000

    package let limit: PicoDollars
    // A lock, not atomics: the day, and what was spent on it, change together. One key's calls alone meet at it.
    private let account: Lock<Account>

    /// - Parameters:
    ///   - spent: What was spent since the beginning of the day, as the ledger says.
    ///   - now: Microseconds since 1970.
    package init(limit: PicoDollars, spent: PicoDollars = .zero, now: Int64) {
        self.limit = limit
        account = Lock(Account(day: now / Self.dayMicroseconds, spent: spent))
    }

    /// Sets the most that a call can cost aside; false when that is more than is left.
    ///
    /// - Parameter worst: 0 where the price is not known: such a call is let in as long as anything is left.
    package func reserve(_ worst: PicoDollars, now: Int64) -> Bool {
        account.withLock { account in
            account.turn(to: now / Self.dayMicroseconds)
            let taken = account.spent + account.reserved
            guard taken < limit, taken + worst <= limit else { return false }
            account.reserved += worst
            return true
        }
    }

    /// Gives back what was set aside, and takes what the call cost; that counts for the day on which it began.
    ///
    /// - Parameter cost: Nil where it is not known.
    package func settle(_ worst: PicoDollars, cost: PicoDollars?, startedAt: Int64) {
        account.withLock { account in
            account.turn(to: startedAt / Self.dayMicroseconds)
            account.reserved = account.reserved - worst
            if startedAt / Self.dayMicroseconds == account.day { account.spent += cost ?? .zero }
        }
    }

    /// What was spent on the day of `now`, and what the calls in hand may add.
    package func standing(now: Int64) -> (spent: PicoDollars, reserved: PicoDollars) {
        account.withLock { account in
            account.turn(to: now / Self.dayMicroseconds)
            return (account.spent, account.reserved)
        }
    }

    /// Whole seconds from `now` to the next day, at least 1.
    package static func secondsToNextDay(from now: Int64) -> Int {
        Int((dayMicroseconds - now % dayMicroseconds + 999_999) / 1_000_000)
    }
}
