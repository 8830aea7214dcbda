import Metrics

/// The forms of request that the gateway reads, one an endpoint: what a request and its answer look like there.
enum Dialect: Sendable, CaseIterable {
    case chat, completions, responses, embeddings, messages

    /// Where it is spoken, below `/v1`.
    var path: StaticString {
        switch self {
        case .chat: "/chat/completions"
        case .completions: "/completions"
        case .responses: "/responses"
        case .embeddings: "/embeddings"
        case .messages: "/messages"
        }
    }

    var endpoint: LedgerEntry.Endpoint {
        switch self {
        case .chat: .chatCompletions
        case .completions: .completions
        case .responses: .responses
        case .embeddings: .embeddings
        case .messages: .messages
        }
    }

    /// Whether a stream states its usage only where `stream_options.include_usage` asks for it.
    var asksForUsage: Bool { self == .chat || self == .completions }

    /// Whether a stored stream can be told whole, and the reverse: then both share an entry.
    var tellsBothWays: Bool { self == .chat }

    /// Whether an answer depends on nothing but the request, whatever its temperature.
    var isDeterministic: Bool { self == .embeddings }

    /// Whether Azure asks for the model's deployment in the URL; responses name it in their body.
    var isDeployed: Bool { self == .chat || self == .completions || self == .embeddings }

    /// Whether a stream names its events, also the one that tells of an error.
    var namesEvents: Bool { self == .responses || self == .messages }
}
