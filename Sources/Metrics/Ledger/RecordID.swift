/// The name of one client call: a UUID of version 7 (RFC 9562), so that names sort by time.
///
/// It is the key in the ledger and the `x-gateway-request-id` that a client sees.
package struct RecordID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The first eight bytes, most significant first: milliseconds since 1970 (48 bits), the version, and the
    /// fraction of the millisecond (12 bits).
    package let high: UInt64
    /// The last eight bytes: the variant and 62 random bits.
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// The least name that a call at `microseconds` since 1970 could have: a bound for ranges.
    package init(notBefore microseconds: Int64) {
        self.init(stamp: Self.stamp(microseconds), low: 0)
    }

    /// The name made of 60 bits of time, with the version set, and a low half that states the variant.
    fileprivate init(stamp: UInt64, low: UInt64) {
        self.init(high: (stamp << 4) & ~0xFFFF | 0x7000 | stamp & 0xFFF, low: low)
    }

    package static func < (left: Self, right: Self) -> Bool {
        left.high != right.high ? left.high < right.high : left.low < right.low
    }

    /// When the name was given, in microseconds since 1970, to within a microsecond.
    package var microseconds: Int64 {
        Int64(high >> 16) * 1000 + Int64(((high & 0xFFF) * 1000) >> 12)
    }

    /// The canonical text: 36 characters, lower case.
    package var description: String {
        String(unsafeUninitializedCapacity: 36) { text in
            write(to: UnsafeMutableRawBufferPointer(text))
            return 36
        }
    }

    /// Reads the canonical text, in either case.
    package init?(_ text: some StringProtocol) {
        var halves: (high: UInt64, low: UInt64) = (0, 0)
        var position = 0
        for byte in text.utf8 {
            if position == 8 || position == 13 || position == 18 || position == 23 {
                guard byte == UInt8(ascii: "-") else { return nil }
            } else {
                guard position < 36, let value = Self.value(of: byte) else { return nil }
                if position < 18 {
                    halves.high = halves.high << 4 | value
                } else {
                    halves.low = halves.low << 4 | value
                }
            }
            position += 1
        }
        guard position == 36 else { return nil }
        self.init(high: halves.high, low: halves.low)
    }

    /// The sixteen bytes in their order, as the ledger's key.
    package var bytes: [UInt8] { (0..<16).map { self[$0] } }

    /// The same without memory of their own.
    var keyBytes: InlineArray<16, UInt8> { InlineArray { self[$0] } }

    /// Writes the canonical text, 36 bytes, to `text`.
    package func write(to text: UnsafeMutableRawBufferPointer) {
        precondition(text.count >= 36, "a record's name has 36 characters")
        var position = 0
        for index in 0..<16 {
            if index == 4 || index == 6 || index == 8 || index == 10 {
                text[position] = UInt8(ascii: "-")
                position &+= 1
            }
            let byte = self[index]
            text[position] = Self.digit(byte >> 4)
            text[position &+ 1] = Self.digit(byte & 15)
            position &+= 2
        }
    }

    /// Reads a ledger's key; `nil` unless it has sixteen bytes.
    package init?(bytes: RawSpan) {
        guard bytes.byteCount == 16 else { return nil }
        var halves: (high: UInt64, low: UInt64) = (0, 0)
        for index in 0..<8 {
            halves.high = halves.high << 8 | UInt64(bytes.byte(at: index))
            halves.low = halves.low << 8 | UInt64(bytes.byte(at: index + 8))
        }
        self.init(high: halves.high, low: halves.low)
    }

    /// The byte at `index`, of 16.
    private subscript(index: Int) -> UInt8 {
        UInt8(truncatingIfNeeded: (index < 8 ? high : low) >> UInt64(56 - 8 * (index & 7)))
    }

    /// The time as 48 bits of milliseconds and 12 bits of their fraction, in one number.
    fileprivate static func stamp(_ microseconds: Int64) -> UInt64 {
        let time = UInt64(max(0, microseconds))
        // Rounded up, so that reading the time back gives the same microsecond.
        return (time / 1000 & 0xFFFF_FFFF_FFFF) << 12 | ((time % 1000) << 12 + 999) / 1000
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") &+ value : UInt8(ascii: "a") &- 10 &+ value
    }

    private static func value(of digit: UInt8) -> UInt64? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(digit - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(digit - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(digit - UInt8(ascii: "A") + 10)
        default: nil
        }
    }
}

/// Gives out record names, each greater than the one before; one a loop.
///
/// Names of one loop are strictly increasing even when the clock stands still or steps back: the time part then
/// goes on from the last one. Names of several loops and processes differ by 62 random bits. These are
/// spread by SplitMix64 from a seed of the system's, not drawn anew, since a name is no secret and drawing is a
/// system call.
package struct RecordIDGenerator: Sendable {
    private var last: UInt64 = 0
    private var random: UInt64

    /// - Parameter seed: Where the random part starts; by default from the system.
    package init(seed: UInt64 = .random(in: .min ... .max)) { random = seed }

    /// The next name.
    ///
    /// - Parameter wall: Microseconds since 1970.
    package mutating func next(wall: Int64) -> RecordID {
        last = max(RecordID.stamp(wall), last &+ 1)
        random &+= 0x9E37_79B9_7F4A_7C15
        var mixed = random
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        mixed ^= mixed >> 31
        return RecordID(stamp: last, low: 1 << 63 | mixed >> 2)
    }
}
