/// Cuts a text into the pieces that an encoding makes tokens of, each on its own: words with the blank before them,
/// up to three digits, runs of punctuation, of line ends, of blanks.
///
/// The published rules are regular expressions, which are given above each function here; the functions say in one pass
/// what a backtracking matcher would find. Every piece takes time in proportion to its length, and a run of blanks or
/// letters is looked over at most three times, so the whole is linear.
struct PieceScanner: ~Escapable {
    let text: Span<UInt8>
    let table: CharacterTable.View
    let encoding: TokenEncoding

    /// - Parameter text: Valid UTF-8.
    @_lifetime(copy text, copy table)
    init(_ text: Span<UInt8>, _ table: CharacterTable.View, _ encoding: TokenEncoding) {
        self.text = text
        self.table = table
        self.encoding = encoding
    }

    /// Where the piece that begins at `start`, before the end of the text, ends.
    @inline(__always)
    func pieceEnd(from start: Int) -> Int {
        switch encoding {
        case .o200kBase: o200kEnd(from: start)
        case .cl100kBase: cl100kEnd(from: start)
        }
    }

    // MARK: o200k_base

    /// The first of these that matches:
    ///
    ///     [^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?
    ///     [^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?
    ///     \p{N}{1,3}
    ///      ?[^\s\p{L}\p{N}]+[\r\n/]*
    ///     \s*[\r\n]+ | \s+(?!\S) | \s+
    private func o200kEnd(from start: Int) -> Int {
        let (first, second) = character(at: start)
        switch first {
        case .lower: return contractionEnd(from: run(of: Self.smallLike, from: second))
        case .upper, .letter: return contractionEnd(from: casedWordEnd(from: start))
        case .number: return numberEnd(from: second)
        case .lineEnd: return whiteSpaceEnd(from: start)
        default: break
        }
        // Anything else may stand before a word.
        let (next, third) = character(at: second)
        if !next.isDisjoint(with: Self.wordLike) {
            if next == .lower { return contractionEnd(from: run(of: Self.smallLike, from: third)) }
            // A mark is part of the word where what follows it are capitals alone, which the rule tries last.
            return contractionEnd(from: casedWordEnd(from: second, after: first == .mark ? second : nil))
        }
        switch first {
        case .mark: return contractionEnd(from: second)
        case .other: return punctuationEnd(from: second)
        default:
            // Only the blank proper goes with punctuation.
            if next == .other, text[start] == 0x20 { return punctuationEnd(from: third) }
            return whiteSpaceEnd(from: start)
        }
    }

    private static let capitalLike: CharacterClass = [.upper, .letter, .mark]
    private static let smallLike: CharacterClass = [.lower, .letter, .mark]
    private static let wordLike: CharacterClass = [.upper, .lower, .letter, .mark]

    /// Where a word ends that does not begin with a small letter: capitals, then small letters; without the latter, at
    /// the last letter or mark that can be either; without any, after the capitals.
    ///
    /// - Parameter markEnd: Where a mark ended that stands before the word, and is one by itself in that last case.
    private func casedWordEnd(from start: Int, after markEnd: Int? = nil) -> Int {
        var position = start
        var lastShared: Int?
        while true {
            let (next, end) = character(at: position)
            if next == .lower { return run(of: Self.smallLike, from: end) }
            if next.isDisjoint(with: Self.capitalLike) { return lastShared ?? markEnd ?? position }
            position = end
            if next != .upper { lastShared = end }
        }
    }

    /// Where a contraction's ending ends, or `position` when there is none: `'s`, `'t`, `'re`, `'ve`, `'m`, `'ll`, `'d`,
    /// in any case. Unicode has a second small s, U+017F.
    private func contractionEnd(from position: Int) -> Int {
        guard byte(at: position) == 0x27 else { return position }
        let second = byte(at: position &+ 2) | 0x20
        switch byte(at: position &+ 1) | 0x20 {
        case 0x73, 0x74, 0x6D, 0x64: return position &+ 2
        case 0x72 where second == 0x65, 0x76 where second == 0x65, 0x6C where second == 0x6C: return position &+ 3
        default: break
        }
        return byte(at: position &+ 1) == 0xC5 && byte(at: position &+ 2) == 0xBF ? position &+ 3 : position
    }

