import Glibc

/// Reads a request's head by RFC 9112, strictly: whatever two parsers could read in two ways is refused.
///
/// Fed with all bytes since the head's start each time more have come; every line is looked at once, when its end has
/// come, so a head delivered byte by byte costs no more than one delivered whole, and garbage is refused at its first
/// line. Forbidden: bare LF and CR, folded lines, space before a colon, control bytes, more than one Host or
/// Content-Length, Content-Length beside Transfer-Encoding, any transfer coding but `chunked`.
package struct RequestParser: ~Copyable {
    private let headLimit: Int
    private let isSecured: Bool
    private var position = 0
    private var searched = 0
    private var sawRequestLine = false

    /// Header lines accepted, within the limit on bytes.
    package static let fieldLimit = 512

    /// Bytes of a method; longer than any that anybody speaks, so 501 beyond (RFC 9112 3).
    private static let methodLimit = 32

    /// - Parameters:
    ///   - headLimit: Bytes that a head may have; 431 beyond.
    ///   - isSecured: Whether the connection is one of TLS, which alone may ask for an `https` URL.
    package init(headLimit: Int, isSecured: Bool = false) {
        self.headLimit = headLimit
        self.isSecured = isSecured
    }

    /// Prepares for the next request.
    package mutating func reset() {
        position = 0
        searched = 0
        sawRequestLine = false
    }

    /// Looks at `bytes`, all that came since the head's start; true when the head is complete.
    package mutating func parse(
        _ bytes: UnsafeRawBufferPointer, into head: inout RequestHead
    ) throws(ProtocolError) -> Bool {
        if searched == 0 { head.reset() }
        while let lineEnd = try nextLineEnd(bytes) {
            let line = position..<lineEnd
            position = lineEnd &+ 2
            searched = position
            guard position <= headLimit else { throw tooLarge }
            if line.isEmpty {
                // RFC 9112 2.2: an empty line before the request line is ignored, once.
                if !sawRequestLine {
                    guard line.lowerBound == 0 else { throw ProtocolError(400, "the request line is empty") }
                    continue
                }
                head.length = position
                try finish(&head)
                return true
            }
            if sawRequestLine {
                guard head.fields.count < Self.fieldLimit else { throw tooLarge }
                let field = try parseFieldLine(bytes, line)
                head.fields.append(field)
                try interpret(field, bytes, &head)
            } else {
                try parseRequestLine(bytes, line, &head)
                sawRequestLine = true
            }
        }
        guard bytes.count <= headLimit else { throw tooLarge }
        return false
    }

    private var tooLarge: ProtocolError {
        sawRequestLine
            ? ProtocolError(431, "the request's header fields are larger than limits.header_bytes")
            : ProtocolError(414, "the request line is larger than limits.header_bytes")
    }

    /// The position of the CR that ends the line in hand; nil when it has not come yet.
    private mutating func nextLineEnd(_ bytes: UnsafeRawBufferPointer) throws(ProtocolError) -> Int? {
        guard searched < bytes.count, let base = bytes.baseAddress else { return nil }
        guard let found = memchr(base + searched, 0x0A, bytes.count &- searched) else {
            // Garbage that never ends its line is refused as soon as it shows.
            if !sawRequestLine, position < bytes.count, position == 0 || bytes.count &- position > 2 {
                let first = bytes[position]
                guard first == 0x0D || ByteClass.token.contains(first) else {
                    throw ProtocolError(400, "the request does not begin with a method")
                }
            }
            searched = bytes.count
            return nil
        }
        let lineFeed = base.distance(to: UnsafeRawPointer(found))
        guard lineFeed > position, bytes[lineFeed &- 1] == 0x0D else {
            throw ProtocolError(400, "a line ends without a carriage return")
        }
        return lineFeed &- 1
    }

    // MARK: The request line

    private func parseRequestLine(
        _ bytes: UnsafeRawBufferPointer, _ line: Range<Int>, _ head: inout RequestHead
    ) throws(ProtocolError) {
        let token = ByteClass.token
        var end = line.lowerBound
        while end < line.upperBound, token.contains(bytes[end]) { end &+= 1 }
        guard end > line.lowerBound, end < line.upperBound, bytes[end] == 0x20 else {
            throw ProtocolError(400, "the request line is not a method, a target and a version")
        }
        guard end &- line.lowerBound <= Self.methodLimit else { throw ProtocolError(501, "no such method is known") }
        head.method = line.lowerBound..<end
        let targetStart = end &+ 1
        end = targetStart
        let allowed = ByteClass.target
        while end < line.upperBound, allowed.contains(bytes[end]) { end &+= 1 }
        guard end > targetStart, end < line.upperBound, bytes[end] == 0x20 else {
            throw ProtocolError(400, "the request target is malformed")
        }
        head.target = targetStart..<end
        try parseVersion(bytes, (end &+ 1)..<line.upperBound, &head)
        try parseTarget(bytes, &head)
    }

    private func parseVersion(
        _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, _ head: inout RequestHead
    ) throws(ProtocolError) {
        let malformed = ProtocolError(400, "the request line does not end with an HTTP version")
        guard range.count == 8 else { throw malformed }
        let prefix: StaticString = "HTTP/"
        for offset in 0..<5 where bytes[range.lowerBound &+ offset] != prefix.utf8Start[offset] { throw malformed }
        let major = bytes[range.lowerBound &+ 5] &- 48
        let minor = bytes[range.lowerBound &+ 7] &- 48
        guard major <= 9, minor <= 9, bytes[range.lowerBound &+ 6] == 0x2E else { throw malformed }
        guard major == 1 else { throw ProtocolError(505, "only HTTP/1.1 and HTTP/1.0 are spoken here") }
        head.isHTTP10 = minor == 0
    }

    /// RFC 9112 3.2: origin-form, absolute-form, and `*` for OPTIONS; CONNECT's authority-form is not for a gateway.
    private func parseTarget(_ bytes: UnsafeRawBufferPointer, _ head: inout RequestHead) throws(ProtocolError) {
        let target = head.target
        let method = head.method
        if equals(bytes, method, "CONNECT") { throw ProtocolError(501, "CONNECT is not offered") }
        // What comes back of a TRACE are the fields that went out, a provider's key among them (RFC 9110 9.3.8).
        if equals(bytes, method, "TRACE") { throw ProtocolError(501, "TRACE is not offered") }
        if bytes[target.lowerBound] == 0x2F {
            head.pathAndQuery = target
        } else if target.count == 1, bytes[target.lowerBound] == 0x2A {
            guard equals(bytes, method, "OPTIONS") else {
                throw ProtocolError(400, "only OPTIONS may ask for '*'")
            }
            head.pathAndQuery = target
        } else {
            let schemeEnd: Int
            if target.count > 7, equalsIgnoringCase(bytes, target.lowerBound..<(target.lowerBound &+ 7), "http://") {
                schemeEnd = target.lowerBound &+ 7
            } else if target.count > 8,
                equalsIgnoringCase(bytes, target.lowerBound..<(target.lowerBound &+ 8), "https://")
            {
                // RFC 9110 7.4: nobody but the secured server may answer for it.
                guard isSecured else { throw ProtocolError(421, "an https URL is not served without TLS") }
                schemeEnd = target.lowerBound &+ 8
            } else {
                throw ProtocolError(400, "the request target is neither a path nor an http URL")
            }
            var pathStart = schemeEnd
            while pathStart < target.upperBound, bytes[pathStart] != 0x2F, bytes[pathStart] != 0x3F { pathStart &+= 1 }
            guard isAuthority(bytes, schemeEnd..<pathStart) else {
                throw ProtocolError(400, "the request target's authority is malformed")
            }
            head.pathAndQuery = pathStart..<target.upperBound
        }
        guard hasWholeEscapes(bytes, target) else {
            throw ProtocolError(400, "the request target holds a '%' that is not followed by two hex digits")
        }
    }

    // MARK: The fields that frame the message

    private func interpret(
        _ field: FieldRange, _ bytes: UnsafeRawBufferPointer, _ head: inout RequestHead
    ) throws(ProtocolError) {
        let name = field.name
        switch name.count {
        case 4 where equalsIgnoringCase(bytes, name, "host"):
            head.hostCount &+= 1
            guard head.hostCount == 1 else { throw ProtocolError(400, "the Host header is repeated") }
            guard field.value.isEmpty || isAuthority(bytes, field.value) else {
                throw ProtocolError(400, "the Host header is malformed")
            }
        case 14 where equalsIgnoringCase(bytes, name, "content-length"):
            guard head.contentLength == nil else { throw ProtocolError(400, "Content-Length is repeated") }
            guard let length = parseContentLength(bytes, field.value) else {
                throw ProtocolError(400, "Content-Length is not a number")
            }
            head.contentLength = length
        case 17 where equalsIgnoringCase(bytes, name, "transfer-encoding"):
            guard !head.isChunked else { throw ProtocolError(400, "Transfer-Encoding is repeated") }
            guard equalsIgnoringCase(bytes, field.value, "chunked") else {
                throw transferCodingError(bytes, field.value)
            }
            head.isChunked = true
        case 10 where equalsIgnoringCase(bytes, name, "connection"):
            forEachListElement(bytes, field.value) { element in
                if equalsIgnoringCase(bytes, element, "close") { head.asksClose = true }
                if equalsIgnoringCase(bytes, element, "keep-alive") { head.asksKeepAlive = true }
            }
        case 6 where equalsIgnoringCase(bytes, name, "expect"):
            var isMet = true
            forEachListElement(bytes, field.value) { element in
                if equalsIgnoringCase(bytes, element, "100-continue") {
                    head.expectsContinue = true
                } else {
                    isMet = false
                }
            }
            guard isMet else { throw ProtocolError(417, "the only expectation met here is 100-continue") }
        case 7 where equalsIgnoringCase(bytes, name, "upgrade"):
            // An offer of HTTP/2, which Java's client makes with every request, may be ignored (RFC 9110 7.8).
            if !field.value.isEmpty, !equalsIgnoringCase(bytes, field.value, "h2c") { head.asksUpgrade = true }
        default: break
        }
    }

    /// RFC 9112 6.1: a coding we do not know is 501, one whose last is not `chunked` leaves the length unknown: 400.
    private func transferCodingError(_ bytes: UnsafeRawBufferPointer, _ value: Range<Int>) -> ProtocolError {
        var codings = 0
        var chunked = 0
        var lastIsChunked = false
        forEachListElement(bytes, value) { element in
            codings &+= 1
            lastIsChunked = equalsIgnoringCase(bytes, element, "chunked")
            if lastIsChunked { chunked &+= 1 }
        }
        return lastIsChunked && chunked == 1 && codings > 1
            ? ProtocolError(501, "the only transfer coding understood here is chunked")
            : ProtocolError(400, "Transfer-Encoding must be exactly chunked")
    }

    private func finish(_ head: inout RequestHead) throws(ProtocolError) {
        if head.isChunked, head.contentLength != nil {
            throw ProtocolError(400, "Content-Length and Transfer-Encoding exclude each other")
        }
        if head.isChunked, head.isHTTP10 {
            throw ProtocolError(400, "HTTP/1.0 knows no Transfer-Encoding")
        }
        if head.hostCount == 0, !head.isHTTP10 { throw ProtocolError(400, "the Host header is missing") }
        // RFC 9110 10.1.1 and 7.8: of HTTP/1.0 neither is heeded.
        if head.isHTTP10 {
            head.expectsContinue = false
            head.asksUpgrade = false
        }
    }
}
