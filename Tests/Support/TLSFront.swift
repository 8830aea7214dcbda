import CSystem
import Glibc
import HTTP
import Platform

/// Ends TLS before a plain server on loopback, so that every script of `RawServer` can be asked by https.
///
/// An end of either side is passed on to the other, and nothing is read that the other side does not take.
package actor TLSFront {
    package nonisolated let port: UInt16
    package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    private let loop: EventLoop
    private let thread: WorkerThread
    private let context: TLSContext
    private let plainPort: UInt16
    private let endsAbruptly: Bool
    private var listener: Listener?
    private var links: [Int32: (outside: Socket, inside: Socket, open: Int)] = [:]

    /// Returns once it accepts connections for whoever listens on `plainPort`.
    ///
    /// - Parameter endsAbruptly: Closes without TLS's word for it, as an attacker who cuts the connection does.
    package init(
        before plainPort: UInt16, _ pair: TestCertificates.Pair = TestCertificates.sharedPair,
        endsAbruptly: Bool = false
    ) async throws {
        signal(SIGPIPE, SIG_IGN)
        self.plainPort = plainPort
        self.endsAbruptly = endsAbruptly
        context = try TLSContext.server(certificate: pair.certificate, privateKey: pair.key)
        let sockets = try ListeningSockets(binding: SocketAddress(host: "127.0.0.1", port: 0), count: 1)
        port = sockets.address.port
        loop = try EventLoop(time: SystemTime())
        thread = loop.start(name: "tls-front")
        try start(sockets.descriptors[0])
    }

    package func stop() {
        listener?.stop()
        for link in links.values {
            link.outside.close()
            link.inside.close()
        }
        loop.stop()
    }

    private func start(_ descriptor: Int32) throws {
        let listener = Listener(descriptor, on: loop) { [unowned self] connection in
            assumeIsolated { $0.take(connection) }
        }
        try listener.start()
        self.listener = listener
    }

    private func take(_ descriptor: Int32) {
        let inside = Self.connect(plainPort)
        guard inside >= 0, let session = try? TLSSession.accepting(context),
            let outside = try? Socket(adopting: descriptor, on: loop, tls: session),
            let plain = try? Socket(adopting: inside, on: loop)
        else { return }
        links[descriptor] = (outside, plain, 2)
        Task(executorPreference: loop) { await self.serve(descriptor) }
    }

    private func serve(_ key: Int32) async {
        guard let link = links[key] else { return }
        do { try await link.outside.handshake() } catch { return end(key) }
        Task(executorPreference: loop) { await self.pump(key, isUp: true) }
        Task(executorPreference: loop) { await self.pump(key, isUp: false) }
    }

    private func pump(_ key: Int32, isUp: Bool) async {
        guard let link = links[key] else { return }
        let (source, target) = isUp ? (link.outside, link.inside) : (link.inside, link.outside)
        do throws(SocketError) {
            while try await source.read(room: 65536) {
                target.outbound.append(source.inbound.bytes)
                source.inbound.removeAll()
                try await target.flush()
            }
            if !isUp, endsAbruptly { shutdown(key, Int32(SHUT_WR)) } else { target.shutDownSending() }
        } catch { return end(key) }
        links[key]?.open -= 1
        if links[key]?.open == 0 { end(key) }
    }

    private func end(_ key: Int32) {
        guard let link = links.removeValue(forKey: key) else { return }
        link.outside.close()
        link.inside.close()
    }

    private static func connect(_ port: UInt16) -> Int32 {
        let descriptor = socket(AF_INET, csystem_SOCK_STREAM | csystem_SOCK_CLOEXEC, 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else {
            close(descriptor)
            return -1
        }
        csystem_set_flags(descriptor, csystem_get_flags(descriptor) | csystem_SOCK_NONBLOCK)
        return descriptor
    }
}
