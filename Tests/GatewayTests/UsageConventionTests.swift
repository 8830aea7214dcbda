import HTTP
import Metrics
import Testing

@testable import Gateway

/// How each provider states what a call used, and which buckets that comes to.
@Suite struct UsageConventionTests {
    private func read(_ json: String, _ dialect: Dialect = .chat) throws -> ChatReply {
        let bytes = Array(json.utf8)
        var tape = JSONScanner()
        try tape.scan(bytes.span)
        return ChatReply(whole: dialect, tape, bytes.span)
    }

    struct Convention: Sendable, CustomStringConvertible {
        let description: String
        let answer: String
        var dialect = Dialect.chat
        let usage: Usage
        var tier: String?
    }

    private static let conventions: [Convention] = [
        Convention(
            description: "OpenAI: cached tokens are part of the prompt, reasoning is part of the completion",
            answer: """
                {"service_tier":"default","usage":{"prompt_tokens":2006,"completion_tokens":300,"total_tokens":2306,
                "prompt_tokens_details":{"cached_tokens":1920,"audio_tokens":0},"completion_tokens_details":
                {"reasoning_tokens":120,"audio_tokens":0}}}
                """,
            usage: Usage(
                uncachedInput: 86, cachedInput: 1920, output: 300, reasoning: 120, audioInput: 0, audioOutput: 0),
            tier: "default"),
        Convention(
            description: "OpenAI since GPT-5.6: tokens written to the cache are part of the prompt too",
            answer: """
                {"service_tier":"flex","usage":{"prompt_tokens":2600,"completion_tokens":78,"total_tokens":2678,
                "prompt_tokens_details":{"cached_tokens":2000,"cache_write_tokens":400}}}
                """,
            usage: Usage(uncachedInput: 200, cachedInput: 2000, cacheWrite: 400, output: 78), tier: "flex"),
        Convention(
            description: "OpenAI's Responses: other names for the same",
            answer: """
                {"status":"completed","service_tier":"priority","usage":{"input_tokens":9658,"input_tokens_details":
                {"cache_write_tokens":9655,"cached_tokens":0},"output_tokens":42,"output_tokens_details":
                {"reasoning_tokens":25},"total_tokens":9700}}
                """,
            dialect: .responses, usage: Usage(uncachedInput: 3, cacheWrite: 9655, output: 42, reasoning: 25),
            tier: "priority"),
        Convention(
            description: "OpenAI's audio models: audio is part of both",
            answer: """
                {"usage":{"prompt_tokens":100,"completion_tokens":50,"total_tokens":150,"prompt_tokens_details":
                {"audio_tokens":40,"cached_tokens":0},"completion_tokens_details":{"audio_tokens":30}}}
                """,
            usage: Usage(uncachedInput: 100, output: 50, audioInput: 40, audioOutput: 30)),
        Convention(
            description: "Anthropic: the input is what was neither read from the cache nor written to it",
            answer: """
                {"usage":{"input_tokens":10,"cache_creation_input_tokens":300,"cache_read_input_tokens":2000,
                "cache_creation":{"ephemeral_5m_input_tokens":200,"ephemeral_1h_input_tokens":100},"output_tokens":40,
                "service_tier":"standard"}}
                """,
            dialect: .messages,
            usage: Usage(uncachedInput: 10, cachedInput: 2000, cacheWrite: 300, cacheWriteLong: 100, output: 40),
            tier: "standard"),
        Convention(
            description: "DeepSeek, as it was: hits and misses beside the prompt",
            answer: """
                {"usage":{"prompt_tokens":500,"completion_tokens":20,"total_tokens":520,"prompt_cache_hit_tokens":384,
                "prompt_cache_miss_tokens":116}}
                """,
            usage: Usage(uncachedInput: 116, cachedInput: 384, output: 20)),
        Convention(
            description: "xAI: reasoning stands beside the completion, within the total",
            answer: """
                {"usage":{"prompt_tokens":32,"completion_tokens":9,"total_tokens":235,"completion_tokens_details":
                {"reasoning_tokens":194}}}
                """,
            usage: Usage(uncachedInput: 32, output: 203, reasoning: 194)),
        Convention(
            description: "Gemini: thoughts are in the total alone",
            answer: #"{"usage":{"prompt_tokens":7,"completion_tokens":13,"total_tokens":520}}"#,
            usage: Usage(uncachedInput: 7, output: 513, reasoning: 500)),
        Convention(
            description: "OpenRouter: OpenAI's names, with what Anthropic has written to its cache",
            answer: """
                {"usage":{"prompt_tokens":1000,"completion_tokens":5,"total_tokens":1005,"cost":0.01,
                "prompt_tokens_details":{"cached_tokens":600,"cache_write_tokens":300}}}
                """,
            usage: Usage(uncachedInput: 100, cachedInput: 600, cacheWrite: 300, output: 5)),
        Convention(
            description: "embeddings: nothing but the prompt",
            answer: #"{"data":[1],"usage":{"prompt_tokens":8,"total_tokens":8}}"#,
            dialect: .embeddings, usage: Usage(uncachedInput: 8)),
        Convention(
            description: "parts that are more than the whole count no further than it",
            answer: """
                {"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15,"prompt_tokens_details":
                {"cached_tokens":8,"cache_write_tokens":9},"completion_tokens_details":{"reasoning_tokens":7}}}
                """,
            usage: Usage(uncachedInput: 0, cachedInput: 8, cacheWrite: 2, output: 5, reasoning: 5)),
        Convention(
            description: "a total that makes no sense is not believed",
            answer: #"{"usage":{"prompt_tokens":100,"completion_tokens":5,"total_tokens":3}}"#,
            usage: Usage(uncachedInput: 100, output: 5)),
    ]

    @Test(arguments: conventions) func `buckets do not overlap, whatever the provider's convention`(
        convention: Convention
    ) throws {
        let reply = try read(convention.answer, convention.dialect)
        #expect(reply.usage == convention.usage)
        #expect(reply.serviceTier == convention.tier)
        #expect(reply.usageIsFinal)
    }

    @Test func `Anthropic's stream says its usage in two events, and only the second is of the whole`() throws {
        var stream = ChatStream(.messages)
        var tape = JSONScanner()
        func note(_ event: String) {
            let bytes = Array(event.utf8)
            _ = stream.note(bytes.span, &tape)
        }
        note(
            """
            {"type":"message_start","message":{"usage":{"input_tokens":25,"cache_read_input_tokens":7,"output_tokens":1,
            "service_tier":"priority"}}}
            """)
        #expect(stream.reply.usage == Usage(uncachedInput: 25, cachedInput: 7, output: 1))
        #expect(!stream.reply.usageIsFinal)
        note(#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":15}}"#)
        #expect(stream.reply.usage == Usage(uncachedInput: 25, cachedInput: 7, output: 15))
        #expect(stream.reply.usageIsFinal)
        #expect(stream.reply.serviceTier == "priority")
    }
}
