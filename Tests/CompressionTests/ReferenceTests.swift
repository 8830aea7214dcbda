import Compression
import Testing

/// What was sent before: when it becomes a reference, and when it must not.
struct ReferenceTests {
    private static func block(_ name: String, _ count: Int = 12) -> [String] {
        (1...count).map { "\(name) line \($0) with words enough to be worth a note, and a number: \($0 * 7)" }
    }

    private func compress(_ texts: [[String]], _ options: CompressionOptions = CompressionOptions()) -> [String] {
        let messages = texts.map { Conversation.Message(role: .tool, texts: [$0.joined(separator: "\n")]) }
        return Conversation(messages: messages).compressed(options).messages.map { $0.texts[0] }
    }

    @Test func `a block that comes again becomes its first line, a note and its last line`() {
        let block = Self.block("a")
        let note = "\(block[0])\n[… 10 lines same as earlier …]\n\(block[11])"
        #expect(compress([block, block])[1] == note)
        #expect(compress([block, ["before"] + block + ["after"]])[1] == "before\n\(note)\nafter")
        #expect(compress([block, block, block])[2] == note)
        #expect(
            compress([block, block], CompressionOptions(usesReferences: false))[1] == block.joined(separator: "\n"))
    }

    @Test func `a block within the same text becomes one too`() {
        let block = Self.block("a")
        #expect(
            compress([block + ["between the two"] + block])[0].hasSuffix(
                "between the two\n\(block[0])\n[… 10 lines same as earlier …]\n\(block[11])"))
    }

    @Test func `an edited copy is told around its edit`() {
        let block = Self.block("a", 30)
        var edited = block
        edited[15] = "this line was put in its place"
        let text = compress([block, edited])[1]
        #expect(text.lines.count { $0.hasSuffix(" lines same as earlier …]") } == 2)
        #expect(text.contains("\nthis line was put in its place\n"))
    }

    @Test func `a listing that moved is told by how far`() {
        let block = Self.block("a")
        func listing(_ start: Int) -> [String] { block.enumerated().map { "\(start + $0)\t\($1)" } }
        #expect(
            compress([listing(1), listing(90)])[1]
                == "90\t\(block[0])\n[… 10 lines same as earlier, line numbers +89 …]\n101\t\(block[11])")
        #expect(compress([listing(90), listing(1)])[1].contains("line numbers -89 …]"))
        // Numbers with zeros in front, or that do not count on, are data.
        let zeros = block.enumerated().map { "0\($0)\t\($1)" }
        #expect(compress([listing(1), zeros])[1] == zeros.joined(separator: "\n"))
    }

    @Test func `no reference is made where two blocks begin and end alike`() {
        let first = Self.block("a")
        var second = first
        second[5] = "another line in the middle of it"
        func last(_ others: [[String]]) -> String {
            let kept = others.map { Conversation.Message(role: .system, texts: [$0.joined(separator: "\n")]) }
            let copy = Conversation.Message(role: .tool, texts: [first.joined(separator: "\n")])
            return Conversation(messages: kept + [copy]).compressed().last[0]
        }
        #expect(last([first]).contains("[… 10 lines"))
        #expect(last([first, first]).contains("[… 10 lines"))
        #expect(!last([first, second]).contains("[… 10 lines"))
        #expect(!last([second, first]).contains("[… 10 lines"))
    }

    @Test func `a text that holds a note, or looks as if, is not changed and not spoken of`() {
        let block = Self.block("a")
        let odd = block + ["[… 3 lines same as earlier …]"]
        #expect(compress([odd, odd])[1] == odd.joined(separator: "\n"))
        let split = Array(odd[..<6]) + ["[… 3 lines same as earlier …]"] + Array(odd[6...])
        #expect(!compress([split, block])[1].contains("[… 10 lines"))
    }

    @Test func `a reference may speak of what must not change, and of a call's arguments`() {
        let block = Self.block("a").joined(separator: "\n")
        for source in [
            Conversation.Message(role: .system, texts: [block]), .init(role: .assistant, texts: [block]),
            .init(role: .assistant, texts: [], arguments: [block]), .init(role: .user, texts: [block], isPinned: true),
        ] {
            let messages = [source, .init(role: .tool, texts: [block])]
            let outcome = Conversation(messages: messages).compressed()
            #expect(outcome.messages[0] == source)
            #expect(outcome.last[0].contains("[… 10 lines same as earlier …]"))
        }
    }

    @Test func `a long line becomes its head and a note`() {
        let line = (0..<60).map { "word\($0)" }.joined(separator: " ")
        let text = compress([[line, "other"], ["x", line]])[1]
        #expect(text == "x\n" + line.prefix(66) + " [… rest of line same as earlier …]")
    }

    @Test func `a line in a row is said once, with how often`() {
        let line = "2026-11-30 connection refused by upstream, trying again in a second"
        #expect(
            compress([["a"] + Array(repeating: line, count: 9) + ["b"]])[0]
                == "a\n\(line)\n[… the line above occurs 9 times in a row …]\nb")
    }

    @Test func `an earlier text is not remembered into the next conversation`() {
        var compressor = PromptCompressor()
        let block = Conversation.tool(Self.block("a").joined(separator: "\n"))
        let first = block.compressed(CompressionOptions(), by: &compressor)
        #expect(block.compressed(CompressionOptions(), by: &compressor).messages == first.messages)
        #expect(first.messages == block.messages)
    }
}
