import LMDB

/// A report whose rows are facets of calls: errors by their code, calls by the model asked for, …
protocol FacetReport: ReportPlan {
    var kind: Facet.Kind { get }
    func measures(_ totals: Cell, _ sum: FacetSums) -> [Measured<FacetSums>]
    func looks(_ query: ReportQuery) -> [FacetTally]
    func complete(_ table: inout ReportTable, _ found: FoundRows)
}

extension FacetReport {
    func looks(_ query: ReportQuery) -> [FacetTally] { [] }
    func complete(_ table: inout ReportTable, _ found: FoundRows) {}

    func table(_ query: ReportQuery, _ store: LedgerStore) throws(StoreError) -> ReportTable {
        var names = NameTable()
        let own = FacetTally(kind, by: query.groupBy, query.interval)
        let looks = [own] + looks(query)
        let survey = Survey(query, over: store, .hours, kinds: Set(looks.map(\.kind)))
        var tally = Tally([], query.interval, [], facets: looks)
        let account = try survey.run(&tally, &names)
        let rows = tally.facets[0].ordered(query.groupBy, names)
        var sum = FacetSums()
        for row in rows { sum.add(row.value) }
        let measures = measures(tally.totals, sum)
        var table = ReportTable(query, account, rowsTotal: rows.count)
        table.columns = ReportTable.columns(of: query.groupBy) + measures.map(\.column)
        table.rows = rows.dropFirst(query.offset).prefix(query.limit).map { row in
            query.groupBy.indices.map { query.groupBy[$0].cell(row.key[$0], names) }
                + measures.map { $0.value(row.value) }
        }
        table.totals = ReportTable.totalLabels(query.groupBy) + measures.map { $0.value(sum) }
        complete(
            &table,
            FoundRows(
                query: query, names: names, account: account, lights: tally.lights, totals: tally.totals,
                looks: tally.facets))
        return table
    }
}

extension FacetTally {
    /// By time where that stands first, else the most frequent first.
    func ordered(_ dimensions: [Dimension], _ names: NameTable) -> [(key: RowKey, value: FacetSums)] {
        let byPlace = dimensions.first == .time || dimensions == [.age]
        return rows.sorted { left, right in
            if byPlace, left.key[0] != right.key[0] { return left.key[0] < right.key[0] }
            if left.value.count != right.value.count { return left.value.count > right.value.count }
            return dimensions.precedes(left.key, right.key, names)
        }
    }

    /// A section of a report.
    func section(
        _ name: String, by dimensions: [Dimension], _ names: NameTable, limit: Int = 100,
        _ measures: [Measured<FacetSums>]
    ) -> ReportTable {
        var table = ReportTable(
            name: name, columns: ReportTable.columns(of: dimensions) + measures.map(\.column))
        table.rows = ordered(dimensions, names).prefix(limit).map { row in
            dimensions.indices.map { dimensions[$0].cell(row.key[$0], names) } + measures.map { $0.value(row.value) }
        }
        return table
    }
}
