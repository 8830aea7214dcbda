import LMDB

/// What each deal cost, against what a deal may cost.
struct CostPerDeal: CellReport {
    let base = Survey.Base.deals
    let parts = Cell.Parts.cost
    let order = RowOrder.cost

    /// How far from the target is still on it, in percent.
    private static let tolerance: Int64 = 10

    func measures(_ query: ReportQuery) -> [Measured<CellRow>] {
        var measures = DealMeasures.all
        if query.groupBy == [.deal] {
            measures.append(
                Measured("against_target", "Target") { row in
                    .text(Self.verdict(row.sums.cost, isWhole: row.sums[.unpriced] == 0, query.target))
                })
        }
        return measures + DealMeasures.times
    }

    /// Where a cost lies: `below`, `within` ten percent of, or `above` the target; nil while calls of unknown cost leave
    /// it open, or there is no target.
    private static func verdict(_ cost: PicoDollars?, isWhole: Bool, _ target: PicoDollars) -> String? {
        guard let cost, target > .zero else { return nil }
        let margin = target.amount / 100 * tolerance
        if cost.amount > target.amount.saturatingAdd(margin) { return "above" }
        guard isWhole else { return nil }
        return cost.amount < target.amount - margin ? "below" : "within"
    }

    func complete(_ table: inout ReportTable, _ found: FoundRows, _ store: LedgerStore) throws(StoreError) {
        guard found.query.groupBy == [.deal] else { return }
        let deals = found.lights.filter { $0.key[0] != NameTable.Name.none.number }.values
        let costs = deals.filter { $0.calls > $0.unpriced }.map(\.cost).sorted()
        let sum = costs.reduce(PicoDollars.zero) { $0 + PicoDollars($1) }
        let average = sum.divided(by: Int64(costs.count))
        // The nearest rank.
        let rank = (costs.count * 95 + 99) / 100
        let target = found.query.target
        table.facts =
            [
                .init("deals", "Deals", .count(deals.count)),
                .init("average_per_deal_usd", "Average per deal", .money(average)),
                .init(
                    "p95_per_deal_usd", "95 % of the deals cost at most",
                    .money(rank > 0 ? PicoDollars(costs[rank - 1]) : nil)),
                .init("target_per_deal_usd", "Target per deal", .money(target > .zero ? target : nil)),
                .init(
                    "average_against_target", "Average against it", .text(Self.verdict(average, isWhole: true, target))),
                .init(
                    "deals_above_target", "Deals above target",
                    .count(costs.count { Self.verdict(PicoDollars($0), isWhole: true, target) == "above" })),
            ] + table.facts
    }
}

/// What each cycle of a deal cost, and what for.
struct CycleBreakdown: CellReport {
    let base = Survey.Base.deals
    let parts = Cell.Parts.cost
    let order = RowOrder.cost

    func measures(_ query: ReportQuery) -> [Measured<CellRow>] {
        DealMeasures.all.filter { !$0.column.name.contains("cycle") } + DealMeasures.times
    }

    func looks(_ query: ReportQuery) -> [FacetTally] {
        // A scan by other dimensions has the task among them.
        [FacetTally(.task, by: [.task], query.interval)]
    }

    func complete(_ table: inout ReportTable, _ found: FoundRows, _ store: LedgerStore) throws(StoreError) {
        table.sections.append(
            found.looks[0].section(
                "by_task", by: [.task], found.names,
                [
                    .count("calls", "Calls"), Measured("unpriced_calls", "Unpriced") { .count(Int($0.unpriced)) },
                    Measured("input_tokens", "Input, all") { .count(Int($0.before)) },
                    Measured("output_tokens", "Output") { .count(Int($0.after)) }, .cost,
                    Measured("saved_usd", "Saved") { .money(PicoDollars($0.saved)) },
                ]))
    }
}

/// The columns of reports on deals.
private enum DealMeasures {
    static var all: [Measured<CellRow>] {
        [.calls, Measured("cycles", "Cycles") { .count($0.cycles) }, .unpriced, .errors] + Measured.tokens
            + [
                .cost, .costPerCall,
                Measured("p95_call_cost_usd", "p95 of calls") {
                    .money($0.cell.callCost.quantile(0.95).map { PicoDollars($0) })
                },
                Measured("cost_per_cycle_usd", "Per cycle") { row in
                    .money(row.sums.cost?.divided(by: Int64(row.cycles)))
                },
            ] + Measured.saved
    }

    static var times: [Measured<CellRow>] {
        [
            Measured("first_call", nil) { .time($0.cell.firstTime == 0 ? nil : $0.cell.firstTime) },
            Measured("last_call", "Last call") { .time($0.cell.lastTime == 0 ? nil : $0.cell.lastTime) },
        ]
    }
}
