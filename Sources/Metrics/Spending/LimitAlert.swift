/// Whether an amount is above its limit, told so that it does not flutter: once raised, an alert stays until the amount is
/// below four fifths of the limit.
package struct LimitAlert: Sendable, Equatable {
    package enum Change: String, Sendable { case raised, cleared }

    package let limit: PicoDollars
    package private(set) var isActive = false
    /// When it was raised or cleared last, in microseconds since 1970; 0 where it never was.
    package private(set) var changedAt: Int64 = 0

    package init(limit: PicoDollars) { self.limit = limit }

    /// Takes the amount of now; nil where that changes nothing.
    package mutating func update(_ amount: PicoDollars, now: Int64) -> Change? {
        let isNowActive = amount.amount >= (isActive ? limit.amount - limit.amount / 5 : limit.amount)
        guard isNowActive != isActive else { return nil }
        isActive = isNowActive
        changedAt = now
        return isNowActive ? .raised : .cleared
    }
}
