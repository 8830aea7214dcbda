/// What calls have come to so far: how long answers are, by task and model, and how long models take.
///
/// Moving averages over the last few hundred calls each. What only a few have shown says nothing yet: there is what is usual
/// for the task.
package struct RouteHistory: Sendable {
    private struct Mean: Sendable {
        var calls: Int32 = 0
        var value: Float = 0

        mutating func note(_ number: Float) {
            calls = min(calls + 1, RouteHistory.window)
            value += (number - value) / Float(calls)
        }

        /// Nil as long as it says nothing.
        var known: Float? { calls >= RouteHistory.leastCalls ? value : nil }
    }

    private let models: [String: Int]
    private var outputs: [Mean]
    private var times: [Mean]

    /// Calls that a mean is of at most, and at least.
    private static let window: Int32 = 256
    private static let leastCalls: Int32 = 20

    init(models: [String: Int]) {
        self.models = models
        outputs = Array(repeating: Mean(), count: models.count * TaskName.allCases.count)
        times = Array(repeating: Mean(), count: models.count)
    }

    /// A call has been answered whole.
    ///
    /// - Parameters:
    ///   - task: Nil where nobody knows.
    ///   - microseconds: That its provider took.
    package mutating func note(_ task: TaskName?, model: String, outputTokens: Int, microseconds: Int64) {
        guard let index = models[model] else { return }
        times[index].note(Float(max(microseconds, 0)))
        if let task { outputs[task.ordinal * models.count + index].note(Float(max(outputTokens, 0))) }
    }

    /// Says in `conditions` what is known.
    package func tell(_ conditions: inout RouteConditions) {
        for (name, index) in models {
            if let time = times[index].known { conditions.set(latencyMicroseconds: Int64(time), ofModel: name) }
            for task in TaskName.allCases {
                guard let tokens = outputs[task.ordinal * models.count + index].known else { continue }
                // Nothing at all would mean that nothing is known.
                conditions.set(outputTokens: max(Int(tokens.rounded()), 1), of: task, by: name)
            }
        }
    }
}

extension RoutingTable {
    /// A history without a call.
    package func history() -> RouteHistory { RouteHistory(models: indices) }
}
