import Foundation
import HTTP
import Metrics
import Routing
import TestSupport
import Testing

@testable import Gateway

/// Chat completions told as Anthropic's Messages and back; the fixtures are pairs, in `Tests/Fixtures/anthropic`.
struct AnthropicDialectTests {
    private static let folder = "anthropic"

    // MARK: Requests

    @Test(arguments: try Fixtures.names(in: "\(folder)/requests", suffix: ".chat.json"))
    func `a request is told as Messages know it`(name: String) throws {
        let request = try Fixtures.text("\(Self.folder)/requests/\(name).chat.json")
        let told = try translated(request)
        #expect(try told + "\n" == Fixtures.text("\(Self.folder)/requests/\(name).messages.json"))
        #expect(isJSON(told))
    }

    @Test(arguments: [
        (#""n":2"#, "n"), (#""logprobs":true"#, "logprobs"), (#""functions":[]"#, "functions"),
        (#""audio":{}"#, "audio"), (#""modalities":["text","audio"]"#, "modalities"),
        (#""tools":[{"type":"custom","custom":{"name":"x"}}]"#, "tools"),
        (
            #""tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":{"type":"allowed_tools"}"#,
            "tool_choice"
        ),
        (#""messages":[{"role":"user","content":[{"type":"input_audio","input_audio":{}}]}]"#, "messages.content"),
        (#""messages":[{"role":"user","content":[{"type":"file","file":{"file_id":"x"}}]}]"#, "messages.content"),
        (#""messages":[{"role":"function","name":"f","content":"x"}]"#, "messages.role"),
    ])
    func `what an answer would be wrong without is refused by name`(member: String, parameter: String) {
        let messages = member.contains(#""messages""#) ? "" : #""messages":[{"role":"user","content":"x"}],"#
        #expect(throws: TranslationProblem.unsupported(parameter: parameter)) {
            try translated(#"{"model":"m",\#(messages)\#(member)}"#)
        }
    }

    @Test(arguments: [
        #"{"model":"m"}"#, #"{"model":"m","messages":{}}"#, #"{"model":"m","messages":[]}"#,
        #"{"model":"m","messages":[{"role":"user","content":""}]}"#,
        #"{"model":"m","messages":[{"role":"bot","content":"x"}]}"#,
        #"{"model":"m","messages":[{"role":"user","content":7}]}"#,
        #"{"model":"m","messages":[{"role":"tool","content":"x"}]}"#,
        #"{"model":"m","messages":[{"role":"assistant","tool_calls":[{"id":"a"}]}]}"#,
        #"{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:x"}}]}]}"#,
        #"{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:a\";base64,x"}}]}]}"#,
    ])
    func `what is no request is said to be malformed`(request: String) {
        #expect {
            try translated(request)
        } throws: { error in
            if case TranslationProblem.malformed = error { true } else { false }
        }
    }

    // MARK: Answers

    @Test(arguments: try Fixtures.names(in: "\(folder)/replies", suffix: ".messages.json"))
    func `an answer is told as a completion`(name: String) throws {
        let told = try completion(of: name)
        #expect(try told + "\n" == Fixtures.text("\(Self.folder)/replies/\(name).chat.json"))
        #expect(isJSON(told))
    }

    @Test func `what the gateway reads of a told answer is what it reads of the original`() throws {
        for name in try Fixtures.names(in: "\(Self.folder)/replies", suffix: ".messages.json") {
            let original = try Fixtures.text("\(Self.folder)/replies/\(name).messages.json")
            let before = reply(original, .messages)
            let after = reply(try completion(of: name), .chat)
            #expect(after.isFinished && before.isFinished, "\(name)")
            #expect(after.usage == before.usage, "\(name)")
        }
    }

    @Test(arguments: ["{}", "[]", #"{"type":"error"}"#, #"{"type":"message","content":"x"}"#])
    func `what is no message is told as nothing`(text: String) throws {
        var tape = JSONScanner()
        let bytes = Array(text.utf8)
        try tape.scan(bytes.span)
        var output = ByteBuffer()
        let isTold = AnthropicReply.translate(tape, bytes.span, created: 0, into: &output)
        #expect(!isTold && output.isEmpty)
    }

    // MARK: Streams

    @Test(arguments: try Fixtures.names(in: "\(folder)/streams", suffix: ".messages.sse"))
    func `a stream is told as chunks`(name: String) throws {
        let told = try chunks(of: name, statesUsage: true)
        #expect(try told == Fixtures.text("\(Self.folder)/streams/\(name).chat.sse"))
    }

    @Test(arguments: ["text", "tools", "schema"])
    func `a stream says what the whole answer says`(name: String) throws {
        let told = Array(try chunks(of: name, statesUsage: true).utf8)
        var tape = JSONScanner()
        guard let assembled = ReplyForm.completion(of: told.span, &tape) else {
            Issue.record("the chunks are no completion")
            return
        }
        let whole = try completion(of: name)
        // The arguments of a call are spelled by whoever writes them.
        func settled(_ text: String) throws -> String {
            var canonical = CanonicalJSON()
            let bytes = Array(text.utf8)
            try tape.scan(bytes.span)
            canonical.write(tape, of: bytes.span)
            return Span<UInt8>(_bytes: canonical.output.span).text
        }
        #expect(try settled(text(assembled)) == settled(whole))
    }

    @Test func `usage is told only where it was asked for`() throws {
        let told = try chunks(of: "text", statesUsage: false)
        #expect(!told.contains("usage"))
        #expect(told.hasSuffix("data: [DONE]\n\n"))
    }

    @Test func `where the answer tool is not called the texts are the answer`() throws {
        let told = try chunks(of: "text", statesUsage: false, asksSchema: true)
        let pieces = told.components(separatedBy: "\n\n").filter { $0.contains(#""content":"N"#) }
        #expect(pieces.count == 1)
        #expect(pieces[0].contains(#""content":"N\u2019Djamena, \"the \\ capital\". It lies on the Chari.""#))
    }

    @Test func `after an error nothing follows`() throws {
        var events = AnthropicEvents(created: 0, statesUsage: false, asksSchema: false)
        var tape = JSONScanner()
        var output = ByteBuffer()
        for data in [#"{"type":"error","error":{"type":"api_error","message":"x"}}"#, #"{"type":"message_stop"}"#] {
            let bytes = Array(data.utf8)
            events.translate(bytes.span, &tape, into: &output)
        }
        let told = text(output)
        let state = events.state
        #expect(
            told == #"data: {"error":{"message":"x","type":"server_error","param":null,"code":"api_error"}}"# + "\n\n")
        #expect(state == .failed)
    }

    // MARK: Errors

    @Test(arguments: [
        ("overloaded", 529, ProviderError.overloaded, "server_error", "overloaded_error"),
        ("too-long", 400, .contextLengthExceeded, "invalid_request_error", "context_length_exceeded"),
        ("no-money", 400, .insufficientQuota, "invalid_request_error", "insufficient_quota"),
        ("no-model", 404, .modelNotFound, "invalid_request_error", "model_not_found"),
        ("rate", 429, .other, "rate_limit_error", "rate_limit_error"),
    ])
    func `an error is told in OpenAI's shape, and understood`(
        name: String, status: Int, meaning: ProviderError, type: String, code: String
    ) throws {
        let bytes = Array(try Fixtures.text("\(Self.folder)/errors/\(name).json").utf8)
        var tape = JSONScanner()
        try tape.scan(bytes.span)
        var output = ByteBuffer()
        let isTold = AnthropicError.translate(tape, bytes.span, status: status, into: &output)
        let told = text(output)
        let read = ProviderError(in: tape, bytes.span)
        #expect(isTold)
        #expect(told.contains(#""type":"\#(type)","param":null,"code":"\#(code)""#))
        #expect(read == meaning)
        #expect(AnthropicError.status(529) == 503 && AnthropicError.status(404) == 404)
    }

    // MARK: Helpers

    private func translated(_ request: String) throws -> String {
        let bytes = Array(request.utf8)
        var tape = JSONScanner()
        try tape.scan(bytes.span)
        var output = ByteBuffer()
        try AnthropicRequest.translate(tape, bytes.span, model: "claude-x", maxTokens: 8192, into: &output)
        return text(output)
    }

    private func completion(of name: String) throws -> String {
        let bytes = Array(try Fixtures.text("\(Self.folder)/replies/\(name).messages.json").utf8)
        var tape = JSONScanner()
        try tape.scan(bytes.span)
        var output = ByteBuffer()
        let isTold = AnthropicReply.translate(tape, bytes.span, created: 1_764_000_000, into: &output)
        #expect(isTold)
        return text(output)
    }

    private func chunks(of name: String, statesUsage: Bool, asksSchema: Bool? = nil) throws -> String {
        let bytes = Array(try Fixtures.text("\(Self.folder)/streams/\(name).messages.sse").utf8)
        var stored = StoredEvents()
        var events = AnthropicEvents(
            created: 1_764_000_000, statesUsage: statesUsage, asksSchema: asksSchema ?? (name == "schema"))
        var tape = JSONScanner()
        var output = ByteBuffer()
        while let event = stored.next(in: bytes.span) {
            if let data = event.data { events.translate(bytes.span.extracting(data), &tape, into: &output) }
        }
        return text(output)
    }

    private func reply(_ text: String, _ dialect: Dialect) -> ChatReply {
        let bytes = Array(text.utf8)
        var tape = JSONScanner()
        guard (try? tape.scan(bytes.span)) != nil else { return ChatReply() }
        return ChatReply(whole: dialect, tape, bytes.span)
    }

    private func text(_ buffer: borrowing ByteBuffer) -> String { Span<UInt8>(_bytes: buffer.span).text }

    private func isJSON(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        var tape = JSONScanner()
        return (try? tape.scan(bytes.span)) != nil
    }
}
