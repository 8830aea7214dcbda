/// How the body of an answer ends (RFC 9112 6.3).
enum ResponseBody: Equatable {
    case none
    case length(Int)
    case chunked
    /// With the connection.
    case untilClose
}

/// The head of an upstream's answer: its status, and its header lines as they came.
package final class ResponseHead {
    package internal(set) var status = 0
    /// The header lines, each ended by CR LF; checked line by line.
    package internal(set) var lines = ByteBuffer(capacity: 1024)
    /// Where each field stands in `lines`.
    package internal(set) var fields: [FieldRange] = []
    package internal(set) var contentLength: Int?
    private(set) var isChunked = false
    private var isHTTP10 = false
    private var saysClose = false
    private var saysKeepAlive = false

    /// Lines accepted of one answer, and bytes of all of them: 502 beyond.
    static let fieldLimit = 256
    static let byteLimit = 131_072

    package init() { fields.reserveCapacity(32) }

    func reset() {
        status = 0
        lines.removeAll()
        fields.removeAll(keepingCapacity: true)
        contentLength = nil
        isChunked = false
        isHTTP10 = false
        saysClose = false
        saysKeepAlive = false
    }

    /// Calls `body` with the bytes of the value of the first field of that (lower-case) name; nil when there is none.
    package func withValue<Result>(of name: StaticString, _ body: (UnsafeRawBufferPointer) -> Result) -> Result? {
        let bytes = lines.bytes
        for field in fields where equalsIgnoringCase(bytes, field.name, name) {
            return body(UnsafeRawBufferPointer(rebasing: bytes[field.value]))
        }
        return nil
    }

    /// The head of the same answer in another form: of that status, and with a body of a length of its own.
    package func retold(as status: Int) -> ResponseHead {
        let head = ResponseHead()
        head.status = status
        head.lines.append(lines.bytes)
        head.fields = fields
        return head
    }

    /// Whether the upstream's connection may serve another request (RFC 9112 9.3).
    var keepsAlive: Bool { !saysClose && (!isHTTP10 || saysKeepAlive && !isChunked) }

    /// What delimits the body of an answer to a request of this method.
    func body(forHead isHeadRequest: Bool) -> ResponseBody {
        if isHeadRequest || status == 204 || status == 304 { return .none }
        if isChunked { return .chunked }
        if let contentLength { return contentLength == 0 ? .none : .length(contentLength) }
        return .untilClose
    }

    /// Adds a status line, which also discards an interim answer's fields.
    func begin(statusLine bytes: UnsafeRawBufferPointer) throws(ProtocolError) {
        reset()
        // "HTTP/1.1 200" at least, and a three-digit status in the range that RFC 9110 15 gives.
        let malformed = ProtocolError(502, "its status line is malformed")
        guard bytes.count >= 12, bytes[8] == 0x20 else { throw malformed }
        let version: StaticString = "HTTP/1."
        for offset in 0..<7 where bytes[offset] != version.utf8Start[offset] { throw malformed }
        guard bytes[7] == 0x31 || bytes[7] == 0x30 else { throw malformed }
        isHTTP10 = bytes[7] == 0x30
        var value = 0
        for index in 9..<12 {
            let digit = bytes[index] &- 48
            guard digit <= 9 else { throw ProtocolError(502, "its status is not a number") }
            value = value &* 10 &+ Int(digit)
        }
        if bytes.count > 12, bytes[12] != 0x20, bytes[12] != 0x0D {
            throw ProtocolError(502, "its status has more than three digits")
        }
        guard isFieldValue(bytes, 12..<bytes.count) else { throw malformed }
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
        let bytes = lines.bytes
        switch field.name.count {
        case 14 where equalsIgnoringCase(bytes, field.name, "content-length"):
            guard let length = parseContentLength(bytes, field.value), contentLength == nil || contentLength == length
            else { throw ProtocolError(502, "its Content-Length is malformed or contradicts itself") }
            contentLength = length
        case 17 where equalsIgnoringCase(bytes, field.name, "transfer-encoding"):
            guard !isChunked, equalsIgnoringCase(bytes, field.value, "chunked") else {
                throw ProtocolError(502, "its Transfer-Encoding is not exactly chunked")
            }
            isChunked = true
        case 10 where equalsIgnoringCase(bytes, field.name, "connection"):
            forEachListElement(bytes, field.value) { element in
                if equalsIgnoringCase(bytes, element, "close") { saysClose = true }
                if equalsIgnoringCase(bytes, element, "keep-alive") { saysKeepAlive = true }
            }
            return
        default: return
        }
        // The length would be taken for that of what comes out of the chunks (RFC 9112 6.3).
        if isChunked, contentLength != nil {
            throw ProtocolError(502, "it has both a Content-Length and a Transfer-Encoding")
        }
    }
}
