/// Takes the comments out of source code; a line with nothing else on it goes whole.
///
/// What tools read stays: a script's first line, an encoding, the pragmas of compilers, type checkers and linters. Where
/// a string or a comment does not end, or is of a kind that is not known, nothing is done.
enum Comments {
    private struct Comment {
        let end: Int
        var isKept = false
    }

    static func strip(_ text: Span<UInt8>, _ language: SourceLanguage, into output: inout [UInt8]) -> Bool {
        var position = 0
        var copied = 0
        while position < text.count {
            guard begins(position, text, language) else {
                guard let next = SourceStrings.next(after: position, text, language) else { return false }
                position = next
                continue
            }
            guard let comment = comment(at: position, text, language) else { return false }
            if !comment.isKept, let gap = gap(position..<comment.end, after: copied, text) {
                output.append(text.extracting(copied..<gap.lowerBound))
                if text.at(gap.upperBound) <= 0x0D {
                    while let last = output.last, isBlank(last) { output.removeLast() }
                }
                // What stood apart stays apart.
                if gap == position..<comment.end, language != .markup, text.at(position &- 1) > 0x20,
                    text.at(comment.end) > 0x20
                {
                    output.append(0x20)
                }
                copied = gap.upperBound
            }
            position = comment.end
        }
        output.append(text.extracting(copied..<text.count))
        return true
    }

    /// What goes with a comment: the blanks before it at a line's end, those after it at its beginning, the whole line
    /// where it is alone. nil for a comment of several lines between code, whose line ends may mean something.
    ///
    /// - Parameter copied: What stands before it is dealt with.
    private static func gap(_ comment: Range<Int>, after copied: Int, _ text: Span<UInt8>) -> Range<Int>? {
        var start = comment.lowerBound
        while start > copied, isBlank(text[start &- 1]) { start &-= 1 }
        let isLineStart = start == 0 || text[start &- 1] == 0x0A
        let rest = text.skipBlanks(comment.upperBound)
        let isLineEnd = rest >= text.count || text[rest] == 0x0A || text[rest] == 0x0D && text.at(rest &+ 1) == 0x0A
        if isLineEnd {
            if isLineStart, rest < text.count { return start..<rest &+ (text[rest] == 0x0D ? 2 : 1) }
            return isLineStart ? comment : start..<comment.upperBound
        }
        if isLineStart { return comment.lowerBound..<rest }
        for offset in comment where text[offset] == 0x0A { return nil }
        return start < comment.lowerBound ? comment.lowerBound..<rest : comment
    }

    @inline(__always)
    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    /// Whether a comment begins at `start`, which is not within a string.
    @inline(__always)
    private static func begins(_ start: Int, _ text: Span<UInt8>, _ language: SourceLanguage) -> Bool {
        let byte = text[start]
        switch language {
        case .c, .swift, .kotlin, .script:
            guard byte == 0x2F else { return false }
            // Two slashes behind a colon are an address's.
            return text.at(start &+ 1) == 0x2A || text.at(start &+ 1) == 0x2F && text.at(start &- 1) != 0x3A
        case .python: return byte == 0x23
        case .shell, .hash: return byte == 0x23 && (start == 0 || text[start &- 1] <= 0x20)
        case .dashes:
            guard byte == 0x2D, text.at(start &+ 1) == 0x2D, start == 0 || text[start &- 1] <= 0x20 else {
                return false
            }
            let next = text.at(start &+ 2)
            return next <= 0x20 || next == 0x5B || SourceStrings.isWord(next)
        case .markup: return byte == 0x3C && text.has("<!--", at: start)
        }
    }

    /// The comment that begins at `start`; nil where it does not end.
    private static func comment(at start: Int, _ text: Span<UInt8>, _ language: SourceLanguage) -> Comment? {
        switch language {
        case .c, .swift, .kotlin, .script:
            if text[start &+ 1] == 0x2A {
                guard let end = end(of: "*/", from: start &+ 2, text) else { return nil }
                // Swift's comments nest.
                if language == .swift, Self.end(of: "/*", from: start &+ 2, text) ?? .max <= end { return nil }
                return Comment(end: end, isKept: isPragma(text.extracting(start..<end)))
            }
            let end = lineEnd(start, text)
            // A backslash takes the next line in.
            return Comment(end: end, isKept: text[end &- 1] == 0x5C || isPragma(text.extracting(start..<end)))
        case .python, .shell, .hash:
            let end = lineEnd(start, text)
            let isKept = language == .python && followsFormat(start, text)
            return Comment(end: end, isKept: isKept || isPragma(text.extracting(start..<end)))
        case .dashes:
            if text.at(start &+ 2) == 0x5B { return nil }
            return Comment(end: lineEnd(start, text))
        case .markup:
            guard let end = end(of: "-->", from: start &+ 4, text) else { return nil }
            let first = text.at(start &+ 4)
            return Comment(end: end, isKept: first == 0x5B || first == 0x23 || first == 0x21)
        }
    }

    /// Whether a formatted string of Python's stands before a comment on its line: such strings may hold others within
    /// braces, even with the same quotes, so that it is not sure where they end.
    private static func followsFormat(_ start: Int, _ text: Span<UInt8>) -> Bool {
        var position = start
        while position > 0, text[position &- 1] != 0x0A {
            position &-= 1
            guard text[position] == 0x22 || text[position] == 0x27 else { continue }
            let before = text.at(position &- 1) | 0x20
            if before == 0x66 || before == 0x72 && text.at(position &- 2) | 0x20 == 0x66 { return true }
        }
        return false
    }

    private static let pragmas: [StaticString] = [
        "type:", "noqa", "pragma", "pylint", "mypy", "fmt:", "isort:", "-*-", "ruff:", "pyright", "shellcheck",
        "go:", "+build", "nolint", "eslint", "@ts-", "tslint", "prettier-", "swift-tools-version", "swiftlint",
        "istanbul",
        "<reference", "noinspection", "clang-format", "NOLINT",
    ]

    /// Whether a comment is for a tool.
    private static func isPragma(_ comment: Span<UInt8>) -> Bool {
        if comment.at(1) == 0x21 { return true }
        var word = 1
        while comment.at(word) == comment[0] || comment.at(word) == 0x2A { word &+= 1 }
        word = comment.skipBlanks(word)
        for name in pragmas where comment.has(name, at: word) { return true }
        guard comment[0] == 0x23 else { return false }
        for offset in comment.indices where comment.has("coding", at: offset) { return true }
        return false
    }

    /// The end of the line, less the carriage return before it.
    private static func lineEnd(_ start: Int, _ text: Span<UInt8>) -> Int {
        let end = text.next(0x0A, from: start)
        return text[end &- 1] == 0x0D ? end &- 1 : end
    }

    private static func end(of mark: StaticString, from start: Int, _ text: Span<UInt8>) -> Int? {
        var position = start
        while position < text.count {
            position = text.next(mark.utf8Start[0], from: position)
            if text.has(mark, at: position) { return position &+ mark.utf8CodeUnitCount }
            position &+= 1
        }
        return nil
    }
}
