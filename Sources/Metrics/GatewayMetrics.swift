import Platform

/// Every series that the gateway exposes.
///
/// Counters and histograms live in shards, one a loop; what others count is handed in at a scrape.
package final class GatewayMetrics: Sendable {
    /// The models and the providers that may stand in labels.
    package let models: LabelTable
    package let providers: LabelTable
    private let version: String
    private let shards = Lock<[MetricsShard]>([])

    /// - Parameters:
    ///   - version: The program's, for `gateway_build_info`.
    ///   - models: Names from the configuration; more can be interned when it is reloaded.
    package init(version: String, models: some Sequence<String> = [], providers: some Sequence<String> = []) {
        self.version = version
        self.models = LabelTable(models)
        self.providers = LabelTable(providers)
    }

    /// A new loop's part; summed with the others at every scrape from now on.
    package func makeShard() -> MetricsShard {
        let shard = MetricsShard()
        shards.withLock { $0.append(shard) }
        return shard
    }

    /// Values that other parts of the gateway keep, as they are at a scrape.
    package struct Gauges: Sendable {
        package var inFlightRequests = 0
        package var connections = 0
        package var bufferedBytes = 0
        /// Whether one of the limits in `alerts` is passed.
        package var isCostAlertActive = false
        /// `nil` where there is no cache, and likewise for the ledger.
        package var cache: CacheGauges?
        package var ledger: Ledger.Statistics?
        package var providers: [ProviderGauges] = []

        package init() {}
    }

    package struct ProviderGauges: Sendable {
        package var name: String
        package var isUp: Bool
        /// 0 closed, 1 half-open, 2 open.
        package var breaker: Int

        package init(name: String, isUp: Bool, breaker: Int) {
            self.name = name
            self.isUp = isUp
            self.breaker = breaker
        }
    }

    package struct CacheGauges: Sendable {
        package var bytes: Int
        package var entries: Int
        /// How many answers were removed, by reason.
        package var evictions: [(reason: String, count: Int)]
        /// Hits that were asked upstream too, by task and by what that came to.
        package var audits: [(task: LedgerEntry.TaskKind?, result: String, count: UInt64)] = []

        package init(bytes: Int, entries: Int, evictions: [(reason: String, count: Int)]) {
            self.bytes = bytes
            self.entries = entries
            self.evictions = evictions
        }
    }

    /// The answer to a scrape.
    package func exposition(_ format: TextExposition.Format, _ gauges: Gauges) -> [UInt8] {
        let counts = sum()
        var text = TextExposition(format)
        writeRequests(counts, to: &text)
        writeTimes(counts, to: &text)
        writeAttempts(counts, to: &text)
        writeMoney(counts, to: &text)
        writeCache(counts, gauges.cache, to: &text)
        writeProviders(gauges.providers, to: &text)
        writeLoad(gauges, to: &text)
        if let ledger = gauges.ledger { writeLedger(ledger, to: &text) }
        text.family("gateway_build_info", .info, "The program that answers.")
        text.sample(1, ["version": version])
        ProcessStatistics()?.write(to: &text)
        return text.finished()
    }

    /// What has been counted since the start, for the page of statistics.
    package struct Summary: Sendable {
        package var calls: UInt64 = 0
        package var unpricedCalls: UInt64 = 0
        /// Calls by what the cache did for them.
        package var byCache: [LedgerEntry.CacheOutcome: UInt64] = [:]
        package var usage = Usage()
        package var cost = PicoDollars.zero
        package var savedCache = PicoDollars.zero
        package var savedCompression = PicoDollars.zero
        package var savedRouting = PicoDollars.zero
    }

    package var summary: Summary {
        let counts = sum()
        var summary = Summary(
            savedCache: counts.savedCache, savedCompression: counts.savedCompression,
            savedRouting: counts.savedRouting)
        for (labels, totals) in counts.requests {
            summary.calls &+= totals.calls
            summary.unpricedCalls &+= totals.unpriced
            summary.usage += totals.usage
            summary.cost += totals.cost
            if let cache = labels.cache { summary.byCache[cache, default: 0] &+= totals.calls }
        }
        return summary
    }

    private func sum() -> MetricsShard.Counts {
        shards.withLock { $0 }.reduce(into: MetricsShard.Counts()) { sum, shard in sum.add(shard.snapshot) }
    }
}

