/// Where a reader stands in a text: which place of the request that is, and what has been counted on the way.
///
/// A user's message is an instruction and what it is about. The instruction ends at the first empty line, at a line that
/// ends with a colon, or after 400 bytes; another may follow as the last paragraph. What stands in quotes or a fence is
/// never one.
struct Walk {
    /// Bytes of an instruction at most.
    private static let instructionLimit = 400
    /// Bytes of a last paragraph that may be one.
    private static let closingLimit = 240
    /// Bytes between the instruction and a last paragraph, without which that is what the instruction is about.
    private static let documentLeast = 40
    /// Words at the beginning of a message, and of each sentence of its instruction, that lead.
    private static let leadOfText = 4
    private static let leadOfClause = 2

    private(set) var place: TaskFeatures.Place
    var previous = Word(low: 0, high: 0)

    private let isUser: Bool
    private let fixed: TaskFeatures.Place?
    /// Where the instruction ends at the latest, and where a closing one may begin.
    private var instructionEnd: Int
    private let closingStart: Int
    private var inInstruction: Bool

    private var wordsInText = 0
    private var wordsInClause = 0
    private var isQuoted = false
    private var isFenced = false
    private var isLineStart = true
    /// Items of the list in brackets that is open, and where it began.
    private var bracketItems = 0
    private var bracketStart = -1

    private var instructionBytes = 0
    /// Bytes in quotes within the instruction, and where an open quotation began.
    private var quotedBytes = 0
    private var quoteStart = 0
    private var instructionStart = 0
    private let count: Int

    init(_ role: CueReader.Role, _ text: Span<UInt8>) {
        count = text.count
        var closing = text.count
        switch role {
        case .other(let place):
            fixed = place
            isUser = false
            instructionEnd = 0
            inInstruction = false
        case .user:
            fixed = nil
            isUser = true
            instructionEnd = Self.instructionLimit
            inInstruction = true
            closing = Self.lastParagraph(of: text)
        case .userEnd:
            fixed = nil
            isUser = true
            instructionEnd = 0
            inInstruction = false
            closing = Self.lastParagraph(of: text)
        }
        closingStart = closing
        place = fixed ?? (inInstruction ? .lead : .document)
    }

    /// Where the last paragraph begins, if it is short enough for a request; else the text's end.
    private static func lastParagraph(of text: Span<UInt8>) -> Int {
        var position = text.count
        // Blank lines at the very end separate nothing.
        while position > 0, text[position &- 1] <= 0x20 { position &-= 1 }
        let limit = max(position &- closingLimit, 1)
        while position > limit {
            if text[position &- 1] == 0x0A, text[position &- 2] == 0x0A { return position }
            position &-= 1
        }
        return text.count
    }

    // MARK: Words

    @inline(__always)
    mutating func beginWord() {
        guard isUser else { return }
        if isQuoted || isFenced || !inInstruction {
            place = .document
        } else {
            place = wordsInText < Self.leadOfText || wordsInClause < Self.leadOfClause ? .lead : .instruction
        }
    }

    @inline(__always)
    mutating func endWord(_ features: inout TaskFeatures) {
        wordsInText &+= 1
        wordsInClause &+= 1
        isLineStart = false
        if isUser, inInstruction { features.instructionWords &+= 1 }
    }

    mutating func endClause() {
        wordsInClause = 0
        previous = Word(low: 0, high: 0)
    }

    // MARK: What is no word

