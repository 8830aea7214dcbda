/// The age of a stored answer when it was given again, in ranges.
enum CacheAge {
    /// The upper bound of each range in seconds, exclusive; the last one has none.
    static let bounds: [Int64] = [60, 600, 3600, 21_600, 86_400, 604_800]
    static let names = ["under 1m", "1m to 10m", "10m to 1h", "1h to 6h", "6h to 1d", "1d to 7d", "7d and more"]

    static func number(seconds: Int64) -> Int { bounds.firstIndex { seconds < $0 } ?? bounds.count }
}

extension Cell {
    /// Adds one call, its own attempts left out.
    ///
    /// - Parameters:
    ///   - record: What `facts` was read from.
    ///   - kinds: The kinds of facets that are wanted; nil for all.
    mutating func add(
        _ facts: CallFacts, of record: RawSpan, _ kinds: Set<Facet.Kind>? = nil, names: inout NameTable
    ) {
        sums.add(1, to: .calls)
        addOutcome(facts)
        addTimes(facts)
        addUsage(facts)
        addCache(facts)
        addCompression(facts)
        sums.add(facts.savedRouting, to: .savedRouting)
        func wants(_ kind: Facet.Kind) -> Bool { kinds?.contains(kind) ?? true }
        if facts.isError, wants(.error) { addError(facts, of: record, names: &names) }
        if wants(.age) { addAge(facts) }
        if wants(.selection) { addSelection(facts, of: record, names: &names) }
        if wants(.level) { addLevel(facts, of: record, names: &names) }
        if wants(.transform) { addTransforms(facts, of: record, names: &names) }
    }

    /// Adds an attempt of a call, which counts for the provider and the model that it asked.
    ///
    /// - Parameter place: Which attempt of the call it was, from 1 on.
    mutating func add(
        _ attempt: CallFacts.Attempt, place: Int, of facts: CallFacts, record: RawSpan,
        _ kinds: Set<Facet.Kind>? = nil, names: inout NameTable
    ) {
        sums.add(1, to: .attempts)
        if attempt.status > 0, attempt.status < 400, attempt.error == nil {
            attemptTime.add(attempt.milliseconds.multipliedReportingOverflow(by: 1000).partialValue)
            return
        }
        if Self.isProvidersFault(attempt, record) { sums.add(1, to: .failedAttempts) }
        guard kinds?.contains(.attemptError) ?? true else { return }
        var facet = Facet(kind: .attemptError, number: min(place, 10))
        facet.first = names.name(attempt.error, of: record)
        if facet.first == .none {
            facet.first = names.name(attempt.status > 0 ? "status_\(attempt.status)" : "no_answer")
        }
        var failed = FacetSums()
        failed.count = 1
        failed.firstTime = facts.time
        failed.lastTime = facts.time
        failed.add(example: facts.id)
        add(failed, to: facet)
    }

    /// Whether an attempt speaks against its provider: not one that our side gave up, nor an answer that says what is
    /// wrong with the request, or that there were too many.
    private static func isProvidersFault(_ attempt: CallFacts.Attempt, _ record: RawSpan) -> Bool {
        let isOthers = attempt.status >= 400 && attempt.status < 500
        guard let error = attempt.error else { return attempt.status >= 500 }
        let kind = record.extracting(error)
        let ours: [StaticString] = ["cancelled", "request_incomplete", "pool_exhausted"]
        return !isOthers && !ours.contains { kind.isEqual(to: $0) }
    }

    private mutating func addOutcome(_ facts: CallFacts) {
        if facts.isError { sums.add(1, to: .errors) }
        if facts.isDisconnected { sums.add(1, to: .disconnected) }
        if facts.isFallback { sums.add(1, to: .fallbacks) }
        if facts.isStreamed { sums.add(1, to: .streamed) }
        sums.add(facts.requestBytes, to: .requestBytes)
        sums.add(facts.responseBytes, to: .responseBytes)
    }

    private mutating func addError(_ facts: CallFacts, of record: RawSpan, names: inout NameTable) {
        var facet = Facet(kind: .error, number: min(facts.attempts.count, 10))
        facet.first = names.name(facts.errorCode, of: record)
        if facet.first == .none { facet.first = names.name("status_\(facts.status)") }
        var failed = FacetSums()
        failed.count = 1
        failed.cost = facts.cost ?? 0
        failed.firstTime = facts.time
        failed.lastTime = facts.time
        failed.add(example: facts.id)
        add(failed, to: facet)
    }

    private mutating func addTimes(_ facts: CallFacts) {
        latency.add(facts.latency)
        if let time = facts.firstByte { firstByte.add(time) }
        sums.add(facts.upstream, to: .upstreamMicroseconds)
        sums.add(facts.overhead, to: .overheadMicroseconds)
    }