// MARK: - The series

extension GatewayMetrics {
    private func writeRequests(_ counts: MetricsShard.Counts, to text: inout TextExposition) {
        let models = self.models.names
        let providers = self.providers.names
        text.family("gateway_requests_total", .counter, "Client calls answered.")
        for (labels, totals) in counts.requests {
            text.sample(
                totals.calls,
                [
                    "endpoint": labels.endpoint?.name ?? "", "model": models[labels.model],
                    "provider": providers[labels.provider], "task": labels.task?.name ?? "none",
                    "status": labels.status == 0 ? "none" : "\(labels.status)",
                    "cache": labels.cache?.name ?? "", "rollout": labels.rollout?.name ?? "",
                ])
        }
        text.family(
            "gateway_unpriced_calls_total", .counter, "Client calls whose cost is unknown, which is not zero.")
        text.sample(counts.requests.values.reduce(0) { $0 &+ $1.unpriced })
    }

    private func writeTimes(_ counts: MetricsShard.Counts, to text: inout TextExposition) {
        text.family(
            "gateway_request_duration_seconds", .histogram, unit: "seconds",
            "From a request's head to the last byte of its answer.")
        text.sample(counts.duration)
        text.family(
            "gateway_first_byte_seconds", .histogram, unit: "seconds",
            "From a request's head to the first byte of its answer.")
        text.sample(counts.firstByte)
        text.family(
            "gateway_overhead_seconds", .histogram, unit: "seconds", "Time not spent waiting for an upstream.")
        text.sample(counts.overhead)
    }

    private func writeAttempts(_ counts: MetricsShard.Counts, to text: inout TextExposition) {
        let providers = self.providers.names
        text.family("gateway_upstream_attempts_total", .counter, "Calls to providers, by how they ended.")
        for (provider, outcomes) in counts.attempts.enumerated() where outcomes.contains(where: { $0 > 0 }) {
            for outcome in AttemptOutcome.allCases {
                text.sample(
                    outcomes[Int(outcome.rawValue)], ["provider": providers[provider], "outcome": outcome.name])
            }
        }
        text.family("gateway_retries_total", .counter, "Attempts beyond the first at the same provider.")
        text.sample(counts.retries)
        text.family("gateway_fallbacks_total", .counter, "Client calls that another than the first choice answered.")
        text.sample(counts.fallbacks)
    }

    private func writeMoney(_ counts: MetricsShard.Counts, to text: inout TextExposition) {
        let models = self.models.names
        let providers = self.providers.names
        var usages: [Route: Usage] = [:]
        var costs: [Route: PicoDollars] = [:]
        for (labels, totals) in counts.requests {
            let route = Route(model: labels.model, provider: labels.provider)
            usages[route, default: Usage()] += totals.usage
            // A task whose every call is unpriced has no cost, not one of 0.
            guard totals.calls > totals.unpriced else { continue }
            costs[route.with(labels.task), default: .zero] += totals.cost
        }
        text.family("gateway_tokens_total", .counter, "Tokens used, in disjoint types; reasoning is part of output.")
        for (route, usage) in usages where usage.input > 0 || usage.output > 0 {
            for (type, count) in usage.byType {
                text.sample(
                    count, ["model": models[route.model], "provider": providers[route.provider], "type": type])
            }
        }
        text.family("gateway_cost_usd_total", .counter, unit: "usd", "What the calls with a known price cost.")
        for (route, cost) in costs {
            text.sample(
                cost,
                [
                    "model": models[route.model], "provider": providers[route.provider],
                    "task": route.task?.name ?? "none",
                ])
        }
        text.family(
            "gateway_saved_usd_total", .counter, unit: "usd",
            "What was saved, by means; a choice that cost more counts as nothing here and is in the ledger.")
        text.sample(counts.savedCache, ["by": "cache"])
        text.sample(counts.savedCompression, ["by": "compression"])
        text.sample(counts.savedRouting, ["by": "routing"])
        text.family(
            "gateway_compression_tokens_total", .counter,
            "Estimated tokens of the prompts that were made shorter, before and after.")
        text.sample(counts.tokensBeforeCompression, ["stage": "before"])
        text.sample(counts.tokensAfterCompression, ["stage": "after"])
    }

