/// Looks for bytes in text eight at a time, since most of a prompt, and of a stream, is none of those looked for.
///
/// By the usual test for a byte below n: `x - n` has the highest bit set, for each byte of a word at once. Bytes of 0x80
/// and above, which have it set anyhow, are none of those looked for. A borrow can spoil only what is above the first
/// byte found, so the lowest bit set is the first such byte's.
enum WordSearch {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highBits: UInt64 = 0x8080_8080_8080_8080

    /// The place of the first byte from `start` on that `find` marks in its word, and `isFound` knows by itself; the
    /// text's end when there is none. Only bytes below 0x80 can be found.
    @inline(__always)
    static func first(
        in bytes: Span<UInt8>, from start: Int, find: (UInt64) -> UInt64, isFound: (UInt8) -> Bool
    ) -> Int {
        let words = bytes.bytes
        let count = bytes.count
        var position = start
        while position &+ 8 <= count {
            // Within the text by the condition above; a check here would be a third of the loop.
            let word = UInt64(
                littleEndian: unsafe words.unsafeLoadUnaligned(fromUncheckedByteOffset: position, as: UInt64.self))
            let found = find(word) & ~word & highBits
            if found != 0 { return position &+ found.trailingZeroBitCount / 8 }
            position &+= 8
        }
        while position < count, !isFound(bytes[position]) { position &+= 1 }
        return position
    }

    /// Marks the bytes of `word` that are `byte`, by their highest bits; the other bits mean nothing.
    @inline(__always)
    static func marks(of byte: UInt8, in word: UInt64) -> UInt64 { (word ^ (ones &* UInt64(byte))) &- ones }

    /// Marks the bytes of `word` below `limit`, by their highest bits; the other bits mean nothing.
    @inline(__always)
    static func marks(below limit: UInt8, in word: UInt64) -> UInt64 { word &- ones &* UInt64(limit) }
}
