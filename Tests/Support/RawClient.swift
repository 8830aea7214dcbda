import CSystem
import Glibc

/// A TCP client that sends exactly the bytes it is told to and shows exactly those that come.
///
/// Blocking, with a bound on every wait, so that a server that never answers fails a test instead of hanging it.
package final class RawClient {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String

        package init(description: String) { self.description = description }
    }

    private(set) var descriptor: Int32

    /// Connects to `127.0.0.1:port`; a wait for bytes ends after `patience` seconds.
    package init(port: UInt16, patience: Int = 10) throws {
        descriptor = socket(AF_INET, csystem_SOCK_STREAM, 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else { throw Failure(description: "connect: \(String(cString: strerror(errno)))") }
        var limit = timeval(tv_sec: patience, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var yes: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit { close() }

    package func send(_ text: String) throws { try send(Array(text.utf8)) }

    package func send(_ bytes: [UInt8]) throws { try send(bytes[...]) }

    package func send(_ bytes: ArraySlice<UInt8>) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.dropFirst(sent).withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, csystem_MSG_NOSIGNAL)
            }
            guard count > 0 else { throw Failure(description: "send: \(String(cString: strerror(errno)))") }
            sent += count
        }
    }

    /// The next bytes that come; empty at the server's end. A reset counts as an end.
    package func receive() throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = Glibc.read(descriptor, &buffer, buffer.count)
        if count < 0, errno == EAGAIN { throw Failure(description: "nothing came in time") }
        return Array(buffer.prefix(max(count, 0)))
    }

    /// Everything until the server closes.
    package func receiveAll() throws -> String {
        var bytes: [UInt8] = []
        while true {
            let more = try receive()
            if more.isEmpty { return String(decoding: bytes, as: UTF8.self) }
            bytes += more
        }
    }

    /// Receives until what has come contains `text`, and returns all of it.
    package func receive(until text: String) throws -> String {
        var bytes: [UInt8] = []
        while true {
            let received = String(decoding: bytes, as: UTF8.self)
            if received.contains(text) { return received }
            let more = try receive()
            if more.isEmpty { throw Failure(description: "closed before '\(text)'; came: \(received)") }
            bytes += more
        }
    }

    /// Shuts the sending side, and goes on receiving.
    package func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    package func close() {
        guard descriptor >= 0 else { return }
        Glibc.close(descriptor)
        descriptor = -1
    }

    /// Closes with a reset, as a client that crashed.
    package func reset() {
        var linger = Glibc.linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
        close()
    }
}
