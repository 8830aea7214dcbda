import Gateway
import Metrics
import TestSupport
import Testing

/// What a request is taken to ask for, however it is spelled.
@Suite struct RequestedModelTests {
    @Test func `a model spelled with escapes is the model that it means, and is priced as that`() throws {
        let upstream = ForwardingTests.answering(Canned.json(Canned.completion))
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        let body = #"{"model":"gpt\u002d4o-mini","messages":[]}"#
        let answer = try gateway.chat(body)
        #expect(answer["x-gateway-model"] == "gpt-4o-mini")
        #expect(answer["x-gateway-cost-usd"] == "0.0000024")
    }

    @Test func `a model's name of absurd length is refused before it fills a header and the ledger`() throws {
        let upstream = ForwardingTests.answering(Canned.json(Canned.completion))
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        let answer = try gateway.chat(#"{"model":"\#(String(repeating: "m", count: 100_000))","messages":[]}"#)
        #expect(answer.status == 404)
        #expect(answer["x-gateway-error"] == "model_not_found")
        #expect(answer.raw.utf8.count < 2000)
        #expect(upstream.connectionCount == 0)
        #expect((try gateway.records().first?.requestedModel?.utf8.count ?? 0) < 1000)
    }

    @Test func `another query is another question`() throws {
        let upstream = CachingTests.counting()
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        let path = "/v1/chat/completions"
        _ = try gateway.chat(CachingTests.body, path: path + "?api-version=1")
        #expect(try gateway.chat(CachingTests.body, path: path + "?api-version=2")["x-gateway-cache"] == "MISS")
        #expect(try gateway.chat(CachingTests.body, path: path + "?api-version=1")["x-gateway-cache"] == "HIT")
        #expect(try gateway.chat(CachingTests.body, path: path)["x-gateway-cache"] == "MISS")
    }

    @Test func `an answer of one provider is not given to who insists on another`() throws {
        let upstream = CachingTests.counting()
        let gateway = try GatewayHarness(upstreamPort: upstream.port) { settings in
            settings.providers["backup"] = ProviderSettings(
                name: "backup", baseURL: BaseURL("http://127.0.0.1:\(upstream.port)/v1")!)
        }
        _ = try gateway.chat(CachingTests.body)
        let insisting = ["x-gateway-provider: backup"]
        let answer = try gateway.chat(CachingTests.body, headers: insisting)
        #expect(answer["x-gateway-cache"] == "MISS")
        #expect(answer["x-gateway-provider"] == "backup")
        #expect(try gateway.chat(CachingTests.body, headers: insisting)["x-gateway-cache"] == "HIT")
    }

    @Test(arguments: ["x-gateway-cache: only", "cache-control: only-if-cached"])
    func `who asks for a stored answer only never causes a call, also where nothing is stored`(header: String) throws {
        let upstream = CachingTests.counting()
        let gateway = try GatewayHarness(upstreamPort: upstream.port) { $0.cache.enabled = false }
        #expect(try gateway.chat(CachingTests.body, headers: [header])["x-gateway-error"] == "cache_miss")
        let sampled = try GatewayHarness(upstreamPort: upstream.port) { $0.cache.sampled = false }
        #expect(try sampled.chat(CachingTests.body, headers: [header]).status == 504)
        #expect(upstream.connectionCount == 0)
    }
}
