/// How many tokens a call used, in buckets that do not overlap.
///
/// Providers report them overlapping in different ways; whoever reads an answer takes them apart, so that
/// `uncachedInput + cachedInput + cacheWrite` is the whole input and `output` the whole output. The rest are
/// parts of these ("of which"). All are at least 0; a usage that nobody stated is no `Usage`, not zeros.
package struct Usage: Hashable, Sendable {
    /// Input tokens billed at the full rate.
    package var uncachedInput: Int
    /// Input tokens that the provider had cached.
    package var cachedInput: Int
    /// Input tokens that the provider charged for writing to its cache.
    package var cacheWrite: Int
    /// Of `cacheWrite`: those kept for the longer time (an hour), which cost more.
    package var cacheWriteLong: Int
    /// All output tokens.
    package var output: Int
    /// Of `output`: tokens of reasoning that the caller does not see.
    package var reasoning: Int
    /// Of `uncachedInput`: tokens of audio, where the answer says.
    package var audioInput: Int?
    /// Of `output`: tokens of audio, where the answer says.
    package var audioOutput: Int?

    package init(
        uncachedInput: Int = 0, cachedInput: Int = 0, cacheWrite: Int = 0, cacheWriteLong: Int = 0,
        output: Int = 0, reasoning: Int = 0, audioInput: Int? = nil, audioOutput: Int? = nil
    ) {
        self.uncachedInput = uncachedInput
        self.cachedInput = cachedInput
        self.cacheWrite = cacheWrite
        self.cacheWriteLong = cacheWriteLong
        self.output = output
        self.reasoning = reasoning
        self.audioInput = audioInput
        self.audioOutput = audioOutput
    }

    /// The whole input.
    package var input: Int { uncachedInput.saturatingAdd(cachedInput).saturatingAdd(cacheWrite) }

    package static func += (left: inout Usage, right: Usage) {
        left.uncachedInput = left.uncachedInput.saturatingAdd(right.uncachedInput)
        left.cachedInput = left.cachedInput.saturatingAdd(right.cachedInput)
        left.cacheWrite = left.cacheWrite.saturatingAdd(right.cacheWrite)
        left.cacheWriteLong = left.cacheWriteLong.saturatingAdd(right.cacheWriteLong)
        left.output = left.output.saturatingAdd(right.output)
        left.reasoning = left.reasoning.saturatingAdd(right.reasoning)
        if let audio = right.audioInput { left.audioInput = (left.audioInput ?? 0).saturatingAdd(audio) }
        if let audio = right.audioOutput { left.audioOutput = (left.audioOutput ?? 0).saturatingAdd(audio) }
    }
}

extension Usage {
    /// Takes away what was added before.
    static func -= (left: inout Usage, right: Usage) {
        left += Usage(
            uncachedInput: -right.uncachedInput, cachedInput: -right.cachedInput, cacheWrite: -right.cacheWrite,
            cacheWriteLong: -right.cacheWriteLong, output: -right.output, reasoning: -right.reasoning,
            audioInput: right.audioInput.map { -$0 }, audioOutput: right.audioOutput.map { -$0 })
    }
}

/// How far a record's usage and cost can be trusted.
package enum UsageSource: UInt8, NamedValue {
    /// The provider stated the usage of the whole call.
    case reported = 1
    /// The call was cut short; the usage is what had been stated or counted until then.
    case partial = 2
    /// Counted by the gateway, since the provider stated nothing.
    case estimated = 3
    /// No usage, or no price for it: the cost is unknown, not zero.
    case unpriced = 4
}

extension Int {
    /// The sum, held at the ends of the range: token counts come from other people's answers.
    func saturatingAdd(_ other: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (self < 0 ? .min : .max) : sum
    }
}
