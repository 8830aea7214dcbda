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
            var limit = timeval(tv_sec: 20, tv_usec: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        }

        /// The number of this connection, counted from 0.
        package var number: Int { index }

        /// Reads one whole request (head, and a body of its Content-Length); nil when the peer has closed.
        package func readRequest() -> String? {
            var bytes: [UInt8] = []
            // Once the head has come: read again with every piece, a large body would take the square of its length.
            var length: Int?
            while true {
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

        /// Waits until the peer has closed its side.
        package func waitForClose() { while receive() != nil {} }

        /// The bytes of the request that begins `bytes`, its body included; nil until its head is whole.
        private static func requestLength(_ bytes: [UInt8]) -> Int? {
            let text = String(decoding: bytes, as: UTF8.self)
            guard let end = text.range(of: "\r\n\r\n") else { return nil }
            let length =
                text[..<end.lowerBound].lowercased().split(separator: "\r\n")
                .first { $0.hasPrefix("content-length:") }
                .flatMap { Int($0.dropFirst(15).filter { $0 != " " }) } ?? 0
            return text[..<end.upperBound].utf8.count + length
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
                guard connection >= 0 else { return }
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

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        Glibc.close(listener)
    }

    /// What came on each connection so far.
    package var received: [String] { log.withLock { $0.map { String(decoding: $0, as: UTF8.self) } } }
    /// Connections accepted so far.
    package var connectionCount: Int { log.withLock { $0.count } }

    /// Waits until as many connections have ended; false when they have not within `limit`.
    package func waitUntilClosed(_ count: Int, atMost limit: Duration = .seconds(10)) -> Bool {
        closed.wait(atMost: limit) { $0 >= count }
    }

    /// Waits until what has come satisfies `condition`; false when it does not within `limit`.
    package func wait(atMost limit: Duration = .seconds(10), until condition: ([String]) -> Bool) -> Bool {
        log.wait(atMost: limit) { condition($0.map { String(decoding: $0, as: UTF8.self) }) }
    }
}
