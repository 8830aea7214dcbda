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
        switch ProviderError(in: tape, text) {
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
