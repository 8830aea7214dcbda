package import LMDB

/// Makes reports out of a ledger.
package enum Report {
    /// - Throws: When the ledger cannot be read.
    package static func table(_ query: ReportQuery, _ reader: LedgerReader) throws(StoreError) -> ReportTable {
        try plan(query).table(query, reader.store)
    }

    private static func plan(_ query: ReportQuery) -> any ReportPlan {
        switch query.name {
        case .costPerDeal: CostPerDeal()
        case .cycleBreakdown: CycleBreakdown()
        case .taskPerformance: TaskPerformance()
        case .cacheEffectiveness: query.groupBy.contains(.age) ? AgeBreakdown() : CacheEffectiveness()
        case .costTrend: CostTrend()
        case .providerComparison: ProviderComparison()
        case .tokenEfficiency: TokenEfficiency()
        case .modelSelection: ModelSelection()
        case .errorAnalysis: ErrorAnalysis()
        case .compressionEffectiveness:
            query.groupBy.contains { $0 == .kind || $0 == .transform }
                ? TransformBreakdown() : CompressionEffectiveness()
        }
    }
}

/// One report: which sums it is made of, and what it tells of them.
protocol ReportPlan {
    func table(_ query: ReportQuery, _ store: LedgerStore) throws(StoreError) -> ReportTable
}

/// A column that is told of sums.
struct Measured<Sums> {
    let column: ReportTable.Column
    let value: (Sums) -> ReportTable.Cell

    /// - Parameter title: Nil where people are spared the column.
    init(_ name: String, _ title: String?, _ value: @escaping (Sums) -> ReportTable.Cell) {
        column = ReportTable.Column(name, title)
        self.value = value
    }
}

extension ReportTable {
    /// An empty one of a query, with what it is about.
    init(_ query: ReportQuery, _ account: Survey.Account, rowsTotal: Int) {
        self.init(name: query.name.rawValue, columns: [])
        head = [
            .init("from", "From", .time(query.filter.from)), .init("to", "To", .time(query.filter.to)),
            .init("deal", "Deal", .text(query.filter.deal)), .init("task", "Task", .text(query.filter.task?.name)),
            .init("model", "Model", .text(query.filter.model)),
            .init("provider", "Provider", .text(query.filter.provider)),
            .init("rollout", "Rollout", .text(query.filter.rollout?.name)),
            .init("group_by", "By", .list(query.groupBy.map(\.rawValue))),
            .init("interval", "Interval", .text(query.groupBy.contains(.time) ? query.interval.text : nil)),
            .init("limit", "Limit", .count(query.limit)), .init("offset", "Offset", .count(query.offset)),
            .init("rows_total", "Rows", .count(rowsTotal)),
            .init("sums_read", "Sums read", .count(account.sums)),
            .init("calls_read", "Calls read", .count(account.calls)),
        ]
        facts = [
            .init("source", "Read from", .text(account.source)),
            .init("unreadable_records", "Unreadable records", .count(account.unreadable)),
        ]
        if rowsTotal > query.limit {
            facts.append(.init("rows_left_out", "Rows left out", .count(max(rowsTotal - query.limit, 0))))
        }
    }

    /// The columns of the dimensions that rows are told apart by.
    static func columns(of dimensions: [Dimension]) -> [Column] {
        dimensions.map { Column($0.rawValue, $0.title, isDimension: true) }
    }

    /// The first cells of the row of totals, under the dimensions.
    static func totalLabels(_ dimensions: [Dimension]) -> [Cell] {
        dimensions.indices.map { $0 == 0 ? .text("total") : .absent }
    }
}
