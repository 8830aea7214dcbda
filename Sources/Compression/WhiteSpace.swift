/// Takes the blanks that end lines and all but one of the empty lines in a row.
///
/// Two blanks or more before a line that is not empty stay: in Markdown they break the line. A carriage return is part
/// of the line's end, and stays too.
enum WhiteSpace {
    static func rewrite(
        _ text: Span<UInt8>, _ index: borrowing TextLines, into output: inout [UInt8], _ savings: inout Savings
    ) {
        var saving = Saving()
        var emptyLines = 0
        var wasIndented = false
        // Where a run of empty lines ends that stays, since what stands around it is indented.
        var keptEnd = 0
        for line in 0..<index.count {
            let place = index[line]
            var lineEnd = place.upperBound
            while lineEnd > place.lowerBound, text[lineEnd &- 1] == 0x0D { lineEnd &-= 1 }
            var end = lineEnd
            while end > place.lowerBound, isBlank(text[end &- 1]) { end &-= 1 }
            let isLast = line &+ 1 == index.count
            if !isLast, end > place.lowerBound, breaksLine(text.extracting(end..<lineEnd)),
                !isEmpty(text.extracting(index[line &+ 1]))
            {
                end = lineEnd
            }
            if end == place.lowerBound {
                if emptyLines == 0, wasIndented { keptEnd = endOfIndentedRun(line, text, index) }
                emptyLines &+= 1
            } else {
                emptyLines = 0
                wasIndented = isBlank(text[place.lowerBound])
            }
            if end < lineEnd {
                saving.uses &+= 1
                // A single blank goes with what follows; two or more are a token.
                saving.hundredthsBefore &+= lineEnd &- end > 1 ? 106 : 0
            }
            if emptyLines >= 2, !isLast, line >= keptEnd {
                saving.uses &+= 1
                saving.bytesBefore &+= place.count &+ 1
                continue
            }
            saving.bytesBefore &+= lineEnd &- end
            output.append(text.extracting(place.lowerBound..<end))
            output.append(text.extracting(lineEnd..<place.upperBound))
            if !isLast { output.append(0x0A) }
        }
        savings[.whiteSpace].add(saving)
    }

    /// Where the empty lines from `first` on end, if the line after them is indented: they may belong to code.
    private static func endOfIndentedRun(_ first: Int, _ text: Span<UInt8>, _ index: borrowing TextLines) -> Int {
        var line = first
        while line < index.count, isEmpty(text.extracting(index[line])) { line &+= 1 }
        return line < index.count && isBlank(text[index[line].lowerBound]) ? line : first
    }

    private static func breaksLine(_ end: Span<UInt8>) -> Bool { end.at(0) == 0x20 && end.at(1) == 0x20 }

    private static func isEmpty(_ line: Span<UInt8>) -> Bool {
        for offset in line.indices where !isBlank(line[offset]) && line[offset] != 0x0D { return false }
        return true
    }

    @inline(__always)
    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    /// Writes blanks that may not break as blanks, and leaves out what has no width. The joiners of Persian and of emoji
    /// (U+200C, U+200D) stay, since they change what is read, and so does what parts the words of Thai and its like.
    static func narrow(_ text: Span<UInt8>, into output: inout [UInt8], _ savings: inout Savings) {
        var copied = 0
        var position = 0
        var saving = Saving()
        while position &+ 1 < text.count {
            var length = 0
            var isBlank = false
            switch text[position] {
            case 0xC2 where text[position &+ 1] == 0xA0:
                length = 2
                isBlank = true
            case 0xE2 where text.has("\u{200B}", at: position):
                length = isSouthern(text.at(position &- 3)) || isSouthern(text.at(position &+ 3)) ? 0 : 3
            case 0xE2 where text.has("\u{2060}", at: position): length = 3
            case 0xEF where text.has("\u{FEFF}", at: position): length = 3
            default: break
            }
            guard length > 0 else {
                position &+= 1
                continue
            }
            output.append(text.extracting(copied..<position))
            if isBlank { output.append(0x20) }
            position &+= length
            copied = position
            saving.uses &+= 1
            saving.bytesBefore &+= length
            saving.bytesAfter &+= isBlank ? 1 : 0
            saving.hundredthsBefore &+= isBlank ? 60 : 102
        }
        output.append(text.extracting(copied..<text.count))
        savings[.whiteSpace].add(saving)
    }

    /// Whether a byte begins a letter of the scripts from Devanagari to Khmer.
    private static func isSouthern(_ byte: UInt8) -> Bool { byte == 0xE0 || byte == 0xE1 }
}
