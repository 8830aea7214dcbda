/// Takes the blanks that line up the cells of tables, and shortens the dashes under their heads.
///
/// A table is a line with bars, a ruler under it and the lines with bars that follow, as Markdown writes it or as SQL
/// shells do. A cell keeps one blank before it where it begins with a letter, with which the blank is one token; rows
/// with escaped bars or code in them stay as they are.
enum PaddedTables {
    static func rewrite(
        _ text: Span<UInt8>, _ index: borrowing TextLines, into output: inout [UInt8], _ savings: inout Savings
    ) {
        var copied = 0
        var line = 1
        while line < index.count {
            let ruler = text.extracting(index[line])
            let bars = count(0x7C, in: text.extracting(index[line &- 1]))
            guard isRuler(ruler), bars > 0 else {
                line &+= 1
                continue
            }
            let isShell = count(0x7C, in: ruler) == 0
            var end = line &+ 1
            while end < index.count {
                let rowBars = count(0x7C, in: text.extracting(index[end]))
                guard isShell ? rowBars == bars : rowBars >= 2 else { break }
                end &+= 1
            }
            guard !isShell || count(0x2B, in: ruler) == bars else {
                line &+= 1
                continue
            }
            output.append(text.extracting(copied..<index[line &- 1].lowerBound))
            for row in line &- 1..<end {
                let place = index[row]
                let start = output.count
                if row == line {
                    writeRuler(ruler, into: &output)
                } else {
                    writeRow(text.extracting(place), into: &output)
                }
                if output.count &- start < place.count {
                    savings[.tablePadding].note(
                        text.extracting(place), output.span.extracting(start..<output.count))
                }
                if row &+ 1 < end { output.append(0x0A) }
            }
            copied = index[end &- 1].upperBound
            line = end &+ 1
        }
        output.append(text.extracting(copied..<text.count))
    }

    /// Whether a line is dashes, with bars, colons, plus signs and blanks between them, and bars or plus signs at all.
    static func isRuler(_ line: Span<UInt8>) -> Bool {
        var dashes = 0
        var joints = 0
        for offset in 0..<line.count {
            switch line[offset] {
            case 0x2D: dashes &+= 1
            case 0x7C, 0x2B: joints &+= 1
            case 0x3A, 0x20, 0x09: continue
            default: return false
            }
        }
        return joints > 0 && dashes > joints &- 2 && dashes > 0
    }

    private static func count(_ byte: UInt8, in line: Span<UInt8>) -> Int {
        var count = 0
        for offset in 0..<line.count where line[offset] == byte { count &+= 1 }
        return count
    }

    /// A ruler with one dash a cell.
    private static func writeRuler(_ line: Span<UInt8>, into output: inout [UInt8]) {
        var last: UInt8 = 0
        for offset in 0..<line.count {
            let byte = line[offset]
            if byte == 0x20 || byte == 0x09 || byte == 0x2D && last == 0x2D { continue }
            output.append(byte)
            last = byte
        }
    }

    private static func writeRow(_ line: Span<UInt8>, into output: inout [UInt8]) {
        for offset in 0..<line.count where line[offset] == 0x60 || line[offset] == 0x5C {
            output.append(line)
            return
        }
        var position = line.skipBlanks(0)
        let end = line.trimmedEnd(from: position)
        while position < end {
            let byte = line[position]
            position &+= 1
            guard byte == 0x7C || byte == 0x20 || byte == 0x09 else {
                output.append(byte)
                continue
            }
            let next = line.skipBlanks(position)
            if byte != 0x7C {
                // Blanks before a bar go, others stay.
                if line.at(next) == 0x7C { position = next } else { output.append(byte) }
                continue
            }
            output.append(byte)
            position = next
            let letter = line.at(next) | 0x20
            if letter &- 0x61 < 26 || line.at(next) >= 0xC0 { output.append(0x20) }
        }
    }
}
