/// Where a provider answers: scheme, host, port and the path that goes before each route.
package struct BaseURL: Sendable, Hashable, CustomStringConvertible {
    package enum Scheme: String, Sendable { case http, https }

    package let scheme: Scheme
    /// A name or address in lower case; an IPv6 address without its brackets.
    package let host: String
    package let port: UInt16
    /// Empty, or a path that begins with `/` and does not end with one.
    package let pathPrefix: String

    /// Reads an absolute http or https URL without user, query or fragment; nil for anything else.
    package init?(_ text: String) {
        guard let separator = text.firstRange(of: "://"),
            let scheme = Scheme(rawValue: text[..<separator.lowerBound].lowercased())
        else { return nil }
        let rest = text[separator.upperBound...]
        // Printable ASCII only: this text becomes part of a request line and of a Host header.
        guard rest.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !rest.contains(where: { "?#@\\\"<>".contains($0) })
        else { return nil }
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        guard let (host, port) = Self.authority(rest[..<slash]) else { return nil }
        var path = rest[slash...]
        while path.last == "/" { path.removeLast() }
        self.scheme = scheme
        self.host = host
        self.port = port ?? (scheme == .https ? 443 : 80)
        pathPrefix = String(path)
    }

    init(unchecked host: String) {
        scheme = .http
        self.host = host
        port = 80
        pathPrefix = ""
    }

    private static func authority(_ text: Substring) -> (String, UInt16?)? {
        var host = text
        var port: UInt16?
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]"), SocketName(text[...end] + ":0") != nil else { return nil }
            host = text[text.index(after: text.startIndex)..<end]
            let after = text[text.index(after: end)...]
            guard after.isEmpty || after.first == ":" else { return nil }
            if !after.isEmpty {
                port = number(after.dropFirst())
                if port == nil { return nil }
            }
        } else if let colon = text.firstIndex(of: ":") {
            host = text[..<colon]
            port = number(text[text.index(after: colon)...])
            if port == nil { return nil }
        }
        let isHost = host.utf8.allSatisfy { byte in
            let letter = byte | 0x20
            return (0x61...0x7A).contains(letter) || (0x30...0x3A).contains(byte) || byte == 0x2D || byte == 0x2E
                || byte == 0x5F
        }
        guard !host.isEmpty, isHost else { return nil }
        return (host.lowercased(), port)
    }

    private static func number(_ digits: Substring) -> UInt16? {
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(digits), port > 0
        else { return nil }
        return port
    }

    /// Whether the host is this machine, so that a key sent in clear text stays on it.
    package var isLoopback: Bool {
        host == "localhost" || SocketName("\(host.contains(":") ? "[\(host)]" : host):0")?.isLoopback == true
    }

    package var description: String {
        let shownHost = host.contains(":") ? "[\(host)]" : host
        let isUsual = port == (scheme == .https ? 443 : 80)
        return "\(scheme)://\(shownHost)" + (isUsual ? "" : ":\(port)") + pathPrefix
    }
}
