/// Reads how long a provider asks to wait, in the many ways in which they say it.
package enum RetryTime {
    /// The value of `retry-after`: seconds, or a date (RFC 9110 10.2.3).
    ///
    /// - Parameter wall: Microseconds since 1970.
    /// - Returns: Nanoseconds from now on; nil for what is neither.
    package static func retryAfter(_ value: Span<UInt8>, wall: Int64) -> Nanoseconds? {
        seconds(value) ?? httpDate(value).map { until($0 &* 1_000_000, wall) }
    }

    /// The value of `retry-after-ms`, which Azure and OpenAI send.
    package static func retryAfterMilliseconds(_ value: Span<UInt8>) -> Nanoseconds? {
        seconds(value).map { $0 / 1000 }
    }

    /// The value of a header that says when a limit is reset: a duration such as `1s`, `6m0s` or `20ms`, seconds, a time
    /// in seconds or milliseconds since 1970, or a date as in RFC 3339.
    package static func reset(_ value: Span<UInt8>, wall: Int64) -> Nanoseconds? {
        // No one waits for thirty years: a number as large is a moment, in seconds or milliseconds.
        if value.count == 10, let moment = number(value, 0, 10) { return until(moment &* 1_000_000, wall) }
        if value.count == 13, let moment = number(value, 0, 13) { return until(moment &* 1000, wall) }
        return seconds(value) ?? duration(value) ?? timestamp(value).map { until($0, wall) }
    }

    private static func until(_ moment: Int64, _ wall: Int64) -> Nanoseconds {
        let (difference, overflows) = moment.subtractingReportingOverflow(wall)
        return overflows || difference <= 0 ? 0 : UInt64(difference).multipliedReportingOverflow(by: 1000).partialValue
    }

    // MARK: Numbers

    /// A decimal number of seconds, in nanoseconds; blanks around it do not matter.
    static func seconds(_ value: Span<UInt8>) -> Nanoseconds? {
        var reader = DigitReader(value)
        reader.skipBlanks()
        guard let number = reader.decimal() else { return nil }
        reader.skipBlanks()
        return reader.isAtEnd ? number : nil
    }

    /// A duration as Go writes it: numbers with the units h, m, s, ms, us (or µs) and ns.
    static func duration(_ value: Span<UInt8>) -> Nanoseconds? {
        var reader = DigitReader(value)
        reader.skipBlanks()
        var total: Nanoseconds = 0
        var parts = 0
        while !reader.isAtEnd {
            guard let number = reader.decimal(), let unit = reader.unit() else { return nil }
            // The number is of seconds, in nanoseconds: a unit says what share of that it is.
            let (product, overflows) = number.multipliedReportingOverflow(by: unit.times)
            guard !overflows else { return nil }
            total = total.addingReportingOverflow(product / unit.over).partialValue
            parts += 1
            reader.skipBlanks()
        }
        return parts > 0 ? total : nil
    }

    // MARK: Dates

    /// An IMF-fixdate, as every server must write it ("Sun, 06 Nov 1994 08:49:37 GMT"); in seconds since 1970.
    static func httpDate(_ value: Span<UInt8>) -> Int64? {
        guard value.count == 29, value[3] == 0x2C, value[26] == 0x47, value[27] == 0x4D, value[28] == 0x54,
            let day = number(value, 5, 2), let month = month(value, 8), let year = number(value, 12, 4),
            let time = time(value, 17)
        else { return nil }
        return days(year, month, day) &* 86400 &+ time
    }

    /// A date and time of RFC 3339 ("2025-05-06T18:42:00Z", "2025-05-06T20:42:00.25+02:00"); in microseconds since 1970.
    static func timestamp(_ value: Span<UInt8>) -> Int64? {
        guard value.count >= 20, value[4] == 0x2D, value[7] == 0x2D, value[10] | 0x20 == 0x74,
            let year = number(value, 0, 4), let month = number(value, 5, 2), (1...12).contains(month),
            let day = number(value, 8, 2), let time = time(value, 11)
        else { return nil }
        var position = 19
        var micros: Int64 = 0
        if value[position] == 0x2E {
            position += 1
            var scale: Int64 = 100_000
            while position < value.count, value[position] &- 48 <= 9 {
                micros += Int64(value[position] &- 48) * scale
                scale /= 10
                position += 1
            }
        }
        guard position < value.count else { return nil }
        var offset: Int64 = 0
        if value[position] | 0x20 != 0x7A {
            guard value.count == position + 6, let hours = number(value, position + 1, 2),
                let minutes = number(value, position + 4, 2), value[position] == 0x2B || value[position] == 0x2D
            else { return nil }
            offset = (hours * 60 + minutes) * (value[position] == 0x2B ? 60 : -60)
        }
        return (days(year, month, day) * 86400 + time - offset) * 1_000_000 + micros
    }

    private static func number(_ value: Span<UInt8>, _ start: Int, _ count: Int) -> Int64? {
        guard start + count <= value.count else { return nil }
        var number: Int64 = 0
        for offset in start..<start + count {
            guard value[offset] &- 48 <= 9 else { return nil }
            number = number * 10 + Int64(value[offset] &- 48)
        }
        return number
    }

    /// hh:mm:ss, in seconds.
    private static func time(_ value: Span<UInt8>, _ start: Int) -> Int64? {
        guard start + 8 <= value.count, value[start + 2] == 0x3A, value[start + 5] == 0x3A,
            let hours = number(value, start, 2), let minutes = number(value, start + 3, 2),
            let seconds = number(value, start + 6, 2), hours < 24, minutes < 60, seconds <= 60
        else { return nil }
        return hours * 3600 + minutes * 60 + seconds
    }

    private static func month(_ value: Span<UInt8>, _ start: Int) -> Int64? {
        let names: StaticString = "JanFebMarAprMayJunJulAugSepOctNovDec"
        for month in 0..<12 {
            let name = names.utf8Start + month * 3
            if value[start] == name[0], value[start + 1] == name[1], value[start + 2] == name[2] {
                return Int64(month + 1)
            }
        }
        return nil
    }

    /// Days since 1970 (Howard Hinnant's days_from_civil: years begin in March, so that the leap day is a year's last).
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month > 2 ? year : year - 1
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}

