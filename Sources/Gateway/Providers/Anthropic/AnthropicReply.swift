import HTTP

/// Tells a whole answer of Anthropic's Messages as a chat completion.
///
/// Texts are joined to the message's `content`, thoughts to `reasoning_content`, and `tool_use` becomes `tool_calls`; the
/// input of `AnthropicRequest.answerTool` is content. OpenAI counts tokens that were read from a cache, or written to it,
/// within the input; how many were written, and of those for an hour, stands in `prompt_tokens_details` beside
/// `cached_tokens`.
enum AnthropicReply {
    /// Appends the completion; false, and nothing is appended, where the text that `tape` has just scanned is no message.
    ///
    /// - Parameter created: Seconds since 1970, which Messages do not tell.
    static func translate(
        _ tape: borrowing JSONScanner, _ text: Span<UInt8>, created: Int, into output: inout ByteBuffer
    ) -> Bool {
        guard tape.values[0].kind == .object, tape.member("type", of: 0, says: "message", in: text),
            let content = tape.member("content", of: 0, in: text), tape.values[content].kind == .array
        else { return false }
        output.append(#"{"id":"#)
        output.append(member: "id", of: 0, tape, text, otherwise: #""""#)
        output.append(#","object":"chat.completion","created":"#)
        output.append(decimal: created)
        output.append(#","model":"#)
        output.append(member: "model", of: 0, tape, text, otherwise: #""""#)
        output.append(#","choices":[{"index":0,"message":{"role":"assistant","content":"#)
        let blocks = Blocks(tape, content, text)
        blocks.appendContent(tape, text, to: &output)
        blocks.appendThoughts(tape, text, to: &output)
        output.append(#","refusal":null"#)
        blocks.appendCalls(tape, text, to: &output)
        output.append(#"},"logprobs":null,"finish_reason":"#)
        let reason = tape.member("stop_reason", of: 0, in: text)
        output.append(finishReason(tape, reason, text, hasCalls: !blocks.calls.isEmpty))
        output.append("}]")
        if let usage = tape.member("usage", of: 0, in: text), tape.values[usage].kind == .object {
            output.append(#","usage":"#)
            AnthropicUsage(tape, usage, text).append(to: &output)
        }
        output.append("}")
        return true
    }

    /// What OpenAI calls a stop reason, as a JSON value; null where there is none.
    ///
    /// - Parameter hasCalls: Whether a tool is called that is the caller's own.
    static func finishReason(
        _ tape: borrowing JSONScanner, _ reason: Int?, _ text: Span<UInt8>, hasCalls: Bool
    ) -> StaticString {
        guard let reason, tape.values[reason].kind == .string else { return "null" }
        let content = tape.values[reason].content
        func says(_ name: StaticString) -> Bool { tape.equals(content, name, in: text) }
        if says("max_tokens") || says("model_context_window_exceeded") { return #""length""# }
        if says("refusal") { return #""content_filter""# }
        if says("tool_use"), hasCalls { return #""tool_calls""# }
        return #""stop""#
    }
}

/// The blocks of a message, by what becomes of them.
private struct Blocks {
    private var texts: [Int] = []
    private var thoughts: [Int] = []
    private(set) var calls: [Int] = []
    /// The input of the answer tool.
    private var answer: Int?

    init(_ tape: borrowing JSONScanner, _ content: Int, _ text: Span<UInt8>) {
        var block = content &+ 1
        while block < Int(tape.values[content].next) {
            if tape.member("type", of: block, says: "text", in: text) {
                if let index = tape.member("text", of: block, in: text), tape.values[index].kind == .string {
                    texts.append(index)
                }
            } else if tape.member("type", of: block, says: "thinking", in: text) {
                if let index = tape.member("thinking", of: block, in: text), tape.values[index].kind == .string {
                    thoughts.append(index)
                }
            } else if tape.member("type", of: block, says: "tool_use", in: text) {
                if tape.member("name", of: block, says: AnthropicRequest.answerTool, in: text) {
                    answer = tape.member("input", of: block, in: text)
                } else {
                    calls.append(block)
                }
            }
            block = Int(tape.values[block].next)
        }
    }

    /// The answer tool's input, or the texts; null where there is neither. What a model says before it gives the answer
    /// in the form that was asked for is no part of it.
    func appendContent(_ tape: borrowing JSONScanner, _ text: Span<UInt8>, to output: inout ByteBuffer) {
        if let answer {
            output.append("\"")
            JSONString.encode(text.extracting(tape.values[answer].range), into: &output)
            output.append("\"")
        } else if texts.isEmpty {
            output.append("null")
        } else {
            append(texts, tape, text, to: &output)
        }
    }

    func appendThoughts(_ tape: borrowing JSONScanner, _ text: Span<UInt8>, to output: inout ByteBuffer) {
        guard !thoughts.isEmpty else { return }
        output.append(#","reasoning_content":"#)
        append(thoughts, tape, text, to: &output)
    }

    func appendCalls(_ tape: borrowing JSONScanner, _ text: Span<UInt8>, to output: inout ByteBuffer) {
        guard !calls.isEmpty else { return }
        output.append(#","tool_calls":["#)
        for call in calls {
            output.appendComma()
            output.append(#"{"id":"#)
            output.append(member: "id", of: call, tape, text, otherwise: #""""#)
            output.append(#","type":"function","function":{"name":"#)
            output.append(member: "name", of: call, tape, text, otherwise: #""""#)
            output.append(#","arguments":""#)
            if let input = tape.member("input", of: call, in: text) {
                JSONString.encode(text.extracting(tape.values[input].range), into: &output)
            } else {
                output.append("{}")
            }
            output.append(#""}}"#)
        }
        output.append("]")
    }

    /// Several strings as one, each as it is spelled.
    private func append(
        _ strings: [Int], _ tape: borrowing JSONScanner, _ text: Span<UInt8>, to output: inout ByteBuffer
    ) {
        output.append("\"")
        for index in strings { output.append(text.extracting(tape.values[index].content).bytes) }
        output.append("\"")
    }
}

/// Anthropic's counts of a call, of which a stream states some at first and some at last.
struct AnthropicUsage: Equatable {
    private var uncached = 0
    private var read = 0
    private var written = 0
    private var writtenLong = 0
    private var output = 0

    init() {}

    init(_ tape: borrowing JSONScanner, _ usage: Int, _ text: Span<UInt8>) { note(tape, usage, text) }

    /// Takes over what is stated; what is not stays as it was.
    mutating func note(_ tape: borrowing JSONScanner, _ usage: Int, _ text: Span<UInt8>) {
        func count(_ name: StaticString) -> Int? {
            tape.member(name, of: usage, in: text).flatMap { tape.nonNegativeInteger(at: $0, in: text) }
        }
        uncached = count("input_tokens") ?? uncached
        read = count("cache_read_input_tokens") ?? read
        written = count("cache_creation_input_tokens") ?? written
        if let lifetimes = tape.member("cache_creation", of: usage, in: text) {
            writtenLong =
                tape.member("ephemeral_1h_input_tokens", of: lifetimes, in: text)
                .flatMap { tape.nonNegativeInteger(at: $0, in: text) } ?? writtenLong
        }
        output = count("output_tokens") ?? output
    }

    /// Appends OpenAI's `usage`.
    func append(to text: inout ByteBuffer) {
        let input = uncached &+ read &+ written
        text.append(#"{"prompt_tokens":"#)
        text.append(decimal: input)
        text.append(#","completion_tokens":"#)
        text.append(decimal: output)
        text.append(#","total_tokens":"#)
        text.append(decimal: input &+ output)
        text.append(#","prompt_tokens_details":{"cached_tokens":"#)
        text.append(decimal: read)
        text.append(#","cache_write_tokens":"#)
        text.append(decimal: written)
        if writtenLong > 0 {
            text.append(#","cache_write_long_tokens":"#)
            text.append(decimal: writtenLong)
        }
        text.append("}}")
    }
}

extension ByteBuffer {
    /// Appends a member that is a string as it is spelled, or what stands for none.
    mutating func append(
        member name: StaticString, of object: Int, _ tape: borrowing JSONScanner, _ text: Span<UInt8>,
        otherwise: StaticString
    ) {
        if let index = tape.member(name, of: object, in: text), tape.values[index].kind == .string {
            append(text.extracting(tape.values[index].range).bytes)
        } else {
            append(otherwise)
        }
    }
}
