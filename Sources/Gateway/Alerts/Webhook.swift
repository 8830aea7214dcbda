import Cache
import HTTP
import Platform

/// Where alerts are sent to, as JSON by POST: signed, where a secret is shared, and again a few times where nobody takes it.
struct Webhook: Sendable {
    private let origin: UpstreamOrigin
    private let target: String
    private let secret: [UInt8]?

    /// How often an alert is sent until it is taken.
    static let attempts = 5

    /// Nanoseconds to wait before an attempt; the first is 0.
    static func pause(before attempt: Int) -> UInt64 { attempt == 0 ? 0 : 1_000_000_000 << UInt64(attempt - 1) }

    private static let timeouts = UpstreamTimeouts(
        connect: 5_000_000_000, firstByte: 10_000_000_000, idle: 10_000_000_000, total: 20_000_000_000)

    /// Nil where none is configured.
    init?(_ settings: AlertSettings) {
        guard let url = settings.webhook?.value else { return nil }
        // What follows the host may hold a query, which a base URL has not.
        let queryStart = url.firstIndex(of: "?") ?? url.endIndex
        guard let base = BaseURL(String(url[..<queryStart])) else { return nil }
        let isUsualPort = base.port == (base.scheme == .https ? 443 : 80)
        // libcurl, since it may be reached through an egress proxy only.
        origin = UpstreamOrigin(
            scheme: base.scheme.rawValue, host: base.host, port: isUsualPort ? nil : base.port, connectionLimit: 1,
            needsCurl: true)
        let path = base.pathPrefix.isEmpty ? "/" : base.pathPrefix
        target = path + url[queryStart...]
        secret = settings.webhookSecret.map { Array($0.value.utf8) }
    }

    /// Sends `body` once.
    ///
    /// - Returns: Whether it was taken: answered with a status of 2xx.
    func post(_ body: String, by transport: Transports, _ time: any TimeSource) async -> Bool {
        var bytes = ByteBuffer(capacity: body.utf8.count)
        // The exchange is lent its bytes until it has finished.
        defer { withExtendedLifetime(bytes) {} }
        bytes.append(body)
        var request = UpstreamRequest(origin: origin, method: "POST", timeouts: Self.timeouts)
        request.target.append(target)
        request.headers.append("content-type: application/json\r\n")
        if let secret {
            let now = time.wallMicroseconds() / 1_000_000
            let signed = Array("\(now).\(body)".utf8)
            let signature = Signature.code(of: signed, key: secret)
            request.headers.append("x-gateway-signature: t=\(now),v1=\(signature)\r\n")
        }
        request.body = .bytes(bytes.bytes)
        let exchange = transport.begin(request)
        defer { exchange.finish() }
        do throws(UpstreamFailure) {
            try await exchange.waitForHead()
            return (200..<300).contains(exchange.head.status)
        } catch { return false }
    }
}
