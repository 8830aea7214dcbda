/// The kinds of work that requests are told apart by.
package enum TaskName: String, Sendable, CaseIterable {
    case extraction, synthesis, validation, classification, summarization, reasoning, code, chat, embedding

    /// The seven that are routed by task; `chat` and `embedding` are what the rest is counted as.
    package static let routed = allCases.filter { $0 != .chat && $0 != .embedding }

    /// Those that a chat request may have, in the order of a classifier's scores. `embedding` is told by the endpoint.
    package static let ofChat = allCases.filter { $0 != .embedding }
}
