import Cache
import HTTP

/// The simulator's answer to a chat request: the same for the same body, another for another.
struct SimulatedAnswer: SimulatedReply {
    let id: String
    private let request: SimulatedRequest
    /// The answer's text, or a call's arguments, in the pieces in which it streams; each counts as a token.
    let pieces: [String]
    private let callID: String?

    init(_ request: SimulatedRequest, body: [UInt8]) {
        let fingerprint = Self.fingerprint(of: body)
        self.request = request
        id = "chatcmpl-sim-\(fingerprint.prefix(24))"
        callID = request.tool.map { _ in "call_\(fingerprint.prefix(16))" }
        let subject = String(request.question.prefix(60))
        let text: String
        if let tool = request.tool {
            text = SimulatedValue.json(satisfying: tool.schema, about: subject)
        } else if let schema = request.wantedSchema {
            text = SimulatedValue.json(satisfying: schema, about: subject)
        } else if request.isToolResult {
            text =
                "The tool answered \"\(subject)\". This is answer \(fingerprint.prefix(8)) of the simulated upstream."
        } else {
            text =
                "You said \"\(subject)\". This is answer \(fingerprint.prefix(8)) of the simulated upstream: it costs "
                + "nothing, needs no key, and is the same whenever the same is asked."
        }
        pieces = Self.split(text)
    }

    /// The same for a stream and for a whole answer.
    static func fingerprint(of body: [UInt8]) -> String {
        let digest = Digest()
        var tape = JSONScanner()
        var canonical = CanonicalJSON()
        do throws(JSONScanner.Failure) {
            try tape.scan(body.span)
            canonical.write(tape, of: body.span, omitting: ["stream", "stream_options"])
            digest.update(canonical.output.span)
        } catch { digest.update(body.span.bytes) }
        return digest.finish().description
    }

    /// Words with the blank before them, as a model's tokens mostly are.
    static func split(_ text: String) -> [String] {
        var pieces: [String] = []
        var current = ""
        for character in text {
            if character == " ", !current.isEmpty {
                pieces.append(current)
                current = ""
            }
            current.append(character)
        }
        if !current.isEmpty { pieces.append(current) }
        return pieces
    }

    var isStream: Bool { request.isStream }

    private var finishReason: String { request.tool == nil ? "stop" : "tool_calls" }
    private var completionTokens: Int { pieces.count * request.choices }

    private func appendUsage(to output: inout ByteBuffer) {
        output.append(#"{"prompt_tokens":"#)
        output.append(decimal: request.promptTokens)
        output.append(#","completion_tokens":"#)
        output.append(decimal: completionTokens)
        output.append(#","total_tokens":"#)
        output.append(decimal: request.promptTokens + completionTokens)
        output.append(
            #","prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}"#
        )
    }

    private func appendHead(_ object: StaticString, to output: inout ByteBuffer) {
        output.append(#"{"id":""#)
        output.append(id)
        output.append(#"","object":""#)
        output.append(object)
        // A fixed date: the answer must not differ from one time to the next.
        output.append(#"","created":1764000000,"model":"#)
        JSONString.append(request.model, to: &output)
    }

    // MARK: Whole

    func whole() -> ByteBuffer {
        var output = ByteBuffer(capacity: 1024)
        appendHead("chat.completion", to: &output)
        output.append(#","choices":["#)
        for index in 0..<request.choices {
            if index > 0 { output.append(",") }
            output.append(#"{"index":"#)
            output.append(decimal: index)
            output.append(#","message":{"role":"assistant","content":"#)
            if let tool = request.tool, let callID {
                output.append(#"null,"tool_calls":[{"id":""#)
                output.append(callID)
                output.append(#"","type":"function","function":{"name":"#)
                JSONString.append(tool.name, to: &output)
                output.append(#","arguments":"#)
                JSONString.append(pieces.joined(), to: &output)
                output.append("}}]")
            } else {
                JSONString.append(pieces.joined(), to: &output)
            }
            output.append(#","refusal":null},"logprobs":null,"finish_reason":""#)
            output.append(finishReason)
            output.append(#""}"#)
        }
        output.append(#"],"usage":"#)
        appendUsage(to: &output)
        output.append("}\n")
        return output
    }

    // MARK: In pieces

    /// The events of the stream, one after the other: the first of each choice, its pieces, its end; then the usage
    /// where it is asked for, then the end.
    var eventCount: Int { (pieces.count + 2) * request.choices + (request.asksUsage ? 1 : 0) + 1 }

    func appendEvent(_ number: Int, to output: inout ByteBuffer) {
        output.append("data: ")
        let perChoice = pieces.count + 2
        let choice = number / perChoice
        if choice < request.choices {
            appendChunk(choice, number % perChoice, to: &output)
        } else if request.asksUsage, number == eventCount - 2 {
            appendHead("chat.completion.chunk", to: &output)
            output.append(#","choices":[],"usage":"#)
            appendUsage(to: &output)
            output.append("}")
        } else {
            output.append("[DONE]")
        }
        output.append("\n\n")
    }

    private func appendChunk(_ choice: Int, _ part: Int, to output: inout ByteBuffer) {
        appendHead("chat.completion.chunk", to: &output)
        output.append(#","choices":[{"index":"#)
        output.append(decimal: choice)
        output.append(#","delta":{"#)
        if part == 0 {
            output.append(#""role":"assistant","content":"#)
            if let tool = request.tool, let callID {
                output.append(#"null,"tool_calls":[{"index":0,"id":""#)
                output.append(callID)
                output.append(#"","type":"function","function":{"name":"#)
                JSONString.append(tool.name, to: &output)
                output.append(#","arguments":""}}]"#)
            } else {
                output.append(#""""#)
            }
        } else if part <= pieces.count {
            if request.tool != nil {
                output.append(#""tool_calls":[{"index":0,"function":{"arguments":"#)
                JSONString.append(pieces[part - 1], to: &output)
                output.append("}}]")
            } else {
                output.append(#""content":"#)
                JSONString.append(pieces[part - 1], to: &output)
            }
        }
        output.append(#"},"logprobs":null,"finish_reason":"#)
        if part == pieces.count + 1 {
            JSONString.append(finishReason, to: &output)
        } else {
            output.append("null")
        }
        output.append("}]")
        if request.asksUsage { output.append(#","usage":null"#) }
        output.append("}")
    }
}
