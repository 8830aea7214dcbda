import HTTP

/// Tells a stream of Anthropic's Messages as one of chat completion chunks, event by event.
struct AnthropicEvents: ~Copyable {
    /// What the stream has come to.
    enum State: Equatable {
        case running
        /// The last event has come, and `[DONE]` has been told.
        case done
        /// An error has been told; nothing follows.
        case failed
    }

    private(set) var state = State.running
    private var usage = AnthropicUsage()
    /// What each chunk begins with, up to the choices.
    private var head = ByteBuffer(capacity: 128)
    private let created: Int
    private let statesUsage: Bool
    /// The block that is open: what its deltas become.
    private var block = Block.none
    /// Calls of tools that are the caller's own.
    private var calls = 0
    /// Whether anything has come of the input of the call that is open.
    private var hasInput = false
    /// Whether texts are held: where an answer tool is asked for, what is said before it is called is no part of the
    /// answer, and is the answer if it never is.
    private var holdsTexts: Bool
    /// What is held, as it is spelled.
    private var held = ByteBuffer()

    /// Bytes that are held at most; who says more than that does not call the tool.
    private static let heldLimit = 65536

    private enum Block: Equatable {
        case none, text, answer
        /// The call's place among the calls.
        case call(Int)
    }

    /// - Parameters:
    ///   - created: Seconds since 1970, which Messages do not tell.
    ///   - statesUsage: Whether the client asked for the usage.
    ///   - asksSchema: Whether the request has an answer tool, so that the answer is what that is called with.
    init(created: Int, statesUsage: Bool, asksSchema: Bool) {
        self.created = created
        self.statesUsage = statesUsage
        holdsTexts = asksSchema
    }

