/// Decimal numbers read without rounding: what a file spells is what is charged.
package enum ExactDecimal {
    /// Why a spelled number could not be taken.
    package enum Refusal: Error, Sendable, Equatable {
        case notANumber
        /// More digits after the point than the unit can hold.
        case tooFine
        /// Above what 64 bits hold.
        case tooLarge
    }

    /// The number that `text` spells, times ten to the power of `places`, exactly.
    ///
    /// Takes decimals with sign and exponent, and hexadecimal integers, as JSON5 spells them.
    ///
    /// - Parameter places: Digits kept after the point: 6 turns dollars a million tokens into pico-dollars a token,
    ///   12 turns dollars into pico-dollars.
    package static func scaled(_ text: String, places: Int) throws(Refusal) -> Int64 {
        var rest = Substring(text)
        let negative = rest.first == "-"
        if negative || rest.first == "+" { rest.removeFirst() }
        var magnitude: Int64 = 0
        var exponent = places
        if rest.hasPrefix("0x") || rest.hasPrefix("0X") {
            guard rest.count > 2 else { throw .notANumber }
            for digit in rest.dropFirst(2) { try append(digit, radix: 16, to: &magnitude) }
        } else {
            exponent = try decimal(rest, into: &magnitude, places: places)
        }
        // Trailing zeros of a fraction cost nothing: 2.5000000 is as fine as 2.5.
        while exponent < 0, magnitude != 0 {
            guard magnitude % 10 == 0 else { throw .tooFine }
            magnitude /= 10
            exponent += 1
        }
        while exponent > 0, magnitude != 0 {
            let (product, overflow) = magnitude.multipliedReportingOverflow(by: 10)
            if overflow { throw .tooLarge }
            magnitude = product
            exponent -= 1
        }
        return negative ? -magnitude : magnitude
    }

    /// The shortest text of `amount` divided by ten to the power of `places`: no exponent, no trailing zeros.
    package static func text(_ amount: Int64, places: Int) -> String {
        let digits = String(amount.magnitude)
        let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
        var fraction = padded.suffix(places)
        while fraction.last == "0" { fraction.removeLast() }
        let whole = padded.dropLast(places)
        return (amount < 0 ? "-" : "") + whole + (fraction.isEmpty ? "" : ".\(fraction)")
    }

    /// The whole number that `text` spells, nil when it has a fraction or does not fit.
    package static func integer(_ text: String) -> Int? {
        (try? scaled(text, places: 0)).flatMap { Int(exactly: $0) }
    }

    /// Reads digits, point and exponent; returns the power of ten by which `magnitude` is still to be multiplied.
    private static func decimal(
        _ text: Substring, into magnitude: inout Int64, places: Int
    ) throws(Refusal) -> Int {
        var exponent = places
        var afterPoint = false
        var digits = 0
        // Zeros are held back, so that 1.000…0 never overflows for zeros that mean nothing.
        var zeros = 0
        var index = text.startIndex
        while index < text.endIndex {
            let character = text[index]
            if character == "e" || character == "E" { break }
            text.formIndex(after: &index)
            if character == "." {
                if afterPoint { throw .notANumber }
                afterPoint = true
                continue
            }
            digits += 1
            if afterPoint { exponent -= 1 }
            if character == "0" {
                zeros += 1
                continue
            }
            if magnitude != 0 { for _ in 0..<zeros { try append("0", radix: 10, to: &magnitude) } }
            zeros = 0
            try append(character, radix: 10, to: &magnitude)
        }
        guard digits > 0 else { throw .notANumber }
        exponent += zeros
        if index < text.endIndex { exponent += try power(text[text.index(after: index)...]) }
        return exponent
    }

    /// The digits after `e`, bounded: beyond four of them every number is 0 or does not fit.
    private static func power(_ text: Substring) throws(Refusal) -> Int {
        var rest = text
        let negative = rest.first == "-"
        if negative || rest.first == "+" { rest.removeFirst() }
        guard !rest.isEmpty else { throw .notANumber }
        var value: Int64 = 0
        for digit in rest {
            try append(digit, radix: 10, to: &value)
            if value > 9999 { throw negative ? .tooFine : .tooLarge }
        }
        return Int(negative ? -value : value)
    }

    private static func append(_ character: Character, radix: Int64, to value: inout Int64) throws(Refusal) {
        guard character.isASCII, let digit = character.hexDigitValue, digit < radix else { throw .notANumber }
        let (product, overflow) = value.multipliedReportingOverflow(by: radix)
        let (sum, overflowed) = product.addingReportingOverflow(Int64(digit))
        if overflow || overflowed { throw .tooLarge }
        value = sum
    }
}
