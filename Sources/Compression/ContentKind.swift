/// What a text mostly is, by which savings are told apart in tables and reports.
///
/// It decides nothing: what may be done to a text is asked of it directly (`TextSurvey`).
package enum ContentKind: UInt8, Sendable, CaseIterable {
    case prose, code, json, diff, listing, table, log, trace, markup

    /// Its name in tables and in the ledger.
    package var name: String {
        switch self {
        case .trace: "stack_trace"
        default: String(describing: self)
        }
    }
}

/// How many bytes of a text are of which kind.
struct KindBytes {
    private var counts = InlineArray<9, Int>(repeating: 0)

    /// The kind of most bytes.
    var most: ContentKind {
        var most = ContentKind.prose
        for kind in ContentKind.allCases where counts[Int(kind.rawValue)] > counts[Int(most.rawValue)] { most = kind }
        return most
    }

    mutating func add(_ bytes: Int, of kind: ContentKind) { counts[Int(kind.rawValue)] &+= bytes }
}

/// What the first lines of a text say of its kind, where its words and blanks do not tell it.
struct KindVotes {
    private var lines = 0
    private var logs = 0
    private var traces = 0
    private var tags = 0
    private var rows = 0

    /// Lines that are asked.
    private static let sample = 64

    /// The kind that most lines agree on; nil where they do not.
    var verdict: ContentKind? {
        if traces &* 3 >= lines, traces > 1 { return .trace }
        if logs &* 2 >= lines, logs > 1 { return .log }
        if rows &* 2 >= lines, rows > 1 { return .table }
        if tags &* 2 >= lines, tags > 1 { return .markup }
        return nil
    }

    /// Takes the vote of a line that is not empty, its leading blanks not counted.
    mutating func ask(_ text: Span<UInt8>, _ start: Int, _ end: Int) {
        guard lines < Self.sample else { return }
        lines &+= 1
        switch text[start] {
        case 0x7C: rows &+= 1
        case 0x3C: tags &+= 1
        case 0x61 where text.has("at ", at: start): traces &+= 1
        case 0x46 where text.has("File \"", at: start): traces &+= 1
        case 0x54 where text.has("Traceback (most recent call last)", at: start): traces &+= 1
        default: if Self.holdsTime(text, start, end) { logs &+= 1 }
        }
    }

    /// Whether hours, minutes and seconds stand near the line's beginning.
    private static func holdsTime(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        var position = start &+ 2
        let limit = min(end &- 5, start &+ 48)
        while position < limit {
            if text[position] == 0x3A, text[position &+ 3] == 0x3A, text[position &- 1] &- 0x30 <= 9,
                text[position &+ 1] &- 0x30 <= 9, text[position &+ 4] &- 0x30 <= 9
            {
                return true
            }
            position &+= 1
        }
        return false
    }
}
