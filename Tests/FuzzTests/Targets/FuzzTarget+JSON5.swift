import TestSupport

@testable import Gateway

extension FuzzTarget {
    /// The configuration's parser, against the JSON scanner where a text is JSON.
    static let json5 = FuzzTarget(
        name: "json5",
        seeds: jsonSeeds + [
            "{ a: [1, .5e+3, 'x\\u0041\\x41\\'', \"\u{E9}\",], // c\n /* d */ b: { c: -Infinity, }, }",
            "{ listen: { address: '127.0.0.1:8080' }, cache: { ttl_s: 0x10 }, \u{FC}_$1: +NaN }", "'a\\\nb' // x",
        ],
        words: jsonWords + [
            "'", "//", "/*", "*/", "0x", "Infinity", "NaN", "+", "\\x41", "\\\n", "\u{2028}", "\u{A0}", "a:", "b: {",
        ],
        check: { (bytes) throws(Violation) in
            let outcome = JSON5Parser.parse(bytes)
            try require(outcome.root != nil || !outcome.problems.isEmpty, "it is neither read nor refused")
            try require(outcome.problems.count <= JSON5Parser.problemLimit, "there are more problems than the limit")
            let lines = 1 + bytes.count { $0 == 0x0A || $0 == 0x0D }
            for problem in outcome.problems {
                let place = problem.position
                try require(
                    (1...lines).contains(place.line) && (1...bytes.count + 1).contains(place.column),
                    "\(place) is no place of the text")
            }
            var tape = JSONScanner()
            guard (try? tape.scan(bytes.span)) != nil else { return outcome.problems.isEmpty }
            var canonical = CanonicalJSON()
            canonical.write(tape, of: bytes.span)
            let hasDuplicateKeys = canonical.hasDuplicateKeys
            let isWithinLimits = bytes.count { $0 == 0x5B || $0 == 0x7B } < JSON5Parser.depthLimit
            let hasEscapes = (0..<tape.values.count).contains { tape.values[$0].isEscaped }
            guard String(validating: bytes, as: UTF8.self) != nil, !hasDuplicateKeys, isWithinLimits, !hasEscapes else {
                return outcome.problems.isEmpty
            }
            try require(outcome.problems.isEmpty, "it is JSON, and here: \(outcome.problems)")
            return true
        })
}
