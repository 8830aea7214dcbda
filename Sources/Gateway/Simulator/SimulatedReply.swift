import HTTP

/// What the simulator answers a request for a model's answer, whole or as a stream.
protocol SimulatedReply {
    var isStream: Bool { get }
    func whole() -> ByteBuffer
    var eventCount: Int { get }
    /// Appends an event of the stream, with the empty line that ends it.
    func appendEvent(_ number: Int, to output: inout ByteBuffer)
}

/// An error as OpenAI, or Anthropic, would say it.
struct SimulatedError {
    let status: Int
    let message: String
    /// OpenAI's code, if it has one.
    let code: String?
    let parameter: String?

    func body(in dialect: Dialect) -> ByteBuffer {
        var body = ByteBuffer(capacity: 256)
        if dialect == .messages {
            body.append(#"{"type":"error","error":{"type":""#)
            body.append(anthropicType)
            body.append(#"","message":"#)
            JSONString.append(message, to: &body)
            body.append("}}")
            return body
        }
        body.append(#"{"error":{"message":"#)
        JSONString.append(message, to: &body)
        body.append(
            status >= 500
                ? #","type":"server_error","param":"# : #","type":"invalid_request_error","param":"#)
        if let parameter { JSONString.append(parameter, to: &body) } else { body.append("null") }
        body.append(#","code":"#)
        if let code { JSONString.append(code, to: &body) } else { body.append("null") }
        body.append("}}")
        return body
    }

    private var anthropicType: StaticString {
        switch status {
        case 401: "authentication_error"
        case 403: "permission_error"
        case 404: "not_found_error"
        case 413: "request_too_large"
        case 429: "rate_limit_error"
        case 529: "overloaded_error"
        case 500...: "api_error"
        default: "invalid_request_error"
        }
    }
}
