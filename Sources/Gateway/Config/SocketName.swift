import Glibc

/// An address to listen on, `HOST:PORT`: an IPv4 or IPv6 address, or `localhost`. Port 0 takes a free one.
///
/// Names are not resolved: which of several addresses a name would mean is not for a listener to guess.
package struct SocketName: Sendable, Hashable, CustomStringConvertible {
    /// The address without brackets; `localhost` became 127.0.0.1.
    package let host: String
    package let port: UInt16

    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(digits)
        else { return nil }
        var host = String(text[..<colon])
        if host == "localhost" { host = "127.0.0.1" }
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
            var address = in6_addr()
            guard inet_pton(AF_INET6, host, &address) == 1 else { return nil }
        } else {
            var address = in_addr()
            guard inet_pton(AF_INET, host, &address) == 1 else { return nil }
        }
        self.host = host
        self.port = port
    }

    /// 127.0.0.1 at that port.
    package init(loopbackPort port: UInt16) {
        host = "127.0.0.1"
        self.port = port
    }

    package var isIPv6: Bool { host.contains(":") }

    /// Whether only this machine reaches it.
    package var isLoopback: Bool {
        guard isIPv6 else { return host.hasPrefix("127.") }
        var address = in6_addr()
        inet_pton(AF_INET6, host, &address)
        return withUnsafeBytes(of: address) { bytes in
            let isOne = bytes.dropLast().allSatisfy { $0 == 0 } && bytes.last == 1
            let isMapped = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
            return isOne || (isMapped && bytes[12] == 127)
        }
    }

    package var description: String { isIPv6 ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
