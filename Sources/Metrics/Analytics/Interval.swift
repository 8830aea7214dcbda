/// Stretches of time of equal length that a report's rows may stand for, in UTC.
package enum Interval: Hashable, Sendable {
    /// So many whole minutes, counted from 1970.
    case minutes(Int64)
    /// From Monday on.
    case week
    /// Of the calendar.
    case month

    private static let microsecondsPerDay: Int64 = 86_400_000_000

    /// Reads `hour`, `day`, `week`, `month`, or a number with `m`, `h` or `d`: `15m`, `6h`, `1d`.
    package init?(_ text: some StringProtocol) {
        switch text {
        case "hour": self = .minutes(60)
        case "day": self = .minutes(1440)
        case "week": self = .week
        case "month": self = .month
        default:
            let unit: Int64? = ["m": 1, "h": 60, "d": 1440][text.suffix(1)]
            guard let unit, let count = Int64(text.dropLast()), (1...100_000).contains(count), text.first != "+" else {
                return nil
            }
            self = .minutes(count * unit)
        }
    }

    static let expected = "hour, day, week, month, or a number with m, h or d such as 15m"

    /// The text that `init` reads.
    package var text: String {
        switch self {
        case .minutes(60): "hour"
        case .minutes(1440): "day"
        case .minutes(let count) where count % 1440 == 0: "\(count / 1440)d"
        case .minutes(let count) where count % 60 == 0: "\(count / 60)h"
        case .minutes(let count): "\(count)m"
        case .week: "week"
        case .month: "month"
        }
    }

    /// Whether its borders are all those of units of so many microseconds, an hour or a day.
    func consists(of unit: Int64) -> Bool {
        switch self {
        case .minutes(let count): count * 60_000_000 % unit == 0
        case .week, .month: true
        }
    }

    /// The beginning of the stretch that a moment lies in.
    func start(of time: Int64) -> Int64 {
        switch self {
        case .minutes(let count): time - time.modulo(count * 60_000_000)
        // 1970 began on a Thursday.
        case .week: time - (time - 4 * Self.microsecondsPerDay).modulo(7 * Self.microsecondsPerDay)
        case .month: Timestamp.startOfMonth(time)
        }
    }

    /// The beginning of the next stretch.
    func next(after start: Int64) -> Int64 {
        switch self {
        case .minutes(let count): start + count * 60_000_000
        case .week: start + 7 * Self.microsecondsPerDay
        // The longest month has 31 days.
        case .month: Timestamp.startOfMonth(start + 31 * Self.microsecondsPerDay)
        }
    }
}
