import Foundation
import Gateway
import Metrics
import TestSupport
import Testing

/// `tokens.ranks`, and the command that counts by it.
struct RankFileSettingTests {
    private let directory = TemporaryDirectory()
    /// Unpacked by `make test`.
    private static let o200k = GatewayProcess.repository + "/.build/ranks/o200k_base.tiktoken"
    private static let cl100k = GatewayProcess.repository + "/.build/ranks/cl100k_base.tiktoken"

    private func gateway(_ words: String...) -> CommandRun { CommandRun(words) }

    private func file(_ text: String) throws -> String {
        let path = directory.path + "/text"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    @Test func `tokens are estimated without a rank file, and that is said`() throws {
        let path = try file("The committee met on Tuesday morning.\n")
        let text = gateway("tokens", path)
        #expect(text.exit == 0)
        #expect(text.output == "8 tokens, estimated (o200k_base: tokens.ranks names no rank file)\n")
        let json = gateway("tokens", "--format", "json", "--model", "gpt-4", path)
        #expect(
            json.output
                == #"{"tokens":8,"exact":false,"encoding":"cl100k_base","model":"gpt-4","#
                + "\"reason\":\"tokens.ranks names no rank file\"}\n")
    }

    @Test func `tokens are counted exactly with one, for the models of its encoding`() throws {
        let path = try file("人工智能正在改变我们的工作方式。")
        let ranks = "tokens.ranks=\(Self.o200k)"
        #expect(gateway("tokens", "--set", ranks, path).output == "8 tokens, exact (o200k_base)\n")
        #expect(gateway("tokens", "--set", ranks, "--model", "gpt-4o", path).output == "8 tokens, exact (o200k_base)\n")
        let other = gateway("tokens", "--set", ranks, "--model", "gpt-4", path)
        #expect(other.output.contains("estimated (cl100k_base: tokens.ranks is of o200k_base, while gpt-4 counts in"))
        let foreign = gateway("tokens", "--set", ranks, "--model", "claude-sonnet-4-6", path)
        #expect(
            foreign.output.hasPrefix("8 tokens, estimated (o200k_base: claude-sonnet-4-6 has an encoding of its own"))
        let older = gateway(
            "tokens", "--set", "tokens.ranks=\(Self.cl100k)", "--model", "gpt-4", "--format", "json", path)
        #expect(
            older.output
                == #"{"tokens":14,"exact":true,"encoding":"cl100k_base","model":"gpt-4","reason":null}"# + "\n")
    }

    @Test func `a file that is no rank file is refused by every command, with what to do`() throws {
        let path = try file("no ranks")
        let set = "tokens.ranks=\(path)"
        let tokens = gateway("tokens", "--set", set, path)
        #expect(tokens.exit == 1)
        let check = gateway(
            "check", "--set", set, "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--data", directory.path)
        #expect(check.exit == 1)
        for complaints in [tokens.complaints, check.complaints] {
            #expect(complaints.contains("tokens.ranks"))
            #expect(complaints.contains("which is no rank file of o200k_base or cl100k_base as published"))
            #expect(complaints.contains("docs/tokens.md"))
        }
        #expect(throws: StartupError.self) { try GatewayHarness(upstreamPort: 1) { $0.tokenRanks = path } }
        #expect(gateway("check", "--set", "tokens.ranks=\(path)x").complaints.contains("does not exist"))
    }

    @Test func `a text that is not there is named`() {
        let result = gateway("tokens", directory.path + "/missing")
        #expect(result.exit == 1)
        #expect(result.complaints.contains("/missing: No such file or directory"))
        #expect(gateway("tokens", "one", "two").exit == 64)
        #expect(gateway("tokens", "--format", "xml").exit == 64)
    }

    @Test func `a stream whose usage never comes is charged for what it really sent`() throws {
        let events = Canned.event("a") + Canned.finish + Canned.done
        let upstream = ForwardingTests.answering(Canned.streamHead + Canned.chunk(events) + "0\r\n\r\n")
        let harness = try GatewayHarness(upstreamPort: upstream.port) { $0.tokenRanks = Self.o200k }
        let body =
            #"{"model":"gpt-4o-mini","stream":true,"messages":[{"role":"user","content":"人工智能正在改变我们的\u5de5作方式。"}]}"#
        _ = try harness.chat(body, headers: ["x-gateway-rollout: off"])
        let record = try #require(try harness.records().first)
        #expect(record.usageSource == .estimated)
        #expect(record.usage?.uncachedInput == 8 + 4)
    }
}
