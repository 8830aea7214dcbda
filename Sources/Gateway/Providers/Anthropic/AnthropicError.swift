import HTTP
import Routing

/// Tells an error of Anthropic's as OpenAI would.
enum AnthropicError {
    /// The status that OpenAI's clients know for it.
    static func status(_ status: Int) -> Int { status == 529 ? 503 : status }

    /// Appends an error body; false, and one without a message is appended, where the text that `tape` has just scanned
    /// is no error of Anthropic's.
    ///
    /// - Parameter status: Of the answer, by which the type is told.
    static func translate(
        _ tape: borrowing JSONScanner, _ text: Span<UInt8>, status: Int, into output: inout ByteBuffer
    ) -> Bool {
        let error = tape.member("error", of: 0, in: text)
        let message = error.flatMap { tape.member("message", of: $0, in: text) }
        output.append(#"{"error":{"message":"#)
        if let error {
            output.append(member: "message", of: error, tape, text, otherwise: #""""#)
        } else {
            output.append(#""The provider answered with an error and no message.""#)
        }
        output.append(#","type":""#)
        switch status {
        case 401, 403: output.append("authentication_error")
        case 429: output.append("rate_limit_error")
        case 400..<500: output.append("invalid_request_error")
        default: output.append("server_error")
        }
        output.append(#"","param":null,"code":"#)
        switch ProviderError(anthropic: tape, text) {
        case .contextLengthExceeded: output.append(#""context_length_exceeded""#)
        case .insufficientQuota: output.append(#""insufficient_quota""#)
        case .modelNotFound: output.append(#""model_not_found""#)
        default:
            if let error {
                output.append(member: "type", of: error, tape, text, otherwise: "null")
            } else {
                output.append("null")
            }
        }
        output.append("}}")
        return message != nil
    }
}

extension ProviderError {
    /// What an error of Anthropic's says; some causes it tells in words alone.
    init(anthropic tape: borrowing JSONScanner, _ text: Span<UInt8>) {
        self = .other
        guard let error = tape.member("error", of: 0, in: text), tape.values[error].kind == .object else { return }
        if let type = tape.text("type", of: error, in: text) { self = ProviderError(code: type) }
        guard let message = tape.member("message", of: error, in: text), tape.values[message].kind == .string else {
            return
        }
        let content = text.extracting(tape.values[message].content)
        if content.contains("prompt is too long") || content.contains("exceed context limit") {
            self = .contextLengthExceeded
        } else if content.contains("credit balance is too low") {
            self = .insufficientQuota
        }
    }
}
