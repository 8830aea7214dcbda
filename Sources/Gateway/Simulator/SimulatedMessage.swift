import Foundation
import HTTP

/// The simulator's answer to a request for Anthropic's Messages, of which it is as strict as Anthropic: a parameter that
/// Messages do not know, an empty text or a temperature above 1 is refused.
///
/// Where tools may be called they are, two at once where that is allowed. What is marked for the provider's cache counts
/// as read from it to a quarter and as written to it to a half.
struct SimulatedMessage: SimulatedReply {
    private let request: SimulatedRequest
    private let id: String
    private let calls: [(name: String, input: String)]
    /// The answer's text, in the pieces in which it streams; each counts as a token.
    private let pieces: [String]
    private let stopReason: String
    private let usesCache: Bool
    private var events: [String] = []

    private static let parameters: Set<String> = [
        "model", "messages", "max_tokens", "system", "tools", "tool_choice", "temperature", "top_p", "top_k",
        "stop_sequences", "stream", "metadata", "thinking", "service_tier", "cache_control",
    ]

    /// - Throws: The message of the 400 that Anthropic would answer.
    init(_ body: [UInt8]) throws(SimulatedRequest.Problem) {
        guard let root = (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any] else {
            throw SimulatedRequest.Problem(message: "The request body is not valid JSON", parameter: nil)
        }
        guard let limit = root["max_tokens"] as? Int, limit >= 1 else {
            throw SimulatedRequest.Problem(message: "max_tokens: Field required", parameter: nil)
        }
        if let name = root.keys.sorted().first(where: { !Self.parameters.contains($0) }) {
            throw SimulatedRequest.Problem(message: "\(name): Extra inputs are not permitted", parameter: nil)
        }
        if let temperature = root["temperature"] as? Double, temperature > 1 {
            throw SimulatedRequest.Problem(message: "temperature: range: 0..1", parameter: nil)
        }
        request = try SimulatedRequest(try Self.chat(root))
        calls = Self.calls(root, request)
        let answer = SimulatedAnswer(request, body: body)
        id = "msg_\(SimulatedAnswer.fingerprint(of: body).prefix(24))"
        pieces = calls.isEmpty ? Array(answer.pieces.prefix(limit)) : ["I", " call", " for", " help."]
        stopReason = !calls.isEmpty ? "tool_use" : pieces.count < answer.pieces.count ? "max_tokens" : "end_turn"
        usesCache = String(decoding: body, as: UTF8.self).contains("cache_control")
        if request.isStream { events = makeEvents() }
    }

    // MARK: The request

    /// The messages as a chat request has them.
    private static func chat(_ root: [String: Any]) throws(SimulatedRequest.Problem) -> [String: Any] {
        var chat: [String: Any] = ["model": root["model"] ?? NSNull(), "stream": root["stream"] ?? false]
        var messages: [[String: Any]] = []
        for (index, message) in (root["messages"] as? [[String: Any]] ?? []).enumerated() {
            guard let role = message["role"] as? String, role == "user" || role == "assistant" else {
                throw SimulatedRequest.Problem(
                    message: "messages.\(index).role: Input should be 'user' or 'assistant'", parameter: nil)
            }
            let blocks = blocks(message["content"])
            if blocks.contains(where: { $0["type"] as? String == "text" && ($0["text"] as? String)?.isEmpty != false })
            {
                throw SimulatedRequest.Problem(
                    message: "messages: text content blocks must be non-empty", parameter: nil)
            }
            let results = blocks.filter { $0["type"] as? String == "tool_result" }
            let shown = results.last.map { Self.blocks($0["content"]) } ?? blocks
            messages.append(["role": results.isEmpty ? role : "tool", "content": shown])
        }
        if root["system"] != nil { messages.insert(["role": "system", "content": blocks(root["system"])], at: 0) }
        chat["messages"] = messages
        return chat
    }

    private static func blocks(_ content: Any?) -> [[String: Any]] {
        if let text = content as? String { return [["type": "text", "text": text]] }
        return content as? [[String: Any]] ?? []
    }

