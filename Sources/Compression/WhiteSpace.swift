/// Takes the blanks that end lines and all but one of the empty lines in a row; line ends become line feeds.
enum WhiteSpace {
    static func rewrite(
        _ text: Span<UInt8>, _ index: borrowing TextLines, into output: inout [UInt8], _ savings: inout Savings
    ) {
        var saving = Saving()
        var emptyLines = 0
        for line in 0..<index.count {
            let place = index[line]
            var end = place.upperBound
            while end > place.lowerBound, isLoose(text[end &- 1]) { end &-= 1 }
            let isLast = line &+ 1 == index.count
            if end == place.lowerBound {
                emptyLines &+= 1
            } else {
                emptyLines = 0
            }
            if end < place.upperBound {
                saving.uses &+= 1
                // A single blank goes with what follows; two or more are a token.
                saving.hundredthsBefore &+= place.upperBound &- end > 1 ? 106 : 0
            }
            if emptyLines >= 2, !isLast {
                saving.uses &+= 1
                saving.bytesBefore &+= place.count &+ 1
                continue
            }
            saving.bytesBefore &+= place.upperBound &- end
            output.append(text.extracting(place.lowerBound..<end))
            if !isLast { output.append(0x0A) }
        }
        savings[.whiteSpace].add(saving)
    }

    @inline(__always)
    private static func isLoose(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }

    /// Writes blanks that may not break as blanks, and leaves out what has no width; the joiners of Persian and of
    /// emoji (U+200C, U+200D) stay, since they change what is read.
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
            case 0xE2 where text.has("\u{200B}", at: position) || text.has("\u{2060}", at: position): length = 3
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
}
