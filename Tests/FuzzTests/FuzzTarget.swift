import TestSupport

/// A parser under fire: texts to begin with, words that mean something to it, and what must hold of any input.
///
/// A target is given whole inputs, so that its corpus can be read; what else it needs by chance, such as the places
/// where the input is cut into pieces, it draws from a generator seeded with the input itself.
struct FuzzTarget: Sendable {
    let name: String
    /// Good inputs, and some that are nearly good.
    let seeds: [String]
    /// What mutations put in: the parser's keywords and the bytes it looks for.
    let words: [String]
    /// Checks the invariants, none of which depends on what the input is; tells whether the parser accepted it.
    let check: @Sendable (_ input: [UInt8]) throws(Violation) -> Bool

    static let all: [FuzzTarget] = [
        .requestHead, .chunkedBody, .responseHead, .callHeaders, .eventStream, .json, .jsonSplice, .chatRequest,
        .chatReply, .replyForm, .compression, .promptCompressor, .anthropic, .json5,
    ]

    /// Something that must hold, and did not for an input.
    struct Violation: Error, CustomStringConvertible {
        let description: String

        init(_ description: String) { self.description = description }
    }
}

/// Refuses the input unless `condition` holds.
func require(_ condition: Bool, _ claim: @autoclosure () -> String) throws(FuzzTarget.Violation) {
    guard condition else { throw FuzzTarget.Violation(claim()) }
}

extension SeededRandom {
    /// Numbers that depend on `input` alone (FNV-1a).
    init(of input: [UInt8]) {
        self.init(input.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 })
    }

    /// Where to cut `count` bytes into pieces: everywhere, or in up to three places, in ascending order.
    mutating func cuts(_ count: Int) -> [Int] {
        // By the byte takes the square of the length where a parser is given the beginning again.
        below(4) == 0 && count <= 512 ? Array(0...count) : (0..<3).map { _ in below(count + 1) }.sorted()
    }
}

extension [UInt8] {
    /// The bytes as a message shows them.
    var shown: String { String(decoding: self, as: UTF8.self).debugDescription }
}
