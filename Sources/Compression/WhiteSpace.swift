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
}
