/// Takes the comments out of source code; a line with nothing else on it goes whole.
///
/// Strings are known in each family's way, so that what looks like a comment inside of one stays. What tools read stays
/// too: a script's first line, an encoding, the pragmas of type checkers and linters. Where a string or a comment does
/// not end, nothing is done.
enum Comments {
    static func strip(_ text: Span<UInt8>, _ language: SourceLanguage, into output: inout [UInt8]) -> Bool {
        var position = 0
        var copied = 0
        while position < text.count {
            guard let comment = comment(at: position, text, language) else {
                guard let next = skip(position, text, language) else { return false }
                position = next
                continue
            }
            guard let end = comment.end else { return false }
            if comment.isKept {
                position = end
                continue
            }
            // Blanks before it go with it, and where the line is empty then, the line.
            var start = position
            while start > copied, text[start &- 1] == 0x20 || text[start &- 1] == 0x09 { start &-= 1 }
            var following = end
            let isLineStart = start == 0 || text[start &- 1] == 0x0A
            let rest = text.skipBlanks(end)
            if isLineStart, rest < text.count, text[rest] == 0x0A {
                following = rest &+ 1
            } else if isLineStart {
                start = position
            }
            if rest < text.count, text[rest] != 0x0A, !isLineStart { start = position }
            output.append(text.extracting(copied..<start))
            copied = following
            position = max(following, end)
        }
        output.append(text.extracting(copied..<text.count))
        return true
    }

    /// The comment that begins at `start`, if one does: its end, or nil where it has none.
    private static func comment(
        at start: Int, _ text: Span<UInt8>, _ language: SourceLanguage
    ) -> (end: Int?, isKept: Bool)? {
        switch language {
        case .slashes:
            guard text[start] == 0x2F else { return nil }
            if text.at(start &+ 1) == 0x2F { return (text.next(0x0A, from: start), false) }
            guard text.at(start &+ 1) == 0x2A else { return nil }
            return (end(of: "*/", from: start &+ 2, text), false)
        case .python, .hash:
            guard text[start] == 0x23 else { return nil }
            if language == .hash, start > 0, text[start &- 1] > 0x20 { return nil }
            let end = text.next(0x0A, from: start)
            return (end, isPragma(text.extracting(start..<end), isFirst: start == 0))
        case .dashes:
            guard text.has("--", at: start) else { return nil }
            return (text.next(0x0A, from: start), false)
        case .markup:
            guard text.has("<!--", at: start) else { return nil }
            return (end(of: "-->", from: start &+ 4, text), false)
        }
    }

    private static func isPragma(_ comment: Span<UInt8>, isFirst: Bool) -> Bool {
        if comment.at(1) == 0x21 { return true }
        let word = comment.skipBlanks(1)
        for name in ["type:", "noqa", "pragma", "pylint", "mypy", "fmt:", "isort:", "-*-"] as [StaticString]
        where comment.has(name, at: word) { return true }
        for offset in 0..<comment.count where comment.has("coding", at: offset) { return true }
        return isFirst && comment.at(1) == 0x21
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

    /// The place after the string that begins at `start`, or after the byte; nil for a string without end.
    private static func skip(_ start: Int, _ text: Span<UInt8>, _ language: SourceLanguage) -> Int? {
        let byte = text[start]
        switch language {
        case .markup: return start &+ 1
        case .python, .slashes:
            guard byte == 0x22 || byte == 0x27 || byte == 0x60 && language == .slashes else { return start &+ 1 }
            let isTriple = byte != 0x60 && text.at(start &+ 1) == byte && text.at(start &+ 2) == byte
            if isTriple, language == .python || byte == 0x22 { return endOfTriple(byte, start &+ 3, text) }
            // A lifetime or a digit separator is no string: a quote with none on its line stands alone.
            return endOfString(byte, start &+ 1, text, spans: byte == 0x60)
                ?? (byte == 0x27 && language == .slashes ? start &+ 1 : nil)
        case .hash, .dashes:
            guard byte == 0x22 || byte == 0x27 else { return start &+ 1 }
            return endOfString(byte, start &+ 1, text, spans: true)
        }
    }

    private static func endOfTriple(_ quote: UInt8, _ start: Int, _ text: Span<UInt8>) -> Int? {
        var position = start
        while position < text.count {
            if text[position] == 0x5C {
                position &+= 2
                continue
            }
            if text[position] == quote, text.at(position &+ 1) == quote, text.at(position &+ 2) == quote {
                return position &+ 3
            }
            position &+= 1
        }
        return nil
    }

    private static func endOfString(_ quote: UInt8, _ start: Int, _ text: Span<UInt8>, spans: Bool) -> Int? {
        var position = start
        while position < text.count {
            switch text[position] {
            case quote: return position &+ 1
            case 0x5C: position &+= 2
            case 0x0A where !spans: return nil
            default: position &+= 1
            }
        }
        return nil
    }
}
