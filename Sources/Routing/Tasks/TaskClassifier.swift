/// Tells a request's task from its features, by adding up points.
///
/// Every signal of the table below speaks for some tasks and against others; a task's score is the sum of its column,
/// each row times how often or how strongly its signal is there. The highest score wins.
package enum TaskClassifier {
    /// What a request was taken for.
    package struct Verdict: Sendable, Equatable {
        package let task: TaskName
        /// 0.5 to 1: about the share of right verdicts among requests whose two best scores are as far apart, by the
        /// tuning half of `Tests/Fixtures/tasks`.
        package let confidence: Double
        /// The confidence with two decimals, as JSON writes it.
        package var confidenceText: String {
            let number = Int((confidence * 100).rounded())
            return number >= 100 ? "1" : "0.\(number)"
        }
        /// The signal that spoke most for it.
        package let signal: TaskSignal
        /// The place in the table of the strongest cue for it, if it has one.
        package let cue: Int?
        package let place: TaskFeatures.Place?

        /// A short reason for people, such as "extract* leads the user's message".
        package func reason(_ reader: CueReader) -> String {
            guard let cue, let place else { return signal.description }
            return "'\(reader.cues[cue].spelling)' \(place.description)"
        }
    }

    /// The task of a request, by its features.
    package static func classify(_ features: TaskFeatures) -> Verdict {
        let signals = TaskSignal.values(of: features)
        var scores = SIMD8<Int32>(repeating: 0)
        for index in signals.indices where signals[index] != 0 {
            scores &+= TaskSignal.weights[index] &* Int32(truncatingIfNeeded: signals[index])
        }
        var best = 0
        for task in 1..<8 where scores[task] > scores[best] { best = task }
        var second = best == 0 ? 1 : 0
        for task in 0..<8 where task != best && scores[task] > scores[second] { second = task }
        let margin = Double(scores[best] &- scores[second])
        var strongest = 0
        var share: Int32 = .min
        for index in signals.indices where signals[index] != 0 {
            let points = TaskSignal.weights[index][best] &* Int32(truncatingIfNeeded: signals[index])
            if points > share {
                share = points
                strongest = index
            }
        }
        let signal = TaskSignal.allCases[strongest]
        let cue = signal.kind.flatMap { features.strongestCue($0) }
        return Verdict(
            task: TaskName.ofChat[best], confidence: 0.5 + 0.5 * margin / (margin + 150), signal: signal,
            cue: cue?.cue, place: cue?.place)
    }
}

extension TaskFeatures.Place {
    /// As it ends a sentence about a cue.
    var description: String {
        switch self {
        case .lead: "begins what the user asks"
        case .instruction: "stands in what the user asks"
        case .document: "stands in what the user sent along"
        case .system: "stands in the system prompt"
        case .opening: "stands in the conversation's first message"
        case .shape: "stands in the schema or the tools"
        }
    }
}
