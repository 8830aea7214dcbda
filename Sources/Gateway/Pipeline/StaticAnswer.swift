import HTTP
import Metrics

/// The configured text (`fallback.answer`) as an answer of the endpoint that was asked: a model's, as far as a client can
/// tell, but for what the gateway's own header fields say.
struct StaticAnswer {
    private let text: String
    private let dialect: Dialect
    private let model: String
    /// Of the call, by which the answer can be found.
    private let id: String
    /// Seconds since 1970.
    private let created: Int64
    private let statesUsage: Bool

    /// Nil where a text is no answer: of embeddings, and of a request for JSON that the text is not.
    ///
    /// - Parameter body: The request's.
    init?(
        _ text: String, for request: ChatRequest, _ body: Span<UInt8>, id: RecordID, created: Int64,
        _ tape: inout JSONScanner
    ) {
        guard request.dialect != .embeddings else { return nil }
        if Self.asksJSON(body, &tape), !Self.isObject(Array(text.utf8).span, &tape) { return nil }
        self.text = text
        dialect = request.dialect
        model = request.model
        self.id = id.description
        self.created = created
        statesUsage = request.asksUsage
    }

    private static func asksJSON(_ body: Span<UInt8>, _ tape: inout JSONScanner) -> Bool {
        do throws(JSONScanner.Failure) { try tape.scan(body) } catch { return false }
        // Of responses the format stands in `text`.
        let format =
            tape.member("response_format", of: 0, in: body)
            ?? tape.member("text", of: 0, in: body).flatMap { tape.member("format", of: $0, in: body) }
        return format.map { format in
            tape.member("type", of: format, says: "json_schema", in: body)
                || tape.member("type", of: format, says: "json_object", in: body)
        } ?? false
    }

    private static func isObject(_ text: Span<UInt8>, _ tape: inout JSONScanner) -> Bool {
        do throws(JSONScanner.Failure) { try tape.scan(text) } catch { return false }
        return tape.values[0].kind == .object
    }

    // MARK: Whole

    var whole: String {
        json { object in
            switch dialect {
            case .chat, .completions, .embeddings: write(choices: .whole, to: &object)
            case .responses: write(response: "completed", to: &object)
            case .messages: write(message: text, to: &object)
            }
        }
    }

    // MARK: Events

    var events: String {
        switch dialect {
        case .chat, .completions, .embeddings:
            let parts: [Part] = [.beginning, .text, .end] + (statesUsage ? [.usage] : [])
            return parts.map { part in "data: \(json { write(choices: part, to: &$0) })\n\n" }.joined()
                + "data: [DONE]\n\n"
        case .responses: return responseEvents
        case .messages: return messageEvents
        }
    }

    private var responseEvents: String {
        var number = 0
        func event(_ name: String, _ write: (inout JSONText) -> Void) -> String {
            defer { number += 1 }
            let data = json { object in
                object.member("type", name)
                object.member("sequence_number", number)
                write(&object)
            }
            return "event: \(name)\ndata: \(data)\n\n"
        }
        func place(_ object: inout JSONText) {
            object.member("item_id", "msg_\(id)")
            object.member("output_index", 0)
            object.member("content_index", 0)
        }
        func response(_ status: String) -> (inout JSONText) -> Void {
            { object in
                object.name("response")
                object.object { write(response: status, to: &$0) }
            }
        }
        func item(_ status: String) -> (inout JSONText) -> Void {
            { object in
                object.member("output_index", 0)
                object.name("item")
                object.object { write(item: status, to: &$0) }
            }
        }
        func part(_ text: String) -> (inout JSONText) -> Void {
            { object in
                place(&object)
                object.name("part")
                object.object { write(part: text, to: &$0) }
            }
        }
        func piece(_ name: String) -> (inout JSONText) -> Void {
            { object in
                place(&object)
                object.member(name, text)
                object.name("logprobs")
                object.raw("[]")
            }
        }
        return event("response.created", response("in_progress"))
            + event("response.output_item.added", item("in_progress"))
            + event("response.content_part.added", part(""))
            + event("response.output_text.delta", piece("delta")) + event("response.output_text.done", piece("text"))
            + event("response.content_part.done", part(text)) + event("response.output_item.done", item("completed"))
            + event("response.completed", response("completed"))
    }