    private struct Route: Hashable {
        var model: Int
        var provider: Int
        var task: LedgerEntry.TaskKind?

        func with(_ task: LedgerEntry.TaskKind?) -> Route { Route(model: model, provider: provider, task: task) }
    }

    private func writeCache(
        _ counts: MetricsShard.Counts, _ gauges: CacheGauges?, to text: inout TextExposition
    ) {
        var lookups: [LedgerEntry.CacheOutcome: UInt64] = [:]
        for (labels, totals) in counts.requests {
            if let cache = labels.cache { lookups[cache, default: 0] &+= totals.calls }
        }
        text.family("gateway_cache_lookups_total", .counter, "Client calls that asked the cache, by what it said.")
        for outcome in LedgerEntry.CacheOutcome.allCases where outcome != .bypass {
            text.sample(lookups[outcome] ?? 0, ["result": outcome.name])
        }
        guard let gauges else { return }
        text.family("gateway_cache_bytes", .gauge, unit: "bytes", "Pages in use by the cache.")
        text.sample(gauges.bytes)
        text.family("gateway_cache_entries", .gauge, "Answers in the cache.")
        text.sample(gauges.entries)
        text.family("gateway_cache_evictions_total", .counter, "Answers removed from the cache, by reason.")
        for (reason, count) in gauges.evictions { text.sample(count, ["reason": reason]) }
        guard !gauges.audits.isEmpty else { return }
        text.family(
            "gateway_cache_audits_total", .counter, "Hits that were asked upstream too, by whether both said the same.")
        for audit in gauges.audits {
            text.sample(audit.count, ["task": audit.task?.name ?? "none", "result": audit.result])
        }
    }

    private func writeProviders(_ providers: [ProviderGauges], to text: inout TextExposition) {
        text.family("gateway_provider_up", .gauge, "Whether a provider answers, by its calls and by what it is asked.")
        for provider in providers { text.sample(provider.isUp ? 1 : 0, ["provider": provider.name]) }
        text.family("gateway_breaker_state", .gauge, "A provider's breaker: 0 closed, 1 half-open, 2 open.")
        for provider in providers { text.sample(provider.breaker, ["provider": provider.name]) }
    }

    private func writeLoad(_ gauges: Gauges, to text: inout TextExposition) {
        text.family("gateway_in_flight_requests", .gauge, "Client calls being answered.")
        text.sample(gauges.inFlightRequests)
        text.family("gateway_connections", .gauge, "Client connections open.")
        text.sample(gauges.connections)
        text.family(
            "gateway_buffered_bytes", .gauge, unit: "bytes", "What the buffers of requests in hand take together.")
        text.sample(gauges.bufferedBytes)
        text.family("gateway_cost_alert_active", .gauge, "Whether more is being spent than alerts allows.")
        text.sample(gauges.isCostAlertActive ? 1 : 0)
    }

    private func writeLedger(_ ledger: Ledger.Statistics, to text: inout TextExposition) {
        text.family("gateway_ledger_records_total", .counter, "Calls that are in the ledger on disk.")
        text.sample(ledger.recorded)
        text.family("gateway_ledger_dropped_total", .counter, "Calls that the ledger lost, since its queue was full.")
        text.sample(ledger.dropped)
        text.family(
            "gateway_ledger_commit_seconds", .histogram, unit: "seconds", "From a group's first record to its commit.")
        text.sample(ledger.commits)
    }
}

extension Usage {
    fileprivate var byType: [(String, Int)] {
        [
            ("input", uncachedInput), ("cached_input", cachedInput), ("cache_write", cacheWrite), ("output", output),
            ("reasoning", reasoning),
        ]
    }
}
