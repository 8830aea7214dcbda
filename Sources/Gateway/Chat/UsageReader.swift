import HTTP
import Metrics

/// Reads what a call used, in disjoint buckets, from the `usage` object of an answer.
///
/// OpenAI counts cached tokens within the input, as others do those that are written to a cache, and reasoning tokens
/// within the output. Chat completions say `prompt_tokens` and `completion_tokens`, the Responses API `input_tokens` and
/// `output_tokens`. DeepSeek said `prompt_cache_hit_tokens` beside them before it had details. Gemini and xAI leave reasoning
/// out of the output, and have it in `total_tokens`: what that has beyond input and output is output too. Anthropic's
/// `input_tokens` are those that were neither read from its cache nor written to it. What is absent, null, negative or not
/// an integer is absent: a usage without an input is none.
enum UsageReader {
    static func read(
        _ tape: borrowing JSONScanner, _ usage: Int, _ bytes: Span<UInt8>, _ dialect: Dialect = .chat
    ) -> Usage? {
        guard tape.values[usage].kind == .object else { return nil }
        if dialect == .messages { return readAnthropic(tape, usage, bytes) }
        func count(_ name: StaticString, in object: Int?) -> Int? { tape.count(name, of: object, in: bytes) }
        func member(_ name: StaticString) -> Int? { tape.member(name, of: usage, in: bytes) }

        guard let input = count("prompt_tokens", in: usage) ?? count("input_tokens", in: usage) else { return nil }
        // Embeddings state no output, since they have none.
        let told = count("completion_tokens", in: usage) ?? count("output_tokens", in: usage) ?? 0
        let inputDetails = member("prompt_tokens_details") ?? member("input_tokens_details")
        let outputDetails = member("completion_tokens_details") ?? member("output_tokens_details")
        let unseen = dialect == .embeddings ? 0 : Self.unseen(count("total_tokens", in: usage), input, told)
        let output = told.addingReportingOverflow(unseen).overflow ? told : told &+ unseen
        let cached = min(
            count("cached_tokens", in: inputDetails) ?? count("prompt_cache_hit_tokens", in: usage) ?? 0, input)
        // OpenRouter's name, and this gateway's for what Anthropic charges for.
        let written = min(count("cache_write_tokens", in: inputDetails) ?? 0, input &- cached)
        let writtenLong = min(count("cache_write_long_tokens", in: inputDetails) ?? 0, written)
        let reasoning = min(max(count("reasoning_tokens", in: outputDetails) ?? 0, unseen), output)
        return Usage(
            uncachedInput: input &- cached &- written, cachedInput: cached, cacheWrite: written,
            cacheWriteLong: writtenLong, output: output, reasoning: reasoning,
            audioInput: count("audio_tokens", in: inputDetails), audioOutput: count("audio_tokens", in: outputDetails))
    }

    /// What the total has beyond the input and the output that are told.
    private static func unseen(_ total: Int?, _ input: Int, _ output: Int) -> Int {
        let (told, overflow) = input.addingReportingOverflow(output)
        guard let total, !overflow, total > told else { return 0 }
        return total &- told
    }

    /// - Parameter earlier: What an event before this one said; a stream states its usage in two.
    static func readAnthropic(
        _ tape: borrowing JSONScanner, _ usage: Int, _ bytes: Span<UInt8>, after earlier: Usage? = nil
    ) -> Usage? {
        guard tape.values[usage].kind == .object else { return nil }
        func count(_ name: StaticString) -> Int? { tape.count(name, of: usage, in: bytes) }
        guard let input = count("input_tokens") ?? earlier?.uncachedInput else { return nil }
        let lifetimes = tape.member("cache_creation", of: usage, in: bytes)
        let written = count("cache_creation_input_tokens") ?? earlier?.cacheWrite ?? 0
        let long = tape.count("ephemeral_1h_input_tokens", of: lifetimes, in: bytes) ?? earlier?.cacheWriteLong ?? 0
        return Usage(
            uncachedInput: input, cachedInput: count("cache_read_input_tokens") ?? earlier?.cachedInput ?? 0,
            cacheWrite: written, cacheWriteLong: min(long, written),
            output: count("output_tokens") ?? earlier?.output ?? 0)
    }
}

extension JSONScanner {
    /// A member that is a count; nil where there is none.
    fileprivate func count(_ name: StaticString, of object: Int?, in bytes: Span<UInt8>) -> Int? {
        guard let object, let index = member(name, of: object, in: bytes) else { return nil }
        return nonNegativeInteger(at: index, in: bytes)
    }
}
