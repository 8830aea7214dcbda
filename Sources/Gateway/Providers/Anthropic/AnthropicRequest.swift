import HTTP

/// Tells a chat completion request as a request for Anthropic's Messages.
///
/// What has a counterpart is translated:
///
/// | chat completions | Messages |
/// | --- | --- |
/// | messages of `system` and `developer`, wherever they stand | `system` |
/// | `user`, `assistant`; one after another of the same role are one | `messages` |
/// | `tool_calls`, messages of `tool` | `tool_use`, `tool_result` |
/// | `image_url`, `file` with its data | `image`, `document` |
/// | `max_completion_tokens`, `max_tokens`; neither: what the model can | `max_tokens` |
/// | `temperature` (above 1: 1), or else `top_p`; `stop`; `stream`; `user` | `temperature`, `top_p`, `stop_sequences`, … |
/// | `tools`, `tool_choice`, `parallel_tool_calls` | `tools`, `tool_choice` |
/// | `response_format` of a JSON schema | a tool whose input is the answer |
/// | `response_format` of a JSON object | a sentence in `system` |
///
/// The names that only Messages knows (`top_k`, `thinking`, `cache_control` of a part or a tool) pass. What an answer
/// would be wrong without is refused: more than one choice, log probabilities, sound, tools that are no functions, the old
/// `functions`. Every other parameter, known or not, is left out, since Anthropic refuses names that it does not know.
enum AnthropicRequest {
    /// Where it is asked, below `/v1`.
    static let path: StaticString = "/messages"
    /// The tool whose input is the answer where a JSON schema was asked for.
    static let answerTool: StaticString = "gateway_answer"
    /// Tokens of an answer that are allowed where neither the request nor the catalogue says: Messages have to say it.
    static let usualMaxTokens = 8192

