/// An amount of money, in units of 10⁻¹² US dollars.
///
/// A list price per million tokens with up to six decimals is a whole number of pico-dollars a token, so costs
/// add up exactly. The range is ±9.2 million dollars; arithmetic stops at its ends instead of trapping, since
/// the factors come from other people's answers.
package struct PicoDollars: Hashable, Comparable, Sendable {
    /// Pico-dollars; negative where a choice cost more than what it replaced.
    package var amount: Int64

    package static let zero = PicoDollars(0)
    private static let perDollar: UInt64 = 1_000_000_000_000
    private static let decimals = 12

    package init(_ amount: Int64) { self.amount = amount }

    /// The price of `count` tokens at `rate` pico-dollars each.
    package init(tokens count: Int, at rate: Int64) {
        let (product, overflow) = Int64(count).multipliedReportingOverflow(by: rate)
        amount = overflow ? ((count < 0) == (rate < 0) ? .max : .min) : product
    }

    package static func < (left: Self, right: Self) -> Bool { left.amount < right.amount }

    package static func + (left: Self, right: Self) -> Self {
        let (sum, overflow) = left.amount.addingReportingOverflow(right.amount)
        return Self(overflow ? (left.amount < 0 ? .min : .max) : sum)
    }

    package static func - (left: Self, right: Self) -> Self {
        let (difference, overflow) = left.amount.subtractingReportingOverflow(right.amount)
        return Self(overflow ? (left.amount < 0 ? .min : .max) : difference)
    }

    package static func += (left: inout Self, right: Self) { left = left + right }

    /// The amount for each of `count`, rounded towards zero to a pico-dollar; nil for none.
    package func divided(by count: Int64) -> PicoDollars? { count > 0 ? PicoDollars(amount / count) : nil }
}

// MARK: - Text

extension PicoDollars {
    /// The exact amount in dollars as a JSON number: no exponent, no trailing zeros (`0.000123`, `12`, `0`).
    package var usd: String {
        String(unsafeUninitializedCapacity: Self.usdLengthLimit) { writeUSD(to: UnsafeMutableRawBufferPointer($0)) }
    }

    /// Bytes of the longest `usd`: a sign, seven digits, a point and twelve.
    package static let usdLengthLimit = 21

    /// Writes `usd` to the beginning of `text`, which has room for the longest; returns its length.
    package func writeUSD(to text: UnsafeMutableRawBufferPointer) -> Int {
        precondition(text.count >= Self.usdLengthLimit, "not enough room for an amount")
        var length = 0
        func put(_ byte: UInt8) {
            text[length] = byte
            length &+= 1
        }
        func putDigits(_ value: UInt64, count: Int) {
            var rest = value
            var position = length &+ count
            while position > length {
                position &-= 1
                text[position] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            }
            length &+= count
        }
        if amount < 0 { put(UInt8(ascii: "-")) }
        let dollars = amount.magnitude / Self.perDollar
        var digits = 1
        while digits < 7, dollars >= Self.powerOfTen(digits) { digits &+= 1 }
        putDigits(dollars, count: digits)
        var fraction = amount.magnitude % Self.perDollar
        guard fraction > 0 else { return length }
        digits = Self.decimals
        while fraction % 10 == 0 {
            fraction /= 10
            digits &-= 1
        }
        put(UInt8(ascii: "."))
        putDigits(fraction, count: digits)
        return length
    }

    /// The amount in dollars for people, rounded half away from zero to `places` decimals (0 to 12).
    package func usd(places: Int) -> String {
        let places = min(max(places, 0), Self.decimals)
        let unit = Self.powerOfTen(Self.decimals - places)
        // The magnitude is at most 2⁶³, so adding half a unit cannot pass 2⁶⁴.
        let units = (amount.magnitude + unit / 2) / unit
        let scale = Self.powerOfTen(places)
        let text = "\(units / scale)" + (places > 0 ? "." + Self.padded(units % scale, to: places) : "")
        return amount < 0 && units > 0 ? "-" + text : text
    }

    /// Reads dollars as written in a configuration or by a person: `2.5`, `0.000123`, `-1`, `1e-6`.
    ///
    /// - Returns: `nil` when the text is no decimal number, is out of range, or is finer than a pico-dollar.
    package init?(usd text: some StringProtocol) { self.init(decimal: text, scale: Self.decimals) }

    /// Reads a price in dollars per million tokens as whole pico-dollars a token: `0.15` is 150,000.
    ///
    /// - Returns: `nil` when the text is no decimal number, is negative or out of range, or has more than six
    ///   decimals.
    package static func perToken(usdPerMillion text: some StringProtocol) -> Int64? {
        guard let rate = PicoDollars(decimal: text, scale: decimals - 6)?.amount, rate >= 0 else { return nil }
        return rate
    }

    /// Reads `text` × 10^`scale` where that is a whole number within range.
    private init?(decimal text: some StringProtocol, scale: Int) {
        var bytes = Array(text.utf8)[...]
        let isNegative = bytes.first == UInt8(ascii: "-")
        if isNegative || bytes.first == UInt8(ascii: "+") { bytes.removeFirst() }
        var exponent = scale
        if let mark = bytes.firstIndex(where: { $0 | 0x20 == UInt8(ascii: "e") }) {
            // Two digits are more than the range has.
            guard let stated = Int(String(decoding: bytes[(mark + 1)...], as: UTF8.self)),
                stated.magnitude < 100
            else { return nil }
            exponent += stated
            bytes = bytes[..<mark]
        }
        var value: Int64 = 0
        var digits = 0
        var pending = 0  // zeros read but not yet multiplied in, so that trailing ones cannot overflow
        var seenPoint = false
        for byte in bytes {
            if byte == UInt8(ascii: "."), !seenPoint {
                seenPoint = true
                continue
            }
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            digits += 1
            if seenPoint { exponent -= 1 }
            guard byte != UInt8(ascii: "0") else {
                pending += 1
                continue
            }
            guard let shifted = Self.shift(value, by: pending + 1) else { return nil }
            let (sum, overflow) = shifted.addingReportingOverflow(Int64(byte - UInt8(ascii: "0")))
            guard !overflow else { return nil }
            value = sum
            pending = 0
        }
        guard digits > 0, let scaled = Self.shift(value, by: exponent + pending) else { return nil }
        self.init(isNegative ? -scaled : scaled)
    }

    /// `value` × 10^`places`, or `nil` when that overflows or is no whole number.
    private static func shift(_ value: Int64, by places: Int) -> Int64? {
        guard value != 0 else { return 0 }
        guard places.magnitude < 19 else { return nil }
        let factor = Int64(powerOfTen(Int(places.magnitude)))
        guard places >= 0 else { return value % factor == 0 ? value / factor : nil }
        let (product, overflow) = value.multipliedReportingOverflow(by: factor)
        return overflow ? nil : product
    }

    private static func powerOfTen(_ exponent: Int) -> UInt64 {
        (0..<exponent).reduce(into: 1) { power, _ in power *= 10 }
    }

    private static func padded(_ value: UInt64, to digits: Int) -> String {
        let text = "\(value)"
        return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }
}
