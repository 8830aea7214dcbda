import CSystem
import Glibc

/// The listening sockets of every loop, made before any loop runs.
///
/// Of its own, each loop has one: the first is bound without SO_REUSEPORT, so that a port in use is refused and not
/// shared by accident; then the option is set and its siblings join, and the kernel spreads the connections over them.
package struct ListeningSockets: Sendable {
    /// The listening descriptors of each loop.
    package let byLoop: [[Int32]]
    /// What was bound first, with the port that the system chose for 0.
    package let address: SocketAddress
    /// Whether others hold the sockets too, so that they go on listening when this process has ended.
    package let areShared: Bool

    package var descriptors: [Int32] { byLoop.flatMap(\.self) }

    /// Binds `address` `count` times.
    package init(binding address: SocketAddress, count: Int, backlog: Int32 = 1024) throws(SocketError) {
        let first = try Self.makeSocket(address, backlog: backlog, shared: false)
        var descriptors = [first]
        let bound = SocketAddress(host: address.host, port: try Self.localAddress(of: first).port)
        do throws(SocketError) {
            for _ in 1..<max(count, 1) {
                descriptors.append(try Self.makeSocket(bound, backlog: backlog, shared: true))
            }
        } catch {
            for descriptor in descriptors { Glibc.close(descriptor) }
            throw error
        }
        byLoop = descriptors.map { [$0] }
        areShared = false
        self.address = bound
    }

    /// Takes over sockets that already listen, as a service manager hands them over (`LISTEN_FDS`).
    ///
    /// Every loop has all of them: one that finds a connection taken by another simply goes on.
    ///
    /// - Throws: `SocketError` for a descriptor that is no listening socket of TCP.
    package init(adopting handedIn: [Int32], count: Int) throws(SocketError) {
        precondition(!handedIn.isEmpty, "nothing to listen on")
        for descriptor in handedIn {
            guard Self.listens(descriptor) else { throw SocketError("listen on descriptor \(descriptor)", ENOTSOCK) }
            csystem_set_flags(descriptor, csystem_get_flags(descriptor) | csystem_SOCK_NONBLOCK)
            csystem_close_on_exec(descriptor)
            Self.boundUnsent(descriptor)
        }
        address = try Self.localAddress(of: handedIn[0])
        areShared = true
        var byLoop = [handedIn]
        for _ in 1..<max(count, 1) {
            var copies: [Int32] = []
            for descriptor in handedIn {
                // Two watches on one descriptor would be one: each loop needs its own.
                let copy = csystem_duplicate(descriptor)
                guard copy >= 0 else { throw SocketError("share a listening socket", errno) }
                copies.append(copy)
            }
            byLoop.append(copies)
        }
        self.byLoop = byLoop
    }

    private static func listens(_ descriptor: Int32) -> Bool {
        var isListening: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &isListening, &length) == 0 && isListening != 0
    }

    /// Bounds what the kernel holds for a client that does not read, beyond what is on its way: else that is up to
    /// 4 MB each. Accepted connections inherit it.
    private static func boundUnsent(_ descriptor: Int32) {
        var bytes: Int32 = 131_072
        setsockopt(
            descriptor, Int32(IPPROTO_TCP), TCP_NOTSENT_LOWAT, &bytes, socklen_t(MemoryLayout<Int32>.size))
    }

    private static func makeSocket(
        _ address: SocketAddress, backlog: Int32, shared: Bool
    ) throws(SocketError) -> Int32 {
        try address.withSystemAddress { (system, length, family) throws(SocketError) in
            let kind = csystem_SOCK_STREAM | csystem_SOCK_NONBLOCK | csystem_SOCK_CLOEXEC
            let descriptor = socket(family, kind, 0)
            guard descriptor >= 0 else { throw SocketError("make a socket", errno) }
            var yes: Int32 = 1
            let size = socklen_t(MemoryLayout<Int32>.size)
            setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, size)
            if shared { setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &yes, size) }
            guard bind(descriptor, system, length) == 0 else {
                defer { Glibc.close(descriptor) }
                throw SocketError("listen on \(address)", errno)
            }
            setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &yes, size)
            boundUnsent(descriptor)
            guard listen(descriptor, backlog) == 0 else {
                defer { Glibc.close(descriptor) }
                throw SocketError("listen on \(address)", errno)
            }
            return descriptor
        }
    }

    /// Where a socket is bound.
    package static func localAddress(of descriptor: Int32) throws(SocketError) -> SocketAddress {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let code = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        guard code == 0 else { throw SocketError("read a socket's address", errno) }
        let family = Int32(storage.ss_family)
        guard family == AF_INET || family == AF_INET6 else { throw SocketError("serve TCP on a socket", EAFNOSUPPORT) }
        // Port and its offset are the same in sockaddr_in and sockaddr_in6; the address lies at 4 and at 8.
        return withUnsafeBytes(of: &storage) { bytes in
            let port = UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
            var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
            let address = bytes.baseAddress! + (family == AF_INET ? 4 : 8)
            inet_ntop(family, address, &text, socklen_t(text.count))
            let host = text.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
            return SocketAddress(host: host, port: port)
        }
    }
}

