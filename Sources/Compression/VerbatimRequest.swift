/// Whether someone asks to have text treated as it stands: then neither that message nor the tool results that follow
/// are changed.
///
/// Looked for in the first and the last 2,000 characters of a message, where instructions stand; a contract's own
/// "exactly as" in between asks for nothing.
enum VerbatimRequest {
    private static let reach = 2000

    private static let phrases: [StaticString] = [
        "verbatim", "word for word", "character by character", "character for character", "byte for byte",
        "letter for letter", "exact as", "exactly as", "exact formatting", "exactly formatting", "exact whitespace",
        "exactly whitespace", "exact text", "exact wording", "preserve formatting", "preserve whitespace",
        "preserve the formatting", "preserve the whitespace", "do not change text", "do not change format",
        "do not change the text", "do not change the format", "do not alter text", "do not alter format",
        "do not alter the text", "do not alter the format",
    ]

    static func isMade(in text: Span<UInt8>) -> Bool {
        let head = prefix(text)
        if finds(text, from: 0, to: head) { return true }
        if head == text.count { return false }
        return finds(text, from: max(head &- 64, suffix(text)), to: text.count)
    }

    /// Bytes of the first 2,000 characters.
    private static func prefix(_ text: Span<UInt8>) -> Int {
        guard text.count > reach else { return text.count }
        var characters = 0
        for offset in 0..<text.count where text[offset] & 0xC0 != 0x80 {
            if characters == reach { return offset }
            characters &+= 1
        }
        return text.count
    }

    /// Where the last 2,000 characters begin.
    private static func suffix(_ text: Span<UInt8>) -> Int {
        var characters = 0
        var offset = text.count
        while offset > 0, characters < reach {
            offset &-= 1
            if text[offset] & 0xC0 != 0x80 { characters &+= 1 }
        }
        return offset
    }

    private static func finds(_ text: Span<UInt8>, from start: Int, to end: Int) -> Bool {
        var position = start
        var before: UInt8 = 0
        while position < end {
            let byte = text[position]
            if !isWord(before) {
                switch byte | 0x20 {
                case 0x62, 0x63, 0x64, 0x65, 0x6C, 0x70, 0x76, 0x77:
                    for phrase in phrases where begins(text, position, phrase) { return true }
                default: break
                }
            }
            before = byte
            position &+= 1
        }
        return false
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 <= 9 || byte == 0x5F
    }

    private static func begins(_ text: Span<UInt8>, _ start: Int, _ phrase: StaticString) -> Bool {
        let length = phrase.utf8CodeUnitCount
        guard start &+ length <= text.count else { return false }
        for offset in 0..<length {
            let byte = text[start &+ offset]
            let lower = byte &- 0x41 < 26 ? byte | 0x20 : byte
            if lower != phrase.utf8Start[offset] { return false }
        }
        return true
    }
}
