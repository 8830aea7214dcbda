import HTTP

/// The spelling of JSON strings (RFC 8259 7).
enum JSONString {
    /// Appends a spelled string, quotes included, with the fewest escapes that mean the same: what can stand as
    /// UTF-8 does; quotes, backslashes, control characters and lone surrogates are escaped in one way.
    static func normalize(_ spelled: Span<UInt8>, into output: inout ByteBuffer) {
        output.append(0x22 as UInt8)
        var position = 1
        let end = spelled.count &- 1
        while position < end {
            let byte = spelled[position]
            guard byte == 0x5C, position &+ 1 < end else {
                let run = position
                while position < end, spelled[position] != 0x5C { position &+= 1 }
                output.append(spelled.extracting(run..<position).bytes)
                if run == position { position &+= 1 }
                continue
            }
            switch spelled[position &+ 1] {
            case 0x62: append(scalar: 0x08, to: &output)
            case 0x66: append(scalar: 0x0C, to: &output)
            case 0x6E: append(scalar: 0x0A, to: &output)
            case 0x72: append(scalar: 0x0D, to: &output)
            case 0x74: append(scalar: 0x09, to: &output)
            case 0x75:
                position = appendUnicodeEscape(spelled, position, end, to: &output)
                continue
            case let literal: append(scalar: UInt32(literal), to: &output)
            }
            position &+= 2
        }
        output.append(0x22 as UInt8)
    }

    /// Appends `text` as a JSON string with its quotes.
    static func append(_ text: some StringProtocol, to output: inout ByteBuffer) {
        output.append(0x22 as UInt8)
        for byte in text.utf8 {
            if byte < 0x20 || byte == 0x22 || byte == 0x5C {
                append(scalar: UInt32(byte), to: &output)
            } else {
                output.append(byte)
            }
        }
        output.append(0x22 as UInt8)
    }

    /// Appends the `\u` escape at `position`, decoded, with its low surrogate if it has one; returns what follows.
    private static func appendUnicodeEscape(
        _ spelled: Span<UInt8>, _ position: Int, _ end: Int, to output: inout ByteBuffer
    ) -> Int {
        let (scalar, following) = scalar(spelled, position, end)
        if scalar >= 0xD800, scalar <= 0xDFFF {
            appendEscape(scalar, to: &output)
        } else {
            append(scalar: scalar, to: &output)
        }
        return min(following, end)
    }

    /// What the `\u` escape at `position` means, with its low surrogate if it has one, and what follows; a surrogate
    /// that stands alone is itself.
    static func scalar(_ spelled: Span<UInt8>, _ position: Int, _ end: Int) -> (UInt32, following: Int) {
        let unit = codeUnit(spelled, position &+ 2, end)
        let following = position &+ 6
        if unit >= 0xD800, unit <= 0xDBFF, following &+ 1 < end, spelled[following] == 0x5C,
            spelled[following &+ 1] == 0x75
        {
            let low = codeUnit(spelled, following &+ 2, end)
            if low >= 0xDC00, low <= 0xDFFF {
                return (0x10000 &+ ((unit &- 0xD800) << 10) &+ (low &- 0xDC00), following &+ 6)
            }
        }
        return (unit, following)
    }

    /// The value of four hex digits at `start`.
    static func codeUnit(_ spelled: Span<UInt8>, _ start: Int, _ end: Int) -> UInt32 {
        var unit: UInt32 = 0
        var position = start
        while position < min(start &+ 4, end) {
            let byte = spelled[position]
            let digit = byte <= 0x39 ? byte &- 0x30 : (byte | 0x20) &- 0x57
            unit = unit << 4 | UInt32(digit)
            position &+= 1
        }
        return unit
    }

    private static func append(scalar: UInt32, to output: inout ByteBuffer) {
        switch scalar {
        case 0x22, 0x5C:
            output.append(0x5C as UInt8)
            output.append(UInt8(truncatingIfNeeded: scalar))
        case 0..<0x20: appendEscape(scalar, to: &output)
        default: appendUTF8(scalar, to: &output)
        }
    }

    /// Appends a code point as UTF-8 spells it.
    static func appendUTF8(_ scalar: UInt32, to output: inout ByteBuffer) {
        switch scalar {
        case 0..<0x80: output.append(UInt8(truncatingIfNeeded: scalar))
        case 0..<0x800:
            output.append(UInt8(truncatingIfNeeded: 0xC0 | scalar >> 6))
            output.append(UInt8(truncatingIfNeeded: 0x80 | scalar & 0x3F))
        case 0..<0x10000:
            output.append(UInt8(truncatingIfNeeded: 0xE0 | scalar >> 12))
            output.append(UInt8(truncatingIfNeeded: 0x80 | scalar >> 6 & 0x3F))
            output.append(UInt8(truncatingIfNeeded: 0x80 | scalar & 0x3F))
        default:
            output.append(UInt8(truncatingIfNeeded: 0xF0 | scalar >> 18))
            output.append(UInt8(truncatingIfNeeded: 0x80 | scalar >> 12 & 0x3F))
            output.append(UInt8(truncatingIfNeeded: 0x80 | scalar >> 6 & 0x3F))
            output.append(UInt8(truncatingIfNeeded: 0x80 | scalar & 0x3F))
        }
    }

    static func appendEscape(_ unit: UInt32, to output: inout ByteBuffer) {
        output.append("\\u")
        for shift in [12, 8, 4, 0] as [UInt32] {
            let digit = UInt8(truncatingIfNeeded: unit >> shift & 15)
            output.append(digit < 10 ? 0x30 &+ digit : 0x57 &+ digit)
        }
    }
}
