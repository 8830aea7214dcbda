import CSystem
import Foundation
import Glibc
import Platform

/// A TCP server that plays a script on each connection: for upstreams that no real server would be.
///
/// Every connection runs the script on a thread of its own; the bytes that came are kept for the test to look at.
package final class RawServer: Sendable {
    /// One accepted connection, as the script sees it.
    package final class Peer {
        private let descriptor: Int32
        private let log: Monitor<[[UInt8]]>
        private let index: Int

        fileprivate init(_ descriptor: Int32, _ log: Monitor<[[UInt8]]>, _ index: Int) {
            self.descriptor = descriptor
            self.log = log
            self.index = index
            var limit = timeval(tv_sec: 60, tv_usec: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        }

        /// The number of this connection, counted from 0.
        package var number: Int { index }

        /// Reads one whole request (head, and a body of its Content-Length); nil when the peer has closed.
        package func readRequest() -> String? {
            var bytes: [UInt8] = []
            var length: Int?
            while true {
                // Looked for until it is known, and then no more: a body may be long.
                length = length ?? Self.requestLength(bytes)
                if let length, bytes.count >= length { return String(decoding: bytes, as: UTF8.self) }
                guard let more = receive() else { return nil }
                bytes += more
            }
        }

        /// The next bytes; nil at the peer's end.
        package func receive() -> [UInt8]? {
            var buffer = [UInt8](repeating: 0, count: 65536)
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            guard count > 0 else { return nil }
            let bytes = Array(buffer.prefix(count))
            log.withLock { $0[index] += bytes }
            log.wake()
            return bytes
        }

        /// Takes so many bytes and keeps none of them; returns how many came before the peer's end.
        package func skip(_ count: Int) -> Int {
            var buffer = [UInt8](repeating: 0, count: 65536)
            var taken = 0
            while taken < count {
                let more = Glibc.read(descriptor, &buffer, min(buffer.count, count - taken))
                guard more > 0 else { break }
                taken += more
            }
            return taken
        }

        /// Reads a request's head, and says how many bytes of its body came with it.
        package func readHead() -> (head: String, bodyBytes: Int)? {
            var bytes: [UInt8] = []
            while true {
                if let end = bytes.firstRange(of: "\r\n\r\n".utf8) {
                    return (String(decoding: bytes[..<end.upperBound], as: UTF8.self), bytes.count - end.upperBound)
                }
                guard let more = receive() else { return nil }
                bytes += more
            }
        }

        /// Sends; false when the peer is gone.
        @discardableResult
        package func send(_ text: String) -> Bool {
            let bytes = Array(text.utf8)
            var sent = 0
            while sent < bytes.count {
                let count = bytes[sent...].withUnsafeBytes {
                    Glibc.send(descriptor, $0.baseAddress, $0.count, csystem_MSG_NOSIGNAL)
                }
                guard count > 0 else { return false }
                sent += count
            }
            return true
        }

        /// Sends a text again and again until the peer, and the kernel for it, accept no more; counts the bytes.
        package func sendUntilFull(_ text: String, atMost limit: Int) -> Int {
            let bytes = Array(text.utf8)
            var sent = 0
            while sent < limit {
                let start = sent % bytes.count
                let count = bytes[start...].withUnsafeBytes {
                    Glibc.send(descriptor, $0.baseAddress, $0.count, csystem_MSG_NOSIGNAL | csystem_MSG_DONTWAIT)
                }
                guard count > 0 else { return sent }
                sent += count
            }
            return sent
        }

        /// Passes bytes on between this peer and a server on loopback, until the peer closes its side.
        ///
        /// - Parameter pass: What of the server's next bytes goes on to the peer.
        package func relay(to port: UInt16, passing pass: @escaping @Sendable ([UInt8]) -> ArraySlice<UInt8>) throws {
            let server = try RawClient(port: port)
            let inside = server.descriptor
            let outside = descriptor
            let back = WorkerThread(name: "relay") {
                var buffer = [UInt8](repeating: 0, count: 65536)
                while case let count = Glibc.read(inside, &buffer, buffer.count), count > 0 {
                    let passed = pass(Array(buffer.prefix(count)))
                    _ = passed.withUnsafeBytes { Glibc.send(outside, $0.baseAddress, $0.count, csystem_MSG_NOSIGNAL) }
                }
            }
            while let bytes = receive() { try server.send(bytes) }
            shutdown(inside, Int32(SHUT_RDWR))
            back.join()
        }

        /// Waits until the peer has closed its side.
        package func waitForClose() { while receive() != nil {} }

        /// Bytes of the request that begins `bytes`; nil before its head is whole.
        private static func requestLength(_ bytes: [UInt8]) -> Int? {
            let text = String(decoding: bytes, as: UTF8.self)
            guard let end = text.range(of: "\r\n\r\n") else { return nil }
            let head = text[..<end.lowerBound]
            let length =
                head.lowercased().split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
                .flatMap { Int($0.dropFirst(15).filter { $0 != " " }) } ?? 0
            return head.utf8.count + 4 + length
        }
    }

    package let port: UInt16
    private let listener: Int32
    private let log = Monitor<[[UInt8]]>([])
    private let closed = Monitor<Int>(0)

    package init(_ script: @escaping @Sendable (Peer) -> Void) {
        let listener = socket(AF_INET, csystem_SOCK_STREAM, 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length)
                getsockname(listener, $0, &length)
            }
        }
        listen(listener, 512)
        self.listener = listener
        port = UInt16(bigEndian: address.sin_port)
        let log = log
        let closed = closed
        _ = WorkerThread(name: "raw-server") {
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else {
                    // Not before: another server could get the number, and this thread its connections.
                    Glibc.close(listener)
                    return
                }
                let index = log.withLock { log in
                    log.append([])
                    return log.count - 1
                }
                log.wake()
                _ = WorkerThread(name: "raw-peer") {
                    script(Peer(connection, log, index))
                    Glibc.close(connection)
                    closed.withLock { $0 += 1 }
                    closed.wake()
                }
            }
        }
    }

    deinit { shutdown(listener, Int32(SHUT_RDWR)) }

    /// What came on each connection so far.
    package var received: [String] { log.withLock { $0.map { String(decoding: $0, as: UTF8.self) } } }
    /// Connections accepted so far.
    package var connectionCount: Int { log.withLock { $0.count } }

    /// Waits until as many connections have ended; false when they have not within `limit`.
    package func waitUntilClosed(_ count: Int, atMost limit: Duration = .patience) -> Bool {
        closed.wait(atMost: limit) { $0 >= count }
    }

    /// Waits until what has come satisfies `condition`; false when it does not within `limit`.
    package func wait(atMost limit: Duration = .patience, until condition: ([String]) -> Bool) -> Bool {
        log.wait(atMost: limit) { condition($0.map { String(decoding: $0, as: UTF8.self) }) }
    }
}
