import Gateway
import Metrics
import Platform
import TestSupport
import Testing

/// What happens to connections and calls when the gateway is told to stop.
@Suite struct StopTests {
    static let plain = #"{"model":"gpt-4o-mini","messages":[{"role":"user","content":"a question"}]}"#

    static let streamed = #"{"model":"gpt-4o-mini","stream":true,"messages":[{"role":"user","content":"go on"}]}"#

    @Test func `a call that outlasts the operator's patience is told so, broken off and recorded`() throws {
        let upstream = RawServer { peer in
            _ = peer.readRequest()
            peer.waitForClose()
        }
        let directory = TemporaryDirectory()
        var server: GatewayServer! = try Self.server(directory, upstream.port)
        let client = try RawClient(port: Self.port(server))
        try client.send(Self.request("/v1/chat/completions", Self.plain))
        #expect(upstream.wait { $0.first?.hasSuffix(Self.plain) ?? false })
        #expect(server.stop(patience: .milliseconds(1)) == false)
        server = nil
        let answer = Answer(try client.receiveAll())
        #expect(answer.status == 503)
        #expect(answer["x-gateway-error"] == "overloaded")
        #expect(answer["connection"] == "close")
        #expect(upstream.waitUntilClosed(1))
        let records = try Self.records(directory)
        #expect(records.map(\.errorCode) == ["overloaded"])
        #expect(records.map(\.status) == [503])
        #expect(records.map { $0.attempts.map(\.error) } == [["cancelled"]])
        #expect(records.allSatisfy { !$0.clientDisconnected })
    }

