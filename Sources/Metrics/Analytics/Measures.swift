/// The columns that several reports have.
extension Measured<CellRow> {
    static func count(_ name: String, _ title: String?, _ measure: Measure) -> Self {
        Self(name, title) { .count(Int($0.sums[measure])) }
    }

    static func money(_ name: String, _ title: String?, _ measure: Measure) -> Self {
        Self(name, title) { .money($0.sums.money(measure)) }
    }

    /// A part of a whole; null where the whole is 0.
    static func share(
        _ name: String, _ title: String?, _ part: @escaping (CallSums) -> Int64, of whole: @escaping (CallSums) -> Int64
    ) -> Self {
        Self(name, title) { .share(ratio(part($0.sums), whole($0.sums))) }
    }

    static func percentile(
        _ name: String, _ title: String?, _ share: Double, of sketch: @escaping (Cell) -> Sketch
    ) -> Self {
        Self(name, title) { .duration(sketch($0.cell).quantile(share)) }
    }

    static var calls: Self { count("calls", "Calls", .calls) }
    static var errors: Self { count("errors", "Errors", .errors) }
    static var errorRate: Self { share("error_rate", "Error rate", { $0[.errors] }, of: { $0[.calls] }) }
    static var unpriced: Self { count("unpriced_calls", "Unpriced", .unpriced) }
    static var cost: Self { Self("cost_usd", "Cost") { .money($0.sums.cost) } }
    static var costPerCall: Self { Self("cost_per_call_usd", "Per call") { .money($0.sums.costPerCall) } }
    static var costPerThousandTokens: Self {
        Self("cost_per_1k_tokens_usd", "Per 1k tokens") { row in
            let (thousand, overflow) = row.sums[.cost].multipliedReportingOverflow(by: 1000)
            return .money(overflow ? nil : PicoDollars(thousand).divided(by: row.sums[.pricedTokens]))
        }
    }
    static var hitRate: Self { share("hit_rate", "Hit rate", { $0[.hits] }, of: \.lookups) }

    static var tokens: [Self] {
        [
            count("input_tokens", "Input", .uncachedInput), count("cached_input_tokens", "Cached", .cachedInput),
            count("cache_write_tokens", "Cache write", .cacheWrite), count("output_tokens", "Output", .output),
            count("reasoning_tokens", nil, .reasoning),
        ]
    }

    static var saved: [Self] {
        [
            Self("saved_usd", "Saved") { .money($0.sums.saved) }, money("saved_cache_usd", nil, .savedCache),
            money("saved_compression_usd", nil, .savedCompression), money("saved_routing_usd", nil, .savedRouting),
        ]
    }
}

extension Measured<FacetSums> {
    static func count(_ name: String, _ title: String?) -> Self { Self(name, title) { .count(Int($0.count)) } }

    static var cost: Self {
        Self("cost_usd", "Cost") { .money($0.count == 0 || $0.count > $0.unpriced ? PicoDollars($0.cost) : nil) }
    }
    static var lastTime: Self { Self("last", "Last") { .time($0.lastTime == 0 ? nil : $0.lastTime) } }
    static var examples: Self { Self("examples", nil) { .list($0.examples.map(\.description)) } }
}

extension CallSums {
    /// Calls that asked the cache.
    var lookups: Int64 { self[.hits] + self[.misses] + self[.coalesced] + self[.stale] }
}

/// A part of a whole; nil where the whole is 0.
func ratio(_ part: Int64, _ whole: Int64) -> Double? { whole == 0 ? nil : Double(part) / Double(whole) }
