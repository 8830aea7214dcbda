/// Dates between microseconds since 1970 and the text of RFC 3339, always in UTC.
///
/// Of our own because Foundation's formatters cost more than the whole rest of an export. The calendar is
/// Hinnant's: years begin in March, so that the leap day is the last one.
package enum Timestamp {
    private static let microsecondsPerDay: Int64 = 86_400_000_000

    /// `2026-11-24T09:13:14.000250Z`; years outside 0 to 9999 are shown as they count.
    package static func text(_ microseconds: Int64) -> String {
        let clock = microseconds.modulo(microsecondsPerDay)
        let seconds = clock / 1_000_000
        return day(microseconds) + "T" + two(seconds / 3600) + ":" + two(seconds / 60 % 60) + ":"
            + two(seconds % 60) + "." + padded(clock % 1_000_000, to: 6) + "Z"
    }

    /// `2026-11-24`.
    package static func day(_ microseconds: Int64) -> String {
        let days = (microseconds - microseconds.modulo(microsecondsPerDay)) / microsecondsPerDay
        // Day 0 of the count is 0000-03-01; an era is 400 years.
        let shifted = days + 719_468
        let ofEra = shifted.modulo(146_097)
        let era = (shifted - ofEra) / 146_097
        let yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * ofYear + 2) / 153
        let ofMonth = ofYear - (153 * month + 2) / 5 + 1
        let isNextYear = month >= 10
        let year = yearOfEra + era * 400 + (isNextYear ? 1 : 0)
        return padded(year, to: 4) + "-" + two(isNextYear ? month - 9 : month + 3) + "-" + two(ofMonth)
    }

    /// Reads a date as people and dashboards write it.
    ///
    /// - Parameters:
    ///   - text: RFC 3339 (`2026-11-24T09:13:14.5+01:00`), a day (`2026-11-24`, its start in UTC), or a time
    ///     before `now` (`-24h`; units `s`, `m`, `h`, `d`).
    ///   - now: Microseconds since 1970.
    /// - Returns: Microseconds since 1970, or `nil` when the text is none of these or names no date.
    package static func parse(_ text: some StringProtocol, now: Int64) -> Int64? {
        let bytes = Array(text.utf8)
        if bytes.first == UInt8(ascii: "-") { return relative(bytes.dropFirst(), to: now) }
        var rest = bytes[...]
        guard let date = takeDay(&rest) else { return nil }
        return rest.isEmpty ? date : takeTime(&rest).map { date + $0 }
    }

    /// The first microsecond of a moment's month.
    package static func startOfMonth(_ microseconds: Int64) -> Int64 {
        parseDay(day(microseconds).prefix(8) + "01") ?? microseconds
    }

    /// The number of a day since 1970-01-01, read from `yyyy-mm-dd`.
    package static func dayNumber(_ text: some StringProtocol) -> Int? {
        parseDay(text).map { Int($0 / microsecondsPerDay) }
    }

    /// The day of this number since 1970-01-01, `yyyy-mm-dd`.
    package static func day(number: Int) -> String {
        let (time, overflow) = Int64(number).multipliedReportingOverflow(by: microsecondsPerDay)
        return day(overflow ? 0 : time)
    }

    /// Reads `yyyy-mm-dd` as the microsecond at which that day starts in UTC.
    package static func parseDay(_ text: some StringProtocol) -> Int64? {
        var rest = Array(text.utf8)[...]
        guard let date = takeDay(&rest), rest.isEmpty else { return nil }
        return date
    }

    // MARK: - Reading

    private static func relative(_ bytes: ArraySlice<UInt8>, to now: Int64) -> Int64? {
        let units: [UInt8: Int64] = [
            UInt8(ascii: "s"): 1, UInt8(ascii: "m"): 60, UInt8(ascii: "h"): 3600, UInt8(ascii: "d"): 86_400,
        ]
        var rest = bytes
        // Six digits of days are 2,700 years.
        guard let last = rest.popLast(), let unit = units[last], (1...6).contains(rest.count),
            let count = take(rest.count, of: &rest)
        else { return nil }
        return now &- count * unit * 1_000_000
    }

    private static func takeDay(_ rest: inout ArraySlice<UInt8>) -> Int64? {
        guard let year = take(4, of: &rest), skip("-", &rest), let month = take(2, of: &rest), skip("-", &rest),
            let day = take(2, of: &rest), (1...12).contains(month), day >= 1
        else { return nil }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths: [Int64] = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard day <= lengths[Int(month) - 1] else { return nil }
        let marchYear = month <= 2 ? year - 1 : year
        let yearOfEra = marchYear.modulo(400)
        let ofYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let ofEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + ofYear
        let days = (marchYear - yearOfEra) / 400 * 146_097 + ofEra - 719_468
        return days * microsecondsPerDay
    }

    /// Reads what follows the day: `T`, the clock, a fraction if any, and the zone.
    private static func takeTime(_ rest: inout ArraySlice<UInt8>) -> Int64? {
        guard skip("T", &rest) || skip("t", &rest) || skip(" ", &rest), let hour = take(2, of: &rest),
            skip(":", &rest), let minute = take(2, of: &rest), skip(":", &rest), let second = take(2, of: &rest),
            hour < 24, minute < 60, second <= 60
        else { return nil }
        var clock = (hour * 3600 + minute * 60 + second) * 1_000_000
        if skip(".", &rest) {
            var unit: Int64 = 100_000
            let before = rest.count
            while let digit = take(1, of: &rest) {
                clock += digit * unit
                unit /= 10
            }
            guard rest.count < before else { return nil }
        }
        if (skip("Z", &rest) || skip("z", &rest)) && rest.isEmpty { return clock }
        // A plus in a query that nobody encoded comes as a blank.
        let isEast = skip("+", &rest) || skip(" ", &rest)
        guard isEast || skip("-", &rest), let hours = take(2, of: &rest), skip(":", &rest),
            let minutes = take(2, of: &rest), rest.isEmpty, hours < 24, minutes < 60
        else { return nil }
        let offset = (hours * 3600 + minutes * 60) * 1_000_000
        return isEast ? clock - offset : clock + offset
    }

    private static func skip(_ character: Unicode.Scalar, _ rest: inout ArraySlice<UInt8>) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    /// Takes a number of exactly `count` digits (at most 6), or nothing.
    private static func take(_ count: Int, of rest: inout ArraySlice<UInt8>) -> Int64? {
        guard rest.count >= count else { return nil }
        var value: Int64 = 0
        for byte in rest.prefix(count) {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            value = value * 10 + Int64(byte - UInt8(ascii: "0"))
        }
        rest.removeFirst(count)
        return value
    }

    // MARK: - Writing

    private static func two(_ value: Int64) -> String { padded(value, to: 2) }

    private static func padded(_ value: Int64, to digits: Int) -> String {
        let text = "\(value)"
        return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }
}

extension Int64 {
    /// The remainder that is never negative.
    func modulo(_ divisor: Int64) -> Int64 {
        let remainder = self % divisor
        return remainder < 0 ? remainder + divisor : remainder
    }
}
