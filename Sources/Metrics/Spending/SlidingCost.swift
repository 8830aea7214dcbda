/// What was spent in the last hour, minute by minute; the oldest minute counts by the part of it that is still within.
package struct SlidingCost: Sendable {
    /// The last 61 minutes, each at its number's remainder.
    private var minutes = [PicoDollars](repeating: .zero, count: Self.size)
    /// The minute of the latest amount, since 1970.
    private var latest: Int64 = 0

    private static let size = 61
    private static let minuteMicroseconds: Int64 = 60_000_000
    /// Minutes by whose pace the next hour is foretold.
    private static let paceMinutes: Int64 = 10

    package init() {}

    /// Adds what a call cost.
    ///
    /// - Parameter time: When it ended, in microseconds since 1970; an hour ago or more is forgotten already.
    package mutating func add(_ cost: PicoDollars, at time: Int64) {
        let minute = time / Self.minuteMicroseconds
        turn(to: minute)
        guard minute > latest - Int64(Self.size) else { return }
        minutes[Self.place(of: minute)] += cost
    }

    /// What the hour before `now` cost.
    package mutating func lastHour(now: Int64) -> PicoDollars { sum(minutes: 60, now) }

    /// What an hour costs at the pace of the last ten minutes.
    package mutating func projectedHour(now: Int64) -> PicoDollars {
        let (product, overflow) = sum(minutes: Self.paceMinutes, now).amount
            .multipliedReportingOverflow(by: 60 / Self.paceMinutes)
        return PicoDollars(overflow ? .max : product)
    }

    private mutating func sum(minutes count: Int64, _ now: Int64) -> PicoDollars {
        let minute = now / Self.minuteMicroseconds
        turn(to: minute)
        guard minute >= latest else { return .zero }
        var sum = PicoDollars.zero
        for past in 0..<count { sum += minutes[Self.place(of: minute - past)] }
        // Of the minute in which the time began, as much as is left of it.
        let left = Self.minuteMicroseconds - now % Self.minuteMicroseconds
        let oldest = minutes[Self.place(of: minute - count)].amount
        return sum
            + PicoDollars(Self.minuteMicroseconds.dividingFullWidth(oldest.multipliedFullWidth(by: left)).quotient)
    }

    /// Forgets what is older than the minutes before `minute`.
    private mutating func turn(to minute: Int64) {
        guard minute > latest else { return }
        for gone in max(latest + 1, minute - Int64(Self.size) + 1)...minute { minutes[Self.place(of: gone)] = .zero }
        latest = minute
    }

    private static func place(of minute: Int64) -> Int { Int(minute % Int64(size)) }
}
