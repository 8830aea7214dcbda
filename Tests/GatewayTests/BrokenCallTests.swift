import Gateway
import Metrics
import Platform
import TestSupport
import Testing

/// Clients that leave, and providers that break off.
@Suite struct BrokenCallTests {
    static let plain = #"{"model":"gpt-4o-mini","messages":[{"role":"user","content":"a question of some length"}]}"#
    static let streamed = #"{"model":"gpt-4o-mini","stream":true,"messages":[{"role":"user","content":"hello there"}]}"#

    private static func request(_ body: String) -> String {
        "POST /v1/chat/completions HTTP/1.1\r\nHost: g\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    @Test func `a stream that the provider cuts ends with an error event and an unfinished body, never with DONE`()
        throws
    {
        let partial = #"data: {"choices":[{"index":0,"delta":{"content":"half"#
        let upstream = RawServer { peer in
            _ = peer.readRequest()
            peer.send(Canned.streamHead + Canned.chunk(Canned.event("one two three") + partial))
        }
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        let answer = try gateway.chat(Self.streamed)
        #expect(answer.status == 200)
        #expect(!answer.isWhole)
        #expect(answer.body.hasPrefix(Canned.event("one two three") + #"data: {"error":{"message":"Provider 'openai'"#))
        #expect(answer.body.hasSuffix(#""code":"upstream_unavailable"}}"# + "\n\n"))
        #expect(!answer.body.contains("half") && !answer.body.contains("[DONE]"))
        let again = try gateway.chat(Self.streamed)
        #expect(again["x-gateway-cache"] == "MISS")
        let record = try #require(try gateway.records().first)
        #expect(record.errorCode == "upstream_unavailable")
        #expect(record.attempts.map(\.error) == ["closed_early"])
        #expect(record.usageSource == .partial)
        #expect((record.usage?.output ?? 0) > 0)
    }

    @Test(arguments: [
        #""tool_calls":[{"index":0,"function":{"arguments":"{\"a\":12345}"}}]"#,
        #""tool_calls":[{"index":0,"id":"x","function":{"name":"a_function","arguments":""}}]"#,
        #""function_call":{"name":"a_function","arguments":"{}"}"#, #""reasoning_content":"thinking about it""#,
        #""reasoning":"thinking about it""#, #""refusal":"I would rather not""#,
    ])
    func `what a stream that is cut has generated is counted, whatever it is`(delta: String) throws {
        let event = "data: {\"choices\":[{\"index\":0,\"delta\":{\(delta)},\"finish_reason\":null}]}\n\n"
        let upstream = RawServer { peer in
            _ = peer.readRequest()
            peer.send(Canned.streamHead + Canned.chunk(event))
        }
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        #expect(try gateway.chat(Self.streamed).body.hasPrefix(event))
        let record = try #require(try gateway.records().first)
        #expect(record.usageSource == .partial && (record.usage?.output ?? 0) > 1)
    }

    @Test func `a usage that was stated before the cut is taken for the input, not for what came after it`() throws {
        let words = String(repeating: "word ", count: 200)
        let events = [
            #"{"type":"message_start","message":{"usage":{"input_tokens":9,"output_tokens":1}}}"#,
            #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"\#(words)"}}"#,
        ]
        let upstream = RawServer { peer in
            _ = peer.readRequest()
            peer.send(Canned.streamHead + Canned.chunk(events.map { "data: \($0)\n\n" }.joined()))
        }
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        let body = #"{"model":"claude-haiku-4-5","stream":true,"messages":[]}"#
        #expect(try !gateway.chat(body, path: "/v1/messages").isWhole)
        let record = try #require(try gateway.records().first)
        #expect(record.usageSource == .partial && record.usage?.uncachedInput == 9)
        #expect((record.usage?.output ?? 0) > 150)
    }

    @Test(arguments: [
        Canned.streamHead + "0\r\n\r\n",
        Canned.streamHead + Canned.chunk(": only a comment\n\n") + "0\r\n\r\n",
        Canned.streamHead + Canned.chunk(Canned.event("a") + "data: {\"x\"") + "0\r\n\r\n",
    ])
    func `an empty stream, or one that ends within an event, is no answer`(script: String) throws {
        let upstream = RawServer { peer in while peer.readRequest() != nil { peer.send(script) } }
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        let answer = try gateway.chat(Self.streamed)
        #expect(!answer.isWhole)
        #expect(answer.body.contains(#"data: {"error""#))
    }

    @Test(arguments: [
        "", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"cut\":", "HTTP/1.1 999 Odd\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", "garbage\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
    ])
    func `a provider that makes no sense is a 502 in OpenAI's shape`(script: String) throws {
        let upstream = RawServer { peer in
            _ = peer.readRequest()
            peer.send(script)
        }
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        let answer = try gateway.chat(Self.plain)
        #expect(answer.status == 502)
        #expect(answer["x-gateway-error"] == "upstream_unavailable")
        #expect(answer["x-gateway-attempts"] == "1")
        #expect(answer.body.hasPrefix(#"{"error":{"message":"Provider 'openai' "#))
    }

    @Test func `a provider that refuses connections is a 502 that says so`() throws {
        let port = RawServer { _ in }.port
        let gateway = try GatewayHarness(upstreamPort: port)
        let answer = try gateway.chat(Self.plain)
        #expect(answer.status == 502)
        #expect(answer.body.contains("refused") || answer.body.contains("Failed to connect"))
        let record = try #require(try gateway.records().first)
        #expect(record.attempts.map(\.error) == ["refused"])
        #expect(record.status == 502)
    }

    @Test func `a provider that never answers is a 504 once its time is over`() throws {
        let upstream = RawServer { peer in
            _ = peer.readRequest()
            peer.waitForClose()
        }
        let clock = ManualClock()
        let gateway = try GatewayHarness(upstreamPort: upstream.port, time: clock)
        let client = try RawClient(port: gateway.port)
        try client.send(Self.request(Self.plain))
        #expect(upstream.wait { $0.first?.hasSuffix(Self.plain) ?? false })
        clock.advance(by: .seconds(601))
        let answer = Answer(try client.receive(until: "}}"))
        #expect(answer.status == 504)
        #expect(answer["x-gateway-error"] == "upstream_timeout")
        #expect(upstream.waitUntilClosed(1))
    }

    @Test(arguments: [plain, streamed], [true, false])
    func `a client that leaves before the first byte ends the provider's call`(body: String, resets: Bool) throws {
        let upstream = RawServer { peer in
            _ = peer.readRequest()
            peer.waitForClose()
        }
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        let client = try RawClient(port: gateway.port)
        try client.send(Self.request(body))
        #expect(upstream.wait { $0.first?.hasSuffix("}") ?? false })
        if resets { client.reset() } else { client.close() }
        #expect(upstream.waitUntilClosed(1, atMost: .seconds(2)))
        let record = try #require(try gateway.records().first)
        #expect(record.clientDisconnected)
        #expect(record.attempts.map(\.error) == ["cancelled"])
        #expect(record.usageSource == .partial)
        #expect((record.usage?.uncachedInput ?? 0) > 0)
        #expect(record.cost.map { $0.amount > 0 } ?? false)
    }

    @Test
    func `a client that leaves in the middle of a stream ends the provider's call, and what was used is recorded`()
        throws
    {
        let upstream = RawServer { peer in
            _ = peer.readRequest()
            peer.send(Canned.streamHead + Canned.chunk(Canned.event("some words of an answer")))
            peer.waitForClose()
        }
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        let client = try RawClient(port: gateway.port)
        try client.send(Self.request(Self.streamed))
        _ = try client.receive(until: "some words")
        client.close()
        #expect(upstream.waitUntilClosed(1, atMost: .seconds(2)))
        let record = try #require(try gateway.records().first)
        #expect(record.clientDisconnected)
        #expect(record.usageSource == .partial)
        #expect((record.usage?.output ?? 0) > 0)
    }

    @Test func `a client that shuts only its sending side is still answered`() throws {
        let upstream = ForwardingTests.answering(Canned.json(Canned.completion))
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        let client = try RawClient(port: gateway.port)
        try client.send(Self.request(Self.plain))
        client.finishSending()
        #expect(Answer(try client.receiveAll()).body == Canned.completion)
    }

    @Test func `events reach the client as they come, before the stream has ended`() throws {
        let proceed = Monitor(false)
        let upstream = RawServer { peer in
            _ = peer.readRequest()
            peer.send(Canned.streamHead)
            peer.send(Canned.chunk(Canned.event("first")))
            proceed.wait(atMost: .patience) { $0 }
            peer.send(Canned.chunk(Canned.finish + Canned.done) + "0\r\n\r\n")
            peer.waitForClose()
        }
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        let client = try RawClient(port: gateway.port)
        try client.send(Self.request(Self.streamed))
        let early = try client.receive(until: "first")
        #expect(!early.contains("[DONE]"))
        proceed.open()
        #expect(try client.receive(until: "[DONE]\n\n\r\n0\r\n\r\n").contains("stop"))
    }

    @Test func `a client that reads nothing holds its provider back instead of filling our memory`() throws {
        let event = Canned.event(String(repeating: "x", count: 60_000))
        let sent = Monitor(0)
        let upstream = RawServer { peer in
            _ = peer.readRequest()
            peer.send(Canned.streamHead)
            for _ in 0..<1000 where peer.send(Canned.chunk(event)) {
                sent.withLock { $0 += 1 }
                sent.wake()
            }
        }
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        let client = try RawClient(port: gateway.port)
        try client.send(Self.request(Self.streamed))
        // 60 MB are on offer; kernel buffers and ours take some, and then it stands still.
        var taken = 0
        while sent.wait(atMost: .milliseconds(500), until: { $0 > taken }) { taken = sent.withLock { $0 } }
        #expect(taken * event.utf8.count < 16 << 20)
        client.close()
        #expect(upstream.waitUntilClosed(1))
    }

    @Test func `a streamed upload is held back by a provider that does not read, and arrives whole once it does`()
        throws
    {
        let proceed = Monitor(false)
        let upstream = RawServer { peer in
            proceed.wait(atMost: .seconds(20)) { $0 }
            _ = peer.readRequest()
            peer.send(Canned.json("{}"))
            peer.waitForClose()
        }
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        let total = 30 << 20
        let piece = [UInt8](repeating: 97, count: 1 << 20)
        let progress = Monitor(0)
        let port = gateway.port
        let answer = Monitor("")
        _ = WorkerThread(name: "uploader") {
            guard let client = try? RawClient(port: port) else { return }
            try? client.send(
                "POST /v1/files HTTP/1.1\r\nHost: g\r\nConnection: close\r\nContent-Length: \(total)\r\n\r\n")
            for _ in 0..<30 {
                try? client.send(piece)
                progress.withLock { $0 += 1 }
                progress.wake()
            }
            let text = (try? client.receiveAll()) ?? "nothing"
            answer.withLock { $0 = text }
            answer.wake()
        }
        var taken = 0
        while progress.wait(atMost: .milliseconds(500), until: { $0 > taken }) { taken = progress.withLock { $0 } }
        #expect(taken < 24)
        proceed.open()
        #expect(answer.wait(atMost: .seconds(20)) { !$0.isEmpty })
        #expect(Answer(answer.withLock { $0 }).status == 200)
        #expect(upstream.received.first?.utf8.count ?? 0 > total)
    }
}
