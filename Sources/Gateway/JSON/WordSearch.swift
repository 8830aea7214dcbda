/// Looks for bytes in text eight at a time, since most of a prompt, and of a stream, is none of those looked for.
///
/// By the usual test for a byte below n, `(x - n) & ~x & 0x80`, of each byte of a word at once. The answer of a test is
/// a word with the highest bit set of each byte that it found. A borrow can spoil only what is above the first one found,
/// so the lowest bit set is the first such byte's.
enum WordSearch {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    static let highBits: UInt64 = 0x8080_8080_8080_8080

    /// The place of the first byte from `start` on that `find` marks in its word and `isFound` knows by itself; the
    /// text's end when there is none.
    @inline(__always)
    static func first(
        in bytes: Span<UInt8>, from start: Int, find: (UInt64) -> UInt64, isFound: (UInt8) -> Bool
    ) -> Int {
        let words = bytes.bytes
        let count = bytes.count
        var position = start
        while position &+ 8 <= count {
            // Within the text by the condition above; a check here would be a third of the loop.
            let word = unsafe words.unsafeLoadUnaligned(fromUncheckedByteOffset: position, as: UInt64.self)
            let found = find(UInt64(littleEndian: word))
            if found != 0 { return position &+ found.trailingZeroBitCount / 8 }
            position &+= 8
        }
        while position < count, !isFound(bytes[position]) { position &+= 1 }
        return position
    }

    /// Marks the bytes of `word` that are `byte`; the other bits mean nothing until `highBits` are taken out.
    @inline(__always)
    static func marks(of byte: UInt8, in word: UInt64) -> UInt64 {
        let difference = word ^ (ones &* UInt64(byte))
        return (difference &- ones) & ~difference
    }

    /// Marks the bytes of `word` below `limit`, at most 0x80.
    @inline(__always)
    static func marks(below limit: UInt8, in word: UInt64) -> UInt64 { (word &- ones &* UInt64(limit)) & ~word }

    /// Whether `word` may hold one of two bytes or one below `limit`: cheaper than to mark them, and certain for bytes
    /// below 0x80, which most text is.
    @inline(__always)
    static func mayHold(_ first: UInt8, _ second: UInt8, below limit: UInt8, in word: UInt64) -> Bool {
        let one = (word ^ (ones &* UInt64(first))) &- ones
        let two = (word ^ (ones &* UInt64(second))) &- ones
        return (one | two | (word &- ones &* UInt64(limit))) & highBits != 0
    }
}
