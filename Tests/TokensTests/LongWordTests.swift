import TestSupport
import Testing

@testable import Tokens

/// A word that is taken window by window, against the same word taken whole.
struct LongWordTests {
    @Test func `a long word has as many tokens in windows as whole`() throws {
        var random = SeededRandom(128)
        for _ in 0..<300 {
            let letters = Array("abcd".utf8.prefix(1 + random.below(4)))
            let table = try Self.table(of: letters, tokens: 3 + random.below(40), &random)
            let word = (0..<1 + random.below(300)).map { _ in letters[random.below(letters.count)] }
            expectEqual(word, table)
        }
    }

    /// Each pair is merged before the one to its left, so that where the word ends decides on every token before.
    @Test func `a word whose end changes all that stands before it has the same tokens`() throws {
        let letters: [UInt8] = Array(0x21...0x7E)
        var pairs = zip(letters, letters.dropFirst()).map { [$0, $1] }
        pairs.reverse()
        let table = try Self.table(pairs)
        for length in 2...letters.count {
            expectEqual(Array(letters[..<length]), table)
            expectEqual(Array(letters[..<length]) + letters + letters[..<length], table)
        }
    }

    @Test func `a word of one long token after the other has the same tokens`() throws {
        let tokens = (1...7).map { [UInt8](repeating: 0x61, count: 1 << $0) }
        let table = try Self.table(tokens)
        for length in [127, 128, 129, 255, 256, 257, 1000] {
            expectEqual([UInt8](repeating: 0x61, count: length), table)
        }
    }

    // MARK: What the tests share

    private func expectEqual(_ word: [UInt8], _ table: RankTable) {
        var whole = PairMerger()
        var tokens: [UInt32] = []
        whole.encode(0..<word.count, of: word.span, table.view, into: &tokens)
        for (window, overlap) in [(8, 1), (8, 3), (16, 4), (64, 8), (128, 16)] {
            var merger = PairMerger(window: window, overlap: overlap)
            let count = merger.count(0..<word.count, of: word.span, table.view)
            #expect(count == tokens.count, "\(String(decoding: word, as: UTF8.self)) in windows of \(window)")
        }
    }

    /// Every byte, then tokens made by putting two together, as training does.
    private static func table(of letters: [UInt8], tokens: Int, _ random: inout SeededRandom) throws -> RankTable {
        var parts = letters.map { [$0] }
        for _ in 0..<tokens {
            let token = parts[random.below(parts.count)] + parts[random.below(parts.count)]
            if !parts.contains(token), token.count < 40 { parts.append(token) }
        }
        return try table(Array(parts.dropFirst(letters.count)))
    }

    private static func table(_ tokens: [[UInt8]]) throws -> RankTable {
        let file = RankFileText.of(tokens)
        return try RankTable(rankFile: file.span)
    }
}
