import Gateway
import TestSupport
import Testing

/// What differs between two texts, line by line.
struct LineDifferencesTests {
    private static func lines(_ text: String) -> [Substring] {
        text.split(separator: " ", omittingEmptySubsequences: false)
    }

    @Test(arguments: [
        ("one two three", "one two three", []), ("one two three", "one three", [(1..<2, 1..<1)]),
        ("one two three", "one two and three", [(2..<2, 2..<3)]), ("one two three", "", [(0..<3, 0..<1)]),
        ("one two x } three four", "one 2 } three 4", [(1..<3, 1..<2), (5..<6, 4..<5)]),
        ("first a b c d e last", "first note last", [(1..<6, 1..<2)]),
    ])
    func `lines that left and lines that came are told apart from those that stay`(
        old: String, new: String, hunks: [(Range<Int>, Range<Int>)]
    ) {
        let found = LineDifferences.between(Self.lines(old), Self.lines(new))
        #expect(found.map(\.old) == hunks.map(\.0))
        #expect(found.map(\.new) == hunks.map(\.1))
    }

    @Test func `whatever the texts are, the old one with the hunks made is the new one`() {
        var random = SeededRandom(5)
        for _ in 0..<2000 {
            let words = ["alpha", "beta", "gamma", "delta", "}", "", "epsilon"].map { Substring($0) }
            let old = (0..<random.below(30)).map { _ in words[random.below(words.count)] }
            var new = old
            for _ in 0..<random.below(6) where !new.isEmpty {
                let place = random.below(new.count)
                if random.below(2) == 0 { new.remove(at: place) } else { new[place] = words[random.below(words.count)] }
            }
            var made: [Substring] = []
            var copied = 0
            for hunk in LineDifferences.between(old, new) {
                made += old[copied..<hunk.old.lowerBound]
                made += new[hunk.new]
                copied = hunk.old.upperBound
            }
            made += old[copied...]
            #expect(made == new)
        }
    }
}
