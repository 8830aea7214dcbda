import Foundation
import Metrics
import Testing

@Suite struct TimestampTests {
    private static let now: Int64 = 1_795_511_594_000_250  // 2026-11-24T09:13:14.00025Z

    @Test func `a time is written in RFC 3339 with microseconds`() {
        #expect(Timestamp.text(Self.now) == "2026-11-24T09:13:14.000250Z")
        #expect(Timestamp.text(-1) == "1969-12-31T23:59:59.999999Z")
    }

    @Test func `dates agree with the calendar over eight hundred years`() {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        for day in stride(from: -150_000, to: 150_000, by: 37) {
            let microseconds = Int64(day) * 86_400_000_000
            let parts = calendar.dateComponents(
                [.year, .month, .day], from: Date(timeIntervalSince1970: Double(day) * 86_400))
            let text = String(format: "%04d-%02d-%02d", parts.year!, parts.month!, parts.day!)
            // Before 1582 Foundation's calendar is the Julian one.
            guard parts.year! > 1582 else { continue }
            #expect(Timestamp.day(microseconds) == text)
            #expect(Timestamp.parseDay(text) == microseconds)
        }
    }

    @Test(arguments: [
        ("2026-11-24T09:13:14.00025Z", now), ("2026-11-24 10:13:14.000250+01:00", now),
        ("2026-11-24t03:43:14.000250-05:30", now), ("2026-11-24", 1_795_478_400_000_000),
        ("-24h", now - 86_400_000_000), ("-15m", now - 900_000_000), ("-1s", now - 1_000_000),
        ("-7d", now - 604_800_000_000), ("2026-11-24T09:13:14.000250999Z", now),
    ])
    func `times are read as people and dashboards write them`(text: String, microseconds: Int64) {
        #expect(Timestamp.parse(text, now: Self.now) == microseconds)
    }

    @Test(arguments: [
        "", "-", "-h", "-1", "-1w", "-9999999d", "-1.5h", "now", "2026", "2026-11", "2026-13-01", "2026-11-31",
        "2026-00-10", "2026-11-24T", "2026-11-24T09:13Z", "2026-11-24T09:13:14", "2026-11-24T24:00:00Z",
        "2026-11-24T09:13:14.Z", "2026-11-24T09:13:14+0100", "2026-11-24T09:13:14Zz", "2100-02-29",
    ])
    func `what is no time is refused`(text: String) {
        #expect(Timestamp.parse(text, now: Self.now) == nil)
    }
}
