import Compression
import Tokens

/// The difference that compression made to the texts of a request, for people: what went, what came, and why.
struct CompressionDiff {
    let isColoured: Bool
    let counter: TokenCounter
    /// How tokens are counted.
    let basis: TokenCounter.Basis

    /// The differences of the texts that changed.
    ///
    /// - Parameter request: Its number, where there are several.
    func text(_ texts: [CompressedText], request: Int?) -> String {
        texts.map { $0.before == $0.after ? "" : text($0, request: request) }.joined()
    }

    private func text(_ text: CompressedText, request: Int?) -> String {
        let place = (request.map { "request \($0), " } ?? "") + "message \(text.message)"
        let kind = text.kind.map { ", \($0.name)" } ?? ""
        let heading = "\(place) (\(text.role)\(kind)): \(tokens(text.before, text.after))"
        let before = String(decoding: text.before, as: UTF8.self)
        let after = String(decoding: text.after, as: UTF8.self)
        let old = before.split(separator: "\n", omittingEmptySubsequences: false)
        let new = after.split(separator: "\n", omittingEmptySubsequences: false)
        return painted(.heading, Self.visible(heading)) + "\n"
            + LineDifferences.between(old, new).map { hunk in
                let gone = old[hunk.old]
                let come = new[hunk.new]
                let reason = CompressionReason(text.savings, gone, come)
                let tokens = tokens(Array(gone.joined(separator: "\n").utf8), Array(come.joined(separator: "\n").utf8))
                return painted(.place, "@@ line \(hunk.old.lowerBound + 1): \(reason.text), \(tokens)") + "\n"
                    + gone.map { painted(.gone, "-" + Self.visible($0, marksEnd: true)) + "\n" }.joined()
                    + come.map { painted(.come, "+" + Self.visible($0)) + "\n" }.joined()
            }.joined()
    }

    private func tokens(_ before: [UInt8], _ after: [UInt8]) -> String {
        "\(counter.count(before.span, by: basis)) → \(counter.count(after.span, by: basis)) tokens"
    }

    /// A line as it may be shown: what a terminal would obey is a question mark.
    ///
    /// - Parameter marksEnd: Whether blanks at the end, which nobody sees, are shown by signs.
    private static func visible(_ line: some StringProtocol, marksEnd: Bool = false) -> String {
        var shown = String.UnicodeScalarView()
        let scalars = line.unicodeScalars
        let end = scalars.lastIndex { $0 != " " && $0 != "\t" && $0 != "\r" }.map { scalars.index(after: $0) }
        var index = scalars.startIndex
        while index < scalars.endIndex {
            let isEnd = marksEnd && index >= end ?? scalars.startIndex
            switch scalars[index] {
            case " " where isEnd: shown.append("·")
            case "\t": shown.append(isEnd ? "→" : "\t")
            case "\r" where isEnd: shown.append("␍")
            case "\u{0}"..<" ", "\u{7F}"..<"\u{A0}": shown.append("?")
            case let scalar: shown.append(scalar)
            }
            index = scalars.index(after: index)
        }
        return String(shown)
    }

    // MARK: Colours

    private enum Paint: String {
        case heading = "1"
        case place = "36"
        case gone = "31"
        case come = "32"
    }

    private func painted(_ paint: Paint, _ text: String) -> String {
        isColoured ? "\u{1B}[\(paint.rawValue)m\(text)\u{1B}[0m" : text
    }
}
