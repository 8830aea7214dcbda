/// The classes of bytes that HTTP's grammar names, as sets of 256 bits.
@usableFromInline
struct ByteClass: Sendable {
    private let words: (UInt64, UInt64, UInt64, UInt64)

    init(_ members: (UInt8) -> Bool) {
        var words: [UInt64] = [0, 0, 0, 0]
        for byte in UInt8.min...UInt8.max where members(byte) { words[Int(byte >> 6)] |= 1 << UInt64(byte & 63) }
        self.words = (words[0], words[1], words[2], words[3])
    }

    @inline(__always)
    func contains(_ byte: UInt8) -> Bool {
        let bit = UInt64(1) << UInt64(byte & 63)
        switch byte >> 6 {
        case 0: return words.0 & bit != 0
        case 1: return words.1 & bit != 0
        case 2: return words.2 & bit != 0
        default: return words.3 & bit != 0
        }
    }

    /// Whether every byte of `bytes[range]` is a member.
    @inline(__always)
    func containsAll(of bytes: UnsafeRawBufferPointer, in range: Range<Int>) -> Bool {
        for index in range where !contains(bytes[index]) { return false }
        return true
    }

    /// RFC 9110 5.6.2: what a method or a field name is made of.
    static let token = ByteClass { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: Array("!#$%&'*+-.^_`|~".utf8).contains(byte)
        }
    }

    /// RFC 9110 5.5: what a field value is made of; obs-text is let through, since it is passed on unread.
    static let fieldValue = ByteClass { $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7F) }

    /// RFC 3986: what a request target is made of. A fragment does not belong in one (RFC 9112 3.2).
    static let target = ByteClass { byte in
        byte > 0x20 && byte < 0x7F && !Array("\"#<>\\^`{|}".utf8).contains(byte)
    }

    /// RFC 3986 3.2.2: what a host's name is made of.
    static let hostName = ByteClass { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: Array("-._~%!$&'()*+,;=".utf8).contains(byte)
        }
    }

    /// RFC 3986 3.2.2: what stands between the brackets of an IPv6 address.
    static let addressLiteral = ByteClass { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x46, 0x61...0x66, 0x2E, 0x3A: true
        default: false
        }
    }

    static let digit = ByteClass { (0x30...0x39).contains($0) }
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
