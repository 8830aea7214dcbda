import Foundation
import Gateway
import Metrics
import TestSupport
import Testing

/// What a shorter prompt saved in money: as much as its provider would have billed for the rest of it.
@Suite(.timeLimit(.minutes(5))) struct CompressionWorthTests {
    /// Pico-dollars a token of gpt-4o-mini.
    private static let rate: Int64 = 150_000
    private static let cachedRate: Int64 = 75_000

    /// A tool's result that gets much shorter.
    private static let list =
        "[\\n"
        + (0..<80).map { #"    {\n        \"number\" : \#($0),\n        \"name\" : \"item \#($0)\"\n    }"# }
        .joined(separator: ",\\n") + "\\n]"
    /// One that does not, of about the length that is left of the other.
    private static let words = (0..<400).map { "word\($0)" }.joined(separator: " ")

    private static func request(_ texts: String..., stream: Bool = false, model: String = "gpt-4o-mini") -> String {
        let messages = texts.map { #"{"role":"tool","tool_call_id":"c","content":"\#($0)"}"# }.joined(separator: ",")
        return #"{"model":"\#(model)","stream":\#(stream),"messages":[\#(messages)]}"#
    }

    /// The record of a call whose provider states a usage; nil where it states none.
    private func record(_ request: String, usage: String?) throws -> LedgerEntry {
        let upstream = RawServer { peer in
            while let request = peer.readRequest() {
                guard !request.contains(#""stream":true"#) else {
                    peer.send(
                        Canned.streamHead + Canned.chunk(Canned.event("Hi") + Canned.finish + Canned.done) + "0\r\n\r\n"
                    )
                    continue
                }
                let answer = Canned.completion.split(separator: "\"usage\"")[0]
                let completion = "\(answer)\"usage\":\(usage ?? "null")}"
                peer.send(Canned.json(completion))
            }
        }
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        #expect(try gateway.chat(request).status == 200)
        return try #require(try gateway.records().first)
    }

    private static func usage(_ input: Int, cached: Int) -> String {
        """
        {"prompt_tokens":\(input),"completion_tokens":2,"total_tokens":\(input + 2),\
        "prompt_tokens_details":{"cached_tokens":\(cached)}}
        """
    }

    private func saved(_ entry: LedgerEntry) throws -> (tokens: Int64, worth: Int64) {
        let before = try #require(entry.tokensBeforeCompression)
        let after = try #require(entry.tokensAfterCompression)
        #expect(before - after > 500)
        return (Int64(before - after), try #require(entry.savedCompression).amount)
    }

    @Test func `tokens that were not sent are worth the full rate where nothing was cached`() throws {
        let entry = try record(Self.request(Self.list), usage: Self.usage(1000, cached: 0))
        let (tokens, worth) = try saved(entry)
        #expect(worth == tokens * Self.rate)
    }

    @Test func `they are worth the cached rate where the provider had the beginning that they belong to`() throws {
        // The words make about half of what was sent.
        let first = try saved(record(Self.request(Self.list, Self.words), usage: Self.usage(2000, cached: 1500)))
        #expect(first.worth == first.tokens * Self.cachedRate)
        let last = try saved(record(Self.request(Self.words, Self.list), usage: Self.usage(2000, cached: 200)))
        #expect(last.worth == last.tokens * Self.rate)
        let whole = try saved(record(Self.request(Self.words, Self.list), usage: Self.usage(2000, cached: 2000)))
        #expect(whole.worth == whole.tokens * Self.cachedRate)
        // A beginning that ends within the message: some of each.
        let part = try saved(record(Self.request(Self.list, Self.words), usage: Self.usage(2000, cached: 400)))
        #expect(part.worth > part.tokens * Self.cachedRate && part.worth < part.tokens * Self.rate)
    }

    @Test func `a prompt that would have passed a price's limit is worth the difference`() throws {
        let limit = 272_000
        let plain = try saved(
            record(Self.request(Self.list, model: "gpt-5.4"), usage: Self.usage(limit - 10, cached: 0)))
        let below = try saved(
            record(Self.request(Self.list, model: "gpt-5.4"), usage: Self.usage(limit / 2, cached: 0)))
        #expect(plain.tokens == below.tokens && plain.worth > 10 * below.worth)
    }

    @Test func `where no usage is stated, what was sent is estimated, and not what the client sent`() throws {
        let entry = try record(Self.request(Self.list, stream: true), usage: nil)
        let (tokens, worth) = try saved(entry)
        #expect(entry.usageSource == .estimated)
        #expect(entry.usage?.uncachedInput == entry.tokensAfterCompression)
        #expect(worth == tokens * Self.rate)
    }

    @Test func `a call whose provider states no usage, or that is not compressed, saved nothing that is known`() throws
    {
        #expect(try record(Self.request(Self.list), usage: nil).savedCompression == nil)
        #expect(try record(Self.request(Self.words), usage: Self.usage(900, cached: 0)).savedCompression == nil)
    }
}
