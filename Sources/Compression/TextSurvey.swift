/// What kind of text it is, seen in one pass over the beginnings and ends of its lines.
struct TextSurvey {
    /// Whether it is a patch or holds one: its lines are compared with files, so none may change.
    private(set) var isDiff = false
    /// Whether it looks like source code, or like data whose blanks have a meaning.
    private(set) var isCode = false
    /// Whether it looks like source code by its words, however it is indented.
    private(set) var isSource = false
    /// Whether some of its lines are a numbered listing with blanks before the numbers, and whether any is one.
    private(set) var hasPaddedNumbers = false
    private(set) var hasListing = false
    /// Whether a line may begin a JSON value.
    private(set) var mayHoldJSON = false
    /// Whether its first line that is not empty does.
    private(set) var beginsWithJSON = false
    /// Whether blanks, tabs or carriage returns end a line, or empty lines follow each other.
    private(set) var hasLooseBlanks = false
    /// Whether letters beyond ASCII stand in it, among them perhaps blanks of other widths.
    private(set) var mayHoldWideBlanks = false
    /// Whether a line is a ruler of dashes, bars and colons.
    private(set) var hasRuler = false
    /// What its lines say that it is; JSON is told by reading it.
    private(set) var kind = ContentKind.prose

    init(_ text: Span<UInt8>, _ index: borrowing TextLines) {
        var codeLines = 0
        var indented = 0
        var lastIndent = 0
        var opensBlock = false
        var keys = 0
        var filled = 0
        var emptyLines = 0
        var run = 0
        var lastNumber = 0
        var lastSeparator: UInt8 = 0
        var isPaddedRun = false
        var votes = KindVotes()
        for line in 0..<index.count {
            let place = index[line]
            let start = text.skipBlanks(place.lowerBound)
            guard start < place.upperBound, text[start] != 0x0D || start &+ 1 < place.upperBound else {
                if place.count > 0 { hasLooseBlanks = true }
                emptyLines &+= 1
                if emptyLines >= 2, line &+ 1 < index.count { hasLooseBlanks = true }
                run = 0
                continue
            }
            emptyLines = 0
            filled &+= 1
            switch text[place.upperBound &- 1] {
            case 0x20, 0x09: hasLooseBlanks = true
            case 0x0D: if place.count > 1, text[place.upperBound &- 2] <= 0x20 { hasLooseBlanks = true }
            default: break
            }
            let first = text[start]
            votes.ask(text, start, place.upperBound)
            if CodeLine.isCode(text, start, place.upperBound) { codeLines &+= 1 }
            if text[place.lowerBound] == 0x09 || opensBlock && start &- place.lowerBound > lastIndent { indented &+= 1 }
            lastIndent = start &- place.lowerBound
            opensBlock = CodeLine.opensBlock(text[text.extracting(place).trimmedEnd() &+ place.lowerBound &- 1])
            if CodeLine.isKey(text, start, place.upperBound) { keys &+= 1 }
            switch first {
            case 0x7B, 0x5B:
                mayHoldJSON = true
                if filled == 1 { beginsWithJSON = true }
            case 0x7C, 0x3A, 0x2D:
                if PaddedTables.isRuler(text.extracting(place)) { hasRuler = true }
            default: break
            }
            if start == place.lowerBound, Self.beginsDiff(text, start) { isDiff = true }
            if let numbered = NumberedLine(text.extracting(place)) {
                let follows = run > 0 && numbered.number == lastNumber &+ 1 && numbered.separator == lastSeparator
                run = follows ? run &+ 1 : 1
                isPaddedRun = follows && isPaddedRun || numbered.padding > 0
                lastNumber = numbered.number
                lastSeparator = numbered.separator
                if run >= NumberedListing.leastLines {
                    hasListing = true
                    if isPaddedRun { hasPaddedNumbers = true }
                }
            } else {
                run = 0
            }
        }
        mayHoldWideBlanks = !index.isASCII
        isSource = filled >= 4 && codeLines >= max(3, filled / 12)
        isCode = isSource || filled >= 4 && (keys &* 3 > filled || indented &* 8 > filled)
        kind = isDiff ? .diff : hasListing ? .listing : votes.verdict ?? (isCode ? .code : .prose)
    }

    private static func beginsDiff(_ text: Span<UInt8>, _ start: Int) -> Bool {
        switch text[start] {
        case 0x64: text.has("diff --git ", at: start)
        case 0x40: text.has("@@ -", at: start)
        case 0x2D: text.has("--- a/", at: start) || text.has("--- b/", at: start)
        case 0x2B: text.has("+++ a/", at: start) || text.has("+++ b/", at: start)
        default: false
        }
    }
}

/// Beginnings and ends by which lines of source code are told from prose.
enum CodeLine {
    static func isCode(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        switch text[end &- 1] {
        case 0x7B: return true
        case 0x5C, 0x28: return true
        default: break
        }
        switch text[start] {
        case 0x7D, 0x40: return true
        case 0x2F: return text.at(start &+ 1) == 0x2F || text.at(start &+ 1) == 0x2A
        case 0x23: return text.has("#include", at: start) || text.has("#define", at: start) || text.has("#!", at: start)
        case 0x22: return text.has("\"\"\"", at: start)
        case 0x27: return text.has("'''", at: start)
        case 0x69: return text.has("import ", at: start) || text.has("if (", at: start) || text.has("impl ", at: start)
        case 0x66:
            return text.has("from ", at: start) && contains(" import ", text, start, end)
                || text.has("func ", at: start) || text.has("function ", at: start) || text.has("fn ", at: start)
                || text.has("for (", at: start)
        case 0x64: return text.has("def ", at: start)
        case 0x63: return text.has("class ", at: start) || text.has("const ", at: start)
        case 0x70:
            return text.has("package ", at: start) || text.has("public ", at: start) || text.has("private ", at: start)
                || text.has("pub ", at: start)
        case 0x72: return text.has("return ", at: start) || text.has("return;", at: start)
        case 0x6C: return text.has("let ", at: start)
        case 0x73: return text.has("struct ", at: start) || text.has("static ", at: start)
        case 0x76: return text.has("var ", at: start) || text.has("void ", at: start)
        default: return false
        }
    }

    /// Whether a line is a key and its value, as in YAML: a word, and a colon that a blank or nothing follows.
    static func isKey(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        var position = start
        while position < end {
            let byte = text[position]
            let isWord = (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 <= 9 || byte == 0x5F || byte == 0x2D || byte == 0x2E
            guard isWord else {
                return byte == 0x3A && position > start && (position &+ 1 == end || text[position &+ 1] == 0x20)
            }
            position &+= 1
        }
        return false
    }

    /// Whether a line that ends with `byte` may have what belongs to it further in on the next ones.
    static func opensBlock(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x3A, 0x7B, 0x28, 0x5B, 0x7C, 0x3E, 0x5C: true
        default: false
        }
    }

    private static func contains(_ word: StaticString, _ text: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        var position = start
        while position < end {
            if text.has(word, at: position) { return true }
            position &+= 1
        }
        return false
    }
}
