/// A set of ASCII bytes that HTTP's grammar names; no byte beyond ASCII is in any.
///
/// The sets are literals, a bit a byte, so that they are constants in the code of the loops that ask them:
/// a set made by a closure is looked at behind a once-only check. A test spells out what is in them.
struct ByteClass: Sendable {
    /// Bytes 0 to 63, from the lowest bit up.
    private let low: UInt64
    /// Bytes 64 to 127.
    private let high: UInt64

    @inline(__always)
    func contains(_ byte: UInt8) -> Bool {
        byte < 128 && (byte < 64 ? low : high) >> UInt64(byte & 63) & 1 != 0
    }

    /// Whether every byte of `bytes[range]` is a member.
    @inline(__always)
    func containsAll(of bytes: UnsafeRawBufferPointer, in range: Range<Int>) -> Bool {
        for index in range where !contains(bytes[index]) { return false }
        return true
    }

    /// RFC 9110 5.6.2: what a method or a field name is made of.
    static let token = ByteClass(low: 0x03FF_6CFA_0000_0000, high: 0x57FF_FFFF_C7FF_FFFE)

    /// RFC 3986: what a request target is made of. A fragment does not belong in one (RFC 9112 3.2).
    static let target = ByteClass(low: 0xAFFF_FFF2_0000_0000, high: 0x47FF_FFFE_AFFF_FFFF)

    /// RFC 3986 3.2.2: what a host's name is made of.
    static let hostName = ByteClass(low: 0x2BFF_7FF2_0000_0000, high: 0x47FF_FFFE_87FF_FFFE)

    /// RFC 3986 3.2.2: what stands between the brackets of an IPv6 address.
    static let addressLiteral = ByteClass(low: 0x07FF_4000_0000_0000, high: 0x0000_007E_0000_007E)

    static let digit = ByteClass(low: 0x03FF_0000_0000_0000, high: 0)
}

/// RFC 9110 5.5: whether a field value may hold `byte`; obs-text is let through, since it is passed on unread.
@inline(__always)
func isFieldByte(_ byte: UInt8) -> Bool { (byte >= 0x20 && byte != 0x7F) || byte == 0x09 }

/// Whether a field value may hold every byte of `bytes[range]`: eight at a time, as values are most of a head.
func isFieldValue(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> Bool {
    let each: UInt64 = 0x0101_0101_0101_0101
    let top: UInt64 = 0x8080_8080_8080_8080
    var index = range.lowerBound
    while range.upperBound &- index >= 8 {
        let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
        // The top bit of a byte comes out set somewhere if one is below 0x20, or 0x7F; a tab is looked at again.
        let isControl = (word &- each &* 0x20) & ~word
        let delete = word ^ (each &* 0x7F)
        if (isControl | (delete &- each) & ~delete) & top != 0 {
            for offset in index..<(index &+ 8) where !isFieldByte(bytes[offset]) { return false }
        }
        index &+= 8
    }
    while index < range.upperBound {
        guard isFieldByte(bytes[index]) else { return false }
        index &+= 1
    }
    return true
}

/// Compares `bytes[range]` with lower-case ASCII `text`, ignoring the case of the former.
@inline(__always)
func equalsIgnoringCase(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, _ text: StaticString) -> Bool {
    guard range.count == text.utf8CodeUnitCount else { return false }
    for offset in 0..<range.count {
        let byte = bytes[range.lowerBound &+ offset]
        let lower = byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
        if lower != text.utf8Start[offset] { return false }
    }
    return true
}

/// Compares `bytes[range]` with `text`, case and all, as methods are (RFC 9110 9.1).
@inline(__always)
func equals(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, _ text: StaticString) -> Bool {
    guard range.count == text.utf8CodeUnitCount else { return false }
    for offset in 0..<range.count where bytes[range.lowerBound &+ offset] != text.utf8Start[offset] { return false }
    return true
}
