import CSystem
import Glibc

/// An address to listen on: a numeric IPv4 or IPv6 address, or a name, and a port.
package struct SocketAddress: Sendable, Equatable, CustomStringConvertible {
    package let host: String
    /// 0 asks the system for a free port.
    package let port: UInt16

    package init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// Reads `HOST:PORT` or `[IPV6]:PORT`; nil when it is neither.
    package init?(_ text: some StringProtocol) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard !host.isEmpty else { return nil }
        self.init(host: String(host), port: port)
    }

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// Resolves the name and hands the system's form of the first address to `body`.
    func withSystemAddress<Result>(
        _ body: (UnsafePointer<sockaddr>, socklen_t, _ family: Int32) throws(SocketError) -> Result
    ) throws(SocketError) -> Result {
        var hints = addrinfo()
        hints.ai_socktype = csystem_SOCK_STREAM
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, String(port), &hints, &found)
        guard code == 0, let first = found else {
            throw SocketError("resolve '\(host)' (\(String(cString: gai_strerror(code))))", EADDRNOTAVAIL)
        }
        defer { freeaddrinfo(found) }
        return try body(first.pointee.ai_addr, first.pointee.ai_addrlen, first.pointee.ai_family)
    }
}
