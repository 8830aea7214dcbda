import Glibc
import Platform

/// The header line that says when an answer was made (RFC 9110 6.6.1), written anew once a second.
struct DateField: ~Copyable {
    private var line = ByteBuffer(capacity: 40)
    /// Monotonic nanoseconds at which the second on the line is over.
    private var staleAt: UInt64 = 0

    /// Appends the line with its end.
    ///
    /// - Parameter now: Monotonic nanoseconds, as of the loop's last wake-up.
    mutating func append(to output: inout ByteBuffer, now: UInt64, by time: any TimeSource) {
        if now >= staleAt || line.isEmpty {
            let wall = time.wallMicroseconds()
            let microsecond = ((wall % 1_000_000) &+ 1_000_000) % 1_000_000
            staleAt = now &+ UInt64(1_000_000 &- microsecond) &* 1000
            line.removeAll()
            line.append("date: ")
            Self.append(seconds: (wall &- microsecond) / 1_000_000, to: &line)
            line.append("\r\n")
        }
        output.append(line.bytes)
    }

    /// Appends a time as RFC 9110 5.6.7 wants it: `Sun, 06 Nov 1994 08:49:37 GMT`.
    ///
    /// - Parameter seconds: Since 1970-01-01T00:00:00Z.
    static func append(seconds: Int64, to output: inout ByteBuffer) {
        var moment = time_t(seconds)
        var parts = tm()
        gmtime_r(&moment, &parts)
        output.append(days[Int(parts.tm_wday)])
        output.append(", ")
        appendTwoDigits(parts.tm_mday, to: &output)
        output.append(months[Int(parts.tm_mon)])
        let year = parts.tm_year &+ 1900
        appendTwoDigits(year / 100, to: &output)
        appendTwoDigits(year % 100, to: &output)
        output.append(" ")
        appendTwoDigits(parts.tm_hour, to: &output)
        output.append(":")
        appendTwoDigits(parts.tm_min, to: &output)
        output.append(":")
        appendTwoDigits(parts.tm_sec, to: &output)
        output.append(" GMT")
    }

    private static let days: [StaticString] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months: [StaticString] = [
        " Jan ", " Feb ", " Mar ", " Apr ", " May ", " Jun ", " Jul ", " Aug ", " Sep ", " Oct ", " Nov ", " Dec ",
    ]

    private static func appendTwoDigits(_ number: Int32, to output: inout ByteBuffer) {
        output.append(UInt8(truncatingIfNeeded: 48 &+ number / 10 % 10))
        output.append(UInt8(truncatingIfNeeded: 48 &+ number % 10))
    }
}
