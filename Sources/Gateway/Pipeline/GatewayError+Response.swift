import HTTP
import Routing

extension GatewayError {
    /// OpenAI's name for the kind of error; its clients choose their exception by the status.
    private var type: StaticString {
        switch status {
        case 401: "authentication_error"
        case 429: "rate_limit_error"
        case 400..<500: "invalid_request_error"
        default: "server_error"
        }
    }

    /// Appends the body that OpenAI's clients understand.
    func appendBody(to output: inout ByteBuffer) {
        output.append(#"{"error":{"message":"#)
        JSONString.append(message, to: &output)
        output.append(#","type":""#)
        output.append(type)
        output.append(#"","param":"#)
        if let parameter { JSONString.append(parameter, to: &output) } else { output.append("null") }
        output.append(#","code":""#)
        output.append(code.rawValue)
        output.append(#""}}"#)
    }

    /// What a message that breaks HTTP's rules is answered with.
    init(_ error: ProtocolError) {
        let code: Code =
            switch error.status {
            case 408: .requestTimeout
            case 413: .requestTooLarge
            case 503: .overloaded
            case 414, 431: .headersTooLarge
            case 501: .notSupported
            default: .invalidRequest
            }
        self.init(code, error.status, error.reason.description)
    }

    /// What a client is told of a route that cannot be found.
    init(_ error: RoutingError) {
        switch error {
        case .unknownTask(let task, let known):
            self.init(
                .modelNotFound, 404,
                "There is no task '\(task.prefix(100))' to route by; 'auto/TASK' takes one of \(known.joined(separator: ", ")).",
                parameter: "model")
        case .unknownProvider(let name, let known):
            self.init(
                .invalidRequest, 400,
                "x-gateway-provider names '\(name.prefix(100))', which is not configured; known: \(known.joined(separator: ", "))."
            )
        }
    }

    /// What a client is told of an upstream call that brought no answer.
    init(_ failure: UpstreamFailure, provider: String) {
        if failure.kind == .requestIncomplete {
            self.init(.invalidRequest, 400, "The request's body broke off, or broke the rules of its framing.")
        } else if failure.kind == .poolExhausted {
            self.init(
                .overloaded, 503,
                "No connection to provider '\(provider)' was free in time; raise providers.\(provider).max_connections."
            )
        } else if failure.isTimeout {
            self.init(.upstreamTimeout, 504, "Provider '\(provider)' did not answer in time (\(failure.detail)).")
        } else {
            self.init(
                .upstreamUnavailable, 502,
                "Provider '\(provider)' could not be reached or broke off (\(failure.kind.rawValue): \(failure.detail))."
            )
        }
    }
}
