/// A report for people: columns lined up, counts grouped by thousands, dollars rounded alike down a column.
struct AlignedTable {
    private let report: ReportTable

    init(_ report: ReportTable) { self.report = report }

    var text: String {
        let lines = report.rows + (report.totals.map { [$0] } ?? [])
        let columns = report.columns.enumerated().compactMap { index, column in
            column.title.map { Column(title: $0, cells: lines.map { $0[index] }) }
        }
        let rule = columns.map { String(repeating: "-", count: $0.width) }
        var text = columns.isEmpty ? "" : Self.line(columns.map { $0.padded(0) }) + Self.line(rule)
        for line in lines.indices {
            if line == report.rows.count, line > 0 { text += Self.line(rule) }
            text += Self.line(columns.map { $0.padded(line + 1) })
        }
        for section in report.sections where !section.rows.isEmpty {
            text +=
                "\n" + section.name.prefix(1).uppercased() + section.name.dropFirst().replacing("_", with: " ") + "\n"
            text += AlignedTable(section).text
        }
        guard !report.facts.isEmpty else { return text }
        let titles = Column(title: "", cells: report.facts.map { .text($0.title) })
        for (line, fact) in report.facts.enumerated() {
            let value = Column(title: "", cells: [fact.value])
            text += (line == 0 && !columns.isEmpty ? "\n" : "") + Self.line([titles.padded(line + 1), value.padded(1)])
        }
        return text
    }

    private static func line(_ parts: [String]) -> String {
        var line = parts.joined(separator: "  ")
        while line.last == " " { line.removeLast() }
        return line + "\n"
    }
}

/// A column as text, its title first.
private struct Column {
    let texts: [String]
    let width: Int
    /// Words line up at the left, numbers at the right.
    private let isNumeric: Bool

    init(title: String, cells: [ReportTable.Cell]) {
        let places = Self.places(for: cells)
        texts = [title] + cells.map { Self.text(of: $0, places: places) }
        width = texts.map(\.count).max() ?? 0
        isNumeric = cells.contains { cell in
            switch cell {
            case .count, .money, .share, .number, .duration: true
            case .text, .time, .flag, .list: false
            }
        }
    }

    func padded(_ line: Int) -> String {
        let space = String(repeating: " ", count: width - texts[line].count)
        return isNumeric ? space + texts[line] : texts[line] + space
    }

    /// Cents where all amounts have some, otherwise enough decimals for two digits of the smallest, nine at most.
    private static func places(for cells: [ReportTable.Cell]) -> Int {
        let amounts = cells.compactMap { if case .money(let amount?) = $0 { amount.amount.magnitude } else { nil } }
        guard let least = amounts.filter({ $0 > 0 }).min() else { return 2 }
        // There are twelve decimals, so the first of n digits is decimal 13 - n, and the second 14 - n.
        return min(max(14 - "\(least)".utf8.count, 2), 9)
    }

    private static func text(of cell: ReportTable.Cell, places: Int) -> String {
        switch cell {
        case .text(let text?): printable(text)
        case .count(let count?): grouped(count)
        case .money(let amount?): "$" + amount.usd(places: places)
        case .time(let time?): String(Timestamp.text(time).prefix(16)).replacing("T", with: " ")
        case .flag(let flag?): flag ? "yes" : "no"
        case .share(let share?): "\(ReportTable.Cell.decimal((share * 1000).rounded() / 10)) %"
        case .number(let number?): ReportTable.Cell.decimal((number * 1000).rounded() / 1000)
        case .duration(let microseconds?): ReportTable.Cell.milliseconds((microseconds + 50) / 100 * 100)
        case .list(let texts): printable(texts.joined(separator: " "))
        case .text(nil), .count(nil), .money(nil), .time(nil), .flag(nil), .share(nil), .number(nil), .duration(nil):
            "-"
        }
    }

    /// What a terminal would obey is shown as a question mark: the names of deals come from clients.
    private static func printable(_ text: String) -> String {
        var shown = ""
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator:
                shown.unicodeScalars.append("?")
            default: shown.unicodeScalars.append(scalar)
            }
        }
        return shown
    }

    private static func grouped(_ count: Int) -> String {
        let digits = Array("\(count.magnitude)")
        var text = count < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return text
    }
}
