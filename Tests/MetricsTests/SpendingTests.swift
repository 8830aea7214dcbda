import Metrics
import Synchronization
import Testing

@Suite struct RateLimitTests {
    private static let second: UInt64 = 1_000_000_000

    @Test func `a minute's worth may come at once, then one as each becomes due`() {
        let limit = RateLimit(perMinute: 60)
        let start = 5 * Self.second
        for _ in 0..<60 { #expect(limit.admit(at: start) == nil) }
        #expect(limit.admit(at: start) == Self.second)
        #expect(limit.admit(at: start + Self.second / 4) == Self.second / 4 * 3)
        #expect(limit.admit(at: start + Self.second) == nil)
        #expect(limit.admit(at: start + Self.second) == Self.second)
        // After a minute of rest the whole burst is there again, and no more.
        let later = start + 62 * Self.second
        for _ in 0..<60 { #expect(limit.admit(at: later) == nil) }
        #expect(limit.admit(at: later) != nil)
    }

    @Test func `one a minute is one a minute`() {
        let limit = RateLimit(perMinute: 1)
        #expect(limit.admit(at: 0) == nil)
        #expect(limit.admit(at: 59 * Self.second) == Self.second)
        #expect(limit.admit(at: 60 * Self.second) == nil)
    }

    @Test func `threads that ask together get no more than the limit`() async {
        let limit = RateLimit(perMinute: 1000)
        let admitted = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 { group.addTask { (0..<1000).count { _ in limit.admit(at: 1) == nil } } }
            return await group.reduce(0, +)
        }
        #expect(admitted == 1000)
    }
}

@Suite struct DailyBudgetTests {
    private static let noon = 20_000 * DailyBudget.dayMicroseconds + DailyBudget.dayMicroseconds / 2

    @Test func `calls at the same time cannot pass the limit together`() {
        let budget = DailyBudget(limit: PicoDollars(100), now: Self.noon)
        #expect(budget.reserve(PicoDollars(40), now: Self.noon))
        #expect(budget.reserve(PicoDollars(40), now: Self.noon))
        #expect(!budget.reserve(PicoDollars(40), now: Self.noon))
        budget.settle(PicoDollars(40), cost: PicoDollars(10), startedAt: Self.noon)
        #expect(budget.reserve(PicoDollars(40), now: Self.noon))
        #expect(budget.standing(now: Self.noon) == (PicoDollars(10), PicoDollars(80)))
    }

    @Test func `a call may cost more than it reserved, and then nothing is left`() {
        let budget = DailyBudget(limit: PicoDollars(100), now: Self.noon)
        #expect(budget.reserve(PicoDollars(90), now: Self.noon))
        budget.settle(PicoDollars(90), cost: PicoDollars(120), startedAt: Self.noon)
        #expect(!budget.reserve(.zero, now: Self.noon))
    }

    @Test func `a call whose price is not known is let in while anything is left`() {
        let budget = DailyBudget(limit: PicoDollars(100), spent: PicoDollars(99), now: Self.noon)
        #expect(budget.reserve(.zero, now: Self.noon))
        budget.settle(.zero, cost: nil, startedAt: Self.noon)
        #expect(!budget.reserve(PicoDollars(2), now: Self.noon))
        #expect(budget.reserve(PicoDollars(1), now: Self.noon))
    }

    @Test func `a new day begins with nothing spent, and what is in hand stays reserved`() {
        let budget = DailyBudget(limit: PicoDollars(100), now: Self.noon)
        #expect(budget.reserve(PicoDollars(100), now: Self.noon))
        budget.settle(PicoDollars(100), cost: PicoDollars(60), startedAt: Self.noon)
        #expect(budget.reserve(PicoDollars(40), now: Self.noon))
        let tomorrow = Self.noon + DailyBudget.dayMicroseconds
        #expect(budget.standing(now: tomorrow) == (.zero, PicoDollars(40)))
        // It began yesterday, so today is not charged for it.
        budget.settle(PicoDollars(40), cost: PicoDollars(40), startedAt: Self.noon)
        #expect(budget.standing(now: tomorrow) == (.zero, .zero))
    }

    @Test func `the seconds to the next day are whole and never none`() {
        #expect(DailyBudget.secondsToNextDay(from: Self.noon) == 43_200)
        #expect(DailyBudget.secondsToNextDay(from: Self.noon - 1) == 43_201)
        #expect(DailyBudget.secondsToNextDay(from: 20_000 * DailyBudget.dayMicroseconds - 1) == 1)
    }
}

@Suite struct SlidingCostTests {
    private static let minute: Int64 = 60_000_000
    private static let start = 29_000_000 * minute

    @Test func `an amount counts for an hour, its minute going out bit by bit`() {
        var cost = SlidingCost()
        cost.add(PicoDollars(60_000_000), at: Self.start + Self.minute / 2)
        func hour(_ after: Int64) -> Int64 { cost.lastHour(now: Self.start + after).amount }
        #expect(hour(Self.minute / 2) == 60_000_000)
        #expect(hour(59 * Self.minute) == 60_000_000)
        #expect(hour(60 * Self.minute) == 60_000_000)
        #expect(hour(60 * Self.minute + Self.minute / 4) == 45_000_000)
        #expect(hour(61 * Self.minute) == 0)
    }

    @Test func `amounts of many minutes add up, and a long silence forgets them all`() {
        var cost = SlidingCost()
        for minute in 0..<120 { cost.add(PicoDollars(60_000_000), at: Self.start + Int64(minute) * Self.minute) }
        // 59 whole minutes before this one, this one, and all of the one at whose very beginning the hour begins.
        #expect(cost.lastHour(now: Self.start + 119 * Self.minute).amount == 61 * 60_000_000)
        #expect(cost.lastHour(now: Self.start + 120 * Self.minute - 1).amount == 60 * 60_000_000 + 1)
        #expect(cost.lastHour(now: Self.start + 500 * Self.minute).amount == 0)
    }

    @Test func `the pace of ten minutes foretells an hour`() {
        var cost = SlidingCost()
        for minute in 0..<10 { cost.add(PicoDollars(100), at: Self.start + Int64(minute) * Self.minute) }
        #expect(cost.projectedHour(now: Self.start + 10 * Self.minute - 1).amount == 6000)
        #expect(cost.lastHour(now: Self.start + 10 * Self.minute - 1).amount == 1000)
        #expect(cost.projectedHour(now: Self.start + 30 * Self.minute).amount == 0)
    }

    @Test func `what comes late counts in its own minute, or not at all`() {
        var cost = SlidingCost()
        cost.add(PicoDollars(1), at: Self.start)
        cost.add(PicoDollars(2), at: Self.start - 30 * Self.minute)
        cost.add(PicoDollars(4), at: Self.start - 90 * Self.minute)
        #expect(cost.lastHour(now: Self.start).amount == 3)
    }
}

@Suite struct LimitAlertTests {
    @Test func `an alert is raised at its limit and cleared below four fifths of it`() {
        var alert = LimitAlert(limit: PicoDollars(100))
        let amounts: [Int64] = [0, 99, 100, 150, 90, 80, 79, 99, 100]
        let changes = amounts.enumerated().map { alert.update(PicoDollars($1), now: Int64($0)) }
        #expect(changes == [nil, nil, .raised, nil, nil, nil, .cleared, nil, .raised])
        #expect(alert.changedAt == 8)
    }
}
