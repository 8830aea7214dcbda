import Testing
import Tokens

struct TokenCounterTests {
    @Test(arguments: [
        ("gpt-4o", "o200k_base"), ("gpt-4o-mini-2024-07-18", "o200k_base"), ("GPT-4.1-nano", "o200k_base"),
        ("gpt-4.5-preview", "o200k_base"),
        ("gpt-5", "o200k_base"), ("gpt-oss-120b", "o200k_base"), ("o1", "o200k_base"), ("o3-mini", "o200k_base"),
        ("o4-mini", "o200k_base"),
        ("chatgpt-4o-latest", "o200k_base"), ("openai/gpt-4o", "o200k_base"),
        ("ft:gpt-4o-mini:acme::7p4l", "o200k_base"),
        ("gpt-4", "cl100k_base"), ("gpt-4-turbo", "cl100k_base"), ("gpt-4-0613", "cl100k_base"),
        ("gpt-3.5-turbo", "cl100k_base"),
        ("gpt-35-turbo", "cl100k_base"), ("ft:gpt-3.5-turbo:acme", "cl100k_base"),
        ("text-embedding-3-small", "cl100k_base"),
        ("azure/text-embedding-ada-002", "cl100k_base"),
    ])
    func `OpenAI's models have an encoding by their name`(model: String, encoding: String) {
        #expect(TokenEncoding(model: model).rawValue == encoding)
        #expect(TokenEncoding.isKnown(for: model))
    }

    @Test(arguments: [
        "claude-sonnet-4-6", "gemini-2.5-pro", "llama-4", "mistralai/mixtral", "my-model", "", "/", "ft:",
    ])
    func `any other model has a stand-in`(model: String) {
        #expect(TokenEncoding(model: model) == .o200kBase)
        #expect(!TokenEncoding.isKnown(for: model))
    }

    @Test func `without a rank file every count is an estimate`() {
        let counter = TokenCounter()
        #expect(counter.basis(for: nil) == .noRanks(wanted: .o200kBase))
        #expect(counter.basis(for: "gpt-4") == .noRanks(wanted: .cl100kBase))
        #expect(!counter.basis(for: "gpt-4o").isExact)
        let text = Array("The committee met on Tuesday morning.".utf8)
        var estimate = TokenEstimate()
        estimate.add(text.span)
        #expect(counter.count(text.span, by: counter.basis(for: "gpt-4o")) == estimate.tokens)
    }

    @Test func `with one, counts are exact for the models of its encoding, and no others`() throws {
        let file = RankFileText.of(["zzzz"].map { Array($0.utf8) })
        let counter = TokenCounter(try Tokenizer(file, .cl100kBase))
        let text = Array("zzzzy".utf8)
        #expect(counter.basis(for: nil) == .exact(.cl100kBase))
        #expect(counter.basis(for: "gpt-4") == .exact(.cl100kBase))
        #expect(counter.count(text.span, by: counter.basis(for: "gpt-4")) == 5)
        #expect(counter.basis(for: "gpt-4o") == .otherRanks(.cl100kBase, wanted: .o200kBase))
        #expect(counter.basis(for: "claude-sonnet-4-6") == .otherRanks(.cl100kBase, wanted: .o200kBase))
        #expect(counter.count(text.span, by: counter.basis(for: "gpt-4o")) == 1)
    }

    @Test func `a model whose own encoding is unknown is counted in the stand-in, and told apart`() throws {
        let counter = TokenCounter(try Tokenizer(RankFileText.of()))
        let basis = counter.basis(for: "claude-sonnet-4-6")
        #expect(basis == .standIn(.o200kBase))
        #expect(!basis.isExact)
        let text = Array("abc".utf8)
        #expect(counter.count(text.span, by: basis) == 3)
    }
}
