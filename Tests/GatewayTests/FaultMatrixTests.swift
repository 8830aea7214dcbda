import HTTP
import Metrics
import Platform
import TestSupport
import Testing

@testable import Gateway

/// Every fault that the simulated upstream can play, with a healthy provider behind it: what the client gets, and what
/// the ledger says.
@Suite(.timeLimit(.minutes(5))) struct FaultMatrixTests {
    /// How a call ends whose first provider has a fault.
    enum Outcome: Sendable {
        /// Another provider answers.
        case answered(status: Int?, error: String?)
        /// The stream that had begun ends with an error event.
        case broken(error: String, code: String)
        /// What came is passed on as it is.
        case passedOn(code: String?)
    }

    static let whole: [(String, Outcome)] = [
        ("401", .answered(status: 401, error: nil)), ("408", .answered(status: 408, error: nil)),
        ("429", .answered(status: 429, error: nil)), ("429-bare", .answered(status: 429, error: nil)),
        ("quota", .answered(status: 429, error: nil)), ("context", .answered(status: 400, error: nil)),
        ("500", .answered(status: 500, error: nil)), ("html", .answered(status: 502, error: nil)),
        ("503", .answered(status: 503, error: nil)), ("not-json", .answered(status: 200, error: "invalid_answer")),
        ("drop", .answered(status: nil, error: "closed_early")),
        ("reset", .answered(status: nil, error: "closed_early")),
        ("head", .answered(status: nil, error: "closed_early")),
        ("slow-head", .answered(status: nil, error: "first_byte_timeout")),
        ("hang", .answered(status: nil, error: "first_byte_timeout")),
        ("cut", .answered(status: 200, error: "closed_early")),
        ("cut-reset", .answered(status: 200, error: "closed_early")),
        ("stall", .answered(status: 200, error: "idle_timeout")), ("huge", .passedOn(code: nil)),
    ]
    static let streams: [(String, Outcome)] =
        whole.filter { !["cut", "cut-reset", "stall", "huge", "not-json"].contains($0.0) } + [
            ("empty", .answered(status: 200, error: "closed_early")),
            ("error-event", .answered(status: 200, error: "error_event")),
            ("cut", .broken(error: "closed_early", code: "upstream_unavailable")),
            ("cut-reset", .broken(error: "closed_early", code: "upstream_unavailable")),
            ("stall", .broken(error: "idle_timeout", code: "upstream_timeout")),
            ("bad-chunk", .broken(error: "invalid_answer", code: "upstream_unavailable")),
            ("endless", .broken(error: "total_timeout", code: "upstream_timeout")),
            ("late-error", .passedOn(code: "upstream_error_event")), ("no-done", .passedOn(code: nil)),
        ]

    /// Of a provider that is asked in Messages, what is otherwise.
    static let told: [String: Outcome] = [
        "quota": .answered(status: 400, error: nil), "huge": .answered(status: 200, error: "invalid_answer"),
        "no-done": .broken(error: "closed_early", code: "upstream_unavailable"),
    ]

    @Test(arguments: whole.indices) func `a whole answer, with a fault at the first provider`(row: Int) throws {
        try check(Self.whole[row], isStream: false)
    }

    @Test(arguments: streams.indices) func `a stream, with a fault at the first provider`(row: Int) throws {
        try check(Self.streams[row], isStream: true)
    }

    @Test(arguments: whole.indices) func `a whole answer, with a fault at a provider of another dialect`(row: Int)
        throws
    {
        let (fault, outcome) = Self.whole[row]
        try check((fault, Self.told[fault] ?? outcome), isStream: false, firstKind: .anthropic)
    }

    @Test(arguments: streams.indices) func `a stream, with a fault at a provider of another dialect`(row: Int) throws {
        let (fault, outcome) = Self.streams[row]
        try check((fault, Self.told[fault] ?? outcome), isStream: true, firstKind: .anthropic)
    }

    private func check(
        _ row: (fault: String, outcome: Outcome), isStream: Bool, firstKind: ProviderSettings.Kind = .openai
    ) throws {
        let first = try SimulatedProvider("\(row.fault):1")
        let second = try SimulatedProvider()
        defer { for provider in [first, second] { provider.stop() } }
        let gateway = try Self.gateway(first.port, second.port) { $0.providers["openai"]?.kind = firstKind }
        let body = #"{"model":"gpt-4o","stream":\#(isStream),"messages":[{"role":"user","content":"a question"}]}"#
        let answer = try gateway.chat(body)
        let record = try #require(try gateway.records().first)
        switch row.outcome {
        case .answered(let status, let error):
            #expect(answer.status == 200 && answer.isWhole && answer["x-gateway-provider"] == "second")
            #expect(answer["x-gateway-fallback"] == "true" && answer["x-gateway-attempts"] == "2")
            #expect(!isStream || answer.body.hasSuffix("data: [DONE]\n\n"))
            #expect(record.attempts.map(\.status) == [status, 200])
            #expect(record.attempts.map(\.error) == [error, nil])
            #expect(record.errorCode == nil && record.fallback)
            // What the first one may bill although it broke off is estimated.
            if error == nil { #expect(record.usageSource == .reported) }
            if error == "closed_early" || error == "first_byte_timeout" || error == "idle_timeout" {
                #expect(record.usageSource == .partial)
            }
        case .broken(let error, let code):
            #expect(answer.status == 200 && !answer.isWhole && answer["x-gateway-provider"] == "openai")
            #expect(answer.body.contains(#""code":"\#(code)"}}"#) && !answer.body.contains("[DONE]"))
            #expect(record.attempts.map(\.error) == [error] && record.errorCode == code)
            #expect(record.usageSource == .partial && (record.usage?.output ?? 0) > 0)
        case .passedOn(let code):
            #expect(answer.status == 200 && answer.isWhole && answer["x-gateway-provider"] == "openai")
            #expect(record.attempts.count == 1 && record.errorCode == code)
        }
    }

    @Test func `a provider that fails three calls in ten costs hardly any client anything`() throws {
        let first = try SimulatedProvider("500:0.1", "drop:0.1", "429:0.1")
        let second = try SimulatedProvider()
        defer { for provider in [first, second] { provider.stop() } }
        let gateway = try Self.gateway(first.port, second.port) { settings in
            settings.cache.enabled = false
            settings.routing.retries = 2
            settings.routing.backoff.base = .milliseconds(1)
            settings.routing.backoff.max = .milliseconds(2)
        }
        let count = 1000
        let body = #"{"model":"gpt-4o","messages":[{"role":"user","content":"a question"}]}"#
        let client = try RawClient(port: gateway.port)
        var failed = 0
        for _ in 0..<count {
            try client.send(
                "POST /v1/chat/completions HTTP/1.1\r\nHost: g\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
            if try !client.receive(until: "\n").hasPrefix("HTTP/1.1 200") { failed += 1 }
        }
        #expect(failed == 0)
        let records = try gateway.records()
        #expect(records.count == count)
        let retries = records.reduce(0) { $0 + $1.attempts.filter { $0.provider == "openai" }.count - 1 }
        #expect(retries > 0 && retries <= count / 5 + 10)
    }

    private static func gateway(
        _ first: UInt16, _ second: UInt16, _ configure: (inout Settings) -> Void = { _ in }
    ) throws -> GatewayHarness {
        try GatewayHarness(upstreamPort: first) { settings in
            settings.providers["second"] = ProviderSettings(
                name: "second", baseURL: BaseURL("http://127.0.0.1:\(second)/v1")!)
            settings.providers["openai"]?.timeouts.firstByte = .milliseconds(300)
            settings.providers["openai"]?.timeouts.idle = .milliseconds(300)
            settings.providers["openai"]?.timeouts.total = .milliseconds(1500)
            settings.models["gpt-4o"]?.fallbacks = ["gpt-4.1"]
            settings.models["gpt-4.1"]?.provider = "second"
            configure(&settings)
        }
    }
}
