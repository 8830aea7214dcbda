/// Takes the blanks before the numbers of a numbered listing: they only line the numbers up.
enum NumberedListing {
    /// Lines in a row, each numbered one more than the one before, that make a listing.
    static let leastLines = 5

    static func rewrite(
        _ text: Span<UInt8>, _ index: borrowing TextLines, into output: inout [UInt8], _ savings: inout Savings
    ) {
        var line = 0
        var copied = 0
        var saving = Saving()
        while line < index.count {
            let end = Self.end(of: line, text, index)
            guard end &- line >= leastLines else {
                line = max(end, line &+ 1)
                continue
            }
            while line < end {
                let start = index[line].lowerBound
                var digit = start
                while text[digit] == 0x20 { digit &+= 1 }
                if digit > start {
                    output.append(text.extracting(copied..<start))
                    copied = digit
                    saving.uses &+= 1
                    saving.bytesBefore &+= digit &- start
                    // Blanks at a line's start are a token, however many.
                    saving.hundredthsBefore &+= 98
                }
                line &+= 1
            }
        }
        output.append(text.extracting(copied..<text.count))
        savings[.numberPadding].add(saving)
    }

    /// Where the listing that begins with `first` ends; `first` when none does.
    private static func end(of first: Int, _ text: Span<UInt8>, _ index: borrowing TextLines) -> Int {
        guard let begin = NumberedLine(text.extracting(index[first])) else { return first }
        var line = first &+ 1
        while line < index.count, let next = NumberedLine(text.extracting(index[line])),
            next.number == begin.number &+ (line &- first), next.separator == begin.separator
        { line &+= 1 }
        return line
    }
}