/// Accepts connections of one listening socket on its loop.
package final class Listener: EventHandler {
    private let descriptor: Int32
    private let loop: EventLoop
    private let accept: (Int32) -> Void
    private let isShared: Bool
    private let refusal: StaticString
    private let retry = Deadline()
    private var isAccepting = false
    /// Held open so that, when descriptors run out, one can be freed to take a connection and refuse it.
    private var reserve: Int32 = -1

    /// Connections taken before the loop's other work has its turn.
    private static let acceptsAtOnce = 64

    /// - Parameters:
    ///   - isShared: Whether others hold the socket too and go on accepting from it.
    ///   - refusal: A whole answer for clients for whom there is no descriptor; it ends their connection.
    ///   - accept: Gets each new descriptor, non-blocking and without delay (TCP_NODELAY), to own.
    package init(
        _ descriptor: Int32, on loop: EventLoop, isShared: Bool = false,
        refusal: StaticString = "HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
        accept: @escaping (Int32) -> Void
    ) {
        self.descriptor = descriptor
        self.loop = loop
        self.isShared = isShared
        self.refusal = refusal
        self.accept = accept
        reserve = open("/dev/null", O_RDONLY | O_CLOEXEC)
        retry.whenExpired { [unowned self] in resume() }
    }

    /// Starts accepting. Must be called on the loop.
    package func start() throws(SocketError) {
        try loop.register(descriptor, for: .read, self)
        isAccepting = true
    }

    package func ready(_ readiness: Readiness) { _ = acceptAll() }

    /// Stops taking new connections, after those that wait in the kernel's queue: closing a listening socket would
    /// reset them. The queue of a shared socket outlives this process and is left to who accepts next.
    package func stop() {
        guard isAccepting else { return }
        if !isShared { while acceptAll() {} }
        isAccepting = false
        loop.unregister(descriptor)
        loop.remove(retry)
        Glibc.close(descriptor)
        if reserve >= 0 { Glibc.close(reserve) }
        reserve = -1
    }

    /// Takes what waits, within the turn's bound; whether there may be more.
    private func acceptAll() -> Bool {
        for _ in 0..<Self.acceptsAtOnce {
            let connection = accept4(descriptor, nil, nil, csystem_SOCK_NONBLOCK | csystem_SOCK_CLOEXEC)
            if connection >= 0 {
                var yes: Int32 = 1
                setsockopt(connection, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
                accept(connection)
                continue
            }
            switch errno {
            case EINTR, ECONNABORTED: continue
            case EMFILE, ENFILE, ENOBUFS, ENOMEM:
                if refuseOne() { continue }
                pause()
                return false
            default: return false
            }
        }
        return true
    }

    /// Out of descriptors: takes one connection with the reserve and says so, so that its client learns at once.
    private func refuseOne() -> Bool {
        guard reserve >= 0 else { return false }
        Glibc.close(reserve)
        let connection = accept4(descriptor, nil, nil, csystem_SOCK_NONBLOCK | csystem_SOCK_CLOEXEC)
        if connection >= 0 {
            Glibc.send(connection, refusal.utf8Start, refusal.utf8CodeUnitCount, csystem_MSG_NOSIGNAL)
            Glibc.shutdown(connection, Int32(SHUT_WR))
            // What has come unread would turn the close into a reset, which may overtake the words.
            withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { room in
                var reads = 0
                while reads < 16, Glibc.read(connection, room.baseAddress, room.count) > 0 { reads += 1 }
            }
            Glibc.close(connection)
        }
        reserve = open("/dev/null", O_RDONLY | O_CLOEXEC)
        return connection >= 0
    }

    /// The queue cannot be emptied: looks away for a while, since the kernel would report it again at once, for ever.
    private func pause() {
        loop.update(descriptor, for: [])
        loop.arm(retry, nanoseconds: 50_000_000)
    }

    private func resume() {
        if reserve < 0 { reserve = open("/dev/null", O_RDONLY | O_CLOEXEC) }
        loop.update(descriptor, for: .read)
    }
}
