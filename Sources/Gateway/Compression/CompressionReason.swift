import Compression

/// Why lines became others: the transform, as far as the lines tell which of those used in their text it was, else all
/// of those.
struct CompressionReason {
    let transforms: [Transform]

    /// - Parameters:
    ///   - savings: What was done in the whole text.
    ///   - gone: The lines as they were.
    ///   - come: The lines in their place.
    init(_ savings: Savings, _ gone: ArraySlice<Substring>, _ come: ArraySlice<Substring>) {
        let used = savings.entries.filter { $0.saving.uses > 0 }.map(\.transform)
        let likely = Self.noted(in: come) ?? Self.likely(gone, come, used)
        transforms = likely.flatMap { used.contains($0) ? [$0] : nil } ?? used
    }

    /// The transforms by their names; one alone in words too.
    var text: String {
        transforms.map { $0.name + (transforms.count == 1 ? " (\($0.words))" : "") }.joined(separator: ", ")
    }

    private static let notes: [(text: String, transform: Transform)] = [
        (" lines same as earlier", .blockReference), ("[\u{2026} rest of line same as earlier", .lineReference),
        (" times in a row \u{2026}]", .repeatedLine), (" lines begins with: ", .linePrefix),
        ("\"[\u{2026} same value as the last full ", .valueReference), ("\"#cols\":", .columns),
    ]

    private static func noted(in come: ArraySlice<Substring>) -> Transform? {
        for line in come {
            for note in notes where line.contains(note.text) { return note.transform }
        }
        return nil
    }

    private static func likely(
        _ gone: ArraySlice<Substring>, _ come: ArraySlice<Substring>, _ used: [Transform]
    ) -> Transform? {
        let before = bare(gone)
        if before == bare(come) {
            if used.contains(.json), before.contains("\""), before.contains(where: { "{}[]:,".contains($0) }) {
                return .json
            }
            if used.contains(.tablePadding), before.contains("|") { return .tablePadding }
            if used.contains(.numberPadding), let first = before.first, first.isNumber { return .numberPadding }
            if used.contains(.wrapping), come.count < gone.count { return .wrapping }
            return used.contains(.whiteSpace) ? .whiteSpace : .alignment
        }
        if used.contains(.tablePadding), before.allSatisfy({ "|-+:".contains($0) }) { return .tablePadding }
        if used.contains(.alignment), come.count == gone.count { return .alignment }
        if used.contains(.licence), before.contains("opyright") || before.contains("icense") { return .licence }
        return used.contains(.comments) ? .comments : nil
    }

    private static func bare(_ lines: ArraySlice<Substring>) -> String {
        lines.map { $0.filter { !$0.isWhitespace } }.joined()
    }
}

extension Transform {
    /// What it does, in words.
    var words: String {
        switch self {
        case .json: "JSON without its blanks"
        case .columns: "objects of one form as rows under their names"
        case .whiteSpace: "blanks without a meaning"
        case .tablePadding: "padding of cells"
        case .numberPadding: "padding of line numbers"
        case .blockReference: "sent before"
        case .lineReference: "line sent before"
        case .repeatedLine: "the same line again"
        case .valueReference: "JSON value sent before"
        case .linePrefix: "what the lines begin with, said once"
        case .licence: "licence head"
        case .comments: "comments"
        case .wrapping: "lines wrapped by hand"
        case .alignment: "rulers and blanks that line up"
        }
    }
}