    private mutating func addUsage(_ facts: CallFacts) {
        let usage = facts.usage
        sums.add(usage.uncachedInput, to: .uncachedInput)
        sums.add(usage.cachedInput, to: .cachedInput)
        sums.add(usage.cacheWrite, to: .cacheWrite)
        sums.add(usage.cacheWriteLong, to: .cacheWriteLong)
        sums.add(usage.output, to: .output)
        sums.add(usage.reasoning, to: .reasoning)
        sums.add(usage.audioInput ?? 0, to: .audioInput)
        sums.add(usage.audioOutput ?? 0, to: .audioOutput)
        switch facts.usageSource {
        case .reported: break
        case .partial: sums.add(1, to: .partial)
        case .estimated: sums.add(1, to: .estimated)
        case .unpriced: break
        }
        // What counts is whether a cost is there, whatever the record says of its source.
        guard let cost = facts.cost else { return sums.add(1, to: .unpriced) }
        sums.add(cost, to: .cost)
        sums.add(usage.input.saturatingAdd(usage.output), to: .pricedTokens)
        sums.add(facts.costInput, to: .costInput)
        sums.add(facts.costOutput, to: .costOutput)
    }

    private mutating func addCache(_ facts: CallFacts) {
        sums.add(facts.savedCache, to: .savedCache)
        switch facts.cache {
        case .hit: sums.add(1, to: .hits)
        case .miss: sums.add(1, to: .misses)
        case .bypass: sums.add(1, to: .bypasses)
        case .coalesced: sums.add(1, to: .coalesced)
        case .stale: sums.add(1, to: .stale)
        }
        switch facts.cache {
        case .hit, .coalesced:
            sums.add(1, to: .replayed)
            sums.add(facts.latency, to: .replayedMicroseconds)
        case .miss where !facts.isError && !facts.isDisconnected:
            sums.add(1, to: .asked)
            sums.add(facts.latency, to: .askedMicroseconds)
        case .miss, .bypass, .stale: break
        }
    }

    private mutating func addAge(_ facts: CallFacts) {
        guard facts.cache == .hit || facts.cache == .stale else { return }
        var aged = FacetSums()
        aged.count = 1
        aged.saved = facts.savedCache
        add(aged, to: Facet(kind: .age, number: CacheAge.number(seconds: facts.cacheAgeSeconds)))
    }

    private mutating func addSelection(_ facts: CallFacts, of record: RawSpan, names: inout NameTable) {
        guard facts.requestedModel != nil || facts.routeReason != nil else { return }
        var facet = Facet(kind: .selection)
        facet.first = names.name(facts.requestedModel, of: record)
        facet.second = names.name(facts.routeReason.map { Self.head(of: $0, in: record) }, of: record)
        var routed = FacetSums()
        routed.count = 1
        routed.cost = facts.cost ?? 0
        routed.unpriced = facts.cost == nil ? 1 : 0
        routed.saved = facts.savedRouting
        add(routed, to: facet)
    }

    /// A reason up to its first semicolon: what follows are the words of one request.
    private static func head(of reason: CallFacts.Text, in record: RawSpan) -> CallFacts.Text {
        let end = reason.first { record.byte(at: $0) == UInt8(ascii: ";") } ?? reason.upperBound
        return reason.lowerBound..<end
    }

    private mutating func addCompression(_ facts: CallFacts) {
        sums.add(facts.savedCompression, to: .savedCompression)
        sums.add(facts.tokensBefore, to: .tokensBefore)
        sums.add(facts.tokensAfter, to: .tokensAfter)
        if facts.compressionLevel != nil { sums.add(1, to: .compressed) }
    }

    private mutating func addLevel(_ facts: CallFacts, of record: RawSpan, names: inout NameTable) {
        guard let level = facts.compressionLevel else { return }
        var looked = FacetSums()
        looked.count = 1
        looked.saved = facts.savedCompression
        looked.before = facts.tokensBefore
        looked.after = facts.tokensAfter
        add(looked, to: Facet(kind: .level, first: names.name(level, of: record)))
    }

    private mutating func addTransforms(_ facts: CallFacts, of record: RawSpan, names: inout NameTable) {
        for saving in facts.savings {
            var facet = Facet(kind: .transform)
            facet.first = names.name(saving.kind, of: record)
            facet.second = names.name(saving.transform, of: record)
            var saved = FacetSums()
            saved.count = 1
            saved.saved = saving.hundredths
            add(saved, to: facet)
        }
    }

    /// Adds one call to the sums of its deal.
    mutating func add(deal facts: CallFacts) {
        sums.add(1, to: .calls)
        if facts.isError { sums.add(1, to: .errors) }
        addUsage(facts)
        sums.add(facts.savedCache, to: .savedCache)
        sums.add(facts.savedCompression, to: .savedCompression)
        sums.add(facts.savedRouting, to: .savedRouting)
        if facts.cache == .hit { sums.add(1, to: .hits) }
        if let cost = facts.cost { callCost.add(cost) }
        note(time: facts.time)
        var tasked = FacetSums()
        tasked.count = 1
        tasked.cost = facts.cost ?? 0
        tasked.unpriced = facts.cost == nil ? 1 : 0
        tasked.saved = facts.savedCache.saturatingAdd(facts.savedCompression).saturatingAdd(facts.savedRouting)
        tasked.before = Int64(facts.usage.input)
        tasked.after = Int64(facts.usage.output)
        add(tasked, to: Facet(kind: .task, number: Int(facts.task)))
    }
}

extension RawSpan {
    func isEqual(to text: StaticString) -> Bool {
        guard byteCount == text.utf8CodeUnitCount else { return false }
        for offset in 0..<byteCount where byte(at: offset) != text.utf8Start[offset] { return false }
        return true
    }
}
