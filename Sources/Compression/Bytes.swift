import Tokens

extension Span where Element == UInt8 {
    /// The byte at `index`, or 0 where there is none.
    @inline(__always)
    func at(_ index: Int) -> UInt8 { index >= 0 && index < count ? self[index] : 0 }

    /// Whether `text` stands at `start`.
    @inline(__always)
    func has(_ text: StaticString, at start: Int) -> Bool {
        let length = text.utf8CodeUnitCount
        guard start >= 0, length <= count, start <= count &- length else { return false }
        for offset in 0..<length where self[start &+ offset] != text.utf8Start[offset] { return false }
        return true
    }

    /// Whether two texts are the same.
    func equals(_ other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        let left = bytes
        let right = other.bytes
        var index = 0
        while index &+ 8 <= count {
            // Within both texts by the condition above.
            let difference =
                unsafe left.unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: UInt64.self)
                ^ right.unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: UInt64.self)
            if difference != 0 { return false }
            index &+= 8
        }
        while index < count {
            if self[index] != other[index] { return false }
            index &+= 1
        }
        return true
    }

    /// The place of the next `byte` from `start` on; the text's end when there is none.
    func next(_ byte: UInt8, from start: Int) -> Int {
        let words = bytes
        let pattern = 0x0101_0101_0101_0101 &* UInt64(byte)
        var position = start
        while position &+ 8 <= count {
            // Within the text by the condition above.
            let word = unsafe words.unsafeLoadUnaligned(fromUncheckedByteOffset: position, as: UInt64.self)
            let found = Words.marks(of: pattern, in: UInt64(littleEndian: word))
            if found != 0 { return position &+ found.trailingZeroBitCount / 8 }
            position &+= 8
        }
        while position < count, self[position] != byte { position &+= 1 }
        return position
    }

    /// The first place from `start` on that is no blank or tab.
    @inline(__always)
    func skipBlanks(_ start: Int) -> Int {
        var position = start
        while position < count, self[position] == 0x20 || self[position] == 0x09 { position &+= 1 }
        return position
    }

    /// The end of the text without the blanks and tabs that end it, not before `start`.
    @inline(__always)
    func trimmedEnd(from start: Int = 0) -> Int {
        var end = count
        while end > start, self[end &- 1] == 0x20 || self[end &- 1] == 0x09 { end &-= 1 }
        return end
    }

    /// Its tokens, estimated in hundredths.
    var hundredths: Int {
        var estimate = TokenEstimate()
        estimate.add(self)
        return estimate.hundredths
    }
}

/// Looking at eight bytes at once.
enum Words {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highBits: UInt64 = 0x8080_8080_8080_8080

    /// Marks the bytes of `word` that equal those of `pattern` by their highest bits; right up to the first one.
    @inline(__always)
    static func marks(of pattern: UInt64, in word: UInt64) -> UInt64 {
        let difference = word ^ pattern
        return (difference &- ones) & ~difference & highBits
    }
}

extension [UInt8] {
    mutating func append(_ text: Span<UInt8>) {
        unsafe text.withUnsafeBufferPointer { append(contentsOf: $0) }
    }

    mutating func append(_ text: StaticString) {
        append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Appends a number of 0 or more in decimal digits.
    mutating func append(decimal number: Int) {
        if number >= 10 { append(decimal: number / 10) }
        append(UInt8(truncatingIfNeeded: 0x30 &+ number % 10))
    }
}
