import HTTP
import Metrics

/// Reads what a call used, in disjoint buckets, from the `usage` object of an OpenAI answer.
///
/// OpenAI counts cached tokens within the input and reasoning tokens within the output. Chat completions say
/// `prompt_tokens` and `completion_tokens`, the Responses API `input_tokens` and `output_tokens`. What is absent,
/// null, negative or not an integer is absent: a usage without both counts is none.
enum UsageReader {
    static func read(_ tape: borrowing JSONScanner, _ usage: Int, _ bytes: Span<UInt8>) -> Usage? {
        guard tape.values[usage].kind == .object else { return nil }
        func count(_ name: StaticString, in object: Int?) -> Int? {
            guard let object, let index = tape.member(name, of: object, in: bytes) else { return nil }
            return tape.nonNegativeInteger(at: index, in: bytes)
        }
        func member(_ name: StaticString) -> Int? { tape.member(name, of: usage, in: bytes) }

        guard let input = count("prompt_tokens", in: usage) ?? count("input_tokens", in: usage) else { return nil }
        // Embeddings state no output, since they have none.
        let output = count("completion_tokens", in: usage) ?? count("output_tokens", in: usage) ?? 0
        let inputDetails = member("prompt_tokens_details") ?? member("input_tokens_details")
        let outputDetails = member("completion_tokens_details") ?? member("output_tokens_details")
        let cached = min(count("cached_tokens", in: inputDetails) ?? 0, input)
        let reasoning = min(count("reasoning_tokens", in: outputDetails) ?? 0, output)
        return Usage(
            uncachedInput: input &- cached, cachedInput: cached, cacheWrite: 0, output: output, reasoning: reasoning,
            audioInput: count("audio_tokens", in: inputDetails), audioOutput: count("audio_tokens", in: outputDetails))
    }
}