    // MARK: cl100k_base

    /// The first of these that matches:
    ///
    ///     (?i:'s|'t|'re|'ve|'m|'ll|'d)
    ///     [^\r\n\p{L}\p{N}]?\p{L}+
    ///     \p{N}{1,3}
    ///      ?[^\s\p{L}\p{N}]+[\r\n]*
    ///     \s*[\r\n]+ | \s+(?!\S) | \s+
    private func cl100kEnd(from start: Int) -> Int {
        let contraction = contractionEnd(from: start)
        if contraction > start { return contraction }
        let (first, second) = character(at: start)
        switch first {
        case .upper, .lower, .letter: return run(of: Self.anyLetter, from: second)
        case .number: return numberEnd(from: second)
        case .lineEnd: return whiteSpaceEnd(from: start)
        default: break
        }
        let (next, third) = character(at: second)
        if !next.isDisjoint(with: Self.anyLetter) { return run(of: Self.anyLetter, from: third) }
        if first != .blank { return punctuationEnd(from: second) }
        if text[start] == 0x20, !next.isDisjoint(with: Self.punctuation) { return punctuationEnd(from: third) }
        return whiteSpaceEnd(from: start)
    }

    private static let anyLetter: CharacterClass = [.upper, .lower, .letter]
    private static let punctuation: CharacterClass = [.other, .mark]

    // MARK: Either

    /// Up to two more numbers.
    private func numberEnd(from second: Int) -> Int {
        let (next, third) = character(at: second)
        guard next == .number else { return second }
        let (last, end) = character(at: third)
        return last == .number ? end : third
    }

    /// More punctuation, then line ends, with slashes among them in o200k_base.
    private func punctuationEnd(from second: Int) -> Int {
        var position = run(of: Self.punctuation, from: second)
        while true {
            switch byte(at: position) {
            case 0x0A, 0x0D: position &+= 1
            case 0x2F where encoding == .o200kBase: position &+= 1
            default: return position
            }
        }
    }

    /// White space up to its last line end; without one, up to the end of the text, or all but the last character, which
    /// goes with what follows it, unless there is but one.
    private func whiteSpaceEnd(from start: Int) -> Int {
        var position = start
        var last = start
        var lineEnd: Int?
        while true {
            let (next, end) = character(at: position)
            guard !next.isDisjoint(with: [.blank, .lineEnd]) else { break }
            last = position
            position = end
            if next == .lineEnd { lineEnd = end }
        }
        if let lineEnd { return lineEnd }
        return position == text.count || last == start ? position : last
    }

    // MARK: Characters

    /// The end of the run of characters of `set` from `start` on.
    @inline(__always)
    private func run(of set: CharacterClass, from start: Int) -> Int {
        var position = start
        while true {
            let (next, end) = character(at: position)
            if next.isDisjoint(with: set) { return position }
            position = end
        }
    }

    /// The byte at `position`; 0xFF, which no text has, past the end.
    @inline(__always)
    private func byte(at position: Int) -> UInt8 { position < text.count ? text[position] : 0xFF }

    /// The class of the character at `position`, and where it ends; at the end of the text no class.
    @inline(__always)
    private func character(at position: Int) -> (CharacterClass, end: Int) {
        guard position < text.count else { return ([], position) }
        let byte = text[position]
        return byte < 0x80 ? (table[byte], position &+ 1) : wideCharacter(at: position)
    }

    private func wideCharacter(at position: Int) -> (CharacterClass, end: Int) {
        let byte = UInt32(text[position])
        let second = UInt32(text[position &+ 1] & 0x3F)
        if byte < 0xE0 { return (table[codePoint: (byte & 0x1F) << 6 | second], position &+ 2) }
        let third = second << 6 | UInt32(text[position &+ 2] & 0x3F)
        if byte < 0xF0 { return (table[codePoint: (byte & 0x0F) << 12 | third], position &+ 3) }
        let fourth = third << 6 | UInt32(text[position &+ 3] & 0x3F)
        return (table[codePoint: (byte & 0x07) << 18 | fourth], position &+ 4)
    }
}