/// Walks over the digits and letters of a header's value.
private struct DigitReader: ~Escapable {
    private let value: Span<UInt8>
    private var position = 0

    @_lifetime(copy value)
    init(_ value: Span<UInt8>) { self.value = value }

    var isAtEnd: Bool { position >= value.count }

    @_lifetime(self: copy self)
    mutating func skipBlanks() {
        while !isAtEnd, value[position] == 0x20 || value[position] == 0x09 { position += 1 }
    }

    /// A decimal number times 10^9, the largest there is where it is larger; nil where there is no digit.
    @_lifetime(self: copy self)
    mutating func decimal() -> UInt64? {
        let start = position
        var result: UInt64 = 0
        while !isAtEnd, value[position] &- 48 <= 9 {
            let (tenfold, overflows) = result.multipliedReportingOverflow(by: 10)
            let (sum, carries) = tenfold.addingReportingOverflow(UInt64(value[position] &- 48) * 1_000_000_000)
            result = overflows || carries || result == .max ? .max : sum
            position += 1
        }
        guard position > start else { return nil }
        guard !isAtEnd, value[position] == 0x2E else { return result }
        position += 1
        var scale: UInt64 = 100_000_000
        while !isAtEnd, value[position] &- 48 <= 9 {
            let (sum, carries) = result.addingReportingOverflow(UInt64(value[position] &- 48) * scale)
            result = carries ? .max : sum
            scale /= 10
            position += 1
        }
        return result
    }

    /// A unit of time: what to multiply seconds by, and then to divide them by.
    @_lifetime(self: copy self)
    mutating func unit() -> (times: UInt64, over: UInt64)? {
        guard !isAtEnd else { return nil }
        let first = value[position]
        let second = position + 1 < value.count ? value[position + 1] : 0
        switch (first, second) {
        case (0x6D, 0x73): position += 2; return (1, 1000)
        case (0x75, 0x73): position += 2; return (1, 1_000_000)
        case (0x6E, 0x73): position += 2; return (1, 1_000_000_000)
        case (0xC2, 0xB5): position += 3; return (1, 1_000_000)
        case (0x68, _): position += 1; return (3600, 1)
        case (0x6D, _): position += 1; return (60, 1)
        case (0x73, _): position += 1; return (1, 1)
        case (0x64, _): position += 1; return (86400, 1)
        default: return nil
        }
    }
}
