/// Calls, latencies, errors, tokens and cost of each task.
struct TaskPerformance: CellReport {
    let base = Survey.Base.hours
    let parts = Cell.Parts.times
    let order = RowOrder.calls

    func measures(_ query: ReportQuery) -> [Measured<CellRow>] {
        [
            .calls, .errors, .errorRate, .count("disconnected_calls", nil, .disconnected),
            .count("fallbacks", nil, .fallbacks), .count("streamed_calls", nil, .streamed),
            .percentile("latency_p50_ms", "p50 ms", 0.5, of: \.latency),
            .percentile("latency_p95_ms", "p95 ms", 0.95, of: \.latency),
            .percentile("latency_p99_ms", nil, 0.99, of: \.latency),
            .percentile("first_byte_p50_ms", "First byte p50 ms", 0.5, of: \.firstByte),
            .percentile("first_byte_p95_ms", "p95 ms", 0.95, of: \.firstByte), .hitRate,
        ] + Measured.tokens + [.unpriced, .cost, .costPerCall]
    }
}

/// Latencies, errors, availability and prices of the providers.
struct ProviderComparison: CellReport {
    let base = Survey.Base.hours
    let parts = Cell.Parts.times
    let order = RowOrder.calls
    let showsAttempts = true

    func measures(_ query: ReportQuery) -> [Measured<CellRow>] {
        [
            .calls, .errors, .errorRate, .count("attempts", "Attempts", .attempts),
            .count("failed_attempts", "Failed", .failedAttempts),
            .share("availability", "Available", { $0[.attempts] - $0[.failedAttempts] }, of: { $0[.attempts] }),
            .count("fallbacks", nil, .fallbacks),
            .percentile("attempt_p50_ms", "p50 ms", 0.5, of: \.attemptTime),
            .percentile("attempt_p95_ms", "p95 ms", 0.95, of: \.attemptTime),
            .percentile("attempt_p99_ms", nil, 0.99, of: \.attemptTime),
            .percentile("first_byte_p50_ms", "First byte p50 ms", 0.5, of: \.firstByte),
            .percentile("first_byte_p95_ms", "p95 ms", 0.95, of: \.firstByte),
        ] + Measured.tokens + [.unpriced, .cost, .costPerThousandTokens]
    }

    func looks(_ query: ReportQuery) -> [FacetTally] {
        [FacetTally(.attemptError, by: [.provider, .code], query.interval)]
    }

    func complete(_ table: inout ReportTable, _ found: FoundRows, _ store: LedgerStore) {
        guard found.query.needsProvider else { return }
        table.sections.append(
            found.looks[0].section(
                "attempt_errors", by: [.provider, .code], found.names,
                [.count("attempts", "Attempts"), .lastTime, .examples]))
    }
}

extension ReportQuery {
    /// Whether pieces of it know their provider: a scan looks up no name that nobody asks for.
    var needsProvider: Bool { groupBy.contains(.provider) || filter.provider != nil }
}

/// Tokens in, out, cached and of reasoning, and how they relate.
struct TokenEfficiency: CellReport {
    let base = Survey.Base.hours
    let parts = Cell.Parts([])
    let order = RowOrder.calls

    func measures(_ query: ReportQuery) -> [Measured<CellRow>] {
        [.calls] + Measured.tokens + [
            .count("audio_input_tokens", nil, .audioInput), .count("audio_output_tokens", nil, .audioOutput),
            .share("cached_share", "Cached share", { $0[.cachedInput] }, of: \.input),
            .share("reasoning_share", "Reasoning share", { $0[.reasoning] }, of: { $0[.output] }),
            Measured("output_per_input", "Output per input") { .number(ratio($0.sums[.output], $0.sums.input)) },
            Measured("tokens_per_call", "Tokens per call") { row in
                .number(ratio(row.sums.input.saturatingAdd(row.sums[.output]), row.sums[.calls]))
            },
            .count("estimated_calls", nil, .estimated), .count("partial_calls", nil, .partial), .unpriced, .cost,
            .costPerThousandTokens,
        ]
    }
}
