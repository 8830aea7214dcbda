import Gateway
import Metrics
import Platform
import TestSupport
import Testing

/// What happens to connections and calls when the gateway is told to stop.
@Suite struct StopTests {
    static let plain = #"{"model":"gpt-4o-mini","messages":[{"role":"user","content":"a question"}]}"#

    @Test func `a call that outlasts the operator's patience is broken off and still recorded`() throws {
        let upstream = RawServer { peer in
            _ = peer.readRequest()
            peer.waitForClose()
        }
        let directory = TemporaryDirectory()
        var server: GatewayServer? = try Self.server(directory, upstream.port)
        let client = try RawClient(port: UInt16(server!.address.split(separator: ":").last!)!)
        try client.send(
            "POST /v1/chat/completions HTTP/1.1\r\nHost: g\r\nContent-Length: \(Self.plain.utf8.count)\r\n\r\n\(Self.plain)"
        )
        #expect(upstream.wait { $0.first?.hasSuffix(Self.plain) ?? false })
        #expect(server?.stop(patience: .milliseconds(1)) == false)
        server = nil
        #expect(upstream.waitUntilClosed(1))
        var records: [LedgerEntry] = []
        try LedgerReader(directory: directory.path).forEach { entry in
            records.append(entry)
            return true
        }
        #expect(records.map { $0.attempts.map(\.error) } == [["cancelled"]])
    }

    @Test func `a request that waits in the kernel's queue when the drain begins is answered`() throws {
        for _ in 0..<3 {
            let directory = TemporaryDirectory()
            let server = try Self.server(directory, 1)
            let port = UInt16(server.address.split(separator: ":").last!)!
            var clients: [RawClient] = []
            for _ in 0..<40 {
                let client = try RawClient(port: port)
                try client.send("GET /health HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n")
                clients.append(client)
            }
            #expect(server.stop(patience: .seconds(5)))
            for client in clients { #expect(Answer(try client.receiveAll()).status == 200) }
        }
    }

    @Test func `a client that has said nothing does not hold up the drain`() throws {
        let directory = TemporaryDirectory()
        let server = try Self.server(directory, 1)
        let client = try RawClient(port: UInt16(server.address.split(separator: ":").last!)!)
        #expect(server.stop(patience: .seconds(5)))
        #expect(try client.receiveAll().isEmpty)
    }

    private static func server(_ directory: TemporaryDirectory, _ upstreamPort: UInt16) throws -> GatewayServer {
        var settings = try SettingsSource().load().settings
        settings.listen.address = SocketName("127.0.0.1:0")!
        settings.admin.address = SocketName("127.0.0.1:0")!
        settings.dataDirectory = directory.path
        settings.cache.maxBytes = 16 << 20
        settings.providers = [
            "openai": ProviderSettings(name: "openai", baseURL: BaseURL("http://127.0.0.1:\(upstreamPort)/v1")!)
        ]
        return try GatewayServer(settings, loops: 2)
    }
}
