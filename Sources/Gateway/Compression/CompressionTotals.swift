package import Compression
import Metrics
import Tokens

/// What was saved in some requests: by the kind of text, and by what was done.
package struct CompressionTotals {
    /// The texts of one kind.
    struct Kind: Equatable {
        var texts = 0
        /// Hundredths of a token.
        var before = 0
        var after = 0
    }

    private(set) var requests = 0
    package private(set) var tokensBefore = 0
    package private(set) var tokensAfter = 0
    package private(set) var savings = SavingsByKind()
    private var kinds = [Kind](repeating: Kind(), count: ContentKind.allCases.count)
    /// The texts that must not change.
    private var kept = Kind()
    private var encodings: Set<String> = []
    /// Why the numbers are estimates, each reason once.
    private var reasons: [String] = []

    var isExact: Bool { reasons.isEmpty }

    mutating func add(_ savings: SavingsByKind) { self.savings.add(savings) }

    mutating func add(_ text: CompressedText, _ counter: TokenCounter, _ basis: TokenCounter.Basis) {
        let before = counter.hundredths(text.before.span, by: basis)
        let after = text.after == text.before ? before : counter.hundredths(text.after.span, by: basis)
        func note(_ kind: inout Kind) {
            kind.texts += 1
            kind.before += before
            kind.after += after
        }
        if let kind = text.kind { note(&kinds[Int(kind.rawValue)]) } else { note(&kept) }
    }

    /// Adds a whole request's tokens.
    mutating func add(before: Int, after: Int, _ basis: TokenCounter.Basis, of model: String?) {
        requests += 1
        tokensBefore += before
        tokensAfter += after
        encodings.insert(basis.encoding.rawValue)
        if let reason = basis.reason(for: model), !reasons.contains(reason) { reasons.append(reason) }
    }

    /// The rows of the first table: the kinds that occurred, what is kept, and the rest of the requests.
    private var rows: [(name: String, title: String, kind: Kind)] {
        var rows = ContentKind.allCases.map { ($0.name, $0.name, kinds[Int($0.rawValue)]) }
        rows.append(("protected", "must not change", kept))
        let counted = rows.reduce(0) { $0 + $1.2.before }
        let rest = max(tokensBefore * 100 - counted, 0)
        rows.append(("rest", "frames, calls, tools", Kind(texts: 0, before: rest, after: rest)))
        return rows.filter { $0.2.before > 0 }
    }

    // MARK: For people

    /// Two tables, of kinds and of transforms, and how the tokens were counted.
    var text: String {
        var byKind = ReportTable(
            name: "kinds",
            columns: [
                .init("kind", "text"), .init("texts", "texts"), .init("before", "tokens"), .init("after", "after"),
                .init("saved", "saved"), .init("share", "share"),
            ])
        for row in rows {
            byKind.rows.append(
                Self.cells(
                    row.title, row.kind.texts, Self.tokens(row.kind.before), Self.tokens(row.kind.after)))
        }
        byKind.totals = Self.cells("in all", nil, tokensBefore, tokensAfter)
        return byKind.text(.table) + byTransform
            + (isExact
                ? "Tokens are exact (\(encodings.sorted().joined(separator: ", "))), those by transform estimated."
                : "Tokens are estimated (\(reasons.joined(separator: "; "))).")
    }

    private static func cells(_ title: String, _ texts: Int?, _ before: Int, _ after: Int) -> [ReportTable.Cell] {
        [
            .text(title), .count(texts), .count(before), .count(after), .count(before - after),
            .text(share(of: before - after, in: before)),
        ]
    }

    /// A share in per cent with one decimal.
    private static func share(of part: Int, in whole: Int) -> String {
        guard whole > 0 else { return "" }
        let thousandths = (part * 1000 + whole / 2) / whole
        return "\(thousandths / 10).\(thousandths % 10) %"
    }

    private var byTransform: String {
        guard !savings.entries.isEmpty else { return "\n" }
        var table = ReportTable(
            name: "transforms",
            columns: [
                .init("kind", "text"), .init("transform", "transform"), .init("uses", "uses"),
                .init("tokens", "saved"), .init("failed", "proofs failed"),
            ])
        table.rows = ordered.map { entry in
            [
                .text(entry.kind.name), .text(entry.transform.name), .count(entry.saving.uses), .count(entry.tokens),
                .count(entry.saving.failedProofs),
            ]
        }
        return "\n" + table.text(.table) + "\n"
    }

    /// What saved most comes first.
    private var ordered: [SavingsByKind.Entry] {
        savings.entries.sorted { ($1.tokens, $0.transform.name) < ($0.tokens, $1.transform.name) }
    }

    private static func tokens(_ hundredths: Int) -> Int { (hundredths + 50) / 100 }

    // MARK: For programs

    /// The same as one JSON object.
    var json: String {
        var json = JSONText()
        json.object { json in
            json.member("requests", requests)
            json.member("tokens_before", tokensBefore)
            json.member("tokens_after", tokensAfter)
            json.member("exact", isExact)
            json.name("encodings")
            json.array { json in for encoding in encodings.sorted() { json.string(encoding) } }
            json.member("reason", isExact ? nil : reasons.joined(separator: "; "))
            json.name("kinds")
            json.array { json in
                for row in rows {
                    json.object { json in
                        json.member("kind", row.name)
                        json.member("texts", row.kind.texts)
                        json.member("tokens_before", Self.tokens(row.kind.before))
                        json.member("tokens_after", Self.tokens(row.kind.after))
                    }
                }
            }
            json.name("transforms")
            json.array { json in
                for entry in ordered {
                    json.object { json in
                        json.member("kind", entry.kind.name)
                        json.member("transform", entry.transform.name)
                        json.member("uses", entry.saving.uses)
                        json.member("estimated_tokens_saved", entry.tokens)
                        json.member("failed_proofs", entry.saving.failedProofs)
                    }
                }
            }
        }
        return json.text
    }
}
