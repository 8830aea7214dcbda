/// The candidates for a request, best first; never empty.
package struct RoutePlan: Sendable, Equatable {
    package struct Candidate: Sendable, Equatable {
        /// The catalogue's name, by which it is priced and recorded.
        package let model: String
        /// What the provider is asked for.
        package let upstreamModel: String
        package let provider: String
        /// Tokens it accepts; nil where unknown.
        package let contextTokens: Int?
        /// What the call is expected to cost, in pico-dollars; nil where the catalogue has no price.
        package let expectedCost: Int64?

        package init(
            model: String, upstreamModel: String, provider: String, contextTokens: Int? = nil,
            expectedCost: Int64? = nil
        ) {
            self.model = model
            self.upstreamModel = upstreamModel
            self.provider = provider
            self.contextTokens = contextTokens
            self.expectedCost = expectedCost
        }
    }

    /// Why the first candidate is the first, as the ledger records it.
    package enum Reason: String, Sendable {
        case named = "named by the client"
        case defaultModel = "auto: default_model"
        case defaultProvider = "not in the catalogue: default_provider"
        case pinnedProvider = "provider named by the client"
        case rule = "set by a rule"
        case cheapest = "lowest expected cost of the task's models"
        case substituted = "replaced by the task's cheapest, as routing.substitute says"
        case saving = "cheapest of the task's models, as alerts.safe_mode says"
        /// No model of the task can do what the request needs.
        case noneFits = "no model of the task fits: default_model"
        /// The one that would be first is at a provider that is down.
        case standIn = "stands in for one whose provider is down"
    }

    /// A model that was looked at, and why it is none of the candidates, or a late one.
    package struct Rejection: Sendable, Equatable {
        package enum Reason: Sendable, Equatable {
            /// Neither in the catalogue, nor is it said who serves it.
            case unknown
            case retired
            case notServedByPinnedProvider
            case lacks(Capabilities)
            /// The tokens that the request and its answer need, and what the model takes.
            case contextTooShort(needs: Int, has: Int)
            /// The tokens that the caller allows an answer, and the most that the model gives.
            case answerTooShort(needs: Int, has: Int)
            case belowTier(has: Int, needs: Int)
            /// It is tried last, when all else has failed.
            case providerDown
            /// It would do, and costs more, or as much and takes longer.
            case dearer
        }

        package let model: String
        package let provider: String
        package let reason: Reason

        package init(model: String, provider: String, reason: Reason) {
            self.model = model
            self.provider = provider
            self.reason = reason
        }
    }

    package let candidates: [Candidate]
    package let reason: Reason
    /// The task it was chosen for; that of `auto/TASK` where nothing was chosen.
    package let task: String?
    package let rejections: [Rejection]

    package init(candidates: [Candidate], reason: Reason, task: String?, rejections: [Rejection] = []) {
        precondition(!candidates.isEmpty, "a plan leads somewhere")
        self.candidates = candidates
        self.reason = reason
        self.task = task
        self.rejections = rejections
    }

    /// The next candidate to try, after the one at `index` has failed; nil when all are spent.
    ///
    /// - Parameter needsLongerContext: The request was refused as too long: only a model that takes more may follow, or
    ///   one of which that is unknown.
    package func candidate(after index: Int, needsLongerContext: Bool = false) -> Int? {
        var next = index + 1
        while next < candidates.count {
            guard needsLongerContext, let had = candidates[index].contextTokens,
                let has = candidates[next].contextTokens, has <= had
            else { return next }
            next += 1
        }
        return nil
    }
}

extension RoutePlan.Rejection.Reason {
    /// As an explanation says it: "takes 128000 tokens, and 150000 are needed".
    package var description: String {
        switch self {
        case .unknown: "is not in the catalogue"
        case .retired: "is retired"
        case .notServedByPinnedProvider: "is not served by the provider that the client named"
        case .lacks(let capabilities): "lacks \(capabilities.names.joined(separator: ", "))"
        case .contextTooShort(let needs, let has): "takes \(has) tokens, and \(needs) are needed"
        case .answerTooShort(let needs, let has): "answers with \(has) tokens at most, and \(needs) are allowed"
        case .belowTier(let has, let needs): "is of tier \(has), and \(needs) is needed"
        case .providerDown: "its provider is down; it is tried last"
        case .dearer: "costs more"
        }
    }
}
