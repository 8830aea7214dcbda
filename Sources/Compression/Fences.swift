/// The fenced blocks of Markdown.
struct Fence {
    /// Where the lines between the fences stand.
    let body: Range<Int>
    /// The first word after the opening fence, as spelled.
    let language: Range<Int>
    /// The line after the closing fence; that of the text's end when the block is not closed.
    let nextLine: Int

    /// The block that a line opens; nil when it opens none.
    init?(openedBy line: Int, _ text: Span<UInt8>, _ index: borrowing TextLines) {
        guard line &+ 1 < index.count else { return nil }
        let place = index[line]
        let ticks = text.skipBlanks(place.lowerBound)
        let mark = text.at(ticks)
        guard ticks < place.upperBound, mark == 0x60 || mark == 0x7E else { return nil }
        var end = ticks
        while end < place.upperBound, text[end] == mark { end &+= 1 }
        guard end &- ticks >= 3 else { return nil }
        for offset in end..<place.upperBound where text[offset] == 0x60 { return nil }
        var word = text.skipBlanks(end)
        let first = word
        while word < place.upperBound, text[word] > 0x20 { word &+= 1 }
        language = first..<word
        let start = index[line &+ 1].lowerBound
        var closing = line &+ 1
        while closing < index.count {
            if Self.closes(text.extracting(index[closing]), mark, end &- ticks) {
                body = start..<index[closing].lowerBound
                nextLine = closing &+ 1
                return
            }
            closing &+= 1
        }
        body = start..<text.count
        nextLine = index.count
    }

    /// Whether a line is at least `length` marks and nothing else.
    private static func closes(_ line: Span<UInt8>, _ mark: UInt8, _ length: Int) -> Bool {
        let start = line.skipBlanks(0)
        guard line.at(start) == mark else { return false }
        var end = start
        while line.at(end) == mark { end &+= 1 }
        return end &- start >= length && (line.skipBlanks(end) == line.count || line.at(end) == 0x0D)
    }

    /// What the block says it holds.
    enum Language {
        case json, text, code

        init(_ name: Span<UInt8>) {
            func isName(_ text: StaticString) -> Bool {
                name.count == text.utf8CodeUnitCount && name.has(text, at: 0)
            }
            if isName("") || isName("text") || isName("txt") || isName("console") || isName("sql") {
                self = .text
            } else if isName("json") || isName("jsonl") || isName("ndjson") {
                self = .json
            } else {
                self = .code
            }
        }
    }
}
