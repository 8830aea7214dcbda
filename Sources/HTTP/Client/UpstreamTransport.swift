/// Where an upstream is reached; made from the configuration alone, once: its identity is that of its connections.
package final class UpstreamOrigin: Sendable {
    /// A host's name or numeric address, without brackets.
    package let host: String
    package let port: UInt16
    package let isTLS: Bool
    /// Scheme, host and port, as in `https://api.openai.com`, without a path.
    package let baseURL: String
    /// The `Host` value.
    package let authority: String
    /// Whether the host is this machine, which no egress proxy is asked for.
    package let isLoopback: Bool
    /// Connections at most, in use or kept.
    package let connectionLimit: Int
    /// The path of a PEM file of the only certificates trusted; nil for the system's.
    package let certificateFile: String?
    /// How long the addresses of the host's name are believed, in nanoseconds.
    package let addressLifetime: UInt64
    /// Whether libcurl is to make the calls.
    package let needsCurl: Bool

    /// - Parameters:
    ///   - scheme: `http` or `https`.
    ///   - port: Nil for the scheme's own.
    ///   - addressLifetime: In nanoseconds.
    package init(
        scheme: String, host: String, port: UInt16?, connectionLimit: Int, certificateFile: String? = nil,
        addressLifetime: UInt64 = 60_000_000_000, needsCurl: Bool = false
    ) {
        self.host = host
        isTLS = scheme == "https"
        self.port = port ?? (isTLS ? 443 : 80)
        let shownHost = host.contains(":") ? "[\(host)]" : host
        authority = port.map { "\(shownHost):\($0)" } ?? shownHost
        baseURL = "\(scheme)://\(authority)"
        isLoopback = host == "localhost" || host == "::1" || host.hasPrefix("127.")
        self.connectionLimit = connectionLimit
        self.certificateFile = certificateFile
        self.addressLifetime = addressLifetime
        self.needsCurl = needsCurl
    }
}

/// How long each part of a call may take, in nanoseconds.
package struct UpstreamTimeouts: Sendable, Equatable {
    /// Until a connection is there: a free one, or the name looked up, connected, and TLS agreed on.
    package var connect: UInt64
    /// From the start until the answer's head.
    package var firstByte: UInt64
    /// Between two pieces of the answer.
    package var idle: UInt64
    package var total: UInt64

    package init(connect: UInt64, firstByte: UInt64, idle: UInt64, total: UInt64) {
        self.connect = connect
        self.firstByte = firstByte
        self.idle = idle
        self.total = total
    }
}

/// A request's body on its way upstream.
package enum UpstreamBody {
    case none
    /// Bytes that the caller keeps unchanged until the exchange has ended.
    case bytes(UnsafeRawBufferPointer)
    case stream(any BodySource)
}

/// One call: what is sent where, rebuilt from the client's parsed request.
package struct UpstreamRequest: ~Copyable {
    package var origin: UpstreamOrigin
    package var method: String
    /// Path and query, beginning with a slash, as they go on the wire.
    package var target = ByteBuffer(capacity: 128)
    /// End-to-end header lines, each ended by CR LF, without Host, Content-Length and Transfer-Encoding.
    package var headers = ByteBuffer(capacity: 1024)
    package var body = UpstreamBody.none
    package var timeouts: UpstreamTimeouts

    package init(origin: UpstreamOrigin, method: String, timeouts: UpstreamTimeouts) {
        self.origin = origin
        self.method = method
        self.timeouts = timeouts
    }
}

/// Something that makes upstream calls on one loop.
package protocol UpstreamTransport: AnyObject {
    /// Begins a call. What goes wrong shows when its answer is asked for.
    func begin(_ request: borrowing UpstreamRequest) -> any UpstreamExchange
    /// Whatever is in flight ends as cancelled, and every connection is closed.
    func close()
}

/// Something that is waited for and can be given up.
package protocol Cancellable: AnyObject {
    /// Gives it up at once; whoever waits is told so.
    func cancel()
}

/// A call in flight. Pull-based: it reads on only while the caller asks, or holds less than a bound.
package protocol UpstreamExchange: Cancellable {
    /// The answer's head, whole and valid once `waitForHead` has returned.
    var head: ResponseHead { get }
    /// Bytes of the answer's body that have come and that the caller has not consumed.
    var received: ByteBuffer { get set }
    /// Bytes of memory that what has come of the answer takes.
    var heldBytes: Int { get }
    /// Waits for the answer's head. Nothing of an answer is to be shown to a client before.
    func waitForHead() async throws(UpstreamFailure)
    /// Waits until more of the body has come since the last call, which `received` has as far as it can be told already;
    /// false when it has ended as its framing says it must.
    func read() async throws(UpstreamFailure) -> Bool
    /// Gives the call up at once: its connection is closed, and whoever waits gets `.cancelled`.
    func cancel()
    /// Ends the use of this object; an unfinished call is given up.
    func finish()
}

extension UpstreamExchange {
    package var heldBytes: Int { received.allocatedBytes }
}
