import Gateway
import Metrics
import Platform
import TestSupport
import Testing

/// What a client is told that goes over a limit of the configuration, and that nobody else suffers.
@Suite struct LimitTests {
    private static let question = #"{"model":"gpt-4o-mini","messages":[{"role":"user","content":"a question"}]}"#

    private static func post(_ path: String, _ headers: String) -> String {
        "POST \(path) HTTP/1.1\r\nHost: g\r\n\(headers)\r\n\r\n"
    }

    private static func gateway(
        clock: ManualClock = ManualClock(), _ configure: (inout Settings) -> Void = { _ in }
    ) throws -> GatewayHarness {
        try GatewayHarness(upstreamPort: 1, time: clock) { settings in
            settings.limits.headerBytes = 2048
            settings.limits.bodyBytes = 4096
            configure(&settings)
        }
    }

    // MARK: Sizes

    @Test(arguments: [
        (
            "GET /v1/models HTTP/1.1\r\nHost: g\r\nX: \(String(repeating: "a", count: 3000))\r\n\r\n",
            431, "headers_too_large"
        ),
        ("GET /\(String(repeating: "a", count: 3000)) HTTP/1.1\r\nHost: g\r\n\r\n", 414, "headers_too_large"),
        (post("/v1/chat/completions", "Content-Length: 4097"), 413, "request_too_large"),
        (
            post("/v1/chat/completions", "Transfer-Encoding: chunked") + "1001\r\n"
                + String(repeating: "a", count: 4097),
            413, "request_too_large"
        ),
    ])
    func `what is larger than its limit is refused in words, and the connection ends`(
        request: String, status: Int, code: String
    ) throws {
        let gateway = try Self.gateway()
        let client = try RawClient(port: gateway.port)
        try client.send(request)
        let answer = Answer(try client.receiveAll())
        #expect(answer.status == status)
        #expect(answer["x-gateway-error"] == code)
        #expect(answer["connection"] == "close")
        #expect(answer.body.hasSuffix(#""code":"\#(code)"}}"#))
    }

    // MARK: Times

    @Test(arguments: [
        ("GET /v1/models HTTP/1.1\r\nX: ", 11),
        (post("/v1/chat/completions", "Content-Length: 1000"), 31),
        (post("/v1/chat/completions", "Transfer-Encoding: chunked") + "3e8\r\n", 31),
        (post("/v1/files", "Content-Length: 100000"), 32),
    ])
    func `a head, a body or an upload that comes a byte a second is a 408 when its time is over`(
        beginning: String, seconds: Int
    ) throws {
        let clock = ManualClock()
        let upstream = RawServer { peer in peer.waitForClose() }
        let gateway = try GatewayHarness(upstreamPort: upstream.port, time: clock)
        let port = gateway.port
        let text = Monitor<String?>(nil)
        let tick = Monitor(0)
        let reader = WorkerThread(name: "slow-client") {
            guard let client = try? RawClient(port: port) else { return }
            try? client.send(beginning)
            // A byte a tick, then whatever is said.
            for second in 1..<seconds {
                tick.wait(atMost: .patience) { $0 >= second || $0 < 0 }
                if (try? client.send("a")) == nil { break }
            }
            let received = (try? client.receiveAll()) ?? ""
            text.withLock { $0 = received }
            text.wake()
        }
        // The first bytes have come once a connection is open; a tick that comes before them costs nothing.
        for second in 1...300 where !text.wait(atMost: .milliseconds(10), until: { $0 != nil }) {
            clock.advance(by: .seconds(1))
            tick.withLock { $0 = second }
            tick.wake()
        }
        reader.join()
        let answer = Answer(text.withLock { $0 } ?? "")
        #expect(answer.status == 408)
        #expect(answer["x-gateway-error"] == "request_timeout")
        #expect(answer["connection"] == "close")
    }

    // MARK: Connections

