/// What a stored answer is found by: a SHA-256 digest, kept inline so that a key costs no allocation.
package struct CacheKey: Hashable, Sendable, CustomStringConvertible {
    private let words: (UInt64, UInt64, UInt64, UInt64)

    /// - Parameter bytes: 32 bytes; others are no key.
    package init?(bytes: RawSpan) {
        guard bytes.byteCount == 32 else { return nil }
        words = bytes.withUnsafeBytes { $0.loadUnaligned(as: (UInt64, UInt64, UInt64, UInt64).self) }
    }

    /// Reads a key as `description` writes it.
    package init?(hex: some StringProtocol) {
        var bytes: [UInt8] = []
        var high: UInt8?
        for character in hex.utf8 {
            let digit: UInt8
            switch character {
            case 0x30...0x39: digit = character &- 0x30
            case 0x61...0x66: digit = character &- 0x57
            default: return nil
            }
            if let first = high {
                bytes.append(first << 4 | digit)
                high = nil
            } else {
                high = digit
            }
        }
        guard high == nil else { return nil }
        self.init(bytes: bytes.span.bytes)
    }

    /// Lends the 32 bytes to `body`.
    package func withBytes<Result, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let copy = inlineBytes
        return try body(copy.span.bytes)
    }

    /// The 32 bytes in a form that lends spans.
    var inlineBytes: InlineArray<4, UInt64> { [words.0, words.1, words.2, words.3] }

    /// A number that differs between keys: its first eight bytes.
    var seed: UInt64 { UInt64(littleEndian: words.0) }

    /// 64 hexadecimal digits.
    package var description: String { withBytes { hexadecimal($0) } }

    package static func == (left: Self, right: Self) -> Bool { left.words == right.words }

    package func hash(into hasher: inout Hasher) {
        // A digest's bits are as good as any hash of them.
        hasher.combine(words.0)
        hasher.combine(words.1)
    }
}

/// The bytes as lower-case hexadecimal digits.
func hexadecimal(_ bytes: RawSpan) -> String {
    String(unsafeUninitializedCapacity: bytes.byteCount * 2) { text in
        func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 &+ value : 0x57 &+ value }
        bytes.withUnsafeBytes { bytes in
            for (index, byte) in bytes.enumerated() {
                text[index * 2] = digit(byte >> 4)
                text[index * 2 + 1] = digit(byte & 15)
            }
        }
        return bytes.byteCount * 2
    }
}