    private var messageEvents: String {
        func event(_ name: String, _ write: (inout JSONText) -> Void) -> String {
            let data = json { object in
                object.member("type", name)
                write(&object)
            }
            return "event: \(name)\ndata: \(data)\n\n"
        }
        func block(_ name: String, _ type: String, _ text: String) -> (inout JSONText) -> Void {
            { object in
                object.member("index", 0)
                object.name(name)
                object.object { object in
                    object.member("type", type)
                    object.member("text", text)
                }
            }
        }
        return event("message_start") { object in
            object.name("message")
            object.object { write(message: nil, to: &$0) }
        }
            + event("content_block_start", block("content_block", "text", ""))
            + event("content_block_delta", block("delta", "text_delta", text))
            + event("content_block_stop") { $0.member("index", 0) }
            + event("message_delta") { object in
                object.name("delta")
                object.raw(#"{"stop_reason":"end_turn","stop_sequence":null}"#)
                object.name("usage")
                object.raw(#"{"output_tokens":0}"#)
            } + event("message_stop") { _ in }
    }

    // MARK: Objects

    /// What a chunk, or the whole, tells.
    private enum Part { case whole, beginning, text, end, usage }

    private func json(_ write: (inout JSONText) -> Void) -> String {
        var json = JSONText()
        json.object(write)
        return json.text
    }

    private func write(choices part: Part, to object: inout JSONText) {
        let isChat = dialect == .chat
        object.member("id", "\(isChat ? "chatcmpl" : "cmpl")-\(id)")
        object.member(
            "object", isChat ? part == .whole ? "chat.completion" : "chat.completion.chunk" : "text_completion")
        object.member("created", created)
        object.member("model", model)
        object.name("choices")
        object.array { array in
            if part == .usage { return }
            array.object { choice in
                choice.member("index", 0)
                if isChat {
                    write(message: part, to: &choice)
                } else {
                    choice.member("text", isSaid(in: part) ? text : "")
                }
                choice.name("logprobs")
                choice.raw("null")
                choice.member("finish_reason", part == .whole || part == .end ? "stop" : nil)
            }
        }
        guard part == .whole || part == .usage else { return }
        object.name("usage")
        object.raw(#"{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}"#)
    }

    private func isSaid(in part: Part) -> Bool { part == .whole || part == .text }

    private func write(message part: Part, to choice: inout JSONText) {
        choice.name(part == .whole ? "message" : "delta")
        choice.object { message in
            if part == .whole || part == .beginning { message.member("role", "assistant") }
            if part == .beginning { message.member("content", "") }
            if isSaid(in: part) { message.member("content", text) }
            guard part == .whole else { return }
            message.name("refusal")
            message.raw("null")
        }
    }

    private func write(response status: String, to object: inout JSONText) {
        object.member("id", "resp_\(id)")
        object.member("object", "response")
        object.member("created_at", created)
        object.member("model", model)
        object.member("status", status)
        for name in ["error", "incomplete_details", "instructions"] { object.member(name, nil as String?) }
        object.name("metadata")
        object.raw("{}")
        object.member("parallel_tool_calls", true)
        object.member("tool_choice", "auto")
        object.name("tools")
        object.raw("[]")
        object.name("output")
        object.array { array in if status == "completed" { array.object { write(item: status, to: &$0) } } }
        object.name("usage")
        object.raw(
            #"{"input_tokens":0,"input_tokens_details":{"cached_tokens":0},"output_tokens":0,"#
                + #""output_tokens_details":{"reasoning_tokens":0},"total_tokens":0}"#)
    }

    private func write(item status: String, to object: inout JSONText) {
        object.member("id", "msg_\(id)")
        object.member("type", "message")
        object.member("role", "assistant")
        object.member("status", status)
        object.name("content")
        object.array { array in if status == "completed" { array.object { write(part: text, to: &$0) } } }
    }

    private func write(part text: String, to object: inout JSONText) {
        object.member("type", "output_text")
        object.member("text", text)
        for name in ["annotations", "logprobs"] {
            object.name(name)
            object.raw("[]")
        }
    }

    /// - Parameter text: Nil for the message that a stream begins with.
    private func write(message text: String?, to object: inout JSONText) {
        object.member("id", "msg_\(id)")
        object.member("type", "message")
        object.member("role", "assistant")
        object.member("model", model)
        object.name("content")
        object.array { array in
            guard let text else { return }
            array.object { block in
                block.member("type", "text")
                block.member("text", text)
            }
        }
        object.member("stop_reason", text == nil ? nil : "end_turn")
        object.member("stop_sequence", nil as String?)
        object.name("usage")
        object.raw(#"{"input_tokens":0,"output_tokens":0}"#)
    }
}
