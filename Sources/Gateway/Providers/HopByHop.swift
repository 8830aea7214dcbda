import HTTP

/// Which header fields end at the gateway (RFC 9110 7.6.1), in either direction.
enum HopByHop {
    /// Whether a client's field ends here. Framing and host are written anew, `Expect` is answered here, and an upstream
    /// is always asked for `identity`. Underscores: a server of the CGI family could not tell them from hyphens.
    static func endsHere(request name: HeaderName) -> Bool {
        if name.hasPrefix("x-gateway-") { return true }
        return switch name.length {
        case 2: name.is("te")
        case 4: name.is("host")
        case 6: name.is("expect")
        case 7: name.is("trailer") || name.is("upgrade")
        case 10: name.is("connection") || name.is("keep-alive")
        case 14: name.is("content-length") || name.is("content_length")
        case 15: name.is("accept-encoding")
        case 16: name.is("proxy-connection")
        case 17: name.is("transfer-encoding") || name.is("transfer_encoding")
        case 18: name.is("proxy-authenticate")
        case 19: name.is("proxy-authorization")
        default: false
        }
    }

    /// Whether an upstream's field goes to the client. `X-Accel-*` would steer a proxy in front of us.
    static func endsHere(response name: HeaderName) -> Bool {
        if name.hasPrefix("x-accel-") || name.hasPrefix("x-gateway-") { return true }
        return switch name.length {
        case 7: name.is("trailer") || name.is("upgrade")
        case 10: name.is("connection") || name.is("keep-alive")
        case 14: name.is("content-length")
        case 16: name.is("proxy-connection")
        case 17: name.is("transfer-encoding")
        case 18: name.is("proxy-authenticate")
        case 25: name.is("proxy-authentication-info")
        default: false
        }
    }

    /// Whether `name` is one of the comma-separated names in the `Connection` values.
    static func isNamed(_ name: HeaderName, by values: [Range<Int>], in bytes: UnsafeRawBufferPointer) -> Bool {
        for value in values {
            var start = value.lowerBound
            while start < value.upperBound {
                var end = start
                while end < value.upperBound, bytes[end] != 0x2C { end &+= 1 }
                var first = start
                var last = end
                while first < last, bytes[first] == 0x20 || bytes[first] == 0x09 { first &+= 1 }
                while last > first, bytes[last &- 1] == 0x20 || bytes[last &- 1] == 0x09 { last &-= 1 }
                if HeaderName(bytes, first..<last).equals(name) { return true }
                start = end &+ 1
            }
        }
        return false
    }
}

extension HeaderName {
    /// Whether two names are the same without regard to case.
    func equals(_ other: HeaderName) -> Bool {
        guard length == other.length else { return false }
        for offset in 0..<length where lowercased(offset) != other.lowercased(offset) { return false }
        return true
    }
}
