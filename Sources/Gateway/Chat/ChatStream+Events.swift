import Metrics

/// The dialects whose events say what they are.
extension ChatStream {
    /// An event of the Responses API: the one that ends the stream holds the whole response.
    mutating func noteResponseEvent(_ data: Span<UInt8>, _ tape: borrowing JSONScanner) -> Meaning {
        func says(_ type: StaticString) -> Bool { tape.member("type", of: 0, says: type, in: data) }
        if says("error") || (!tape.hasMember("type", in: data) && ChatReply.hasError(tape, 0, data)) {
            reply.hasError = true
            return .error
        }
        let isEnd = says("response.completed") || says("response.incomplete") || says("response.failed")
        if isEnd {
            isDone = true
            if let response = tape.member("response", of: 0, in: data), tape.values[response].kind == .object {
                reply.readResponse(tape, response, data)
            }
            if says("response.failed") { reply.hasError = true }
            return reply.hasError ? .error : .done
        }
        count("delta", of: 0, tape, data)
        return .ordinary
    }

    /// An event of Anthropic's Messages: the input's usage comes first, the output's last.
    mutating func noteMessageEvent(_ data: Span<UInt8>, _ tape: borrowing JSONScanner) -> Meaning {
        func says(_ type: StaticString) -> Bool { tape.member("type", of: 0, says: type, in: data) }
        if says("message_start"), let message = tape.member("message", of: 0, in: data) {
            noteMessageUsage(of: message, tape, data)
        } else if says("content_block_delta"), let delta = tape.member("delta", of: 0, in: data) {
            for name in ["text", "partial_json", "thinking"] as [StaticString] { count(name, of: delta, tape, data) }
        } else if says("message_delta") {
            noteMessageUsage(of: 0, tape, data)
            reply.usageIsFinal = reply.usage != nil
            if let delta = tape.member("delta", of: 0, in: data),
                let reason = tape.text("stop_reason", of: delta, in: data)
            {
                reply.finishReason = reason
                reply.isFinished = true
            }
        } else if says("message_stop") {
            isDone = true
            return .done
        } else if says("error") || ChatReply.hasError(tape, 0, data) {
            reply.hasError = true
            return .error
        }
        return .ordinary
    }

    /// Takes over what an event says of the usage; what it leaves out was said before.
    private mutating func noteMessageUsage(of object: Int, _ tape: borrowing JSONScanner, _ data: Span<UInt8>) {
        guard let usage = tape.member("usage", of: object, in: data) else { return }
        reply.usage = UsageReader.readAnthropic(tape, usage, data, after: reply.usage) ?? reply.usage
        reply.readServiceTier(tape, of: usage, data)
    }
}

extension JSONScanner {
    fileprivate func hasMember(_ name: StaticString, in bytes: Span<UInt8>) -> Bool {
        member(name, of: 0, in: bytes) != nil
    }
}
