/// What the form of prose is worth at the aggressive level: lines wrapped by hand are joined, rulers cut short, and
/// blanks that line words up become one.
enum ProseForm {
    /// Joins the lines of paragraphs that were wrapped at some width.
    static func unwrap(
        _ text: Span<UInt8>, _ index: borrowing TextLines, into output: inout [UInt8], _ savings: inout Savings
    ) {
        var line = 0
        while line < index.count {
            var end = line
            while end < index.count, isProse(text.extracting(index[end])) { end &+= 1 }
            if end &- line >= 3, isWrapped(line..<end, text, index) {
                for row in line..<end {
                    let place = index[row]
                    let words = text.skipBlanks(place.lowerBound)
                    output.append(text.extracting((row == line ? place.lowerBound : words)..<place.upperBound))
                    if row &+ 1 < end { output.append(0x20) }
                }
                savings[.wrapping].uses &+= 1
                savings[.wrapping].hundredthsBefore &+= 45 &* (end &- line &- 1)
            } else {
                end = max(end, line &+ 1)
                output.append(text.extracting(index[line].lowerBound..<index[end &- 1].upperBound))
            }
            line = end
            if line < index.count { output.append(0x0A) }
        }
    }

    /// Whether a line may be part of a paragraph: it begins with a word, and is neither a heading nor an item.
    private static func isProse(_ line: Span<UInt8>) -> Bool {
        let first = line.at(0)
        guard (first | 0x20) &- 0x61 < 26 || first &- 0x30 <= 9 || first == 0x22 || first == 0x28 || first >= 0xC0,
            line.count <= 110, line[line.count &- 1] > 0x20
        else { return false }
        var letters = 0
        var blanks = 0
        for offset in 0..<line.count {
            switch line[offset] {
            case 0x7C, 0x60, 0x09: return false
            case 0x20:
                blanks &+= 1
                letters &+= 1
                if line.at(offset &+ 1) == 0x20 { return false }
            case 0x41...0x5A, 0x61...0x7A, 0x80...0xFF, 0x2C, 0x2E, 0x27: letters &+= 1
            // An item's number or letter, or a label.
            case 0x29, 0x3A: if offset < 30, line.at(offset &+ 1) == 0x20, blanks < 3 { return false }
            default: break
            }
        }
        if first &- 0x30 <= 9, line.at(1) == 0x2E || line.at(2) == 0x2E { return false }
        return letters &* 100 > line.count &* 85 && blanks > 0
    }

    private static func isWrapped(_ lines: Range<Int>, _ text: Span<UInt8>, _ index: borrowing TextLines) -> Bool {
        var long = 0
        for row in lines.dropLast() where index[row].count >= 50 { long &+= 1 }
        return long &* 10 >= (lines.count &- 1) &* 9
    }

    /// Shortens rulers to four characters, and blanks between words to one; those that end a line may break it.
    static func tighten(
        _ text: Span<UInt8>, _ index: borrowing TextLines, into output: inout [UInt8], _ savings: inout Savings
    ) {
        for line in 0..<index.count {
            let place = index[line]
            let start = output.count
            var position = text.skipBlanks(place.lowerBound)
            var words = place.upperBound
            while words > place.lowerBound, text[words &- 1] <= 0x20 { words &-= 1 }
            output.append(text.extracting(place.lowerBound..<position))
            while position < words {
                let byte = text[position]
                var end = position &+ 1
                while end < words, text[end] == byte { end &+= 1 }
                var length = end &- position
                switch byte {
                case 0x20: length = 1
                case 0x3D, 0x5F, 0x2A, 0x2D, 0x7E, 0x23, 0x2E: if length >= 8 { length = 4 }
                default: break
                }
                output.append(text.extracting(position..<position &+ length))
                position = end
            }
            if position < place.upperBound { output.append(text.extracting(position..<place.upperBound)) }
            let written = start..<output.count
            if written.count < place.count {
                savings[.alignment].note(text.extracting(place), output.span.extracting(written))
            }
            if line &+ 1 < index.count { output.append(0x0A) }
        }
    }
}
