/// Where a text's lines stand, and a hash of each: one pass, eight bytes at a time.
///
/// Lines are what stands between line feeds, without them; a text that ends with one has an empty last line.
struct TextLines: ~Copyable {
    private(set) var starts: [Int32] = []
    private(set) var ends: [Int32] = []
    private(set) var hashes: [UInt64] = []
    /// Whether the text is ASCII.
    private(set) var isASCII = true

    var count: Int { starts.count }

    @inline(__always)
    subscript(_ index: Int) -> Range<Int> { Int(starts[index])..<Int(ends[index]) }

    mutating func index(_ text: Span<UInt8>) {
        starts.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        hashes.removeAll(keepingCapacity: true)
        let words = text.bytes
        let count = text.count
        var seen: UInt64 = 0
        var position = 0
        while true {
            let start = position
            var hash: UInt64 = 0x9AE1_6A3B_2F90_404F
            var end = -1
            while position &+ 8 <= count {
                // Within the text by the condition above.
                let word = UInt64(
                    littleEndian: unsafe words.unsafeLoadUnaligned(fromUncheckedByteOffset: position, as: UInt64.self))
                seen |= word
                let found = Words.marks(of: 0x0A0A_0A0A_0A0A_0A0A, in: word)
                if found != 0 {
                    let bits = UInt64(found.trailingZeroBitCount & ~7)
                    hash = Self.mix(hash, word & ((1 << bits) &- 1))
                    end = position &+ Int(bits / 8)
                    break
                }
                hash = Self.mix(hash, word)
                position &+= 8
            }
            if end < 0 {
                var word: UInt64 = 0
                var shift: UInt64 = 0
                while position < count, text[position] != 0x0A {
                    word |= UInt64(text[position]) << shift
                    shift &+= 8
                    position &+= 1
                }
                seen |= word
                hash = Self.mix(hash, word)
                end = position
            }
            starts.append(Int32(truncatingIfNeeded: start))
            ends.append(Int32(truncatingIfNeeded: end))
            hashes.append(Self.finish(hash, end &- start))
            if end >= count { break }
            position = end &+ 1
        }
        isASCII = seen & 0x8080_8080_8080_8080 == 0
    }

    /// The hash of one line, as `index` would make it.
    static func hash(_ line: Span<UInt8>) -> UInt64 {
        let words = line.bytes
        var hash: UInt64 = 0x9AE1_6A3B_2F90_404F
        var position = 0
        while position &+ 8 <= line.count {
            // Within the line by the condition above.
            let word = unsafe words.unsafeLoadUnaligned(fromUncheckedByteOffset: position, as: UInt64.self)
            hash = mix(hash, UInt64(littleEndian: word))
            position &+= 8
        }
        var word: UInt64 = 0
        var shift: UInt64 = 0
        while position < line.count {
            word |= UInt64(line[position]) << shift
            shift &+= 8
            position &+= 1
        }
        return finish(mix(hash, word), line.count)
    }

    @inline(__always)
    private static func mix(_ hash: UInt64, _ word: UInt64) -> UInt64 {
        let product = (hash ^ word) &* 0x9E37_79B9_7F4A_7C15
        return product ^ product >> 29
    }

    @inline(__always)
    private static func finish(_ hash: UInt64, _ length: Int) -> UInt64 {
        mix(hash, UInt64(truncatingIfNeeded: length)) &* 0xBF58_476D_1CE4_E5B9
    }
}
