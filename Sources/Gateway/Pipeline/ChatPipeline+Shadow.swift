import Cache
import HTTP
import Metrics
import Platform
import Routing

/// Calls that are only shadowed: everything is decided for them and noted, and they are carried as if there were no
/// gateway. Their answers are stored, so that what would have hit later is known, and none is used.
extension ChatPipeline {
    /// Notes whether a call would have been answered without an upstream.
    func shadowClaim(
        _ name: FlightDirectory.Name, _ request: ChatRequest, _ path: Range<Int>, _ call: Call
    ) -> Claim {
        call.entry.shadow?.cache = .miss
        // As without the shadow, it asks upstream whatever is stored, and its answer takes that one's place.
        if call.headers.cacheUse == .refresh { return .leading(makeFlight(name, request, path, call, in: nil)) }
        if wouldHit(name.key, call) {
            call.entry.shadow?.cache = .hit
            // What was hit would not have been stored again.
            return .unkeyed
        }
        guard call.shadow?.coalesces == true else { return .leading(makeFlight(name, request, path, call, in: nil)) }
        let flight = makeFlight(name, request, path, call, in: context.shadowFlights)
        if context.shadowFlights.add(flight) { return .leading(flight) }
        call.entry.shadow?.cache = .coalesced
        return .unkeyed
    }

    private func wouldHit(_ key: CacheKey, _ call: Call) -> Bool {
        let now = context.time.wallMicroseconds()
        let greatestAge = call.headers.cacheSeconds.map { Int64($0) &* 1_000_000 } ?? .max
        return cache.lookUp(key, now: now) { head, _ in now &- head.storedAt <= greatestAge } ?? false
    }

    /// Decides who would be asked, and how much shorter the prompt would be, where an upstream would be asked at all.
    func decide(_ treatment: Treatment, for request: ChatRequest, _ call: Call) {
        guard let outcome = call.entry.shadow?.cache, outcome == .miss || outcome == .bypass else { return }
        let features = features(of: request, call, as: treatment)
        let question = RouteQuestion(
            model: request.model, request.dialect, treatment, task: call.entry.task.map(TaskName.init), features)
        if let plan = try? context.route(question, context.conditions(calm.current())) {
            call.entry.shadow?.model = plan.candidates[0].model
            call.entry.shadow?.provider = plan.candidates[0].provider
        }
        var unsent = JSONSplice()
        guard let options = context.settings.compression.options(for: request, treatment),
            let tokens = compress(request, options, call, into: &unsent)
        else { return }
        call.entry.shadow?.tokensBeforeCompression = tokens.before
        call.entry.shadow?.tokensAfterCompression = tokens.after
    }
}

extension GatewayContext {
    /// Prices what a finished call would have cost less; nothing of one that failed, or whose cost is unknown.
    func priceShadow(_ entry: inout LedgerEntry) {
        guard var shadow = entry.shadow, let usage = entry.usage, let cost = entry.cost, let model = entry.model,
            entry.errorCode == nil, !entry.attempts.isEmpty
        else { return }
        switch shadow.cache {
        case .hit, .coalesced, .stale: shadow.savedCache = cost
        case .miss, .bypass:
            let other = shadow.model ?? model
            if other != model {
                let elsewhere = prices.cost(of: usage, model: other, at: entry.startedAt)?.total
                shadow.savedRouting = elsewhere.map { cost - $0 }
            }
            // At the rates of whoever would have been sent fewer tokens.
            if shadow.tokensSaved > 0 { shadow.savedCompression = worth(of: shadow.tokensSaved, usage, other, entry) }
        }
        entry.shadow = shadow
    }
}
