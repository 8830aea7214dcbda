import Routing
import Testing

/// How long a retry waits, how many there may be, and how a provider says when to come back.
struct BackoffTests {
    private static let ms: Nanoseconds = 1_000_000
    private let backoff = Backoff(base: 250 * ms, limit: 8000 * ms)

    @Test(arguments: [
        (0, 250), (1, 500), (2, 1000), (4, 4000), (5, 8000), (6, 8000), (31, 8000), (64, 8000), (-1, 250),
    ])
    func `the longest wait doubles up to the limit`(retry: Int, milliseconds: Nanoseconds) {
        #expect(backoff.wait(beforeRetry: retry, asked: nil, random: .max) == .wait(milliseconds * Self.ms))
        #expect(backoff.wait(beforeRetry: retry, asked: nil, random: 0) == .wait(0))
    }

    @Test func `waits are spread over the whole span, so that those who failed together come back apart`() {
        var random = Dice(7)
        var quarters = [0, 0, 0, 0]
        for _ in 0..<4000 {
            guard case .wait(let wait) = backoff.wait(beforeRetry: 2, asked: nil, random: random.next()) else {
                Issue.record("no wait")
                return
            }
            quarters[min(Int(wait / (250 * Self.ms)), 3)] += 1
        }
        for quarter in quarters { #expect(quarter > 800 && quarter < 1200) }
    }

    @Test func `a provider that asks for time gets it, and one that asks for too much is left for another`() {
        #expect(backoff.wait(beforeRetry: 0, asked: 2000 * Self.ms, random: 0) == .wait(2000 * Self.ms))
        #expect(backoff.wait(beforeRetry: 0, asked: 8000 * Self.ms, random: .max) == .wait(8000 * Self.ms))
        #expect(backoff.wait(beforeRetry: 0, asked: 8001 * Self.ms, random: 0) == .goElsewhere)
        #expect(backoff.wait(beforeRetry: 0, asked: .max, random: 0) == .goElsewhere)
    }

    // MARK: What providers say

    private static let wall: Int64 = 784_111_777_000_000  // Sun, 06 Nov 1994 08:49:37 GMT

    @Test(
        arguments: [
            ("0", 0), ("1", 1000), (" 20 ", 20000), ("1.5", 1500), ("0.02", 20),
            ("Sun, 06 Nov 1994 08:49:38 GMT", 1000), ("Sun, 06 Nov 1994 08:49:37 GMT", 0),
            ("Sat, 05 Nov 1994 08:49:37 GMT", 0), ("Mon, 07 Nov 1994 08:49:37 GMT", 86_400_000),
            ("", nil), ("soon", nil), ("-1", nil), ("1 2", nil), ("Sun, 06 Nov 1994 08:49:37 CET", nil),
            ("Sun, 06 Foo 1994 08:49:37 GMT", nil), ("Sun, 06 Nov 1994 25:49:37 GMT", nil),
        ] as [(String, Nanoseconds?)])
    func `retry-after is seconds or a date`(value: String, milliseconds: Nanoseconds?) {
        #expect(RetryTime.retryAfter(Array(value.utf8).span, wall: Self.wall) == milliseconds.map { $0 * Self.ms })
    }

    @Test func `a time without end is the longest there is`() {
        #expect(RetryTime.retryAfter(Array("99999999999999999999999".utf8).span, wall: 0) == .max)
        #expect(RetryTime.retryAfter(Array("18446744073.999999999".utf8).span, wall: 0) == .max)
    }

    @Test(
        arguments: [
            ("1s", 1000), ("6m0s", 360_000), ("20ms", 20), ("1h2m3.5s", 3_723_500), ("7.66s", 7660), ("500us", 0),
            ("2", 2000), ("784111778", nil), ("1d", 86_400_000), ("0784111780", 3000), ("0784111779500", 2500),
            ("1994-11-06T08:49:40Z", 3000), ("1994-11-06T09:49:40.250+01:00", 3250), ("1994-11-06T08:49:30Z", 0),
            ("1x", nil), ("s", nil), ("", nil), ("1994-11-06", nil), ("1994-13-06T08:49:40Z", nil),
            ("1994-11-06T08:49:40", nil), ("1994-11-06T08:49:40+0100", nil),
        ] as [(String, Nanoseconds?)])
    func `a limit's reset is told in many ways`(value: String, milliseconds: Nanoseconds?) {
        let read = RetryTime.reset(Array(value.utf8).span, wall: Self.wall)
        if value == "784111778" {
            #expect(read == 784_111_778 * 1000 * Self.ms)
        } else if value == "500us" {
            #expect(read == 500_000)
        } else {
            #expect(read == milliseconds.map { $0 * Self.ms })
        }
    }

    @Test func `retry-after-ms is in milliseconds`() {
        #expect(RetryTime.retryAfterMilliseconds(Array("250".utf8).span) == 250 * Self.ms)
    }

    @Test func `no bytes break the reading of a time`() {
        var random = Dice(3)
        let letters = Array("0123456789.:-+TZ, GMThmsun\u{B5}".utf8)
        for _ in 0..<20_000 {
            let text = (0..<Int(random.next() % 32)).map { _ in letters[Int(random.next() % UInt64(letters.count))] }
            _ = RetryTime.retryAfter(text.span, wall: Self.wall)
            _ = RetryTime.reset(text.span, wall: Self.wall)
        }
    }

    // MARK: The budget

    @Test func `retries are a share of the calls, and a few more`() {
        var budget = RetryBudget(share: 0.2, minimumPerSecond: 1, burst: 10, 0)
        var retries = 0
        for call in 0..<10_000 as Range<Nanoseconds> {
            let now = call * 2 * Self.ms
            budget.noteCall(now)
            if budget.takeRetry(now) { retries += 1 }
        }
        // 2,000 for the calls, 10 saved up.
        #expect(retries >= 2000 && retries <= 2010, "\(retries)")
    }

    @Test func `where calls are rare a retry a second is possible, and no more are saved up than the burst`() {
        var budget = RetryBudget(share: 0.2, minimumPerSecond: 1, burst: 3, 0)
        for (now, expected) in [(0, 3), (1000, 1), (1500, 0), (2000, 1), (1_000_000, 3)] as [(Nanoseconds, Int)] {
            var taken = 0
            while budget.takeRetry(now * Self.ms) { taken += 1 }
            #expect(taken == expected, "at \(now) ms")
        }
    }

    @Test func `a share of nothing allows no retry`() {
        var budget = RetryBudget(share: 0, 0)
        budget.noteCall(0)
        let isAllowed = budget.takeRetry(100_000_000_000)
        #expect(!isAllowed)
    }
}
