/// A 64-bit checksum that finds a torn or overwritten record; not a digest, and no defence against an author.
///
/// xxHash's round in four lanes of eight bytes, which keeps the multiplier busy: a hit of 4 KB is checked in a
/// fraction of the microsecond that its look-up takes.
package enum Checksum {
    private static let first: UInt64 = 0x9E37_79B1_85EB_CA87
    private static let second: UInt64 = 0xC2B2_AE3D_27D4_EB4F
    private static let third: UInt64 = 0x1656_67B1_9E37_79F9

    /// - Parameter seed: What the checksum depends on besides the bytes.
    package static func of(_ bytes: RawSpan, seed: UInt64) -> UInt64 {
        var lanes = (seed &+ first, seed ^ second, seed &+ third, ~seed)
        var offset = 0
        let count = bytes.byteCount
        while count &- offset >= 32 {
            lanes.0 = round(lanes.0, word(bytes, offset))
            lanes.1 = round(lanes.1, word(bytes, offset &+ 8))
            lanes.2 = round(lanes.2, word(bytes, offset &+ 16))
            lanes.3 = round(lanes.3, word(bytes, offset &+ 24))
            offset &+= 32
        }
        var sum = rotate(lanes.0, 1) &+ rotate(lanes.1, 7) &+ rotate(lanes.2, 12) &+ rotate(lanes.3, 18)
        sum = round(sum, UInt64(count))
        while count &- offset >= 8 {
            sum = round(sum, word(bytes, offset))
            offset &+= 8
        }
        while offset < count {
            sum = round(sum, UInt64(bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self)))
            offset &+= 1
        }
        // Every input bit reaches every output bit.
        sum = (sum ^ (sum >> 33)) &* second
        sum = (sum ^ (sum >> 29)) &* third
        return sum ^ (sum >> 32)
    }

    private static func word(_ bytes: RawSpan, _ offset: Int) -> UInt64 {
        UInt64(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    private static func round(_ lane: UInt64, _ word: UInt64) -> UInt64 {
        rotate(lane &+ word &* second, 31) &* first
    }

    private static func rotate(_ value: UInt64, _ bits: UInt64) -> UInt64 { value << bits | value >> (64 &- bits) }
}
