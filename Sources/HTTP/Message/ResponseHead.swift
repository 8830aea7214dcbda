/// The head of an upstream's answer: its status, and its header lines as they came.
package final class ResponseHead {
    package internal(set) var status = 0
    /// The header lines, each ended by CR LF; checked line by line.
    package internal(set) var lines = ByteBuffer(capacity: 1024)
    /// Where each field stands in `lines`.
    package internal(set) var fields: [FieldRange] = []
    package internal(set) var contentLength: Int?
    private var isChunked = false

    /// Lines accepted of one answer, and bytes of all of them: 502 beyond.
    static let fieldLimit = 256
    static let byteLimit = 131_072

    package init() {}

    func reset() {
        status = 0
        lines.removeAll()
        fields.removeAll(keepingCapacity: true)
        contentLength = nil
        isChunked = false
    }

    /// Calls `body` with the bytes of the value of the first field of that (lower-case) name; nil when there is none.
    package func withValue<Result>(of name: StaticString, _ body: (UnsafeRawBufferPointer) -> Result) -> Result? {
        let bytes = lines.bytes
        for field in fields where equalsIgnoringCase(bytes, field.name, name) {
            return body(UnsafeRawBufferPointer(rebasing: bytes[field.value]))
        }
        return nil
    }

    /// Adds a status line, which also discards an interim answer's fields.
    func begin(statusLine bytes: UnsafeRawBufferPointer) throws(ProtocolError) {
        reset()
        // "HTTP/1.1 200" at least, and a three-digit status in the range that RFC 9110 15 gives.
        guard bytes.count >= 12, bytes[8] == 0x20 else { throw ProtocolError(502, "its status line is malformed") }
        var value = 0
        for index in 9..<12 {
            let digit = bytes[index] &- 48
            guard digit <= 9 else { throw ProtocolError(502, "its status is not a number") }
            value = value &* 10 &+ Int(digit)
        }
        if bytes.count > 12, bytes[12] != 0x20, bytes[12] != 0x0D {
            throw ProtocolError(502, "its status has more than three digits")
        }
        guard value >= 100, value <= 599 else { throw ProtocolError(502, "its status is none that HTTP knows") }
        guard value != 101 else { throw ProtocolError(502, "it switched protocols unasked") }
        status = value
    }

    /// Adds one header line, without its line end.
    func add(line bytes: UnsafeRawBufferPointer) throws(ProtocolError) {
        guard fields.count < Self.fieldLimit, lines.count &+ bytes.count &+ 2 <= Self.byteLimit else {
            throw ProtocolError(502, "it has too many header fields")
        }
        let start = lines.count
        lines.append(bytes)
        let field = try parseFieldLine(lines.bytes, start..<(start &+ bytes.count))
        lines.append("\r\n")
        fields.append(field)
        try interpret(field)
    }

    private func interpret(_ field: FieldRange) throws(ProtocolError) {
        if equalsIgnoringCase(lines.bytes, field.name, "content-length") {
            guard let length = parseContentLength(lines.bytes, field.value),
                contentLength == nil || contentLength == length
            else { throw ProtocolError(502, "its Content-Length is malformed or contradicts itself") }
            contentLength = length
        } else if equalsIgnoringCase(lines.bytes, field.name, "transfer-encoding") {
            guard !isChunked, equalsIgnoringCase(lines.bytes, field.value, "chunked") else {
                throw ProtocolError(502, "its Transfer-Encoding is not exactly chunked")
            }
            isChunked = true
        }
        // The length would be taken for that of what comes out of the chunks (RFC 9112 6.3).
        if isChunked, contentLength != nil {
            throw ProtocolError(502, "it has both a Content-Length and a Transfer-Encoding")
        }
    }
}
