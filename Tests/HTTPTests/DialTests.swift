import CSystem
import Foundation
import Glibc
import Platform
import TestSupport
import Testing

@testable import HTTP

/// Finding an upstream: which of its addresses is connected to, and how its name is looked up.
@Suite(.timeLimit(.minutes(5)))
struct DialTests {
    @Test func `an address that refuses is passed over for the next`() async throws {
        let upstream = RawServer { $0.waitForClose() }
        let actor = try LoopActor()
        let refused = try Self.closedPort()
        let outcome = try await actor.run { actor in
            let descriptor = try await Dial(on: actor.loop).connect(
                to: [Self.loopback(refused), Self.loopback(upstream.port)])
            return Self.peerPort(of: try #require(descriptor))
        }
        #expect(outcome == upstream.port)
        actor.stop()
    }

    @Test func `an address that does not answer has a quarter of a second before the next is tried as well`()
        async throws
    {
        let silent = try SilentListener()
        let upstream = RawServer { $0.waitForClose() }
        let actor = try LoopActor()
        async let dialled = actor.run { actor in
            let descriptor = try await Dial(on: actor.loop).connect(
                to: [Self.loopback(silent.port), Self.loopback(upstream.port)])
            return Self.peerPort(of: try #require(descriptor))
        }
        // Until then the other is not asked, however long that takes.
        #expect(await eventually { silent.hasPendingConnection })
        #expect(upstream.connectionCount == 0)
        actor.clock.advance(by: .milliseconds(260))
        #expect(try await dialled == upstream.port)
        actor.stop()
    }

    @Test func `when every address refuses, the last refusal is told`() async throws {
        let actor = try LoopActor()
        let ports = try [Self.closedPort(), Self.closedPort()]
        let code = try await actor.run { actor in
            do throws(SocketError) {
                _ = try await Dial(on: actor.loop).connect(to: ports.map(Self.loopback))
                return 0 as Int32
            } catch { return error.code }
        }
        #expect(code == ECONNREFUSED)
        actor.stop()
    }

    @Test func `a dial that is given up ends at once`() async throws {
        let silent = try SilentListener()
        let actor = try LoopActor()
        let dial = try await actor.run { actor in
            let dial = Dial(on: actor.loop)
            actor.kept.append(dial)
            return Unchecked(dial)
        }
        async let outcome = actor.run { _ in try await dial.value.connect(to: [Self.loopback(silent.port)]) }
        #expect(await eventually { silent.hasPendingConnection })
        try await actor.run { _ in dial.value.abandon() }
        #expect(try await outcome == nil)
        actor.stop()
    }

    @Test func `a name is looked up once for all who ask, and believed for its time`() async throws {
        let clock = ManualClock()
        let resolver = Resolver(time: clock)
        let origin = UpstreamOrigin(
            scheme: "http", host: "localhost", port: 8080, connectionLimit: 1, addressLifetime: 1_000_000_000)
        for _ in 0..<3 {
            guard case .found(let addresses) = await resolver.ask(origin).wait() else {
                Issue.record("this machine knows no localhost")
                return
            }
            #expect(!addresses.isEmpty)
        }
        #expect(resolver.lookUpCount == 1)
        clock.advance(by: .seconds(2))
        _ = await resolver.ask(origin).wait()
        #expect(resolver.lookUpCount == 2)
    }

    @Test func `an address in digits is nobody's to look up, and a name that cannot be is told as such`() async throws {
        let resolver = Resolver(time: ManualClock())
        for host in ["127.0.0.1", "::1"] {
            let origin = UpstreamOrigin(scheme: "http", host: host, port: 80, connectionLimit: 1)
            guard case .found(let addresses) = await resolver.ask(origin).wait() else {
                Issue.record("\(host) was not taken as it stands")
                continue
            }
            #expect(addresses.count == 1)
        }
        #expect(resolver.lookUpCount == 0)
        let nobody = UpstreamOrigin(
            scheme: "http", host: String(repeating: "a", count: 70) + ".invalid", port: 80, connectionLimit: 1)
        guard case .failed = await resolver.ask(nobody).wait() else {
            Issue.record("a label of seventy letters was found")
            return
        }
    }

    // MARK: Loopback

    private static func loopback(_ port: UInt16) -> ResolvedAddress {
        var system = sockaddr_in()
        system.sin_family = sa_family_t(AF_INET)
        system.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        system.sin_port = port.bigEndian
        return withUnsafeMutablePointer(to: &system) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                var info = addrinfo()
                info.ai_family = AF_INET
                info.ai_addr = address
                info.ai_addrlen = socklen_t(MemoryLayout<sockaddr_in>.size)
                return ResolvedAddress(info)
            }
        }
    }

    /// A port where nobody listens: it was free a moment ago.
    private static func closedPort() throws -> UInt16 {
        let sockets = try ListeningSockets(binding: SocketAddress(host: "127.0.0.1", port: 0), count: 1)
        for descriptor in sockets.descriptors { Glibc.close(descriptor) }
        return sockets.address.port
    }

    /// The port at the other end, of a descriptor that is closed then.
    private static func peerPort(of descriptor: Int32) -> UInt16 {
        defer { Glibc.close(descriptor) }
        var peer = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &peer) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(descriptor, $0, &length) }
        }
        return UInt16(bigEndian: peer.sin_port)
    }
}

/// Listens with a queue that is full: who connects now gets no answer, and no refusal.
private final class SilentListener: Sendable {
    let port: UInt16
    private let listener: Int32
    private let fillers: [Int32]

    init() throws {
        let sockets = try ListeningSockets(binding: SocketAddress(host: "127.0.0.1", port: 0), count: 1, backlog: 0)
        listener = sockets.descriptors[0]
        port = sockets.address.port
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        address.sin_port = sockets.address.port.bigEndian
        fillers = (0..<4).map { _ in
            let filler = socket(AF_INET, csystem_SOCK_STREAM | csystem_SOCK_NONBLOCK, 0)
            _ = withUnsafePointer(to: address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(filler, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            return filler
        }
    }

    deinit {
        for descriptor in fillers + [listener] { Glibc.close(descriptor) }
    }

    /// Whether somebody else than the fillers waits for an answer to its SYN.
    var hasPendingConnection: Bool {
        // Read to its end: the file has no size.
        let bytes = try? FileHandle(forReadingAtPath: "/proc/self/net/tcp")?.readToEnd()
        let table = String(decoding: bytes ?? Data(), as: UTF8.self)
        let target = "0100007F:" + Self.hexadecimal(port)
        // Column 2 is the other end, column 3 the state, 02 for SYN_SENT.
        let waiting = table.split(separator: "\n").count { line in
            let columns = line.split(separator: " ")
            return columns.count > 3 && columns[2] == target && columns[3] == "02"
        }
        return waiting > fillersWaiting
    }

    private var fillersWaiting: Int {
        fillers.count { filler in
            var code: Int32 = 0
            var length = socklen_t(MemoryLayout<Int32>.size)
            getsockopt(filler, SOL_SOCKET, SO_ERROR, &code, &length)
            var peer = sockaddr_in()
            var size = socklen_t(MemoryLayout<sockaddr_in>.size)
            return withUnsafeMutablePointer(to: &peer) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(filler, $0, &size) }
            } != 0
        }
    }

    private static func hexadecimal(_ value: UInt16) -> String {
        let text = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: 4 - text.count) + text
    }
}

/// Hands an object of the loop's to the code that runs on it.
// @unchecked: it is touched on the loop alone.
private struct Unchecked<Value>: @unchecked Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
}
