import Foundation
import Gateway
import Metrics
import Routing
import TestSupport
import Testing

/// Prompts that are made shorter on their way, seen from both ends.
@Suite(.timeLimit(.minutes(5))) struct CompressedCallTests {
    /// A tool's result of 80 lines of indented JSON, which compact JSON says in far fewer tokens.
    private static let result =
        "[\\n"
        + (0..<80).map { #"    {\n        \"number\" : \#($0),\n        \"name\" : \"item \#($0)\"\n    }"# }
        .joined(separator: ",\\n") + "\\n]"
    private static let body = """
        {"model":"gpt-4o-mini", "x" : 1.0,"messages":[{"role":"system","content":"Be   brief."},{"role":"user","content":"List them."},\
        {"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{ \\"a\\" : 1 }"}}]},\
        {"role":"tool","tool_call_id":"c1","content":"\(result)"}]}
        """

    private static func sent(_ upstream: RawServer, _ number: Int = 0) throws -> String {
        let request = upstream.received.joined().components(separatedBy: "POST ")[number + 1]
        return String(request[try #require(request.range(of: "\r\n\r\n")).upperBound...])
    }

    @Test func `a prompt goes upstream shorter, and nothing else of the request changes`() throws {
        let upstream = CachingTests.counting()
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        let answer = try gateway.chat(Self.body)
        let saved = Int(answer["x-gateway-tokens-saved"] ?? "") ?? 0
        #expect(saved > 500)
        let sent = try Self.sent(upstream)
        let place = try #require(Self.body.range(of: Self.result))
        #expect(sent.hasPrefix(Self.body[..<place.lowerBound]) && sent.hasSuffix(Self.body[place.upperBound...]))
        #expect(sent.utf8.count < Self.body.utf8.count * 3 / 4 && sent.contains(#"\"name\":\"item 79\""#))
        let metrics = try gateway.get("/metrics", port: gateway.adminPort).body
        #expect(metrics.contains(#"gateway_compression_tokens_total{stage="before"} "#))
        let record = try #require(try gateway.records().first)
        #expect(record.compressionLevel == "safe")
        #expect((record.tokensBeforeCompression ?? 0) - (record.tokensAfterCompression ?? 0) == saved)
        #expect((record.savedCompression ?? .zero) > .zero)
    }

    @Test(arguments: [
        (["x-gateway-compression: off"], body), (["x-gateway-rollout: off"], body),
        ([], body.replacing(#""x" : 1.0"#, with: #""x":1,"x":2"#)),
        ([], #"{"model":"gpt-4o-mini","messages":[{"role":"tool","content":"[ 1,  2 ]"}]}"#),
        ([], #"{"model":"gpt-4o-mini","messages":[{"role":5,"content":[{"type":5,"text":"x"},7]}]}"#),
    ])
    func `what asks not to be, is passed through, ambiguous or short is not compressed`(headers: [String], body: String)
        throws
    {
        let upstream = CachingTests.counting()
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        #expect(try gateway.chat(body, headers: headers)["x-gateway-tokens-saved"] == "0")
        #expect(try Self.sent(upstream) == body)
    }

    @Test func `another level is another answer, and a hit at the same level saves nothing more`() throws {
        let upstream = CachingTests.counting()
        let gateway = try GatewayHarness(upstreamPort: upstream.port) { settings in
            settings.compression.tasks[.extraction] = .off
        }
        func ask(_ headers: [String]) throws -> String? {
            try gateway.chat(Self.body, headers: headers)["x-gateway-cache"]
        }
        #expect(try ask([]) == "MISS")
        #expect(try ask(["x-gateway-compression: safe"]) == "HIT")
        #expect(try ask(["x-gateway-compression: aggressive"]) == "MISS")
        #expect(try ask(["x-gateway-compression: off"]) == "MISS")
        #expect(try ask(["x-gateway-task: extraction"]) == "HIT")
        #expect(try gateway.chat(Self.body, headers: ["x-gateway-compression: most"]).status == 400)
    }
}
