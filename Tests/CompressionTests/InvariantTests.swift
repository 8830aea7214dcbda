import Compression
import TestSupport
import Testing

/// What holds of every conversation, whatever it says.
@Suite(.timeLimit(.minutes(10))) struct InvariantTests {
    static let everyOption = [
        CompressionOptions(), CompressionOptions(usesReferences: false), CompressionOptions(dropsComments: true),
        CompressionOptions(level: .aggressive), CompressionOptions(level: .aggressive, usesReferences: false),
        CompressionOptions(level: .aggressive, dropsComments: true),
    ]

    /// A claim that does not hold.
    private static func check(_ conversation: Conversation, _ options: CompressionOptions, _ name: String) {
        var compressor = PromptCompressor()
        let outcome = conversation.compressed(options, by: &compressor)
        #expect(
            outcome.messages == conversation.compressed(options, by: &compressor).messages,
            "\(name) becomes something else the second time")
        #expect(outcome.savings.failedProofs == 0, "\(name) fails a proof")
        let compressed = Conversation(messages: outcome.messages)
        #expect(
            compressed.compressed(options).messages == outcome.messages, "\(name) is changed again when it comes back")
        for (before, after) in zip(conversation.messages, outcome.messages) {
            let isKept = before.role == .system || before.role == .assistant || before.isPinned
            for (old, new) in zip(before.texts, after.texts) {
                #expect(!isKept || old == new, "\(name): a message that must not change did")
                #expect(new.utf8.count <= old.utf8.count, "\(name): a text has grown: \(new)")
                #expect(new != "not UTF-8", "\(name): a text is not UTF-8 any more: \(old)")
            }
        }
        for count in 1...max(conversation.messages.count, 1) where count < 6 || count % 5 == 0 {
            let beginning = Conversation(messages: Array(conversation.messages.prefix(count)))
            #expect(
                beginning.compressed(options).messages == Array(outcome.messages.prefix(count)),
                "\(name): what \(count) messages become depends on what follows")
        }
    }

    @Test(arguments: everyOption) func `the invariants hold of conversations in which much comes again`(
        options: CompressionOptions
    ) {
        for seed in 0..<40 as Range<UInt64> {
            var generator = ConversationGenerator(seed: seed)
            Self.check(generator.conversation(turns: 2 + Int(seed % 9)), options, "conversation \(seed)")
        }
    }

    @Test(arguments: [everyOption[0], everyOption[5]]) func `the invariants hold of the corpus`(
        options: CompressionOptions
    ) throws {
        for (id, conversation) in try Conversation.corpus() { Self.check(conversation, options, id) }
    }

    // MARK: What is said

    /// A text without what level safe may change: blanks, and how long a table's ruler is.
    private static func bare(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        for scalar in text.unicodeScalars {
            switch scalar {
            case " ", "\t", "\r", "\n", "\u{A0}", "\u{200B}", "\u{2060}", "\u{FEFF}": continue
            case "-" where bytes.last == 0x2D: continue
            default: bytes += UTF8.encode(scalar)!
            }
        }
        return bytes
    }

    /// Whether a reader of the compressed conversation reads what was said, at level safe.
    private static func checkReading(_ conversation: Conversation, _ options: CompressionOptions, _ name: String) throws
    {
        let outcome = conversation.compressed(options)
        var reader = Reader()
        for (before, after) in zip(conversation.messages, outcome.messages) {
            for argument in before.arguments { reader.remember(argument: argument) }
            for (old, new) in zip(before.texts, after.texts) {
                if old == new, old.contains("[\u{2026} ") {
                    reader.remember(asIs: old)
                    continue
                }
                let read = try reader.read(new)
                #expect(bare(read) == bare(old), "\(name): \(new) does not say \(old)")
                if let data = OrderedJSON(old) { #expect(OrderedJSON(read) == data, "\(name): \(new) is other data") }
            }
        }
    }

    @Test(arguments: everyOption.prefix(2)) func `at level safe a reader reads what was said`(
        options: CompressionOptions
    ) throws {
        for seed in 100..<180 as Range<UInt64> {
            var generator = ConversationGenerator(seed: seed)
            try Self.checkReading(generator.conversation(turns: 8), options, "conversation \(seed)")
        }
        for (id, conversation) in try Conversation.corpus() { try Self.checkReading(conversation, options, id) }
    }

    @Test func `at level aggressive JSON is the same data once columns and names are read`() throws {
        var columns = 0
        var texts = 0
        var conversations = try Conversation.corpus().map(\.conversation)
        for seed in 200..<240 as Range<UInt64> {
            var generator = ConversationGenerator(seed: seed)
            conversations.append(generator.conversation(turns: 8))
        }
        for conversation in conversations {
            let outcome = conversation.compressed(CompressionOptions(level: .aggressive))
            var reader = Reader()
            for (before, after) in zip(conversation.messages, outcome.messages) {
                for argument in before.arguments { reader.remember(argument: argument) }
                for (old, new) in zip(before.texts, after.texts) {
                    if old == new, old.contains("[\u{2026} ") {
                        reader.remember(asIs: old)
                        continue
                    }
                    let read = try reader.read(new)
                    guard new != old, let data = OrderedJSON(old) else { continue }
                    #expect(OrderedJSON(read)?.expanded == data, "\(new) is other data than \(old)")
                    texts += 1
                    if new.contains("#cols") { columns += 1 }
                }
            }
        }
        #expect(texts > 50 && columns > 10)
    }
}
