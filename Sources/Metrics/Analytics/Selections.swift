/// Which models were chosen, for which that were asked for, why, and what it saved.
struct ModelSelection: FacetReport {
    let kind = Facet.Kind.selection

    func measures(_ totals: Cell, _ sum: FacetSums) -> [Measured<FacetSums>] {
        [
            .count("calls", "Calls"), Measured("share", "Share") { .share(ratio($0.count, sum.count)) },
            Measured("unpriced_calls", "Unpriced") { .count(Int($0.unpriced)) }, .cost,
            Measured("cost_per_call_usd", "Per call") {
                .money(PicoDollars($0.cost).divided(by: $0.count - $0.unpriced))
            },
            Measured("saved_routing_usd", "Saved") { .money(PicoDollars($0.saved)) },
        ]
    }
}

/// What went wrong, where and how often.
struct ErrorAnalysis: FacetReport {
    let kind = Facet.Kind.error

    func measures(_ totals: Cell, _ sum: FacetSums) -> [Measured<FacetSums>] {
        [
            .count("errors", "Errors"), Measured("share", "Share") { .share(ratio($0.count, sum.count)) },
            Measured("cost_usd", "Cost") { .money(PicoDollars($0.cost)) },
            Measured("first", nil) { .time($0.firstTime == 0 ? nil : $0.firstTime) }, .lastTime, .examples,
        ]
    }

    func looks(_ query: ReportQuery) -> [FacetTally] {
        [
            FacetTally(.attemptError, by: attemptDimensions(query), query.interval),
            FacetTally(.error, by: [.time], query.interval),
        ]
    }

    /// A scan knows the provider only where it is asked for.
    private func attemptDimensions(_ query: ReportQuery) -> [Dimension] {
        query.needsProvider ? [.provider, .attempt, .code] : [.attempt, .code]
    }

    func complete(_ table: inout ReportTable, _ found: FoundRows) {
        let totals = found.totals.sums
        table.facts =
            [
                .init("calls", "Calls", .count(Int(totals[.calls]))),
                .init("errors", "Errors", .count(Int(totals[.errors]))),
                .init("error_rate", "Error rate", .share(ratio(totals[.errors], totals[.calls]))),
                .init("disconnected_calls", "Clients that left", .count(Int(totals[.disconnected]))),
            ] + table.facts
        table.sections += [
            found.looks[1].section(
                "by_attempt", by: attemptDimensions(found.query), found.names,
                [.count("attempts", "Attempts"), .lastTime, .examples]),
            found.looks[2].section("over_time", by: [.time], found.names, limit: 1000, [.count("errors", "Errors")]),
        ]
    }
}

/// What compression took off prompts, by its level.
struct CompressionEffectiveness: FacetReport {
    let kind = Facet.Kind.level

    func measures(_ totals: Cell, _ sum: FacetSums) -> [Measured<FacetSums>] {
        [
            .count("calls", "Calls"), Measured("tokens_before", "Before") { .count(Int($0.before)) },
            Measured("tokens_after", "After") { .count(Int($0.after)) },
            Measured("tokens_saved", "Saved tokens") { .count(Int($0.before - $0.after)) },
            Measured("saved_share", "Of those made shorter") { .share(ratio($0.before - $0.after, $0.before)) },
            Measured("saved_usd", "Saved") { .money(PicoDollars($0.saved)) },
        ]
    }

    func looks(_ query: ReportQuery) -> [FacetTally] {
        [
            FacetTally(.transform, by: [.kind], query.interval),
            FacetTally(.transform, by: [.kind, .transform], query.interval),
        ]
    }

    func complete(_ table: inout ReportTable, _ found: FoundRows) {
        for (index, (name, dimensions)) in [("by_kind", [.kind]), ("by_transform", [Dimension.kind, .transform])]
            .enumerated()
        {
            let look = found.looks[index + 1]
            table.sections.append(
                look.section(name, by: dimensions, found.names, TransformBreakdown.columns(look.sum)))
        }
    }
}

/// What compression took off prompts, by kind of text and transform.
struct TransformBreakdown: FacetReport {
    let kind = Facet.Kind.transform

    static func columns(_ sum: FacetSums) -> [Measured<FacetSums>] {
        [
            .count("calls", "Calls"),
            Measured("tokens_saved", "Saved tokens") { .number(Double($0.saved) / 100) },
            Measured("share", "Share") { .share(ratio($0.saved, sum.saved)) },
        ]
    }

    func measures(_ totals: Cell, _ sum: FacetSums) -> [Measured<FacetSums>] { Self.columns(sum) }
}

extension FacetTally {
    /// All rows together.
    var sum: FacetSums {
        var sum = FacetSums()
        for value in rows.values { sum.add(value) }
        return sum
    }
}
