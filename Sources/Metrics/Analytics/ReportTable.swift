/// A finished report: rows of values under named columns, what they add up to, and facts about the whole.
///
/// Programs get every column, exactly, as JSON or CSV; people get those with a title, lined up and rounded.
package struct ReportTable: Sendable {
    package struct Column: Sendable {
        /// The key in JSON and CSV.
        package let name: String
        /// The heading for people; `nil` where they are spared the column.
        package let title: String?
        /// Whether it tells rows apart, so that totals have nothing to say in it.
        package let isDimension: Bool

        package init(_ name: String, _ title: String?, isDimension: Bool = false) {
            self.name = name
            self.title = title
            self.isDimension = isDimension
        }
    }

    /// A value; `nil` is not known or not applicable, which is not zero.
    package enum Cell: Hashable, Sendable {
        case text(String?)
        case count(Int?)
        case money(PicoDollars?)
        /// Microseconds since 1970.
        case time(Int64?)
        case flag(Bool?)
        /// A part of a whole, 0 to 1.
        case share(Double?)
        case number(Double?)
        /// Microseconds, shown as milliseconds.
        case duration(Int64?)
        case list([String])

        package static let absent = Cell.text(nil)
    }

    /// A value about the report as a whole.
    package struct Fact: Sendable {
        package let name: String
        package let title: String
        package let value: Cell

        package init(_ name: String, _ title: String, _ value: Cell) {
            self.name = name
            self.title = title
            self.value = value
        }
    }

    package enum Format: String, CaseIterable, Sendable { case table, json, csv }

    package let name: String
    package var columns: [Column]
    /// Each with as many cells as there are columns.
    package var rows: [[Cell]] = []
    package var totals: [Cell]?
    package var facts: [Fact] = []
    /// What the report is about, for programs.
    package var head: [Fact] = []
    /// Closer looks at the same calls, each by its name. CSV has the rows alone.
    package var sections: [ReportTable] = []

    package init(name: String, columns: [Column]) {
        self.name = name
        self.columns = columns
    }

    /// The report as it is printed or sent, with a line break at its end.
    package func text(_ format: Format) -> String {
        switch format {
        case .table: AlignedTable(self).text
        case .json: json
        case .csv: csv
        }
    }

    private var json: String {
        var text = JSONText()
        text.object { object in
            object.member("report", name)
            for fact in head {
                object.name(fact.name)
                fact.value.write(to: &object)
            }
            if !columns.isEmpty {
                object.name("rows")
                object.array { array in for row in rows { write(row, to: &array) } }
            }
            if let totals {
                object.name("totals")
                object.object { object in
                    for (column, cell) in zip(columns, totals) where !column.isDimension {
                        object.name(column.name)
                        cell.write(to: &object)
                    }
                }
            }
            for fact in facts {
                object.name(fact.name)
                fact.value.write(to: &object)
            }
            for section in sections {
                object.name(section.name)
                object.array { array in
                    for index in section.rows.indices { section.writeRow(index, to: &array) }
                }
            }
        }
        return text.text + "\n"
    }

    /// Writes one row as a JSON object.
    package func writeRow(_ index: Int, to text: inout JSONText) { write(rows[index], to: &text) }

    private func write(_ row: [Cell], to text: inout JSONText) {
        text.object { object in
            for (column, cell) in zip(columns, row) {
                object.name(column.name)
                cell.write(to: &object)
            }
        }
    }

    /// As RFC 4180 has it, save that lines end as they do on this system. Totals and facts are left out, since
    /// whoever reads the rows would take them for more rows.
    private var csv: String {
        ([columns.map(\.name)] + rows.map { $0.map(\.csv) })
            .map { $0.joined(separator: ",") + "\n" }.joined()
    }
}

extension ReportTable.Cell {
    fileprivate func write(to json: inout JSONText) {
        switch self {
        case .text(let text?): json.string(text)
        case .count(let count?): json.raw("\(count)")
        case .money(let amount?): json.raw(amount.usd)
        case .time(let time?): json.string(Timestamp.text(time))
        case .flag(let flag?): json.raw(flag ? "true" : "false")
        case .share(let number?), .number(let number?): json.raw(Self.decimal(number))
        case .duration(let microseconds?): json.raw(Self.milliseconds(microseconds))
        case .list(let texts): json.array { array in for text in texts { array.string(text) } }
        case .text(nil), .count(nil), .money(nil), .time(nil), .flag(nil), .share(nil), .number(nil), .duration(nil):
            json.raw("null")
        }
    }

    fileprivate var csv: String {
        switch self {
        case .text(let text?): return Self.quoted(text)
        case .list(let texts): return Self.quoted(texts.joined(separator: " "))
        case .count(let count?): return "\(count)"
        case .money(let amount?): return amount.usd
        case .time(let time?): return Timestamp.text(time)
        case .flag(let flag?): return flag ? "true" : "false"
        case .share(let number?), .number(let number?): return Self.decimal(number)
        case .duration(let microseconds?): return Self.milliseconds(microseconds)
        case .text(nil), .count(nil), .money(nil), .time(nil), .flag(nil), .share(nil), .number(nil), .duration(nil):
            return ""
        }
    }

    private static func quoted(_ text: String) -> String {
        let isPlain = !text.utf8.contains { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }
        return isPlain ? text : "\"" + text.replacing("\"", with: "\"\"") + "\""
    }

    /// A number with up to six decimals; one that is beyond what is counted is not known.
    static func decimal(_ number: Double) -> String {
        let scaled = (number * 1_000_000).rounded()
        guard scaled.magnitude < 9e18 else { return "null" }
        // A pico-dollar's text with six decimals fewer is exact, and needs no second formatter.
        let (amount, overflow) = Int64(scaled).multipliedReportingOverflow(by: 1_000_000)
        return overflow ? "\(Int64(number))" : PicoDollars(amount).usd
    }

    static func milliseconds(_ microseconds: Int64) -> String {
        let (amount, overflow) = microseconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? "\(microseconds / 1000)" : PicoDollars(amount).usd
    }
}
