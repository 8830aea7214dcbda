import HTTP

extension ReplyForm {
    /// Tells a whole completion as the stream that OpenAI would have sent; nil when it is no completion.
    ///
    /// Every choice has three chunks, as OpenAI's own begin, go on and end: who speaks, the message, and the reason why it
    /// ended. Fields of a choice that nobody here knows stand in the first, where OpenAI's client keeps them, and in the
    /// last, where their authors say them. Log probabilities come with the message: those that stand in the first chunk
    /// of any but the first choice, that client counts twice. What stands beside the choices is said in each chunk.
    ///
    /// - Parameter statingUsage: Whether the client asked for usage: it then comes in a chunk of its own, and the
    ///   others say that theirs is null.
    static func events(
        of completion: Span<UInt8>, statingUsage: Bool, _ tape: inout JSONScanner
    ) -> ByteBuffer? {
        do throws(JSONScanner.Failure) { try tape.scan(completion) } catch { return nil }
        do throws(NotUnderstood) {
            let told = try ToldCompletion(completion, tape, statingUsage: statingUsage)
            var output = ByteBuffer(capacity: completion.count &+ 1024)
            for choice in told.choices {
                told.append(.opening(choice), to: &output, completion)
                told.append(.message(choice), to: &output, completion)
                told.append(.ending(choice), to: &output, completion)
            }
            if told.usage != nil { told.append(.usage, to: &output, completion) }
            output.append("data: [DONE]\n\n")
            return output
        } catch {
            return nil
        }
    }
}

/// The parts of a completion, found and checked before the first of them is told.
private struct ToldCompletion {
    struct Choice {
        /// The choice's own fields: its index, its logprobs, why it ended and what nobody here knows.
        var members: [SpelledMember] = []
        var message: [SpelledMember] = []
        /// The members of each tool call, save an index of its own.
        var calls: [[SpelledMember]] = []
    }

    enum Chunk {
        case opening(Choice), message(Choice), ending(Choice), usage
    }

    private var members: [SpelledMember] = []
    private(set) var choices: [Choice] = []
    /// The usage, when it is to be told.
    private(set) var usage: SpelledValue?

