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

    static func appendPrefix(_ prefix: Span<UInt8>, lines: Int, to output: inout [UInt8]) {
        output.append(open)
        output.append("each of the next ")
        output.append(decimal: lines)
        output.append(" lines begins with: ")
        output.append(prefix)
        output.append(close)
    }

    /// What a line that is a note says of the lines after it: how many there are, and what each begins with.
    static func prefix(_ line: Span<UInt8>) -> (lines: Int, prefix: Range<Int>)? {
        guard line.has(open, at: 0) else { return nil }
        var position = open.utf8CodeUnitCount
        guard line.has("each of the next ", at: position) else { return nil }
        position &+= 17
        var lines = 0
        while line.at(position) &- 0x30 <= 9, lines < 1_000_000 {
            lines = lines &* 10 &+ Int(line[position] &- 0x30)
            position &+= 1
        }
        guard line.has(" lines begins with: ", at: position) else { return nil }
        position &+= 20
        let end = line.count &- close.utf8CodeUnitCount
        guard end >= position, line.has(close, at: end) else { return nil }
        return (lines, position..<end)
    }

    /// - Parameter name: A member's name as spelled, quotes included.
    static func appendValue(named name: Span<UInt8>, to output: inout [UInt8]) {
        output.append(0x22)
        output.append(open)
        output.append("same value as the last full ")
        output.append(name.extracting(1..<name.count &- 1))
        output.append(" above")
        output.append(close)
        output.append(0x22)
    }

    /// Whether a string, quotes included, says that a value repeats the last one of its name, an entry of `tree`.
    static func isValue(_ string: Span<UInt8>, of name: Int, _ text: Span<UInt8>, _ tree: borrowing JSONTree) -> Bool {
        var expected: [UInt8] = []
        appendValue(named: text.extracting(tree.nodes[name].range), to: &expected)
        return string.equals(expected.span)
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
