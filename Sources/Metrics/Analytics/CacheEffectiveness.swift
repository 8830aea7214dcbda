import LMDB

/// How often the cache answered, and what money and time that saved.
struct CacheEffectiveness: CellReport {
    let base = Survey.Base.hours
    let parts = Cell.Parts([])
    let order = RowOrder.calls

    func measures(_ query: ReportQuery) -> [Measured<CellRow>] {
        [
            .calls, Measured("lookups", "Lookups") { .count(Int($0.sums.lookups)) }, .count("hits", "Hits", .hits),
            .count("misses", "Misses", .misses), .count("coalesced", "Joined", .coalesced),
            .count("stale", "Stale", .stale), .count("bypassed", "Bypassed", .bypasses), .hitRate,
            .money("saved_usd", "Saved", .savedCache),
            Measured("asked_mean_ms", "Asked ms") { .duration(Self.mean($0.sums, .askedMicroseconds, .asked)) },
            Measured("replayed_mean_ms", "Replayed ms") {
                .duration(Self.mean($0.sums, .replayedMicroseconds, .replayed))
            },
            Measured("saved_ms", "Saved ms, estimated") { .duration(Self.savedTime($0.sums)) }, .cost,
        ]
    }

    /// How much longer the calls that were answered from the cache, or by another's call, would have taken, if they had
    /// taken as long as those of the same row that asked a provider; nil where none did.
    private static func savedTime(_ sums: CallSums) -> Int64? {
        if sums[.replayed] == 0 { return 0 }
        guard let asked = mean(sums, .askedMicroseconds, .asked), let own = mean(sums, .replayedMicroseconds, .replayed)
        else { return nil }
        let (time, overflow) = max(asked - own, 0).multipliedReportingOverflow(by: sums[.replayed])
        return overflow ? nil : time
    }

    private static func mean(_ sums: CallSums, _ time: Measure, _ count: Measure) -> Int64? {
        sums[count] > 0 ? sums[time] / sums[count] : nil
    }

    func looks(_ query: ReportQuery) -> [FacetTally] { [FacetTally(.age, by: [.age], query.interval)] }

    func complete(_ table: inout ReportTable, _ found: FoundRows, _ store: LedgerStore) {
        table.sections.append(found.looks[0].section("by_age", by: [.age], found.names, AgeBreakdown.columns))
    }
}

/// The answers from the cache by how old they were.
struct AgeBreakdown: FacetReport {
    let kind = Facet.Kind.age

    static var columns: [Measured<FacetSums>] {
        [.count("hits", "Hits"), Measured("saved_usd", "Saved") { .money(PicoDollars($0.saved)) }]
    }

    func measures(_ totals: Cell, _ sum: FacetSums) -> [Measured<FacetSums>] { Self.columns }
}
