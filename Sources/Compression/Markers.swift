/// The notes that stand for text left out, and how they are found in a text.
///
/// `docs/compression.md` tells readers what they mean. A text that holds one already is never changed.
enum Markers {
    static let open: StaticString = "[\u{2026} "
    static let close: StaticString = " \u{2026}]"

    /// Estimated hundredths of a token of each note, its line's end included.
    static let blockCost = 1250
    static let shiftedBlockCost = 1700
    static let restCost = 1000
    static let timesCost = 1350

    static func appendBlock(lines: Int, shift: Int, to output: inout [UInt8]) {
        output.append(open)
        output.append(decimal: lines)
        output.append(" lines same as earlier")
        if shift != 0 {
            output.append(", line numbers ")
            output.append(shift > 0 ? 0x2B : 0x2D)
            output.append(decimal: abs(shift))
        }
        output.append(close)
    }

    static func appendRestOfLine(to output: inout [UInt8]) {
        output.append(" ")
        output.append(open)
        output.append("rest of line same as earlier")
        output.append(close)
    }

    static func appendTimes(_ count: Int, to output: inout [UInt8]) {
        output.append(open)
        output.append("the line above occurs ")
        output.append(decimal: count)
        output.append(" times in a row")
        output.append(close)
    }

    /// Whether a text may hold a note, or columns: such a text is left as it is.
    static func mayStand(in text: Span<UInt8>) -> Bool {
        var position = 0
        while true {
            position = text.next(0x5B, from: position)
            guard position < text.count else { break }
            if text.has(open, at: position) { return true }
            position &+= 1
        }
        position = 0
        while true {
            position = text.next(0x23, from: position)
            guard position < text.count else { return false }
            if text.has("#cols\"", at: position) || text.has("#rows\"", at: position), text.at(position &- 1) == 0x22 {
                return true
            }
            position &+= 1
        }
    }

    /// Whether a line holds a note: what stands on either side of it does not stand together.
    static func stands(inLine line: Span<UInt8>) -> Bool {
        var position = 0
        while true {
            position = line.next(0x5B, from: position)
            guard position < line.count else { return false }
            if line.has(open, at: position) {
                var end = position &+ open.utf8CodeUnitCount
                while end < line.count {
                    end = line.next(0x20, from: end)
                    if line.has(close, at: end) { return true }
                    end &+= 1
                }
                return false
            }
            position &+= 1
        }
    }

    /// Whether a line is a note that stands for lines between the one before it and the one after it.
    static func isBlock(_ line: Span<UInt8>) -> Bool {
        guard line.has(open, at: 0) else { return false }
        var position = open.utf8CodeUnitCount
        while line.at(position) &- 0x30 <= 9 { position &+= 1 }
        return line.has(" lines same as earlier", at: position)
    }
}