    /// Appends the chunks that an event's data means: none, one or several.
    mutating func translate(_ data: Span<UInt8>, _ tape: inout JSONScanner, into output: inout ByteBuffer) {
        guard state == .running else { return }
        do throws(JSONScanner.Failure) { try tape.scan(data) } catch { return }
        guard tape.values[0].kind == .object else { return }
        func says(_ type: StaticString) -> Bool { tape.member("type", of: 0, says: type, in: data) }
        if says("content_block_delta") {
            if let delta = tape.member("delta", of: 0, in: data) { tell(delta: delta, tape, data, &output) }
        } else if says("content_block_start") {
            if let block = tape.member("content_block", of: 0, in: data) { begin(block, tape, data, &output) }
        } else if says("content_block_stop") {
            endBlock(&output)
        } else if says("message_start") {
            if let message = tape.member("message", of: 0, in: data) { start(message, tape, data, &output) }
        } else if says("message_delta") {
            end(tape, data, &output)
        } else if says("message_stop") {
            if statesUsage {
                beginChunk(&output, choices: #","choices":[],"usage":"#)
                usage.append(to: &output)
                output.append("}\n\n")
            }
            output.append("data: [DONE]\n\n")
            state = .done
        } else if says("error") {
            output.append("data: ")
            _ = AnthropicError.translate(tape, data, status: 500, into: &output)
            output.append("\n\n")
            state = .failed
        }
    }

    // MARK: Events

    private mutating func start(
        _ message: Int, _ tape: borrowing JSONScanner, _ data: Span<UInt8>, _ output: inout ByteBuffer
    ) {
        head.append(#"data: {"id":"#)
        head.append(member: "id", of: message, tape, data, otherwise: #""""#)
        head.append(#","object":"chat.completion.chunk","created":"#)
        head.append(decimal: created)
        head.append(#","model":"#)
        head.append(member: "model", of: message, tape, data, otherwise: #""""#)
        if let usage = tape.member("usage", of: message, in: data), tape.values[usage].kind == .object {
            self.usage.note(tape, usage, data)
        }
        beginDelta(&output)
        output.append(#""role":"assistant","content":"","refusal":null"#)
        endDelta(&output)
    }

    private mutating func begin(
        _ block: Int, _ tape: borrowing JSONScanner, _ data: Span<UInt8>, _ output: inout ByteBuffer
    ) {
        guard tape.member("type", of: block, says: "tool_use", in: data) else {
            self.block = tape.member("type", of: block, says: "text", in: data) ? .text : .none
            // A block may begin with some of its text.
            if self.block == .text { tell("text", of: block, as: "content", tape, data, &output) }
            return
        }
        if tape.member("name", of: block, says: AnthropicRequest.answerTool, in: data) {
            self.block = .answer
            held.removeAll()
            holdsTexts = false
            return
        }
        self.block = .call(calls)
        hasInput = false
        beginDelta(&output)
        output.append(#""tool_calls":[{"index":"#)
        output.append(decimal: calls)
        output.append(#","id":"#)
        output.append(member: "id", of: block, tape, data, otherwise: #""""#)
        output.append(#","type":"function","function":{"name":"#)
        output.append(member: "name", of: block, tape, data, otherwise: #""""#)
        output.append(#","arguments":""}}]"#)
        endDelta(&output)
        calls &+= 1
    }

    private mutating func tell(
        delta: Int, _ tape: borrowing JSONScanner, _ data: Span<UInt8>, _ output: inout ByteBuffer
    ) {
        if tape.member("type", of: delta, says: "text_delta", in: data) {
            tell("text", of: delta, as: "content", tape, data, &output)
        } else if tape.member("type", of: delta, says: "thinking_delta", in: data) {
            tell("thinking", of: delta, as: "reasoning_content", tape, data, &output)
        } else if tape.member("type", of: delta, says: "input_json_delta", in: data) {
            switch block {
            case .answer: tell("partial_json", of: delta, as: "content", tape, data, &output)
            case .call(let index):
                guard let piece = tape.member("partial_json", of: delta, in: data),
                    tape.values[piece].kind == .string, !tape.values[piece].content.isEmpty
                else { return }
                tell(arguments: data.extracting(tape.values[piece].content).bytes, of: index, &output)
            case .none, .text: break
            }
        }
    }

    private mutating func tell(arguments: RawSpan, of call: Int, _ output: inout ByteBuffer) {
        hasInput = true
        beginDelta(&output)
        output.append(#""tool_calls":[{"index":"#)
        output.append(decimal: call)
        output.append(#","function":{"arguments":""#)
        output.append(arguments)
        output.append(#""}}]"#)
        endDelta(&output)
    }

    private mutating func endBlock(_ output: inout ByteBuffer) {
        // A call without input has no delta, and the empty text is no JSON, which clients parse.
        if case .call(let index) = block, !hasInput {
            tell(arguments: "{}".utf8Span.span.bytes, of: index, &output)
        }
        block = .none
    }

    /// Tells a piece of text under another name, as it is spelled, or holds it.
    private mutating func tell(
        _ name: StaticString, of object: Int, as told: StaticString, _ tape: borrowing JSONScanner,
        _ data: Span<UInt8>, _ output: inout ByteBuffer
    ) {
        guard let piece = tape.member(name, of: object, in: data), tape.values[piece].kind == .string,
            !tape.values[piece].content.isEmpty
        else { return }
        let content = data.extracting(tape.values[piece].content)
        if holdsTexts, block == .text {
            held.append(content.bytes)
            if held.count > Self.heldLimit { release(&output) }
            return
        }
        beginDelta(&output)
        output.append("\"")
        output.append(told)
        output.append("\":\"")
        output.append(content.bytes)
        output.append("\"")
        endDelta(&output)
    }

    /// Tells what was held.
    private mutating func release(_ output: inout ByteBuffer) {
        holdsTexts = false
        guard !held.isEmpty else { return }
        beginDelta(&output)
        output.append(#""content":""#)
        output.append(held.span)
        output.append("\"")
        endDelta(&output)
        held.removeAll()
    }

    private mutating func end(_ tape: borrowing JSONScanner, _ data: Span<UInt8>, _ output: inout ByteBuffer) {
        if let usage = tape.member("usage", of: 0, in: data), tape.values[usage].kind == .object {
            self.usage.note(tape, usage, data)
        }
        guard let delta = tape.member("delta", of: 0, in: data),
            let reason = tape.member("stop_reason", of: delta, in: data), tape.values[reason].kind == .string
        else { return }
        release(&output)
        beginDelta(&output)
        endDelta(&output, reason: AnthropicReply.finishReason(tape, reason, data, hasCalls: calls > 0))
    }

    // MARK: Chunks

    private func beginChunk(_ output: inout ByteBuffer, choices: StaticString) {
        if head.isEmpty {
            // A stream that does not begin as it should is told all the same.
            output.append(#"data: {"id":"","object":"chat.completion.chunk","created":"#)
            output.append(decimal: created)
            output.append(#","model":"""#)
        } else {
            output.append(head.span)
        }
        output.append(choices)
    }

    private func beginDelta(_ output: inout ByteBuffer) {
        beginChunk(&output, choices: #","choices":[{"index":0,"delta":{"#)
    }

    /// - Parameter reason: Why the answer ended, as a JSON value.
    private func endDelta(_ output: inout ByteBuffer, reason: StaticString = "null") {
        output.append(#"},"logprobs":null,"finish_reason":"#)
        output.append(reason)
        output.append("}]")
        if statesUsage { output.append(#","usage":null"#) }
        output.append("}\n\n")
    }
}
