/// How things stand when a route is chosen: the providers' health, how long models take, how much they answer.
///
/// A value, made by `RoutingTable.conditions()`: a snapshot that loops share, made anew when something changes.
package struct RouteConditions: Sendable {
    /// The state of a provider, as far as a choice is concerned.
    package enum ProviderState: Int, Sendable, Comparable {
        case up, degraded, down

        package static func < (left: ProviderState, right: ProviderState) -> Bool { left.rawValue < right.rawValue }
    }

    /// Microseconds since 1970, by which models retire.
    package var now: Int64 = 0

    let models: [String: Int]
    private var providers: [String: (state: ProviderState, opensIn: Int64)] = [:]
    /// Microseconds by model; 0 where unknown.
    private var latencies: [Int64]
    /// Tokens by task and model; 0 where unknown.
    private var outputs: [Int32]

    init(models: [String: Int]) {
        self.models = models
        latencies = Array(repeating: 0, count: models.count)
        outputs = Array(repeating: 0, count: models.count * TaskName.allCases.count)
    }

    // MARK: What is told

    /// Says how a provider does; unless told, it is up.
    ///
    /// - Parameter opensIn: Nanoseconds until it may be asked again, when it is down: the one that may be asked first is
    ///   the least bad.
    package mutating func set(_ state: ProviderState, ofProvider name: String, opensIn: Int64 = 0) {
        providers[name] = (state, opensIn)
    }

    /// Says how long a model takes, in microseconds, by whatever measure is the same for all.
    package mutating func set(latencyMicroseconds: Int64, ofModel name: String) {
        if let index = models[name] { latencies[index] = max(latencyMicroseconds, 0) }
    }

    /// Says how many tokens a model's answers to a task have on average, by the ledger.
    package mutating func set(outputTokens: Int, of task: TaskName, by model: String) {
        guard let index = models[model] else { return }
        outputs[task.ordinal * models.count + index] = Int32(clamping: max(outputTokens, 0))
    }

    // MARK: What is asked

    package func state(ofProvider name: String) -> ProviderState { providers[name]?.state ?? .up }
    func opensIn(ofProvider name: String) -> Int64 { providers[name]?.opensIn ?? 0 }
    func latency(ofModel index: Int) -> Int64 { latencies[index] }

    /// Tokens that an answer is expected to have: by history, else as many as are usual for the task.
    func outputTokens(of task: TaskName?, by index: Int) -> Int {
        guard let task else { return TaskName.chat.usualOutputTokens }
        let known = outputs[task.ordinal * models.count + index]
        return known > 0 ? Int(known) : task.usualOutputTokens
    }
}

extension TaskName {
    /// Its place among all tasks.
    var ordinal: Int {
        switch self {
        case .extraction: 0
        case .synthesis: 1
        case .validation: 2
        case .classification: 3
        case .summarization: 4
        case .reasoning: 5
        case .code: 6
        case .chat: 7
        case .embedding: 8
        }
    }

    /// Tokens of an answer where there is no history: an order of magnitude, which is the same for every model and so
    /// decides little.
    var usualOutputTokens: Int {
        switch self {
        case .classification: 30
        case .extraction, .validation, .summarization, .chat: 300
        case .synthesis, .code: 800
        case .reasoning: 1200
        case .embedding: 0
        }
    }
}
