package import LMDB

/// What each deal cost, against what a deal may cost.
package struct CostPerDeal: Sendable {
    /// The calls of one deal, of none, or of all together.
    package struct Row: Hashable, Sendable {
        /// `nil` for calls that named no deal, and for the totals.
        package var deal: String?
        package var calls = 0
        /// Calls whose cost is unknown, so that `cost` is that of the others.
        package var unpricedCalls = 0
        package var usage = Usage()
        package var savedCache = PicoDollars.zero
        package var savedCompression = PicoDollars.zero
        package var savedRouting = PicoDollars.zero
        /// When the first and the last call began, in microseconds since 1970.
        package var first = Int64.max
        package var last = Int64.min
        private var pricedCost = PicoDollars.zero

        fileprivate init(deal: String? = nil) { self.deal = deal }

        /// `nil` where no call had a known price, which is not zero.
        package var cost: PicoDollars? { calls > unpricedCalls ? pricedCost : nil }

        /// Of the calls with a known price, rounded down to a pico-dollar.
        package var costPerCall: PicoDollars? { cost.map { PicoDollars($0.amount / Int64(calls - unpricedCalls)) } }

        package var saved: PicoDollars { savedCache + savedCompression + savedRouting }

        /// Whether the deal cost no more than `target`; `nil` while calls of unknown cost leave it open.
        package func isWithin(_ target: PicoDollars) -> Bool? {
            if let cost, cost > target { return false }
            return unpricedCalls > 0 ? nil : true
        }

        fileprivate mutating func add(_ entry: LedgerEntry) {
            calls += 1
            if let cost = entry.cost { pricedCost += cost } else { unpricedCalls += 1 }
            if let usage = entry.usage { self.usage += usage }
            savedCache += entry.savedCache ?? .zero
            savedCompression += entry.savedCompression ?? .zero
            savedRouting += entry.savedRouting ?? .zero
            first = min(first, entry.startedAt)
            last = max(last, entry.startedAt)
        }
    }

    /// By deal, the dearest first; calls without a deal come last.
    package let rows: [Row]
    package let totals: Row
    /// What a deal may cost.
    package let target: PicoDollars
    /// Records that could not be read, and are in no sum.
    package let unreadableRecords: Int

    /// Reads the ledger.
    ///
    /// - Parameter target: What a deal may cost.
    package init(_ reader: LedgerReader, _ filter: ReportFilter = .init(), target: PicoDollars) throws(StoreError) {
        var byDeal: [String?: Row] = [:]
        var totals = Row()
        unreadableRecords = try reader.forEach(from: filter.from, to: filter.to) { entry in
            guard filter.admits(entry) else { return true }
            byDeal[entry.deal, default: Row(deal: entry.deal)].add(entry)
            totals.add(entry)
            return true
        }
        rows = byDeal.values.sorted(by: Self.comesFirst)
        self.totals = totals
        self.target = target
    }

    /// What a deal cost on average, of those of which some cost is known, rounded down to a pico-dollar.
    package var averagePerDeal: PicoDollars? {
        let costs = rows.filter { $0.deal != nil }.compactMap(\.cost)
        guard !costs.isEmpty else { return nil }
        return PicoDollars(costs.reduce(.zero, +).amount / Int64(costs.count))
    }

    private static func comesFirst(_ left: Row, _ right: Row) -> Bool {
        guard let leftDeal = left.deal, let rightDeal = right.deal else { return left.deal != nil }
        // An amount that is not known sorts below all that are.
        let leftCost = left.cost?.amount ?? .min
        let rightCost = right.cost?.amount ?? .min
        return leftCost != rightCost ? leftCost > rightCost : leftDeal < rightDeal
    }
}

// MARK: - As a table

extension CostPerDeal {
    package var table: ReportTable {
        var table = ReportTable(name: "cost-per-deal", columns: Self.columns)
        table.rows = rows.map { row in
            cells(row, label: .text(row.deal), within: .flag(row.deal == nil ? nil : row.isWithin(target)))
        }
        table.totals = cells(totals, label: .text("total"), within: .absent)
        let deals = rows.filter { $0.deal != nil }
        table.facts = [
            .init("deals", "Deals", .count(deals.count)),
            .init("average_per_deal_usd", "Average per deal", .money(averagePerDeal)),
            .init("target_per_deal_usd", "Target per deal", .money(target)),
            .init("deals_over_target", "Deals over target", .count(deals.count { $0.isWithin(target) == false })),
            .init("unreadable_records", "Unreadable records", .count(unreadableRecords)),
        ]
        return table
    }

    private static let columns: [ReportTable.Column] = [
        .init("deal", "Deal"), .init("calls", "Calls"), .init("unpriced_calls", "Unpriced"),
        .init("input_tokens", "Input"), .init("cached_input_tokens", "Cached"),
        .init("cache_write_tokens", "Cache write"), .init("output_tokens", "Output"),
        .init("reasoning_tokens", nil), .init("cost_usd", "Cost"), .init("cost_per_call_usd", "Per call"),
        .init("saved_usd", "Saved"), .init("saved_cache_usd", nil), .init("saved_compression_usd", nil),
        .init("saved_routing_usd", nil), .init("within_target", "In target"), .init("first_call", nil),
        .init("last_call", "Last call"),
    ]

    private func cells(_ row: Row, label: ReportTable.Cell, within: ReportTable.Cell) -> [ReportTable.Cell] {
        let hasCalls = row.calls > 0
        return [
            label, .count(row.calls), .count(row.unpricedCalls), .count(row.usage.uncachedInput),
            .count(row.usage.cachedInput), .count(row.usage.cacheWrite), .count(row.usage.output),
            .count(row.usage.reasoning), .money(row.cost), .money(row.costPerCall), .money(row.saved),
            .money(row.savedCache), .money(row.savedCompression), .money(row.savedRouting), within,
            .time(hasCalls ? row.first : nil), .time(hasCalls ? row.last : nil),
        ]
    }
}
