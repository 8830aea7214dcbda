/// The reports that there are.
package enum ReportName: String, CaseIterable, Sendable {
    case costPerDeal = "cost-per-deal"
    case modelSelection = "model-selection"
    case taskPerformance = "task-performance"
    case cacheEffectiveness = "cache-effectiveness"
    case costTrend = "cost-trend"
    case providerComparison = "provider-comparison"
    case tokenEfficiency = "token-efficiency"
    case compressionEffectiveness = "compression-effectiveness"
    case errorAnalysis = "error-analysis"
    case cycleBreakdown = "cycle-breakdown"

    /// A line for lists.
    package var summary: String {
        switch self {
        case .costPerDeal: "what each deal cost, against what a deal may cost"
        case .modelSelection: "which models were chosen, for which that were asked for, why, and what it saved"
        case .taskPerformance: "calls, latencies, errors, tokens and cost of each task"
        case .cacheEffectiveness: "how often the cache answered, and what money and time that saved"
        case .costTrend: "cost by interval, with a forecast of the day's and the month's"
        case .providerComparison: "latencies, errors, availability and prices of the providers"
        case .tokenEfficiency: "tokens in, out, cached and of reasoning, and how they relate"
        case .compressionEffectiveness: "what compression took off prompts, by level, kind of text and transform"
        case .errorAnalysis: "what went wrong, where and how often, with examples"
        case .cycleBreakdown: "what each cycle of a deal cost"
        }
    }

    var defaultGrouping: [Dimension] {
        switch self {
        case .costPerDeal: [.deal]
        case .modelSelection: [.requestedModel, .model, .reason]
        case .taskPerformance, .tokenEfficiency: [.task]
        case .cacheEffectiveness: [.task, .model]
        case .costTrend: [.time]
        case .providerComparison: [.provider]
        case .compressionEffectiveness: [.level]
        case .errorAnalysis: [.code, .provider, .model]
        case .cycleBreakdown: [.deal, .cycle]
        }
    }

    /// What its rows can be told apart by.
    package var groupings: [Dimension] {
        let calls: [Dimension] = [.time, .task, .model, .provider, .rollout, .deal, .cycle, .endpoint, .clientKey]
        return switch self {
        case .modelSelection: [.requestedModel, .reason] + calls
        case .compressionEffectiveness: [.level, .kind, .transform] + calls
        case .errorAnalysis: [.code, .attempt] + calls
        case .cacheEffectiveness: [.age] + calls
        case .costPerDeal, .taskPerformance, .costTrend, .providerComparison, .tokenEfficiency, .cycleBreakdown: calls
        }
    }
}
