// Strings, unquoted names and numbers.

extension JSON5Parser {
    /// A quoted text with its escapes resolved.
    mutating func string() throws(Spoiled) -> String {
        let start = position
        let quote = next ?? UInt8(ascii: "\"")
        var text = String.UnicodeScalarView()
        step()
        while !take(quote) {
            guard let (scalar, length) = scalar() else {
                if atEnd { try fail("the string of \(start) is never closed") }
                try fail("found \(found)")
            }
            switch scalar {
            case "\n", "\r":
                try fail("the string of \(start) is not closed on its line (a line may go on after a backslash)")
            case "\\":
                step()
                if let escaped = try escape() { text.append(escaped) }
            default:
                text.append(scalar)
                step(length)
            }
        }
        return String(text)
    }

    /// What follows a backslash; nil for a line that goes on.
    private mutating func escape() throws(Spoiled) -> Unicode.Scalar? {
        guard let (scalar, length) = scalar() else { try fail("expected an escape, found \(found)") }
        let start = position
        step(length)
        switch scalar {
        case "b": return "\u{8}"
        case "f": return "\u{C}"
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "v": return "\u{B}"
        case "0":
            if let digit = next, Self.isDigit(digit) { try fail("octal escapes are not JSON5") }
            return "\0"
        case "x": return Unicode.Scalar(try hexadecimal(digits: 2))
        case "u": return try unicodeEscape(from: start)
        case "\r":
            _ = take(0x0A)
            return nil
        case "\n", "\u{2028}", "\u{2029}": return nil
        case "1"..."9": try fail("\\\(scalar) is not an escape", at: start)
        default: return scalar
        }
    }

    /// The four digits after `\u`, and the second half where they are the first half of a pair.
    private mutating func unicodeEscape(from start: FilePosition) throws(Spoiled) -> Unicode.Scalar {
        let first = try hexadecimal(digits: 4)
        if let scalar = Unicode.Scalar(first) { return scalar }
        if first < 0xDC00, next == UInt8(ascii: "\\"), peek(1) == UInt8(ascii: "u") {
            step(2)
            let second = try hexadecimal(digits: 4)
            let joined = 0x10000 &+ ((first &- 0xD800) << 10) &+ (second &- 0xDC00)
            if (0xDC00...0xDFFF).contains(second), let scalar = Unicode.Scalar(joined) { return scalar }
        }
        try fail("half a surrogate pair", at: start)
    }

    private mutating func hexadecimal(digits: Int) throws(Spoiled) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<digits {
            guard let byte = next, let digit = Self.hexValue(byte) else {
                try fail("expected \(digits) hexadecimal digits, found \(found)")
            }
            value = value << 4 | UInt32(digit)
            step()
        }
        return value
    }

    /// Whether an unquoted name can begin here.
    var startsName: Bool {
        guard let (scalar, _) = scalar() else { return false }
        return Self.startsName(scalar) || scalar == "\\"
    }

    /// An unquoted key, or one of the words null, true, false, Infinity, NaN.
    mutating func name() throws(Spoiled) -> String {
        var name = String.UnicodeScalarView()
        while let (scalar, length) = scalar() {
            let start = position
            var part = scalar
            if scalar == "\\" {
                guard peek(1) == UInt8(ascii: "u") else { try fail("only \\u escapes may stand in a key") }
                step(2)
                part = try unicodeEscape(from: start)
                guard name.isEmpty ? Self.startsName(part) : Self.continuesName(part) else {
                    try fail("this escape cannot stand in a key without quotes", at: start)
                }
            } else {
                guard name.isEmpty ? Self.startsName(part) : Self.continuesName(part) else { break }
                step(length)
            }
            name.append(part)
        }
        return String(name)
    }

    private static func startsName(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "$", "_": return true
        case "\u{0}"..."\u{7F}": return false
        default: break
        }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .letterNumber:
            return true
        default: return false
        }
    }

    private static func continuesName(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "0"..."9", "\u{200C}", "\u{200D}": return true
        case _ where startsName(scalar): return true
        default: break
        }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .decimalNumber, .connectorPunctuation: return true
        default: return false
        }
    }

    /// Whether a number, or its sign, begins here.
    var startsNumber: Bool {
        guard let byte = next else { return false }
        return Self.isDigit(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
    }

    /// A number as spelled: decimal or hexadecimal, Infinity or NaN, with an optional sign.
    mutating func number() throws(Spoiled) -> String {
        let start = mark
        let place = position
        if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { step() }
        if startsName {
            let word = try name()
            guard word == "Infinity" || word == "NaN" else { try fail("\(word) is not a number", at: place) }
        } else if next == UInt8(ascii: "0"), peek(1) == UInt8(ascii: "x") || peek(1) == UInt8(ascii: "X") {
            step(2)
            guard digits(Self.isHexDigit) > 0 else { try fail("expected a hexadecimal digit, found \(found)") }
        } else {
            try decimal()
        }
        if startsName || next.map(Self.isDigit) == true { try fail("expected the end of a number, found \(found)") }
        return text(from: start)
    }

    private mutating func decimal() throws(Spoiled) {
        if next == UInt8(ascii: "0"), let second = peek(1), Self.isDigit(second) {
            try fail("a number cannot begin with a zero and another digit")
        }
        let whole = digits(Self.isDigit)
        let fraction = take(UInt8(ascii: ".")) ? digits(Self.isDigit) : 0
        guard whole + fraction > 0 else { try fail("expected a digit, found \(found)") }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            step()
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { step() }
            guard digits(Self.isDigit) > 0 else { try fail("expected the digits of an exponent, found \(found)") }
        }
    }

    /// Steps over digits and counts them.
    private mutating func digits(_ isDigit: (UInt8) -> Bool) -> Int {
        var count = 0
        while let byte = next, isDigit(byte) {
            step()
            count += 1
        }
        return count
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
    private static func isHexDigit(_ byte: UInt8) -> Bool { hexValue(byte) != nil }
    private static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