    private static func calls(
        _ root: [String: Any], _ request: SimulatedRequest
    ) -> [(name: String, input: String)] {
        let tools = root["tools"] as? [[String: Any]] ?? []
        let choice = root["tool_choice"] as? [String: Any] ?? [:]
        if request.isToolResult || choice["type"] as? String == "none" { return [] }
        let named = choice["name"] as? String
        let isAlone = named != nil || choice["disable_parallel_tool_use"] as? Bool == true
        return tools.filter { named == nil || $0["name"] as? String == named }.prefix(isAlone ? 1 : 2).map { tool in
            (
                tool["name"] as? String ?? "",
                SimulatedValue.json(
                    satisfying: tool["input_schema"] as? [String: Any] ?? [:],
                    about: String(request.question.prefix(60)))
            )
        }
    }

    // MARK: The answer

    var isStream: Bool { request.isStream }
    var eventCount: Int { events.count }

    func appendEvent(_ number: Int, to output: inout ByteBuffer) { output.append(events[number]) }

    func whole() -> ByteBuffer {
        var content: [[String: Any]] = [["type": "text", "text": pieces.joined()]]
        content += calls.indices.map { call in
            var block = self.call(call)
            block["input"] = try? JSONSerialization.jsonObject(with: Data(calls[call].input.utf8))
            return block
        }
        var output = ByteBuffer(capacity: 1024)
        output.append(SimulatedValue.text(of: message(content: content, stopReason: stopReason)))
        return output
    }

    private func call(_ index: Int) -> [String: Any] {
        [
            "type": "tool_use", "id": "toolu_\(id.suffix(16))_\(index)", "name": calls[index].name,
            "input": [:] as [String: Any],
        ]
    }

    private func message(content: [[String: Any]], stopReason: Any) -> [String: Any] {
        let input = request.promptTokens
        let read = usesCache ? input / 4 : 0
        let written = usesCache ? input / 2 : 0
        return [
            "id": id, "type": "message", "role": "assistant", "model": request.model, "content": content,
            "stop_reason": stopReason, "stop_sequence": NSNull(),
            "usage": [
                "input_tokens": input - read - written, "cache_creation_input_tokens": written,
                "cache_read_input_tokens": read, "output_tokens": content.isEmpty ? 1 : outputTokens,
            ],
        ]
    }

    private var outputTokens: Int { calls.reduce(pieces.count) { $0 + ($1.input.utf8.count + 3) / 4 } }

    // MARK: In events

    private func makeEvents() -> [String] {
        var events: [(String, [String: Any])] = [
            ("message_start", ["message": message(content: [], stopReason: NSNull())]),
            ("content_block_start", ["index": 0, "content_block": ["type": "text", "text": ""]]), ("ping", [:]),
        ]
        events += pieces.map { ("content_block_delta", ["index": 0, "delta": ["type": "text_delta", "text": $0]]) }
        events.append(("content_block_stop", ["index": 0]))
        for index in calls.indices {
            events.append(("content_block_start", ["index": index + 1, "content_block": call(index)]))
            let input = calls[index].input
            let middle = input.index(input.startIndex, offsetBy: input.count / 2)
            for piece in ["", String(input[..<middle]), String(input[middle...])] {
                events.append(
                    (
                        "content_block_delta",
                        ["index": index + 1, "delta": ["type": "input_json_delta", "partial_json": piece]]
                    ))
            }
            events.append(("content_block_stop", ["index": index + 1]))
        }
        let delta: [String: Any] = ["stop_reason": stopReason, "stop_sequence": NSNull()]
        events.append(("message_delta", ["delta": delta, "usage": ["output_tokens": outputTokens]]))
        events.append(("message_stop", [:]))
        return events.map { name, data in
            "event: \(name)\ndata: \(SimulatedValue.text(of: data.merging(["type": name]) { $1 }))\n\n"
        }
    }
}
