import Glibc

/// Tries an address by binding it for a moment. Wraps the C calls, so its pointers stay in this file.
enum PortProbe {
    /// The errno of binding `name`, 0 when it can be bound.
    static func bindError(_ name: SocketName) -> Int32 {
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(name.host, String(name.port), &hints, &found) == 0, let found else { return EINVAL }
        defer { freeaddrinfo(found) }
        let descriptor = socket(found.pointee.ai_family, found.pointee.ai_socktype, 0)
        guard descriptor >= 0 else { return errno }
        defer { close(descriptor) }
        // As the listener does: a port in TIME_WAIT is free, one that somebody listens on is not.
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        return bind(descriptor, found.pointee.ai_addr, found.pointee.ai_addrlen) == 0 ? 0 : errno
    }
}