    /// Takes note of the byte at `position`, which begins no word; returns what follows.
    mutating func mark(_ text: Span<UInt8>, _ position: Int, _ kind: UInt8, _ features: inout TaskFeatures) -> Int {
        if isUser, inInstruction, position >= instructionEnd { endInstruction(position) }
        switch kind {
        case ByteKind.lineEnd: return lineEnd(text, position)
        case ByteKind.digit:
            var end = position &+ 1
            while end < text.count, text[end] &- 48 <= 9 { end &+= 1 }
            if isUser, inInstruction, !isQuoted { features.digits &+= end &- position }
            if isUser, isLineStart { features.listItems &+= 1 }
            isLineStart = false
            return end
        case ByteKind.question:
            if isUser, inInstruction, !isQuoted { features.questions &+= 1 }
            endClause()
        case ByteKind.sentenceEnd, ByteKind.colon:
            // Not within a date, a number or an address.
            if position &+ 1 == text.count || text[position &+ 1] <= 0x20 { endClause() }
        case ByteKind.quote:
            quote(!isQuoted, position)
            endClause()
        case ByteKind.backquote:
            if position &+ 2 < text.count, text[position &+ 1] == 0x60, text[position &+ 2] == 0x60 {
                if isUser { features.fences &+= 1 }
                isFenced.toggle()
                return position &+ 3
            }
        case ByteKind.open:
            bracketItems = 1
            bracketStart = position
            if isUser { features.codeMarks &+= 1 }
        case ByteKind.close:
            if isUser, inInstruction, bracketItems >= 3, position &- bracketStart < 160 { features.bracketLists &+= 1 }
            bracketItems = 0
        case ByteKind.comma:
            if bracketItems > 0 { bracketItems &+= 1 }
            if isUser, inInstruction, !isQuoted, text[position] == 0x2C { features.commas &+= 1 }
        case ByteKind.program:
            if isUser { features.codeMarks &+= 1 }
        case ByteKind.dash:
            if isUser, isLineStart { features.listItems &+= 1 }
        case ByteKind.wide2: return wide(text, position, 2)
        case ByteKind.wide3:
            // The full-width question mark.
            if position &+ 2 < text.count, byte(text, position, 0xEF, 0xBC, 0x9F), isUser, inInstruction {
                features.questions &+= 1
            }
            return wide(text, position, 3)
        case ByteKind.wide4: return position &+ 4
        default: break
        }
        if text[position] > 0x20 { isLineStart = false }
        return position &+ 1
    }

    private func byte(_ text: Span<UInt8>, _ position: Int, _ a: UInt8, _ b: UInt8, _ c: UInt8) -> Bool {
        text[position] == a && text[position &+ 1] == b && text[position &+ 2] == c
    }

    /// Punctuation of several bytes: quotation marks, dashes, « and ».
    private mutating func wide(_ text: Span<UInt8>, _ position: Int, _ length: Int) -> Int {
        guard position &+ length <= text.count else { return text.count }
        let last = text[position &+ length &- 1]
        if length == 2 {
            if last == 0xAB || last == 0xBB { quote(last == 0xAB, position) }
        } else if text[position] == 0xE2, text[position &+ 1] == 0x80, last >= 0x9C, last <= 0x9E {
            // “ ends a German quotation that „ began, and begins an English one.
            quote(last == 0x9E || (last == 0x9C && !isQuoted), position)
        }
        endClause()
        isLineStart = false
        return position &+ length
    }

    private mutating func lineEnd(_ text: Span<UInt8>, _ position: Int) -> Int {
        endClause()
        let isEmptyLine = isLineStart && position > 0
        if isUser {
            if inInstruction, position < closingStart {
                let endsWithColon = position > 0 && text[position &- 1] == 0x3A
                if isEmptyLine || endsWithColon { endInstruction(position) }
            }
            if !inInstruction, position &+ 1 >= closingStart, closingStart < count,
                position &- instructionStart > Self.documentLeast
            {
                inInstruction = true
                instructionStart = position
                instructionEnd = count
                isQuoted = false
                isFenced = false
                quoteStart = position
            }
        }
        if isEmptyLine { quote(false, position) }
        isLineStart = true
        return position &+ 1
    }

    private mutating func quote(_ begins: Bool, _ position: Int) {
        if begins {
            quoteStart = position
        } else if isQuoted, inInstruction {
            quotedBytes &+= position &- quoteStart
        }
        isQuoted = begins
    }

    private mutating func endInstruction(_ position: Int) {
        quote(false, position)
        instructionBytes &+= position &- instructionStart
        instructionStart = position
        inInstruction = false
    }

    mutating func finish(_ features: inout TaskFeatures) {
        guard isUser else { return }
        if inInstruction { endInstruction(count) }
        instructionBytes &-= quotedBytes
        features.instructionBytes &+= instructionBytes
        features.documentBytes &+= max(count &- instructionBytes, 0)
    }
}
