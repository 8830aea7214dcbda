import Foundation
import TestSupport
import Testing

@testable import Tokens

/// Counts equal to another tokenizer's, token for token.
struct ExactCountTests {
    @Test(.timeLimit(.minutes(5)), arguments: TokenEncoding.allCases)
    func `every text of the corpus has the tokens that the reference finds`(encoding: TokenEncoding) throws {
        try compare(try corpus(), encoding)
    }

    @Test(.timeLimit(.minutes(5)), arguments: TokenEncoding.allCases)
    func `hard cases have the tokens that the reference finds`(encoding: TokenEncoding) throws {
        try compare(HardTexts.all.map { Array($0.utf8) }, encoding)
    }

    @Test(.timeLimit(.minutes(5)), arguments: TokenEncoding.allCases)
    func `any Unicode text has the tokens that the reference finds`(encoding: TokenEncoding) throws {
        var random = SeededRandom(200_019)
        try compare((0..<1500).map { _ in HardTexts.random(&random) }, encoding)
    }

    @Test(arguments: TokenEncoding.allCases)
    func `bytes that are no UTF-8 count as the characters that replace them`(encoding: TokenEncoding) throws {
        var random = SeededRandom(8)
        let texts = (0..<700).map { _ in
            var bytes = HardTexts.random(&random)
            for _ in 0...random.below(4) where !bytes.isEmpty {
                let place = random.below(bytes.count)
                switch random.below(3) {
                case 0: bytes.remove(at: place)
                case 1: bytes[place] = UInt8(random.below(256))
                default: bytes.insert(UInt8(0x80 + random.below(128)), at: place)
                }
            }
            return bytes
        }
        try compare(texts, encoding)
    }

    @Test(.timeLimit(.minutes(5)), arguments: TokenEncoding.allCases)
    func `every character is cut from its neighbours where the reference cuts`(encoding: TokenEncoding) throws {
        let table = CharacterTable()
        for (block, hash) in try Reference.characters(encoding) {
            var found = NumberHash()
            for value in block..<block + 1024 {
                guard let c = Unicode.Scalar(value).map(Character.init) else { continue }
                let text = Array("a\(c)a A\(c)Aa \(c)\(c)1\(c)!\(c) \(c)'s\n\(c)\n".utf8)
                let scanner = PieceScanner(text.span, table.view, encoding)
                var start = 0
                while start < text.count {
                    let end = scanner.pieceEnd(from: start)
                    found.add(end - start)
                    start = end
                }
            }
            #expect(found.value == hash, "among the characters from U+\(String(block, radix: 16)) on")
        }
    }

    // MARK: What the tests share

    private func compare(_ texts: [[UInt8]], _ encoding: TokenEncoding) throws {
        let tokenizer = try Ranks.tokenizer(encoding)
        let expected = try Reference.tokens(of: texts, encoding)
        try #require(expected.count == texts.count)
        for (text, expected) in zip(texts, expected) {
            func fail(_ found: Any) {
                let shown = String(decoding: text.prefix(200), as: UTF8.self).debugDescription
                Issue.record("\(shown): \(found) instead of \(expected)")
            }
            let count = tokenizer.count(text.span)
            if count != expected.count { fail(count) }
            // Which tokens they are is found out by taking a long word whole, which is slow.
            if text.count > 2000, isWord(text) { continue }
            var hash = NumberHash()
            let tokens = tokenizer.encode(text.span)
            for token in tokens { hash.add(Int(token)) }
            let found = Reference.Tokens(count: tokens.count, hash: hash.value)
            if found != expected { fail(found) }
        }
    }

    private func isWord(_ text: [UInt8]) -> Bool { text.prefix(100).allSatisfy { $0 != 0x20 } }

    /// The texts of the corpus's messages and calls.
    private func corpus() throws -> [[UInt8]] {
        struct Request: Decodable {
            struct Message: Decodable {
                struct Call: Decodable {
                    struct Function: Decodable { let name, arguments: String }
                    let function: Function
                }
                let content: String?
                let tool_calls: [Call]?
            }
            let messages: [Message]
        }
        let path = GatewayProcess.repository + "/Tests/Fixtures/compression/prompts.jsonl"
        return try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").flatMap { line in
            try JSONDecoder().decode(Request.self, from: Data(line.utf8)).messages.flatMap { message in
                let calls = (message.tool_calls ?? []).flatMap { [$0.function.name, $0.function.arguments] }
                return ([message.content].compactMap(\.self) + calls).map { Array($0.utf8) }
            }
        }
    }
}