    @Test func `one connection too many is told so, and the others are not disturbed`() throws {
        let gateway = try Self.gateway { $0.limits.connections = 3 }
        var clients = try (0..<3).map { _ in try RawClient(port: gateway.port) }
        func isServed(_ client: RawClient) throws -> Bool {
            try client.send("GET /health HTTP/1.1\r\nHost: g\r\n\r\n")
            return try client.receive(until: #""ok"}"#).hasPrefix("HTTP/1.1 200")
        }
        // The limit is the process's, however they spread over its loops.
        for client in clients { #expect(try isServed(client)) }
        let tooMany = Answer(try RawClient(port: gateway.port).receiveAll())
        #expect(tooMany.status == 503)
        #expect(tooMany["x-gateway-error"] == "overloaded")
        #expect(tooMany["retry-after"] == "1")
        #expect(tooMany["connection"] == "close")
        for client in clients { #expect(try isServed(client)) }
        clients.removeLast().close()
        var isLetIn = false
        for _ in 0..<1000 where !isLetIn {
            isLetIn = try gateway.get("/health").status == 200
        }
        #expect(isLetIn)
    }

    // MARK: Memory

    @Test func `past the ceiling of buffered bytes new calls are refused, and those in hand finish`() throws {
        let proceed = Monitor(false)
        let half = String(repeating: "y", count: 600_000)
        let upstream = RawServer { peer in
            while let request = peer.readRequest() {
                guard request.utf8.count > 100_000 else {
                    peer.send(Canned.json(Canned.completion))
                    continue
                }
                peer.send(
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1200000\r\n\r\n" + half)
                proceed.wait(atMost: .seconds(20)) { $0 }
                peer.send(half)
            }
        }
        let gateway = try GatewayHarness(upstreamPort: upstream.port) { $0.limits.bufferedBytes = 1 << 20 }
        let long = Self.question.replacing("a question", with: String(repeating: "x", count: 700_000))
        let held = try RawClient(port: gateway.port)
        try held.send(
            Self.post("/v1/chat/completions", "Connection: close\r\nContent-Length: \(long.utf8.count)") + long)
        try Self.wait { try Self.buffered(gateway) > 1 << 20 }

        let refused = try gateway.chat(Self.question)
        #expect(refused.status == 503)
        #expect(refused["x-gateway-error"] == "overloaded")
        #expect(refused["retry-after"] == "1")
        #expect(try gateway.get("/health").status == 200)
        #expect(try gateway.get("/metrics", port: gateway.adminPort).body.contains("\ngateway_buffered_bytes 1"))

        proceed.open()
        let answer = Answer(try held.receiveAll())
        #expect(answer.status == 200)
        #expect(answer.isWhole)
        try Self.wait { try Self.buffered(gateway) == 0 }
        #expect(try gateway.chat(Self.question).status == 200)
        #expect(try gateway.records().map(\.status).sorted { ($0 ?? 0) < ($1 ?? 0) } == [200, 200, 503])
    }

    @Test func `a body that would go over the ceiling of buffered bytes is refused while it comes`() throws {
        let gateway = try GatewayHarness(upstreamPort: 1) { $0.limits.bufferedBytes = 1 << 20 }
        for framing in ["Content-Length: 3000000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n2dc6c0\r\n"] {
            let client = try RawClient(port: gateway.port)
            try client.send("POST /v1/chat/completions HTTP/1.1\r\nHost: g\r\n" + framing)
            // Until the refusal is there, which may end the sending.
            for _ in 0..<30 { try? client.send([UInt8](repeating: 120, count: 100_000)) }
            let answer = Answer(try client.receiveAll())
            #expect(answer.status == 503)
            #expect(answer["x-gateway-error"] == "overloaded")
        }
        try Self.wait { try Self.buffered(gateway) == 0 }
    }

    @Test(arguments: [
        ("/v1/chat/completions", #"{"model":"gpt-4o-mini","stream":true,"messages":[]}"#), ("/v1/responses", "{}"),
        ("/v1/files/1/content", "{}"),
    ])
    func `a client that reads nothing has less than a megabyte held for it, and its provider waits`(
        path: String, body: String
    ) throws {
        let piece = Canned.chunk(Canned.event(String(repeating: "x", count: 60_000)))
        let head =
            path.hasSuffix("content")
            ? Canned.streamHead.replacing("text/event-stream", with: "audio/wav") : Canned.streamHead
        let sent = Monitor(0)
        let upstream = RawServer { peer in
            _ = peer.readRequest()
            peer.send(head)
            for _ in 0..<1000 where peer.send(piece) {
                sent.withLock { $0 += 1 }
                sent.wake()
            }
        }
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        let client = try RawClient(port: gateway.port)
        try client.send(Self.post(path, "Content-Length: \(body.utf8.count)") + body)
        var taken = 0
        while sent.wait(atMost: .milliseconds(500), until: { $0 > taken }) { taken = sent.withLock { $0 } }
        // 60 MB are on offer.
        #expect(taken * piece.utf8.count < 16 << 20)
        let held = try Self.buffered(gateway)
        #expect(held > 0 && held < 1 << 20)
        client.close()
        #expect(upstream.waitUntilClosed(1))
        try Self.wait { try Self.buffered(gateway) == 0 }
    }

    /// What the gateway says that its buffers take.
    private static func buffered(_ gateway: GatewayHarness) throws -> Int {
        let statistics = try gateway.get("/api/v1/stats", port: gateway.adminPort).body
        return try #require(statistics.firstMatch(of: /"buffered_bytes":(\d+)/).flatMap { Int($0.1) })
    }

    private static func wait(until isReached: () throws -> Bool) throws {
        let deadline = ContinuousClock.now + .patience
        while try !isReached() { try #require(ContinuousClock.now < deadline) }
    }
}
