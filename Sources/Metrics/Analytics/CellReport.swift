import LMDB

/// A report whose rows are whole sums of calls.
protocol CellReport: ReportPlan {
    var base: Survey.Base { get }
    var parts: Cell.Parts { get }
    var order: RowOrder { get }
    /// Whether rows are shown that only attempts were made for, whose calls another answered.
    var showsAttempts: Bool { get }
    /// - Parameter cycles: How many cycles a row's deals have; 0 where nobody counted.
    func measures(_ query: ReportQuery) -> [Measured<CellRow>]
    /// Closer looks at the same calls, which become sections of the report.
    func looks(_ query: ReportQuery) -> [FacetTally]
    /// Completes the report: facts and sections.
    func complete(_ table: inout ReportTable, _ found: FoundRows, _ store: LedgerStore) throws(StoreError)
}

extension CellReport {
    var showsAttempts: Bool { false }
    func looks(_ query: ReportQuery) -> [FacetTally] { [] }
    func complete(_ table: inout ReportTable, _ found: FoundRows, _ store: LedgerStore) throws(StoreError) {}
}

/// One row: what its calls add up to.
struct CellRow {
    var cell: Cell
    /// Cycles of the row's deals.
    var cycles = 0

    var sums: CallSums { cell.sums }
}

/// What is at the top of a report.
enum RowOrder {
    case cost, calls

    func precedes(_ left: Tally.Light, _ right: Tally.Light) -> Bool? {
        switch self {
        case .cost where left.sortedCost != right.sortedCost: left.sortedCost > right.sortedCost
        case .cost, .calls: left.calls != right.calls ? left.calls > right.calls : nil
        }
    }
}

extension Tally.Light {
    /// An amount that is not known sorts below all that are.
    fileprivate var sortedCost: Int64 { calls > unpriced ? cost : .min }
}

/// What a survey found for a report.
struct FoundRows {
    let query: ReportQuery
    let names: NameTable
    let account: Survey.Account
    /// Of every row, what it is ordered by.
    let lights: [RowKey: Tally.Light]
    let totals: Cell
    let looks: [FacetTally]
}

extension CellReport {
    func table(_ query: ReportQuery, _ store: LedgerStore) throws(StoreError) -> ReportTable {
        var names = NameTable()
        let looks = looks(query)
        let survey = Survey(query, over: store, base, kinds: Set(looks.map(\.kind)))
        var tally = Tally(query.groupBy, query.interval, parts, facets: looks, countsCycles: base == .deals)
        let account = try survey.run(&tally, &names)
        var keys = ordered(tally.lights, query, names)
        let found = FoundRows(
            query: query, names: names, account: account, lights: tally.lights, totals: tally.totals,
            looks: tally.facets)
        if query.groupBy == [.time] { keys = RowKey.withGapsFilled(keys, query) }
        let rowsTotal = keys.count
        keys = Array(keys.dropFirst(query.offset).prefix(query.limit))
        if tally.isLight {
            tally.choose(keys)
            _ = try survey.run(&tally, &names)
        }
        var table = ReportTable(query, account, rowsTotal: rowsTotal)
        let measures = measures(query)
        table.columns = ReportTable.columns(of: query.groupBy) + measures.map(\.column)
        table.rows = keys.map { key in
            let row = CellRow(cell: tally.cells[key] ?? Cell(), cycles: tally.cycles[key]?.count ?? 0)
            return query.groupBy.indices.map { query.groupBy[$0].cell(key[$0], names) } + measures.map { $0.value(row) }
        }
        table.totals = ReportTable.totalLabels(query.groupBy) + measures.map { $0.value(CellRow(cell: found.totals)) }
        try complete(&table, found, store)
        return table
    }

    /// Every row's key in the order of the report: by time where that stands first, else the largest first and what has
    /// no name last.
    private func ordered(_ lights: [RowKey: Tally.Light], _ query: ReportQuery, _ names: NameTable) -> [RowKey] {
        let byTime = query.groupBy.first == .time
        let isUnnamed = { (key: RowKey) in !byTime && query.groupBy.count == 1 && key[0] == NameTable.Name.none.number }
        let rows = lights.filter { $0.value.calls > 0 || showsAttempts }
        return rows.sorted { left, right in
            if byTime, left.key[0] != right.key[0] { return left.key[0] < right.key[0] }
            if isUnnamed(left.key) != isUnnamed(right.key) { return isUnnamed(right.key) }
            if let isFirst = order.precedes(left.value, right.value) { return isFirst }
            return query.groupBy.precedes(left.key, right.key, names)
        }.map(\.key)
    }
}

extension [Dimension] {
    /// Rows that are alike otherwise stand in the order of what they are called.
    func precedes(_ left: RowKey, _ right: RowKey, _ names: NameTable) -> Bool {
        for index in indices where left[index] != right[index] {
            switch self[index] {
            case .time, .task, .rollout, .endpoint, .attempt, .age: return left[index] < right[index]
            default:
                return names.precedes(.init(number: left[index]), .init(number: right[index]))
            }
        }
        return false
    }
}

extension RowKey {
    /// Rows of time with those between them in which nothing happened.
    fileprivate static func withGapsFilled(_ keys: [RowKey], _ query: ReportQuery) -> [RowKey] {
        func time(_ key: RowKey) -> Int64 { Int64(key[0]) * 60_000_000 }
        guard let first = query.filter.from.map(query.interval.start) ?? keys.first.map(time),
            let last = query.filter.to.map({ Swift.min($0, Swift.max(query.now, keys.last.map(time) ?? 0)) - 1 })
                ?? keys.last.map(time)
        else { return keys }
        var filled: [RowKey] = []
        var start = first
        while start <= last, filled.count < Int(ReportQuery.intervalLimit) {
            var key = RowKey()
            key[0] = UInt32(clamping: start / 60_000_000)
            filled.append(key)
            start = query.interval.next(after: start)
        }
        // What lies outside, if anything does, is not lost.
        return keys.filter { time($0) < first } + filled + keys.filter { time($0) >= start }
    }
}
