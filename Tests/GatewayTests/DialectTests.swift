import Gateway
import Metrics
import TestSupport
import Testing

/// The other endpoints that are read: what they cost, what is kept of them, and what is not.
@Suite(.timeLimit(.minutes(5))) struct DialectTests {
    private static let completion = """
        {"id":"cmpl-1","object":"text_completion","model":"gpt-3.5-turbo-instruct","choices":[{"index":0,"text":"Hi",\
        "finish_reason":"stop","logprobs":null}],"usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7}}
        """
    private static let embeddings = """
        {"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.1,-0.2]}],\
        "model":"text-embedding-3-small","usage":{"prompt_tokens":8,"total_tokens":8}}
        """
    private static let response = """
        {"id":"resp_1","object":"response","status":"completed","error":null,"model":"gpt-4o-mini","output":[{"type":"message",\
        "role":"assistant","content":[{"type":"output_text","text":"Hi"}]}],"usage":{"input_tokens":10,\
        "input_tokens_details":{"cached_tokens":4},"output_tokens":2,"output_tokens_details":{"reasoning_tokens":1},"total_tokens":12}}
        """
    private static let message = """
        {"id":"msg_1","type":"message","role":"assistant","model":"claude-haiku-4-5","content":[{"type":"text","text":"Hi"}],\
        "stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":3,"cache_read_input_tokens":4,\
        "cache_creation_input_tokens":5,"cache_creation":{"ephemeral_5m_input_tokens":3,"ephemeral_1h_input_tokens":2},"output_tokens":6}}
        """

    private static func answering(_ body: String) -> RawServer { ForwardingTests.answering(Canned.json(body)) }

    @Test(arguments: [
        ("completions", #"{"model":"gpt-3.5-turbo-instruct","prompt":"Say"}"#, completion, 5, 0, 2),
        ("embeddings", #"{"model":"text-embedding-3-small","input":["a","b"]}"#, embeddings, 8, 0, 0),
        ("responses", #"{"model":"gpt-4o-mini","store":false,"input":"Say"}"#, response, 6, 4, 2),
        ("messages", #"{"model":"claude-haiku-4-5","max_tokens":9,"messages":[]}"#, message, 3, 4, 6),
    ])
    func `a whole answer is metered, kept, and given again at no cost`(
        path: String, body: String, answer: String, uncached: Int, cached: Int, output: Int
    ) throws {
        let upstream = Self.answering(answer)
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        for (place, outcome) in [("/v1/\(path)", "MISS"), ("/\(path)", "HIT"), ("/v1/\(path)?x=1", "MISS")] {
            let given = try gateway.chat(body, path: place)
            #expect(given.body == answer)
            #expect(given["x-gateway-cache"] == outcome)
        }
        #expect(try #require(upstream.received.first).hasSuffix("\r\n\r\n" + body))
        let records = try gateway.records()
        let first = try #require(records.first)
        #expect(first.endpoint.name == path)
        #expect(first.usage?.uncachedInput == uncached && first.usage?.cachedInput == cached)
        #expect(first.usage?.output == output)
        #expect(records[1].cost == .zero && records[1].savedCache == first.cost)
        #expect(path != "embeddings" || records.allSatisfy { $0.task == .embedding })
        #expect(path != "messages" || (first.usage?.cacheWrite == 5 && first.usage?.cacheWriteLong == 2))
    }

    @Test(arguments: [
        #"{"model":"gpt-4o-mini","input":"x"}"#, #"{"model":"gpt-4o-mini","input":"x","store":true}"#,
        #"{"model":"gpt-4o-mini","input":"x","store":null}"#,
        #"{"model":"gpt-4o-mini","input":"x","store":false,"previous_response_id":"resp_0"}"#,
        #"{"model":"gpt-4o-mini","input":"x","store":false,"conversation":"conv_0"}"#,
        #"{"model":"gpt-4o-mini","input":"x","store":false,"background":true}"#,
    ])
    func `a response that the provider keeps, or that continues another, is not cached`(body: String) throws {
        let upstream = Self.answering(Self.response)
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        for _ in 0..<2 { #expect(try gateway.chat(body, path: "/v1/responses")["x-gateway-cache"] == "BYPASS") }
        #expect(try gateway.records().allSatisfy { $0.usage?.output == 2 })
    }

    @Test(arguments: [
        ("responses", #"{"model":"gpt-4o-mini","store":false}"#, response.replacing("completed", with: "incomplete")),
        (
            "responses", #"{"model":"gpt-4o-mini","store":false}"#,
            response.replacing(#""error":null"#, with: #""error":{}"#)
        ),
        ("embeddings", #"{"model":"m"}"#, #"{"data":[],"usage":{"prompt_tokens":1}}"#),
        ("completions", #"{"model":"m"}"#, completion.replacing(#""stop""#, with: "null")),
        ("messages", #"{"model":"m"}"#, message.replacing(#""end_turn""#, with: "null")),
    ])
    func `an answer that does not say that it is whole is not kept`(path: String, body: String, answer: String) throws {
        let upstream = Self.answering(answer)
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        for _ in 0..<2 { #expect(try gateway.chat(body, path: "/v1/\(path)")["x-gateway-cache"] == "MISS") }
    }

    @Test func `a stored prompt needs no model`() throws {
        let upstream = Self.answering(Self.response)
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        let body = #"{"prompt":{"id":"pmpt_1"}}"#
        #expect(try gateway.chat(body, path: "/v1/responses").status == 200)
        #expect(try #require(upstream.received.first).hasSuffix("\r\n\r\n" + body))
        #expect(try gateway.chat(body, path: "/v1/embeddings").status == 400)
    }

    private static let responseEvents = """
        event: response.created
        data: {"type":"response.created","response":{"id":"resp_1","status":"in_progress"}}

        event: response.output_text.delta
        data: {"type":"response.output_text.delta","delta":"Hi"}

        event: response.completed
        data: {"type":"response.completed","response":\(response)}


        """
    private static let messageEvents = """
        event: message_start
        data: {"type":"message_start","message":{"id":"msg_1","usage":{"input_tokens":3,"cache_read_input_tokens":4,"output_tokens":1}}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}

        event: message_delta
        data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":6}}

        event: message_stop
        data: {"type":"message_stop"}


        """

    @Test(arguments: [
        ("responses", #"{"model":"gpt-4o-mini","store":false,"stream":true}"#, responseEvents, 6, 2),
        ("messages", #"{"model":"claude-haiku-4-5","stream":true}"#, messageEvents, 3, 6),
    ])
    func `a stream is metered by what its events say, and replays byte for byte`(
        path: String, body: String, events: String, input: Int, output: Int
    ) throws {
        let upstream = ForwardingTests.answering(Canned.streamHead + Canned.chunk(events) + "0\r\n\r\n")
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        for outcome in ["MISS", "HIT"] {
            let answer = try gateway.chat(body, path: "/v1/\(path)")
            #expect(answer.isWhole && answer.body == events)
            #expect(answer["x-gateway-cache"] == outcome)
        }
        // The whole answer would be another telling, which is not made here.
        let whole = body.replacing(#""stream":true"#, with: #""stream":false"#)
        #expect(try gateway.chat(whole, headers: ["x-gateway-cache: only"], path: "/v1/\(path)").status == 504)
        #expect(try #require(upstream.received.first).hasSuffix("\r\n\r\n" + body))
        let record = try #require(try gateway.records().first)
        #expect(record.usage?.uncachedInput == input && record.usage?.output == output)
        #expect(record.usageSource != .estimated && record.finishReason != nil)
    }

    @Test(arguments: [
        ("responses", #"{"model":"gpt-4o-mini","store":false,"stream":true}"#, responseEvents, "response.completed"),
        ("messages", #"{"model":"claude-haiku-4-5","stream":true}"#, messageEvents, "message_stop"),
    ])
    func `a stream without its last event is not kept, and one that is cut says so`(
        path: String, body: String, events: String, last: String
    ) throws {
        let cut = String(events[..<events.firstRange(of: "event: \(last)")!.lowerBound])
        let upstream = RawServer { peer in
            _ = peer.readRequest()
            peer.send(Canned.streamHead + Canned.chunk(cut) + (peer.number == 0 ? "0\r\n\r\n" : ""))
        }
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        #expect(try gateway.chat(body, path: "/v1/\(path)").isWhole)
        let broken = try gateway.chat(body, path: "/v1/\(path)")
        #expect(broken["x-gateway-cache"] == "MISS")
        #expect(!broken.isWhole && broken.body.contains("event: error\ndata: {\"error\""))
    }

    @Test func `Anthropic's clients reach an Anthropic provider, with its own key and version`() throws {
        let upstream = Self.answering(Self.message)
        let other = RawServer { _ in }
        let gateway = try GatewayHarness(upstreamPort: other.port) { settings in
            var claude = ProviderSettings(name: "claude", baseURL: BaseURL("http://127.0.0.1:\(upstream.port)")!)
            claude.kind = .anthropic
            claude.apiKey = Secret("ours")
            settings.providers["claude"] = claude
        }
        let body = #"{"model":"some-claude","max_tokens":9,"messages":[]}"#
        let answer = try gateway.chat(body, headers: ["x-api-key: theirs"], path: "/v1/messages")
        #expect(answer.status == 200 && answer["x-gateway-provider"] == "claude")
        let request = try #require(upstream.received.first)
        #expect(request.hasPrefix("POST /v1/messages HTTP/1.1\r\n"))
        #expect(request.contains("\r\nx-api-key: ours\r\n") && !request.contains("theirs"))
        #expect(request.contains("\r\nanthropic-version: 2023-06-01\r\n"))
        let versioned = ["anthropic-version: 2024-01-01", "anthropic-beta: x"]
        _ = try gateway.chat(body, headers: versioned, path: "/v1/messages")
        let second = upstream.received.joined().dropFirst(request.count)
        #expect(second.contains("anthropic-version: 2024-01-01") && !second.contains("2023-06-01"))
    }
}
