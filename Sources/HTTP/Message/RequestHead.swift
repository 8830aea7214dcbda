/// The parsed head of a request: ranges into the bytes it was read from, and what its framing says.
///
/// Kept by a connection and filled anew for each request, so that parsing allocates nothing.
package struct RequestHead: ~Copyable {
    /// Bytes from the request line to the empty line, both included.
    package internal(set) var length = 0
    package internal(set) var method = 0..<0
    /// The whole target as sent.
    package internal(set) var target = 0..<0
    /// The target from its path on: of an absolute-form target what follows the authority, empty if nothing does.
    package internal(set) var pathAndQuery = 0..<0
    package internal(set) var fields: [FieldRange] = []
    /// The body's length; nil when no Content-Length was sent.
    package internal(set) var contentLength: Int?
    package internal(set) var isChunked = false
    /// Whether the client speaks HTTP/1.0, to whom nothing is sent in chunks.
    package internal(set) var isHTTP10 = false
    /// Whether the connection may serve another request (RFC 9112 9.3): `close` outdoes `keep-alive`.
    package var keepsAlive: Bool { !asksClose && (!isHTTP10 || asksKeepAlive) }
    package internal(set) var expectsContinue = false
    /// Whether the client asks to change the protocol (WebSocket).
    package internal(set) var asksUpgrade = false
    var asksClose = false
    var asksKeepAlive = false
    var hostCount = 0

    package init() { fields.reserveCapacity(32) }

    /// Whether a body follows.
    package var hasBody: Bool { isChunked || (contentLength ?? 0) > 0 }

    /// Gives the memory of its fields back.
    mutating func release() { fields = [] }

    mutating func reset() {
        length = 0
        method = 0..<0
        target = 0..<0
        pathAndQuery = 0..<0
        fields.removeAll(keepingCapacity: true)
        contentLength = nil
        isChunked = false
        isHTTP10 = false
        asksClose = false
        asksKeepAlive = false
        expectsContinue = false
        asksUpgrade = false
        hostCount = 0
    }
}
