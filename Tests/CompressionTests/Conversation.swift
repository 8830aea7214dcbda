import Compression
import Foundation
import TestSupport

/// A conversation as tests write it, and what compression makes of it.
struct Conversation: Sendable {
    struct Message: Sendable, Equatable {
        var role: PromptCompressor.Role
        var texts: [String]
        /// Texts in the arguments of its tool calls.
        var arguments: [String] = []
        var isPinned = false
    }

    /// What became of a conversation.
    struct Outcome {
        var messages: [Message] = []
        var savings = SavingsByKind()
        /// Whether each text, in order, could have been changed.
        var kinds: [ContentKind?] = []

        /// The texts of the last message.
        var last: [String] { messages.last?.texts ?? [] }
    }

    var messages: [Message] = []

    static func tool(_ texts: String...) -> Conversation {
        Conversation(messages: texts.map { Message(role: .tool, texts: [$0]) })
    }

    func compressed(_ options: CompressionOptions = CompressionOptions()) -> Outcome {
        var compressor = PromptCompressor()
        return compressed(options, by: &compressor)
    }

    func compressed(_ options: CompressionOptions, by compressor: inout PromptCompressor) -> Outcome {
        var outcome = Outcome()
        compressor.begin(options)
        for message in messages {
            compressor.beginMessage(message.role, isPinned: message.isPinned)
            for argument in message.arguments { compressor.noteArgument(Array(argument.utf8).span) }
            for text in message.texts { compressor.add(Array(text.utf8).span) }
            compressor.endMessage()
            var after = message
            for (index, result) in compressor.results.enumerated() {
                if let kind = result.kind { outcome.savings.add(result.savings, in: kind) }
                outcome.kinds.append(result.kind)
                guard let range = result.replacement else { continue }
                after.texts[index] = String(validating: compressor.output[range], as: UTF8.self) ?? "not UTF-8"
            }
            outcome.messages.append(after)
        }
        return outcome
    }
}

extension Conversation {
    /// The requests of `Tests/Fixtures/compression`, as conversations.
    static func corpus() throws -> [(id: String, conversation: Conversation)] {
        try corpusLines().map { line in
            let item = try object(line)
            let messages = item["messages"] as? [[String: Any]] ?? []
            return (item["id"] as? String ?? "", Conversation(messages: messages.map(Message.init(json:))))
        }
    }

    /// The same as they are spelled.
    static func corpusLines() throws -> [Substring] {
        try Fixtures.text("compression/prompts.jsonl").split(separator: "\n")
    }

    static func object(_ text: some StringProtocol) throws -> [String: Any] {
        try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:]
    }
}

extension Conversation.Message {
    fileprivate init(json: [String: Any]) {
        switch json["role"] as? String {
        case "user": role = .user
        case "tool": role = .tool
        case "assistant": role = .assistant
        default: role = .system
        }
        let parts = json["content"] as? [[String: Any]]
        texts = (json["content"] as? String).map { [$0] } ?? parts?.compactMap { $0["text"] as? String } ?? []
        for call in json["tool_calls"] as? [[String: Any]] ?? [] {
            let function = call["function"] as? [String: Any]
            guard let text = function?["arguments"] as? String, let members = try? Conversation.object(text) else {
                continue
            }
            arguments += members.sorted { $0.key < $1.key }.compactMap { $0.value as? String }
        }
    }
}
