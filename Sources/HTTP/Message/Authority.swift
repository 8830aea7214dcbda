/// Whether `bytes[range]` is a host and perhaps a port (RFC 3986 3.2.2, 3.2.3), without user information.
func isAuthority(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> Bool {
    guard let first = range.first else { return false }
    var end = first
    if bytes[first] == 0x5B {
        end &+= 1
        while end < range.upperBound, ByteClass.addressLiteral.contains(bytes[end]) { end &+= 1 }
        guard end > first &+ 1, end < range.upperBound, bytes[end] == 0x5D else { return false }
        end &+= 1
    } else {
        while end < range.upperBound, ByteClass.hostName.contains(bytes[end]) { end &+= 1 }
        guard end > first, hasWholeEscapes(bytes, first..<end) else { return false }
    }
    if end == range.upperBound { return true }
    return bytes[end] == 0x3A && ByteClass.digit.containsAll(of: bytes, in: (end &+ 1)..<range.upperBound)
}

/// Whether every '%' in `bytes[range]` is followed by two hex digits (RFC 3986 2.1).
func hasWholeEscapes(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> Bool {
    for index in range where bytes[index] == 0x25 {
        guard index &+ 2 < range.upperBound, isHexDigit(bytes[index &+ 1]), isHexDigit(bytes[index &+ 2]) else {
            return false
        }
    }
    return true
}

private func isHexDigit(_ byte: UInt8) -> Bool { byte &- 48 <= 9 || (byte | 0x20) &- 97 <= 5 }
