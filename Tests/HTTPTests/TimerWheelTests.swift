import TestSupport
import Testing

@testable import HTTP

/// Times in milliseconds; a deadline may be up to two slots of 8 ms late, and never early.
struct TimerWheelTests {
    @Test func `deadlines expire in the order of their slots, none before its time`() {
        let bench = Bench()
        let times: [UInt64] = [5, 8, 16, 30, 100, 999, 8000, 8180, 8192, 8205, 20_000, 75_000]
        for time in times.reversed() { bench.arm("\(time)", at: time) }
        for now in stride(from: UInt64(0), through: 76_000, by: 4) { bench.advance(to: now) }
        #expect(bench.expired.map(\.name) == times.map { "\($0)" })
        for (expired, time) in zip(bench.expired, times) {
            #expect(expired.at >= time && expired.at <= time + 16, "\(time) at \(expired.at)")
        }
    }

    @Test func `a deadline moved later does not expire at its first time`() {
        let bench = Bench()
        let deadline = bench.arm("a", at: 100)
        bench.wheel.arm(deadline, at: 500 * Bench.millisecond)
        bench.advance(to: 499)
        #expect(bench.expired.isEmpty)
        bench.advance(to: 520)
        #expect(bench.expired.count == 1)
    }

    @Test func `a deadline moved earlier expires at its new time, once`() {
        let bench = Bench()
        let deadline = bench.arm("a", at: 5000)
        bench.arm("b", at: 5000)
        bench.wheel.arm(deadline, at: 100 * Bench.millisecond)
        bench.advance(to: 120)
        #expect(bench.expired.map(\.name) == ["a"])
        bench.advance(to: 6000)
        #expect(bench.expired.map(\.name) == ["a", "b"])
    }

    @Test func `a cancelled deadline does not expire, and may be armed again`() {
        let bench = Bench()
        let deadline = bench.arm("a", at: 100)
        deadline.cancel()
        #expect(!deadline.isArmed)
        bench.advance(to: 200)
        #expect(bench.expired.isEmpty)
        bench.wheel.arm(deadline, at: 300 * Bench.millisecond)
        #expect(deadline.isArmed)
        bench.advance(to: 320)
        #expect(bench.expired.map(\.name) == ["a"])
        #expect(!deadline.isArmed)
    }

    @Test func `a removed deadline leaves its slot in order`() {
        let bench = Bench()
        let all = (0..<5).map { bench.arm("\($0)", at: 100) }
        bench.wheel.remove(all[1])
        bench.wheel.remove(all[4])
        bench.wheel.remove(all[4])
        #expect(bench.wheel.linkedCount == 3)
        bench.advance(to: 120)
        #expect(Set(bench.expired.map(\.name)) == ["0", "2", "3"])
        #expect(bench.wheel.linkedCount == 0)
    }

    @Test func `a clock that jumps past many turns of the wheel expires everything due, and nothing else`() {
        let bench = Bench()
        for time in stride(from: UInt64(10), through: 9000, by: 490) { bench.arm("due", at: time) }
        bench.arm("later", at: 3_700_000)
        bench.advance(to: 3_600_000)
        #expect(bench.expired.count == 19)
        #expect(bench.expired.allSatisfy { $0.name == "due" })
        bench.advance(to: 3_700_016)
        #expect(bench.expired.last?.name == "later")
    }

    @Test func `a clock that stands still or goes back expires nothing`() {
        let bench = Bench()
        bench.advance(to: 1000)
        bench.arm("a", at: 1010)
        bench.advance(to: 1000)
        bench.advance(to: 10)
        #expect(bench.expired.isEmpty)
        bench.advance(to: 1030)
        #expect(bench.expired.count == 1)
    }

    @Test func `a deadline in the past expires at the next tick`() {
        let bench = Bench()
        bench.advance(to: 1000)
        bench.arm("a", at: 10)
        bench.advance(to: 1016)
        #expect(bench.expired.count == 1)
    }

    @Test func `the sleep until the next deadline is never longer than until its slot`() {
        let bench = Bench()
        #expect(bench.wheel.millisecondsToNext(now: bench.start) == nil)
        bench.arm("a", at: 100)
        let sleep = bench.wheel.millisecondsToNext(now: bench.start) ?? -1
        #expect(sleep >= 100 && sleep <= 112)
        bench.arm("b", at: 60_000)
        bench.advance(to: 120)
        let turn = bench.wheel.millisecondsToNext(now: bench.start + 120 * Bench.millisecond) ?? -1
        #expect(turn > 0 && turn <= 8192, "a far deadline is looked at once a turn")
    }

    @Test func `any order of arming, moving and cancelling ends as a plain list of times would`() {
        var random = SeededRandom(8)
        let bench = Bench()
        var due: [String: UInt64] = [:]
        let deadlines = (0..<40).map { bench.make("\($0)") }
        var now: UInt64 = 0
        for _ in 0..<4000 {
            let index = random.below(deadlines.count)
            switch random.below(4) {
            case 0:
                deadlines[index].cancel()
                due["\(index)"] = nil
            case 1:
                now += UInt64(random.below(200))
                bench.advance(to: now)
                for expired in bench.expired {
                    #expect(due[expired.name].map { $0 <= now } == true, "\(expired.name) expired out of turn")
                    due[expired.name] = nil
                }
                bench.expired.removeAll()
                #expect(due.values.allSatisfy { $0 + 16 > now }, "one is overdue")
            default:
                let time = now + UInt64(random.below(20_000))
                bench.wheel.arm(deadlines[index], at: bench.start + time * Bench.millisecond)
                due["\(index)"] = time
            }
        }
    }

    /// A wheel, and what has expired of it.
    private final class Bench {
        static let millisecond: UInt64 = 1_000_000
        let start: UInt64 = 0
        var wheel = TimerWheel(now: 0)
        var expired: [(name: String, at: UInt64)] = []
        private var now: UInt64 = 0

        func make(_ name: String) -> Deadline {
            let deadline = Deadline()
            deadline.whenExpired { [unowned self] in expired.append((name, now)) }
            return deadline
        }

        @discardableResult
        func arm(_ name: String, at milliseconds: UInt64) -> Deadline {
            let deadline = make(name)
            wheel.arm(deadline, at: milliseconds * Self.millisecond)
            return deadline
        }

        func advance(to milliseconds: UInt64) {
            now = milliseconds
            var due: [Deadline] = []
            wheel.advance(to: milliseconds * Self.millisecond, expired: &due)
            for deadline in due { deadline.fire() }
        }
    }
}
