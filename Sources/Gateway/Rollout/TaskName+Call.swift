import Metrics
import Routing

extension TaskName {
    /// The task as the ledger calls it.
    init(_ kind: LedgerEntry.TaskKind) {
        self =
            switch kind {
            case .extraction: .extraction
            case .synthesis: .synthesis
            case .validation: .validation
            case .classification: .classification
            case .summarization: .summarization
            case .reasoning: .reasoning
            case .code: .code
            case .chat: .chat
            case .embedding: .embedding
            }
    }

    /// The task that a client asks to be routed by, as `auto/TASK`.
    init?(model: String) {
        guard let name = model.removingPrefix("auto/") else { return nil }
        self.init(rawValue: name)
    }
}

extension LedgerEntry.TaskKind {
    init(_ task: TaskName) {
        self =
            switch task {
            case .extraction: .extraction
            case .synthesis: .synthesis
            case .validation: .validation
            case .classification: .classification
            case .summarization: .summarization
            case .reasoning: .reasoning
            case .code: .code
            case .chat: .chat
            case .embedding: .embedding
            }
    }
}