    @Test(arguments: [("/v1/chat/completions", Self.streamed), ("/v1/threads/runs", #"{"stream":true}"#)])
    func `a stream that outlasts the operator's patience ends with an error event and no clean end, and is recorded`(
        path: String, body: String
    ) throws {
        let upstream = RawServer { peer in
            _ = peer.readRequest()
            peer.send(Canned.streamHead + Canned.chunk(Canned.event("some words") + "data: {\"half"))
            peer.waitForClose()
        }
        let directory = TemporaryDirectory()
        var server: GatewayServer! = try Self.server(directory, upstream.port)
        let client = try RawClient(port: Self.port(server))
        try client.send(Self.request(path, body))
        let received = try client.receive(until: "some words")
        #expect(server.stop(patience: .milliseconds(1)) == false)
        server = nil
        let answer = Answer(try received + client.receiveAll())
        #expect(answer.status == 200)
        #expect(!answer.isWhole)
        #expect(
            answer.body.hasPrefix(Canned.event("some words") + #"data: {"error":{"message":"The gateway is stopping"#))
        #expect(answer.body.hasSuffix(#""code":"overloaded"}}"# + "\n\n"))
        #expect(upstream.waitUntilClosed(1))
        let records = try Self.records(directory)
        #expect(records.map(\.errorCode) == ["overloaded"])
        #expect(records.allSatisfy { !$0.clientDisconnected })
    }

    @Test func `a body that is still on its way when patience ends is refused, and the call recorded`() throws {
        let directory = TemporaryDirectory()
        var server: GatewayServer! = try Self.server(directory, 1)
        let client = try RawClient(port: Self.port(server))
        try client.send(
            "POST /v1/chat/completions HTTP/1.1\r\nHost: g\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n")
        #expect(try client.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 100 "))
        #expect(server.stop(patience: .milliseconds(1)) == false)
        server = nil
        let answer = Answer(try client.receiveAll())
        #expect(answer.status == 503)
        #expect(answer["x-gateway-error"] == "overloaded")
        #expect(try Self.records(directory).map(\.status) == [503])
    }

    @Test func `a client at rest is answered once more when the drain has begun, and told that it was the last`()
        throws
    {
        let clock = ManualClock()
        let server = try Self.server(TemporaryDirectory(), 1, loops: 1, time: clock)
        let clients = try (0..<3).map { _ in try RawClient(port: Self.port(server)) }
        for client in clients.dropLast() {
            try client.send("GET /health HTTP/1.1\r\nHost: g\r\n\r\n")
            #expect(!(try client.receive(until: #""ok"}"#)).contains("connection: close"))
        }
        let isWhole = Monitor<Bool?>(nil)
        let thread = WorkerThread(name: "stop") {
            let whole = server.stop()
            isWhole.withLock { $0 = whole }
            isWhole.wake()
        }
        Self.waitUntilRefused(server)
        func askOnceMore(_ client: RawClient) throws {
            try client.send("GET /health HTTP/1.1\r\nHost: g\r\n\r\n")
            let last = Answer(try client.receiveAll())
            #expect(last.status == 200)
            #expect(last["connection"] == "close")
        }
        // The one loop that there is has begun its drain before it answers anybody, so the time counts from here.
        try askOnceMore(clients[0])
        clock.advance(by: .seconds(9))
        try askOnceMore(clients[1])
        #expect(isWhole.withLock { $0 } == nil, "one client may still ask")
        clock.advance(by: .seconds(2))
        #expect(try clients[2].receiveAll() == "")
        // What is left of a farewell, should a client not have been seen to leave.
        for client in clients { client.close() }
        #expect(isWhole.wait(atMost: .patience) { $0 != nil })
        #expect(isWhole.withLock { $0 } == true)
        thread.join()
    }

    @Test func `a client whose answer began before the drain may ask once more after it`() throws {
        let proceed = Monitor(false)
        let upstream = RawServer { peer in
            while peer.readRequest() != nil {
                peer.send(Canned.streamHead + Canned.chunk(Canned.event("first")))
                proceed.wait(atMost: .patience) { $0 }
                peer.send(Canned.chunk(Canned.finish + Canned.done) + "0\r\n\r\n")
            }
        }
        let directory = TemporaryDirectory()
        let server = try Self.server(directory, upstream.port)
        let client = try RawClient(port: Self.port(server))
        try client.send(Self.request("/v1/chat/completions", Self.streamed))
        let head = try client.receive(until: "first")
        #expect(!head.contains("connection: close"), "so the client may rely on it")
        let thread = WorkerThread(name: "stop") { _ = server.stop() }
        Self.waitUntilRefused(server)
        proceed.open()
        _ = try client.receive(until: "[DONE]\n\n\r\n0\r\n\r\n")
        try client.send("GET /health HTTP/1.1\r\nHost: g\r\n\r\n")
        let last = Answer(try client.receiveAll())
        #expect(last.status == 200)
        #expect(last["connection"] == "close")
        client.close()
        thread.join()
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

    private static func server(
        _ directory: TemporaryDirectory, _ upstreamPort: UInt16, loops: Int = 2, time: any TimeSource = SystemTime()
    ) throws -> GatewayServer {
        var settings = try SettingsSource().load().settings
        settings.listen.address = SocketName("127.0.0.1:0")!
        settings.admin.address = SocketName("127.0.0.1:0")!
        settings.dataDirectory = directory.path
        settings.cache.maxBytes = 16 << 20
        settings.providers = [
            "openai": ProviderSettings(name: "openai", baseURL: BaseURL("http://127.0.0.1:\(upstreamPort)/v1")!)
        ]
        settings.providers["openai"]?.health.interval = .zero
        return try GatewayServer(settings, loops: loops, time: time)
    }

    private static func port(_ server: GatewayServer) -> UInt16 { UInt16(server.address.split(separator: ":").last!)! }

    private static func request(_ path: String, _ body: String) -> String {
        "POST \(path) HTTP/1.1\r\nHost: g\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    /// Waits until the server takes no more connections, which is when its drain has begun on every loop.
    private static func waitUntilRefused(_ server: GatewayServer) {
        let end = ContinuousClock.now + .patience
        while (try? RawClient(port: port(server))) != nil, ContinuousClock.now < end {}
    }

    private static func records(_ directory: TemporaryDirectory) throws -> [LedgerEntry] {
        var records: [LedgerEntry] = []
        try LedgerReader(directory: directory.path).forEach { entry in
            records.append(entry)
            return true
        }
        return records
    }
}