    /// Appends the translation of the request that `tape` has just scanned from `body`.
    ///
    /// - Parameters:
    ///   - model: The provider's name for it.
    ///   - maxTokens: Allowed where the request does not say: the model's most.
    /// - Returns: Whether a JSON schema is asked for, so that the answer is what `answerTool` is called with.
    @discardableResult
    static func translate(
        _ tape: borrowing JSONScanner, _ body: Span<UInt8>, model: String, maxTokens: Int,
        into output: inout ByteBuffer
    ) throws(TranslationProblem) -> Bool {
        let parts = Parts(tape, body)
        try parts.refuse(tape, body)
        output.append(#"{"model":"#)
        JSONString.append(model, to: &output)
        output.append(#","max_tokens":"#)
        output.append(decimal: max(parts.maxTokens ?? maxTokens, 1))

        guard let list = parts.messages, tape.values[list].kind == .array else {
            throw .malformed(parameter: "messages", expected: "an array")
        }
        var writer = MessageWriter()
        try writer.write(tape, list, body, asksObject: parts.format == .object, into: &output)
        try parts.appendTools(tape, body, to: &output)
        parts.appendRest(tape, body, to: &output)
        output.append("}")
        if case .schema = parts.format { return true }
        return false
    }

    /// The form of the answer that is asked for.
    enum Format: Equatable {
        case text, object
        /// Where the schema stands, if it does.
        case schema(Int?)
    }

    /// Where the parameters stand, each with its place on the tape.
    struct Parts {
        var messages: Int?
        var maxTokens: Int?
        var format = Format.text
        private var tools: Int?
        private var toolChoice: Int?
        private var forbidsParallel = false
        private var temperature: Int?
        private var topP: Int?
        private var stop: Int?
        private var user: Int?
        private var choices: Int?
        private var logprobs: Int?
        private var modalities: Int?
        private var functions: Int?
        private var audio: Int?
        private var stream: Int?
        private var topK: Int?
        private var thinking: Int?
    }
}

extension AnthropicRequest.Parts {
    fileprivate init(_ tape: borrowing JSONScanner, _ body: Span<UInt8>) {
        func member(_ name: StaticString) -> Int? {
            tape.member(name, of: 0, in: body).flatMap { tape.values[$0].kind == .null ? nil : $0 }
        }
        messages = member("messages")
        maxTokens = (member("max_completion_tokens") ?? member("max_tokens")).flatMap {
            tape.nonNegativeInteger(at: $0, in: body)
        }
        tools = member("tools").flatMap { tape.isEmpty($0) ? nil : $0 }
        toolChoice = member("tool_choice")
        forbidsParallel = member("parallel_tool_calls").map { tape.values[$0].kind == .false } ?? false
        temperature = member("temperature")
        topP = member("top_p")
        stop = member("stop")
        user = member("user") ?? member("safety_identifier")
        choices = member("n")
        logprobs = member("logprobs")
        modalities = member("modalities")
        functions = member("functions")
        audio = member("audio")
        stream = member("stream")
        topK = member("top_k")
        thinking = member("thinking")
        if let format = member("response_format") {
            if tape.member("type", of: format, says: "json_schema", in: body) {
                let inner = tape.member("json_schema", of: format, in: body)
                self.format = .schema(inner.flatMap { tape.member("schema", of: $0, in: body) })
            } else if tape.member("type", of: format, says: "json_object", in: body) {
                self.format = .object
            }
        }
    }

    /// Refuses what an answer would be wrong without.
    fileprivate func refuse(_ tape: borrowing JSONScanner, _ body: Span<UInt8>) throws(TranslationProblem) {
        if let choices, tape.nonNegativeInteger(at: choices, in: body) != 1 { throw .unsupported(parameter: "n") }
        if let logprobs, tape.values[logprobs].kind != .false { throw .unsupported(parameter: "logprobs") }
        if functions != nil { throw .unsupported(parameter: "functions") }
        if audio != nil { throw .unsupported(parameter: "audio") }
        if let modalities, tape.values[modalities].kind == .array {
            var element = modalities &+ 1
            while element < Int(tape.values[modalities].next) {
                let value = tape.values[element]
                if value.kind != .string || !tape.equals(value.content, "text", in: body) {
                    throw .unsupported(parameter: "modalities")
                }
                element = Int(value.next)
            }
        }
    }

    // MARK: Tools

    fileprivate func appendTools(
        _ tape: borrowing JSONScanner, _ body: Span<UInt8>, to output: inout ByteBuffer
    ) throws(TranslationProblem) {
        var schema: Int?
        var asksSchema = false
        if case .schema(let found) = format {
            schema = found
            asksSchema = true
        }
        guard tools != nil || asksSchema else { return }
        output.append(#","tools":["#)
        if let tools {
            var tool = tools &+ 1
            while tool < Int(tape.values[tools].next) {
                try appendTool(tape, tool, body, to: &output)
                tool = Int(tape.values[tool].next)
            }
        }
        if asksSchema {
            output.appendComma()
            output.append(#"{"name":""#)
            output.append(AnthropicRequest.answerTool)
            output.append(
                #"","description":"Gives the answer to the user, in the form that was asked for.","input_schema":"#)
            appendSchema(tape, schema, body, to: &output)
            output.append("}")
        }
        output.append("]")
        try appendChoice(tape, body, asksSchema: asksSchema, to: &output)
    }

    private func appendTool(
        _ tape: borrowing JSONScanner, _ tool: Int, _ body: Span<UInt8>, to output: inout ByteBuffer
    ) throws(TranslationProblem) {
        guard tape.member("type", of: tool, says: "function", in: body),
            let function = tape.member("function", of: tool, in: body)
        else { throw .unsupported(parameter: "tools") }
        guard let name = tape.member("name", of: function, in: body), tape.values[name].kind == .string else {
            throw .malformed(parameter: "tools.function.name", expected: "a string")
        }
        output.appendComma()
        output.append(#"{"name":"#)
        output.append(body.extracting(tape.values[name].range).bytes)
        if let text = tape.member("description", of: function, in: body), tape.values[text].kind == .string {
            output.append(#","description":"#)
            output.append(body.extracting(tape.values[text].range).bytes)
        }
        output.append(#","input_schema":"#)
        appendSchema(tape, tape.member("parameters", of: function, in: body), body, to: &output)
        output.appendCacheControl(tape, tool, body)
        output.append("}")
    }

    private func appendSchema(
        _ tape: borrowing JSONScanner, _ schema: Int?, _ body: Span<UInt8>, to output: inout ByteBuffer
    ) {
        if let schema, tape.values[schema].kind == .object, !tape.isEmpty(schema) {
            output.append(body.extracting(tape.values[schema].range).bytes)
        } else {
            output.append(#"{"type":"object","properties":{}}"#)
        }
    }

    private func appendChoice(
        _ tape: borrowing JSONScanner, _ body: Span<UInt8>, asksSchema: Bool, to output: inout ByteBuffer
    ) throws(TranslationProblem) {
        func says(_ text: StaticString) -> Bool {
            toolChoice.map { tape.values[$0].kind == .string && tape.equals(tape.values[$0].content, text, in: body) }
                ?? false
        }
        output.append(#","tool_choice":{"type":"#)
        if asksSchema, tools == nil || says("none") {
            // Thinking allows no tool to be forced; then it may be trusted to find the only one.
            if thinking != nil {
                output.append(#""auto""#)
            } else {
                output.append(#""tool","name":""#)
                output.append(AnthropicRequest.answerTool)
                output.append("\"")
            }
        } else if let toolChoice, tape.values[toolChoice].kind == .object {
            guard let function = tape.member("function", of: toolChoice, in: body),
                let name = tape.member("name", of: function, in: body), tape.values[name].kind == .string
            else { throw .unsupported(parameter: "tool_choice") }
            output.append(#""tool","name":"#)
            output.append(body.extracting(tape.values[name].range).bytes)
        } else if says("none") {
            output.append(#""none""#)
        } else if says("required") || (asksSchema && thinking == nil) {
            output.append(#""any""#)
        } else {
            output.append(#""auto""#)
        }
        if forbidsParallel, !says("none") { output.append(#","disable_parallel_tool_use":true"#) }
        output.append("}")
    }

    // MARK: The rest

    fileprivate func appendRest(
        _ tape: borrowing JSONScanner, _ body: Span<UInt8>, to output: inout ByteBuffer
    ) {
        func append(_ name: StaticString, _ index: Int?) {
            guard let index else { return }
            output.append(name)
            output.append(body.extracting(tape.values[index].range).bytes)
        }
        if let temperature, tape.values[temperature].kind == .number {
            output.append(#","temperature":"#)
            if Self.isAboveOne(body.extracting(tape.values[temperature].range)) {
                output.append("1")
            } else {
                output.append(body.extracting(tape.values[temperature].range).bytes)
            }
        } else {
            append(#","top_p":"#, topP)
        }
        append(#","top_k":"#, topK)
        append(#","thinking":"#, thinking)
        append(#","stream":"#, stream)
        if let user, tape.values[user].kind == .string {
            append(#","metadata":{"user_id":"#, user)
            output.append("}")
        }
        appendStop(tape, body, to: &output)
    }

    /// Whether a number is above 1, by its digits: one as long as a temperature is.
    private static func isAboveOne(_ number: Span<UInt8>) -> Bool {
        guard number.count > 0, number[0] != 0x2D else { return false }
        return Double(number.text).map { $0 > 1 } ?? false
    }

    private func appendStop(_ tape: borrowing JSONScanner, _ body: Span<UInt8>, to output: inout ByteBuffer) {
        guard let stop else { return }
        let list = tape.values[stop]
        var element = list.kind == .array ? stop &+ 1 : stop
        var isOpen = false
        while element < Int(list.next) {
            let value = tape.values[element]
            // Anthropic refuses a sequence of nothing but blanks.
            if value.kind == .string, !JSONString.isBlank(body.extracting(value.content)) {
                if !isOpen { output.append(#","stop_sequences":["#) }
                isOpen = true
                output.appendComma()
                output.append(body.extracting(value.range).bytes)
            }
            element = Int(value.next)
        }
        if isOpen { output.append("]") }
    }
}

extension JSONScanner {
    /// Whether an array or object has nothing in it.
    func isEmpty(_ index: Int) -> Bool { Int(values[index].next) == index &+ 1 }
}

extension JSONString {
    /// Whether a spelled string holds nothing but blanks and line ends.
    static func isBlank(_ content: Span<UInt8>) -> Bool {
        var position = 0
        while position < content.count {
            switch content[position] {
            case 0x20: position &+= 1
            case 0x5C:
                guard position &+ 1 < content.count else { return false }
                switch content[position &+ 1] {
                case 0x6E, 0x72, 0x74: position &+= 2
                default: return false
                }
            default: return false
            }
        }
        return true
    }
}

extension ByteBuffer {
    /// Appends the `cache_control` of an object, where it has one: who sends it knows what it means.
    mutating func appendCacheControl(_ tape: borrowing JSONScanner, _ object: Int, _ body: Span<UInt8>) {
        guard let control = tape.member("cache_control", of: object, in: body), tape.values[control].kind == .object
        else { return }
        append(#","cache_control":"#)
        append(body.extracting(tape.values[control].range).bytes)
    }
}
