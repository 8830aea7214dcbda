/// How hard a request looks, from its features: what the tier of a model is chosen by.
///
/// Points are counted, and 0 or 1 is low, 2 or 3 medium, 4 and more high:
///
/// | for | 1 point | 2 points |
/// | --- | --- | --- |
/// | tokens of input, estimated | 1,500 | 8,000 |
/// | messages of the user | 4 | 12 |
/// | tools offered | 1 | 6 |
/// | results of tools to make use of | 2 | 6 |
/// | conditions (must, at most, only…) and items of lists in what is asked | 4 | 9 |
/// | cues for reasoning (why, prove, trade-off…), by weight | 4 | 8 |
/// | a reasoning effort above the least, asked for | | always |
package enum Complexity: Int, Sendable, CaseIterable, Comparable {
    case low, medium, high

    package static func < (left: Complexity, right: Complexity) -> Bool { left.rawValue < right.rawValue }

    /// As the ledger spells it.
    package var name: String { "\(self)" }

    /// What the points are counted for.
    package enum Cause: Int, Sendable, CaseIterable {
        case tokens, turns, tools, toolResults, constraints, reasoning, reasoningEffort

        /// As an explanation spells it: `tool_results`.
        package var name: String {
            switch self {
            case .tokens: "tokens"
            case .turns: "turns"
            case .tools: "tools"
            case .toolResults: "tool_results"
            case .constraints: "constraints"
            case .reasoning: "reasoning"
            case .reasoningEffort: "reasoning_effort"
            }
        }

        /// What is counted.
        func amount(in features: TaskFeatures) -> Int {
            switch self {
            case .tokens: features.inputTokens
            case .turns: features.turns
            case .tools: features.tools
            case .toolResults: features.toolResults
            case .constraints: Self.asked(.constraint, features) &+ features.listItems &+ features.bracketLists
            case .reasoning: Self.asked(.reasoning, features)
            case .reasoningEffort: features.asksReasoning ? 2 : 0
            }
        }

        /// From how much on there is one point, and two.
        var limits: (one: Int, two: Int) {
            switch self {
            case .tokens: (1500, 8000)
            case .turns: (4, 12)
            case .tools: (1, 6)
            case .toolResults: (2, 6)
            case .constraints: (4, 9)
            case .reasoning: (4, 8)
            case .reasoningEffort: (1, 2)
            }
        }

        private static func asked(_ kind: TaskCue.Kind, _ features: TaskFeatures) -> Int {
            features.sum(kind, .lead) &+ features.sum(kind, .instruction) &+ features.sum(kind, .system)
        }
    }

    /// The points of a request for one cause: 0 to 2.
    package static func points(for cause: Cause, in features: TaskFeatures) -> Int {
        let amount = cause.amount(in: features)
        let limits = cause.limits
        return amount >= limits.two ? 2 : amount >= limits.one ? 1 : 0
    }

    /// The complexity of a request.
    package init(_ features: TaskFeatures) {
        var points = 0
        for cause in Cause.allCases { points &+= Self.points(for: cause, in: features) }
        self = points >= 4 ? .high : points >= 2 ? .medium : .low
    }
}
