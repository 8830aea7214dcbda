/// Where a header field's name and value stand, counted from the start of the head.
package struct FieldRange: Sendable {
    package var name: Range<Int> { Int(nameStart)..<Int(nameEnd) }
    package var value: Range<Int> { Int(valueStart)..<Int(valueEnd) }
    let nameStart: UInt32
    let nameEnd: UInt32
    let valueStart: UInt32
    let valueEnd: UInt32
}

/// Splits one field line, without its line end, by RFC 9112 5: no space before the colon, no folding, no control bytes.
func parseFieldLine(
    _ bytes: UnsafeRawBufferPointer, _ line: Range<Int>
) throws(ProtocolError) -> FieldRange {
    let token = ByteClass.token
    var colon = line.lowerBound
    while colon < line.upperBound, token.contains(bytes[colon]) { colon &+= 1 }
    guard colon < line.upperBound, bytes[colon] == 0x3A, colon > line.lowerBound else {
        if !line.isEmpty, bytes[line.lowerBound] == 0x20 || bytes[line.lowerBound] == 0x09 {
            throw ProtocolError(400, "a header line is folded, which HTTP/1.1 no longer allows")
        }
        throw ProtocolError(400, "a header line is not a name, a colon and a value")
    }
    var start = colon &+ 1
    var end = line.upperBound
    while start < end, bytes[start] == 0x20 || bytes[start] == 0x09 { start &+= 1 }
    while end > start, bytes[end &- 1] == 0x20 || bytes[end &- 1] == 0x09 { end &-= 1 }
    guard isFieldValue(bytes, start..<end) else {
        throw ProtocolError(400, "a header value holds a control character")
    }
    return FieldRange(
        nameStart: UInt32(line.lowerBound), nameEnd: UInt32(colon),
        valueStart: UInt32(start), valueEnd: UInt32(end))
}

/// Calls `body` with each element of a comma-separated list (RFC 9110 5.6.1), without the spaces around it.
func forEachListElement(
    _ bytes: UnsafeRawBufferPointer, _ value: Range<Int>, _ body: (Range<Int>) -> Void
) {
    var position = value.lowerBound
    while position < value.upperBound {
        var end = position
        while end < value.upperBound, bytes[end] != 0x2C { end &+= 1 }
        var first = position
        var last = end
        while first < last, bytes[first] == 0x20 || bytes[first] == 0x09 { first &+= 1 }
        while last > first, bytes[last &- 1] == 0x20 || bytes[last &- 1] == 0x09 { last &-= 1 }
        if first < last { body(first..<last) }
        position = end &+ 1
    }
}

/// Reads a Content-Length: digits alone, no sign, no list, at most 18 of them (RFC 9110 8.6).
func parseContentLength(_ bytes: UnsafeRawBufferPointer, _ value: Range<Int>) -> Int? {
    guard !value.isEmpty, value.count <= 18 else { return nil }
    var length = 0
    for index in value {
        let digit = bytes[index] &- 48
        guard digit <= 9 else { return nil }
        length = length &* 10 &+ Int(digit)
    }
    return length
}
