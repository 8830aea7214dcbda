import Gateway
import Metrics
import TestSupport
import Testing

/// Members whose names are spelled with escapes, or stand twice: what the provider will read is what counts.
@Suite struct KeySpellingTests {
    @Test func `a name spelled with escapes is read as what it means`() throws {
        let upstream = ForwardingTests.answering(
            Canned.streamHead + Canned.chunk(Canned.finish + Canned.usage + Canned.done) + "0\r\n\r\n")
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        let body = #"{"mod\u0065l":"gpt-4o-mini","str\u0065am":true,"stream\u005Foptions":{"x":1},"messages":[]}"#
        let answer = try gateway.chat(body)
        #expect(answer.status == 200)
        #expect(!answer.body.contains("usage"))
        #expect(
            try #require(upstream.received.first).hasSuffix(
                #"{"mod\u0065l":"gpt-4o-mini","str\u0065am":true,"stream\u005Foptions":{"include_usage":true,"x":1},"messages":[]}"#
            ))
        let record = try #require(try gateway.records().first)
        #expect(record.requestedModel == "gpt-4o-mini")
        #expect(record.streamed)
        #expect(record.usage?.output == 2)
    }

    @Test(arguments: [
        #"{"model":"gpt-4o","messages":[],"mod\u0065l":"gpt-4o-mini"}"#,
        #"{"mod\u0065l":"gpt-4o","messages":[],"model":"gpt-4o-mini"}"#,
    ])
    func `of a name that stands twice the last counts, and the answer is not cached`(body: String) throws {
        let upstream = ForwardingTests.answering(Canned.json(Canned.completion))
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        for _ in 0..<2 { #expect(try gateway.chat(body)["x-gateway-cache"] == "BYPASS") }
        #expect(try #require(upstream.received.first).hasSuffix("\r\n\r\n" + body))
        #expect(try gateway.records().map(\.model) == ["gpt-4o-mini", "gpt-4o-mini"])
    }

    @Test func `where the provider calls the model otherwise, the one that it will read is renamed`() throws {
        let upstream = ForwardingTests.answering(Canned.json(Canned.completion))
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        _ = try gateway.chat(#"{"model":"gpt-4o","mod\u0065l":"auto","messages":[]}"#)
        #expect(
            try #require(upstream.received.first).hasSuffix(
                #"{"model":"gpt-4o","mod\u0065l":"gpt-4o-mini","messages":[]}"#))
    }
}
