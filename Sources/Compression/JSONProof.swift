/// The proof that two JSON texts say the same: a reading of its own, which knows strings and blanks and nothing else.
enum JSONProof {
    /// Whether two texts are the same bytes once the blanks outside of strings are gone.
    ///
    /// Where both are JSON, their data is then equal: blanks never part two lexemes that would join.
    static func sameLexemes(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
        var i = 0
        var j = 0
        var isString = false
        while true {
            if !isString {
                while i < left.count, isBlank(left[i]) { i &+= 1 }
                while j < right.count, isBlank(right[j]) { j &+= 1 }
            }
            if i == left.count || j == right.count { return i == left.count && j == right.count && !isString }
            let byte = left[i]
            guard byte == right[j] else { return false }
            i &+= 1
            j &+= 1
            if byte == 0x22 {
                isString.toggle()
            } else if byte == 0x5C, isString {
                // What is escaped neither ends the string nor escapes.
                guard i < left.count, j < right.count, left[i] == right[j] else { return false }
                i &+= 1
                j &+= 1
            }
        }
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }
}
