import Foundation
import Metrics
import TestSupport
import Testing

@testable import Gateway

/// Chat completions at a provider that speaks another dialect, or takes them at other URLs, over real sockets.
@Suite(.timeLimit(.minutes(5))) struct TranslatedCallTests {
    private static func chat(_ members: String = "", isStream: Bool = false, model: String = "claude-haiku-4-5")
        -> String
    {
        #"{"model":"\#(model)","stream":\#(isStream)\#(members),"messages":[{"role":"user","content":"a question"}]}"#
    }

    /// A gateway whose provider `claude` speaks Messages.
    private static func gateway(
        claude port: UInt16, openai: UInt16 = 1, _ configure: (inout Settings) -> Void = { _ in }
    ) throws -> GatewayHarness {
        try GatewayHarness(upstreamPort: openai) { settings in
            var claude = ProviderSettings(name: "claude", baseURL: BaseURL("http://127.0.0.1:\(port)")!)
            claude.kind = .anthropic
            settings.providers["claude"] = claude
            settings.models["claude-haiku-4-5"]?.provider = "claude"
            configure(&settings)
        }
    }

    private static func object(_ text: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    @Test(arguments: [false, true])
    func `an answer is cached as its client reads it, and serves streams and plain requests alike`(isStream: Bool)
        throws
    {
        let upstream = try SimulatedProvider()
        defer { upstream.stop() }
        let gateway = try Self.gateway(claude: upstream.port)
        let first = try gateway.chat(Self.chat(isStream: isStream))
        #expect(first.status == 200 && first.isWhole && first["x-gateway-provider"] == "claude")
        #expect(first.body.contains(isStream ? "chat.completion.chunk" : #""object":"chat.completion""#))
        for other in [false, true] {
            let again = try gateway.chat(Self.chat(isStream: other))
            #expect(again["x-gateway-cache"] == "HIT" && again.isWhole)
            #expect(again.body.contains("simulated") && again.body.contains(other ? "[DONE]" : #""usage":{"#))
        }
        let records = try gateway.records()
        #expect(records.map(\.usageSource) == [.reported, .reported, .reported])
        #expect(records[0].finishReason == "stop" && records[0].cost ?? .zero > .zero)
    }

    @Test(arguments: [false, true])
    func `a model of another dialect stands in for one that fails`(isStream: Bool) throws {
        let first = try SimulatedProvider("500:1")
        let second = try SimulatedProvider()
        defer { for provider in [first, second] { provider.stop() } }
        let gateway = try Self.gateway(claude: second.port, openai: first.port) { settings in
            settings.models["gpt-4o"]?.fallbacks = ["claude-haiku-4-5"]
        }
        let answer = try gateway.chat(Self.chat(isStream: isStream, model: "gpt-4o"))
        #expect(answer.status == 200 && answer["x-gateway-fallback"] == "true")
        #expect(answer["x-gateway-model"] == "claude-haiku-4-5")
        #expect(answer.body.contains(isStream ? "data: [DONE]" : #""finish_reason":"stop""#))
        // The client had not asked for it.
        #expect(!isStream || !answer.body.contains("prompt_tokens"))
    }

    @Test(arguments: [false, true])
    func `tokens read from and written to the provider's cache are told and charged apart`(isStream: Bool) throws {
        let upstream = try SimulatedProvider()
        defer { upstream.stop() }
        let gateway = try Self.gateway(claude: upstream.port)
        let text = String(repeating: "word ", count: 400)
        let answer = try gateway.chat(
            #"{"model":"claude-haiku-4-5","stream":\#(isStream),"stream_options":{"include_usage":true},"messages":[{"role":"#
                + #""user","content":[{"type":"text","text":"\#(text)","cache_control":{"type":"ephemeral"}}]}]}"#)
        #expect(answer.body.contains(#""prompt_tokens":504"#))
        #expect(answer.body.contains(#""prompt_tokens_details":{"cached_tokens":126,"cache_write_tokens":252}"#))
        let record = try #require(try gateway.records().first)
        let usage = try #require(record.usage)
        #expect(usage.uncachedInput == 126 && usage.cachedInput == 126 && usage.cacheWrite == 252)
        // 126 at 1, 126 at 0.1 and 252 at 1.25 dollars a million.
        #expect(record.costInput == PicoDollars(126 * 1_000_000 + 126 * 100_000 + 252 * 1_250_000))
    }

    @Test func `the off arm is told in the provider's dialect too, with nothing else changed`() throws {
        let upstream = try SimulatedProvider()
        defer { upstream.stop() }
        let gateway = try Self.gateway(claude: upstream.port)
        let answer = try gateway.chat(Self.chat(isStream: true), headers: ["x-gateway-rollout: off"])
        #expect(answer.status == 200 && answer.body.hasSuffix("data: [DONE]\n\n"))
        #expect(!answer.body.contains("usage") && answer["x-gateway-cache"] == "BYPASS")
    }

    @Test func `what has no counterpart is refused by name, or asked of who has one`() throws {
        let first = try SimulatedProvider()
        let second = try SimulatedProvider()
        defer { for provider in [first, second] { provider.stop() } }
        let alone = try Self.gateway(claude: first.port)
        let refused = try alone.chat(Self.chat(#","n":2"#))
        #expect(refused.status == 400 && refused["x-gateway-error"] == "invalid_request")
        #expect(refused.body.contains(#""param":"n""#) && refused["x-gateway-attempts"] == "0")
        #expect(try alone.records().map(\.cost) == [.zero])
        let both = try Self.gateway(claude: first.port, openai: second.port) { settings in
            settings.models["claude-haiku-4-5"]?.fallbacks = ["gpt-4o"]
        }
        let answer = try both.chat(Self.chat(#","n":2"#))
        #expect(answer.status == 200 && answer["x-gateway-model"] == "gpt-4o")
        #expect(answer["x-gateway-attempts"] == "1" && answer["x-gateway-fallback"] == "true")
    }

    @Test func `an error is told in OpenAI's shape with a status that its clients know`() throws {
        let upstream = RawServer { peer in
            _ = peer.readRequest()
            let error = #"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#
            peer.send(Canned.json(error, status: "529 Overloaded", headers: "request-id: req_1\r\n"))
        }
        let gateway = try Self.gateway(claude: upstream.port)
        let answer = try gateway.chat(Self.chat())
        #expect(answer.status == 503 && answer["request-id"] == "req_1")
        #expect(
            answer.body
                == #"{"error":{"message":"Overloaded","type":"server_error","param":null,"code":"overloaded_error"}}"#)
        #expect(answer["content-length"] == "\(answer.body.utf8.count)")
    }

    @Test func `the request has Anthropic's path, version and key, and nothing of an account at OpenAI`() throws {
        let upstream = RawServer { peer in
            _ = peer.readRequest()
            peer.send(Canned.json(#"{"type":"error","error":{"type":"api_error","message":"x"}}"#, status: "500 X"))
        }
        let gateway = try Self.gateway(claude: upstream.port)
        _ = try gateway.chat(
            Self.chat(), headers: ["Authorization: Bearer sk-ant-1", "OpenAI-Organization: org-1", "x-title: app"],
            path: "/v1/chat/completions?api-version=1")
        let request = try #require(upstream.received.first)
        #expect(request.hasPrefix("POST /v1/messages HTTP/1.1\r\n"))
        #expect(request.contains("\r\nx-api-key: sk-ant-1\r\n") && !request.contains("Bearer"))
        #expect(request.contains("\r\nanthropic-version: 2023-06-01\r\n") && request.contains("\r\nx-title: app\r\n"))
        #expect(!request.contains("org-1"))
        #expect(request.contains(#"{"model":"claude-haiku-4-5","max_tokens":64000,"#))
    }

    @Test(arguments: ["responses", "completions", "embeddings"])
    func `an endpoint that the provider has nothing like is refused, or goes to a fallback that has it`(path: String)
        throws
    {
        let upstream = RawServer { _ in }
        let second = try SimulatedProvider()
        defer { second.stop() }
        let body = #"{"model":"claude-haiku-4-5","input":"a","prompt":"a"}"#
        let refused = try Self.gateway(claude: upstream.port).chat(body, path: "/v1/\(path)")
        #expect(refused.status == 400 && refused.body.contains("nothing like /v1/\(path)"))
        let gateway = try Self.gateway(claude: upstream.port, openai: second.port) { settings in
            settings.models["claude-haiku-4-5"]?.fallbacks = ["gpt-4o"]
        }
        #expect(try gateway.chat(body, path: "/v1/\(path)")["x-gateway-model"] == "gpt-4o")
        #expect(upstream.connectionCount == 0)
    }

    @Test func `Messages never go to a provider that does not speak them`() throws {
        let claude = RawServer { peer in
            _ = peer.readRequest()
            peer.send(Canned.json(#"{"type":"error","error":{"type":"api_error","message":"x"}}"#, status: "500 X"))
        }
        let openai = RawServer { _ in }
        let gateway = try Self.gateway(claude: claude.port, openai: openai.port) { settings in
            settings.models["claude-haiku-4-5"]?.fallbacks = ["gpt-4o"]
        }
        let answer = try gateway.chat(
            #"{"model":"claude-haiku-4-5","max_tokens":9,"messages":[]}"#, path: "/v1/messages")
        #expect(answer.status == 500 && openai.connectionCount == 0)
    }

    // MARK: Azure

    @Test(
        arguments: [
            ("2024-10-21", "chat/completions", "/openai/deployments/big%20one/chat/completions?api-version=2024-10-21"),
            ("2024-10-21", "responses", "/openai/responses?api-version=2024-10-21"),
            ("2024-10-21", "files?purpose=batch", "/openai/files?api-version=2024-10-21&purpose=batch"),
            (nil, "chat/completions?api-version=1", "/openai/v1/chat/completions?api-version=1"),
        ] as [(String?, String, String)])
    func `Azure is asked at its own URLs with its own key`(version: String?, path: String, target: String) throws {
        let upstream = RawServer { peer in
            _ = peer.readRequest()
            peer.send(Canned.json(Canned.completion))
        }
        let gateway = try GatewayHarness(upstreamPort: upstream.port) { settings in
            var work = ProviderSettings(name: "openai", baseURL: BaseURL("http://127.0.0.1:\(upstream.port)")!)
            work.kind = .azure
            work.apiVersion = version
            work.apiKey = Secret("ours")
            settings.providers["openai"] = work
            settings.models["gpt-4o"]?.upstreamName = "big one"
        }
        let answer = try gateway.chat(
            Self.chat(model: "gpt-4o"), headers: ["api-key: theirs"], path: "/v1/\(path)")
        #expect(answer.status == 200)
        let request = try #require(upstream.received.first)
        #expect(request.hasPrefix("POST \(target) HTTP/1.1\r\n"))
        #expect(request.contains("\r\napi-key: ours\r\n") && !request.contains("theirs"))
    }

    @Test(arguments: ["2024-10-21", nil] as [String?])
    func `Azure answers and streams as OpenAI does`(version: String?) throws {
        let upstream = try SimulatedProvider()
        defer { upstream.stop() }
        let gateway = try GatewayHarness(upstreamPort: upstream.port) { settings in
            settings.providers["openai"]?.kind = .azure
            settings.providers["openai"]?.baseURL = BaseURL("http://127.0.0.1:\(upstream.port)")!
            settings.providers["openai"]?.apiVersion = version
        }
        #expect(try gateway.chat(Self.chat(model: "gpt-4o")).status == 200)
        let streamed = try gateway.chat(
            #"{"model":"gpt-4o","stream":true,"messages":[{"role":"user","content":"b"}]}"#)
        #expect(streamed.isWhole && streamed.body.hasSuffix("data: [DONE]\n\n"))
        #expect(try gateway.get("/v1/models?upstream=1").body.contains("simulator"))
    }
}