    init(
        _ text: Span<UInt8>, _ tape: borrowing JSONScanner, statingUsage: Bool
    ) throws(ReplyForm.NotUnderstood) {
        members = try tape.members(of: 0, in: text)
        var isCompletion = false
        for member in members {
            if member.isNamed("object", in: text) {
                isCompletion = member.value.isSpelled(#""chat.completion""#, in: text)
            } else if member.isNamed("choices", in: text) {
                for choice in try tape.items(of: member.value.index) {
                    choices.append(try Self.choice(choice.index, text, tape))
                }
            } else if member.isNamed("usage", in: text) {
                if statingUsage, member.value.kind == .object { usage = member.value }
            } else if member.isNamed("error", in: text) {
                guard member.value.kind == .null else { throw ReplyForm.NotUnderstood() }
            }
        }
        guard isCompletion, !choices.isEmpty else { throw ReplyForm.NotUnderstood() }
    }

    private static func choice(
        _ index: Int, _ text: Span<UInt8>, _ tape: borrowing JSONScanner
    ) throws(ReplyForm.NotUnderstood) -> Choice {
        var choice = Choice()
        var hasIndex = false
        var hasMessage = false
        var hasEnded = false
        for member in try tape.members(of: index, in: text) {
            if member.isNamed("message", in: text) {
                choice.message = try tape.members(of: member.value.index, in: text)
                for part in choice.message where part.isNamed("tool_calls", in: text) && part.value.kind != .null {
                    for call in try tape.items(of: part.value.index) {
                        choice.calls.append(
                            try tape.members(of: call.index, in: text).filter { !$0.isNamed("index", in: text) })
                    }
                }
                hasMessage = true
                continue
            }
            guard !member.isNamed("delta", in: text) else { throw ReplyForm.NotUnderstood() }
            if member.isNamed("index", in: text) {
                hasIndex = tape.nonNegativeInteger(at: member.value.index, in: text) != nil
            } else if member.isNamed("finish_reason", in: text) {
                hasEnded = member.value.kind == .string
            }
            choice.members.append(member)
        }
        guard hasIndex, hasMessage, hasEnded else { throw ReplyForm.NotUnderstood() }
        return choice
    }

    // MARK: Telling

    func append(_ chunk: Chunk, to output: inout ByteBuffer, _ text: Span<UInt8>) {
        output.append("data: {")
        for member in members {
            if member.isNamed("usage", in: text) {
                guard let usage else { continue }
                output.appendName(member.name, of: text)
                if case .usage = chunk { output.append(line: usage.range, of: text) } else { output.append("null") }
            } else if member.isNamed("object", in: text) {
                output.appendName(member.name, of: text)
                output.append(#""chat.completion.chunk""#)
            } else if member.isNamed("choices", in: text) {
                output.appendName(member.name, of: text)
                output.append("[")
                switch chunk {
                case .opening(let choice): appendOpening(choice, to: &output, text)
                case .message(let choice): appendMessage(choice, to: &output, text)
                case .ending(let choice): appendEnding(choice, to: &output, text)
                case .usage: break
                }
                output.append("]")
            } else {
                output.append(member, of: text)
            }
        }
        output.append("}\n\n")
    }

    private func appendOpening(_ choice: Choice, to output: inout ByteBuffer, _ text: Span<UInt8>) {
        appendIndex(of: choice, to: &output, text)
        output.append(#","delta":{"#)
        for member in choice.message where member.isNamed("role", in: text) { output.append(member, of: text) }
        output.append("}")
        for member in choice.members {
            if member.isNamed("finish_reason", in: text) || member.isNamed("logprobs", in: text) {
                output.appendName(member.name, of: text)
                output.append("null")
            } else if !member.isNamed("index", in: text) {
                output.append(member, of: text)
            }
        }
        output.append("}")
    }

    private func appendMessage(_ choice: Choice, to output: inout ByteBuffer, _ text: Span<UInt8>) {
        appendIndex(of: choice, to: &output, text)
        output.append(#","delta":{"#)
        for member in choice.message where !member.isNamed("role", in: text) {
            guard member.isNamed("tool_calls", in: text), member.value.kind == .array else {
                output.append(member, of: text)
                continue
            }
            output.appendName(member.name, of: text)
            output.append("[")
            for (index, call) in choice.calls.enumerated() {
                output.appendComma()
                output.append(#"{"index":"#)
                output.append(decimal: index)
                for part in call { output.append(part, of: text) }
                output.append("}")
            }
            output.append("]")
        }
        output.append("}")
        for member in choice.members where member.isNamed("logprobs", in: text) { output.append(member, of: text) }
        output.append(#","finish_reason":null}"#)
    }

    private func appendEnding(_ choice: Choice, to output: inout ByteBuffer, _ text: Span<UInt8>) {
        appendIndex(of: choice, to: &output, text)
        output.append(#","delta":{}"#)
        for member in choice.members {
            if member.isNamed("logprobs", in: text) {
                output.append(#","logprobs":null"#)
            } else if !member.isNamed("index", in: text), !member.isNamed("token_ids", in: text) {
                // Token ids come in pieces, so that to say them again would be to say more of them.
                output.append(member, of: text)
            }
        }
        output.append("}")
    }

    private func appendIndex(of choice: Choice, to output: inout ByteBuffer, _ text: Span<UInt8>) {
        output.append("{")
        for member in choice.members where member.isNamed("index", in: text) { output.append(member, of: text) }
    }
}

extension ByteBuffer {
    /// Appends a member, after a comma where one belongs.
    fileprivate mutating func append(_ member: SpelledMember, of text: Span<UInt8>) {
        appendName(member.name, of: text)
        append(line: member.value.range, of: text)
    }

    /// Appends JSON without its line breaks, which stand between values and would end an event's line.
    fileprivate mutating func append(line range: Range<Int>, of text: Span<UInt8>) {
        var start = range.lowerBound
        for position in range where text[position] == 0x0A || text[position] == 0x0D {
            append(text.extracting(start..<position).bytes)
            start = position &+ 1
        }
        append(text.extracting(start..<range.upperBound).bytes)
    }
}
