import Foundation
import HTTP

/// The same answer as chat completions give, told as another endpoint of OpenAI's tells it.
struct SimulatedDialect: SimulatedReply {
    private let dialect: Dialect
    private let request: SimulatedRequest
    private let answer: SimulatedAnswer
    private var events: [String] = []

    /// - Throws: The message of the 400 that the endpoint would answer.
    init(_ dialect: Dialect, _ body: [UInt8]) throws(SimulatedRequest.Problem) {
        guard var root = (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any] else {
            throw SimulatedRequest.Problem(message: "We could not parse the JSON body of your request.", parameter: nil)
        }
        root["messages"] = root["messages"] ?? Self.messages(of: root["input"] ?? root["prompt"])
        if dialect != .completions { root["stream_options"] = nil }
        self.dialect = dialect
        request = try SimulatedRequest(root)
        answer = SimulatedAnswer(request, body: body)
        if request.isStream { events = dialect == .responses ? responseEvents() : completionEvents() }
    }

    /// A prompt or an input, as the messages that it stands for.
    private static func messages(of input: Any?) -> [[String: Any]]? {
        if let items = input as? [[String: Any]] { return items }
        if let texts = input as? [String] { return texts.map { ["role": "user", "content": $0] } }
        return (input as? String).map { [["role": "user", "content": $0]] }
    }

    private var text: String { answer.pieces.joined() }
    private var output: Int { answer.pieces.count }
    private var id: Substring { answer.id.dropFirst("chatcmpl-".count) }

    // MARK: Whole

    func whole() -> ByteBuffer {
        var output = ByteBuffer(capacity: 1024)
        output.append(
            SimulatedValue.text(
                of: dialect == .responses
                    ? response(isWhole: true) : completion(text, finishReason: "stop", usage: chatUsage)))
        return output
    }

    private var chatUsage: [String: Any] {
        [
            "prompt_tokens": request.promptTokens, "completion_tokens": output,
            "total_tokens": request.promptTokens + output,
        ]
    }

    private func completion(_ text: String, finishReason: Any, usage: Any) -> [String: Any] {
        [
            "id": "cmpl-\(id)", "object": "text_completion", "created": 1_764_000_000, "model": request.model,
            "choices": [["index": 0, "text": text, "logprobs": NSNull(), "finish_reason": finishReason]],
            "usage": usage,
        ]
    }

    private func response(isWhole: Bool) -> [String: Any] {
        [
            "id": "resp_\(id)", "object": "response", "created_at": 1_764_000_000, "model": request.model,
            "status": isWhole ? "completed" : "in_progress", "error": NSNull(), "incomplete_details": NSNull(),
            "instructions": NSNull(), "metadata": [:] as [String: Any], "parallel_tool_calls": true,
            "temperature": 1, "top_p": 1, "tool_choice": "auto", "tools": [] as [Any],
            "output": isWhole ? [item(isWhole: true)] : [],
            "usage": isWhole
                ? [
                    "input_tokens": request.promptTokens, "output_tokens": output,
                    "total_tokens": request.promptTokens + output, "input_tokens_details": ["cached_tokens": 0],
                    "output_tokens_details": ["reasoning_tokens": 0],
                ] : NSNull(),
        ]
    }

    private func item(isWhole: Bool) -> [String: Any] {
        [
            "id": "msg_\(id)", "type": "message", "role": "assistant",
            "status": isWhole ? "completed" : "in_progress", "content": isWhole ? [part(text)] : [],
        ]
    }

    private func part(_ text: String) -> [String: Any] {
        ["type": "output_text", "text": text, "annotations": [] as [Any], "logprobs": [] as [Any]]
    }

    // MARK: In events

    var isStream: Bool { request.isStream }
    var eventCount: Int { events.count }

    func appendEvent(_ number: Int, to output: inout ByteBuffer) { output.append(events[number]) }

    private func completionEvents() -> [String] {
        var chunks = answer.pieces.map { completion($0, finishReason: NSNull(), usage: NSNull()) }
        chunks.append(completion("", finishReason: "stop", usage: NSNull()))
        if request.asksUsage {
            var last = completion("", finishReason: "stop", usage: chatUsage)
            last["choices"] = [] as [Any]
            chunks.append(last)
        }
        return chunks.map { "data: \(SimulatedValue.text(of: $0))\n\n" } + ["data: [DONE]\n\n"]
    }

    private func responseEvents() -> [String] {
        let place: [String: Any] = ["item_id": "msg_\(id)", "output_index": 0, "content_index": 0]
        var events: [(String, [String: Any])] = [
            ("response.created", ["response": response(isWhole: false)]),
            ("response.output_item.added", ["output_index": 0, "item": item(isWhole: false)]),
            ("response.content_part.added", place.merging(["part": part("")]) { $1 }),
        ]
        events += answer.pieces.map {
            ("response.output_text.delta", place.merging(["delta": $0, "logprobs": [] as [Any]]) { $1 })
        }
        events += [
            ("response.output_text.done", place.merging(["text": text, "logprobs": [] as [Any]]) { $1 }),
            ("response.content_part.done", place.merging(["part": part(text)]) { $1 }),
            ("response.output_item.done", ["output_index": 0, "item": item(isWhole: true)]),
            ("response.completed", ["response": response(isWhole: true)]),
        ]
        return events.enumerated().map { number, event in
            let data = event.1.merging(["type": event.0, "sequence_number": number]) { $1 }
            return "event: \(event.0)\ndata: \(SimulatedValue.text(of: data))\n\n"
        }
    }
}
