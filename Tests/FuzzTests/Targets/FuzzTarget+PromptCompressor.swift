import Compression
import TestSupport

extension FuzzTarget {
    /// The compressor, on conversations of any bytes: messages stand apart by a byte that no text has.
    static let promptCompressor = FuzzTarget(
        name: "prompt-compressor",
        seeds: [
            "{ \"a\" : [ 1, 2, 3 ],\n  \"b\" : { \"c\" : \"some words that are long enough to be worth it\" } }",
            "[{\"id\": 1, \"name\": \"a\"}, {\"id\": 2, \"name\": \"b\"}, {\"id\": 3, \"name\": \"c\"}, {\"id\": 4, \"name\": \"d\"}]",
            numberedListing + "\u{0}" + numberedListing + "\u{0}" + numberedListing,
            "Words,   \nand more of them.\n\n\n\n```swift\nlet a = 1 // one\n/* two */ let b = \"\\(a)\"\n```\nThe end   \n",
            "| a     | b    |\n|-------|------|\n| one   | two  |\n| three | four |\n\na | b\n--+--\n1 | 2\n",
            "2026-11-30 10:10:10 host a[1]: one\n2026-11-30 10:10:11 host a[1]: two\n2026-11-30 10:10:12 host a[1]: three\n",
            "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-one  \n+one\n",
        ],
        words: [
            "\n", "\n\n\n", "   ", "\u{0}", "```", "```python\n", "~~~\n", "\"", "'''", "`", "//", "/*", "*/", "#",
            "--", "<!--",
            "-->", "{", "}", "[", "]", ":", ",", "|", "|-|-|\n", "\u{2026}",
            "[\u{2026} 3 lines same as earlier \u{2026}]",
            "\"#cols\"", "\"#rows\"", "1\t", "2\t", "\r\n", "\u{A0}", "\u{200B}", "\u{FEFF}", "copyright", "${", "\\(",
            "<script",
            numberedListing,
        ],
        check: { (input) throws(Violation) in
            var random = SeededRandom(of: input)
            let options = CompressionOptions(
                level: random.below(2) == 0 ? .safe : .aggressive, usesReferences: random.below(4) > 0,
                dropsComments: random.below(2) == 0)
            let texts = input.split(separator: 0, omittingEmptySubsequences: false).map { Array($0) }
            var compressor = PromptCompressor()
            let once = compress(texts, options, by: &compressor)
            try require(once == compress(texts, options, by: &compressor), "it becomes something else the second time")
            try require(once == compress(once, options, by: &compressor), "it is changed again when it comes back")
            for (before, after) in zip(texts, once) {
                try require(before.count >= after.count, "a text has grown: \(after.shown)")
                try require(
                    String(validating: before, as: UTF8.self) == nil || String(validating: after, as: UTF8.self) != nil,
                    "a text is no text any more: \(after.shown)")
            }
            let beginning = compress(Array(texts.dropLast()), options, by: &compressor)
            try require(beginning == Array(once.dropLast()), "what is said first depends on what follows")
            return once != texts
        })

    private static let numberedListing = (1...8).map {
        "     \($0)\tlet line\($0) = \"one of several lines, long enough\" // \($0)"
    }
    .joined(separator: "\n")

    private static func compress(
        _ texts: [[UInt8]], _ options: CompressionOptions, by compressor: inout PromptCompressor
    ) -> [[UInt8]] {
        compressor.begin(options)
        return texts.map { text in
            compressor.beginMessage(.tool, isPinned: false)
            compressor.add(text.span)
            compressor.endMessage()
            return compressor.results[0].replacement.map { Array(compressor.output[$0]) } ?? text
        }
    }
}
