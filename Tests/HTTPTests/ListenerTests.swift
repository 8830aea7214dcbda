import Glibc
import HTTP
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5)))
struct ListenerTests {
    @Test func `a port in use is refused, and the error names it`() throws {
        let first = try ListeningSockets(binding: SocketAddress(host: "127.0.0.1", port: 0), count: 1)
        defer { Self.close(first) }
        let error = #expect(throws: SocketError.self) { try ListeningSockets(binding: first.address, count: 1) }
        #expect(error?.code == EADDRINUSE)
        #expect(error?.description == "could not listen on \(first.address): Address already in use")
    }

    @Test func `a port is refused as long as one of several loops listens on it`() throws {
        let first = try ListeningSockets(binding: SocketAddress(host: "127.0.0.1", port: 0), count: 3)
        defer { Self.close(first) }
        #expect(first.descriptors.count == 3)
        #expect(throws: SocketError.self) { try ListeningSockets(binding: first.address, count: 3) }
    }

    @Test func `a host that is none is refused by name`() {
        let error = #expect(throws: SocketError.self) {
            try ListeningSockets(binding: SocketAddress(host: "256.0.0.1.", port: 0), count: 1)
        }
        #expect(error?.description.contains("'256.0.0.1.'") == true)
    }

    @Test func `what waits in the queue is served before a listener stops`() async throws {
        let server = try await TestServer()
        let clients = try (0..<20).map { _ in try RawClient(port: server.port) }
        for (index, client) in clients.enumerated() { try client.send("GET /\(index) HTTP/1.1\r\nHost: a\r\n\r\n") }
        await server.stopListening()
        for (index, client) in clients.enumerated() { #expect(try client.receiveBodies(1) == ["GET /\(index) "]) }
        #expect(throws: RawClient.Failure.self) { try RawClient(port: server.port) }
        await server.stop()
    }

    @Test(arguments: [
        ("127.0.0.1:80", "127.0.0.1", UInt16(80)), ("[::1]:443", "::1", 443), ("localhost:0", "localhost", 0),
    ])
    func `an address is read and written alike`(text: String, host: String, port: UInt16) {
        #expect(SocketAddress(text) == SocketAddress(host: host, port: port))
        #expect(SocketAddress(host: host, port: port).description == text)
    }

    @Test(arguments: ["", ":80", "a", "a:", "a:b", "a:65536", "a:-1"])
    func `what is no address is refused`(text: String) { #expect(SocketAddress(text) == nil) }

    private static func close(_ sockets: ListeningSockets) {
        for descriptor in sockets.descriptors { Glibc.close(descriptor) }
    }
}
