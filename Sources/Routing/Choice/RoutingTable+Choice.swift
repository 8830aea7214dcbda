extension RoutingTable {
    /// The route of a request, with all that may stand in for its first candidate.
    ///
    /// A model that the client or a rule names is honoured, unless `routing.substitute` lets the task decide. Else, among
    /// the task's models that can do what the request needs and reach the tier that its complexity asks for, the one with
    /// the lowest expected cost is first, and of equals the one that takes less time; where none reaches the tier, the
    /// ablest ones count. Then follow: the first one's `fallbacks`, other providers of the same model (entries with the
    /// same `upstream_name`), the task's other models that fit, and last, the least bad first, whatever is at a provider
    /// that is down. A provider that the client insists on leaves its own models alone, and no fallback.
    package func plan(for query: RouteQuery, _ conditions: RouteConditions) throws(RoutingError) -> RoutePlan {
        try checkProvider(query.provider)
        let named = try task(namedBy: query.model).flatMap(TaskName.init(rawValue:))
        var query = query
        query.task = named ?? query.task
        let isAuto = Self.isAuto(query.model)
        let isRouted = isAuto || query.saves || (!query.isSetByRule && isRoutedByTask(query.model))
        guard isRouted, let task = query.task, let entry = entry(of: task) else {
            return simplePlan(query, isAuto: isAuto, conditions)
        }
        var choice = Choice(query, conditions, self)
        choice.consider(entry)
        let model = isAuto ? defaultModel : query.model
        if choice.isEmpty { return choice.plan(query.saves && !isAuto ? .named : .noneFits, first: model, task) }
        return choice.plan(query.saves ? .saving : isAuto ? .cheapest : .substituted, first: nil, task)
    }

    /// What an answer is expected to come to.
    package struct Forecast: Sendable, Equatable {
        package let outputTokens: Int
        /// Of the whole call, in pico-dollars; nil where the catalogue has no price.
        package let cost: Int64?
    }

    /// What a model's answer is expected to come to; nil for one that is not in the catalogue.
    package func forecast(of model: String, for query: RouteQuery, _ conditions: RouteConditions) -> Forecast? {
        index(of: model).map { Choice(query, conditions, self).forecast(of: $0) }
    }

    private func simplePlan(_ query: RouteQuery, isAuto: Bool, _ conditions: RouteConditions) -> RoutePlan {
        let choice = Choice(query, conditions, self)
        let saves = query.saves && !isAuto && choice.isCheaper(defaultModel, than: query.model)
        let name = isAuto || saves ? defaultModel : query.model
        let isKnown = index(of: name).map { providers.contains(models[$0].provider) } ?? false
        let reason: RoutePlan.Reason =
            query.provider != nil
            ? .pinnedProvider
            : saves ? .saving : query.isSetByRule ? .rule : isAuto ? .defaultModel : isKnown ? .named : .defaultProvider
        return choice.plan(reason, first: name, query.task)
    }
}

/// A choice on its way to a plan.
private struct Choice {
    private let query: RouteQuery
    private let conditions: RouteConditions
    private let table: RoutingTable
    /// The task's models that fit, best first.
    private var fitting: [Option] = []
    private var rejections: [RoutePlan.Rejection] = []

    private struct Option {
        let index: Int
        let state: RouteConditions.ProviderState
        let cost: Int64
        let latency: Int64
    }

    init(_ query: RouteQuery, _ conditions: RouteConditions, _ table: RoutingTable) {
        self.query = query
        self.conditions = conditions
        self.table = table
    }

    var isEmpty: Bool { fitting.isEmpty }

    // MARK: Which models fit

    /// Sorts a task's models into those that fit and those that do not.
    mutating func consider(_ entry: RoutingTable.TaskEntry) {
        var capable: [Int] = []
        for name in entry.models {
            guard let index = table.index(of: name) else {
                rejections.append(.init(model: name, provider: table.defaultProvider, reason: .unknown))
                continue
            }
            if let provider = query.provider, table.home(of: index) != provider {
                reject(index, .notServedByPinnedProvider)
            } else if let reason = shortcoming(of: index) {
                reject(index, reason)
            } else {
                capable.append(index)
            }
        }
        let wanted = query.saves ? 0 : entry.tiers[query.complexity.rawValue]
        let best = capable.map(tier).max() ?? 0
        let least = min(wanted, best)
        for index in capable {
            if tier(of: index) < least {
                reject(index, .belowTier(has: tier(of: index), needs: wanted))
            } else {
                fitting.append(option(index))
            }
        }
        // Stable, so that of complete equals the one that the configuration names first is taken.
        fitting.sort { ($0.state.rawValue, $0.cost, $0.latency) < ($1.state.rawValue, $1.cost, $1.latency) }
    }

    private func tier(of index: Int) -> Int { table.models[index].tier ?? 0 }

    private func option(_ index: Int) -> Option {
        let latency = conditions.latency(ofModel: index)
        return Option(
            index: index, state: conditions.state(ofProvider: table.home(of: index)),
            // What has no price may cost anything.
            cost: cost(of: index) ?? .max, latency: latency > 0 ? latency : .max)
    }

    /// What keeps a model from doing what the request needs.
    private func shortcoming(of index: Int) -> RoutePlan.Rejection.Reason? {
        let model = table.models[index]
        if let end = model.retiresAt, conditions.now >= end { return .retired }
        let missing = query.needs.subtracting(model.capabilities)
        if !missing.isEmpty { return .lacks(missing) }
        if let limit = query.outputLimit, let most = model.maxOutputTokens, limit > most {
            return .answerTooShort(needs: limit, has: most)
        }
        let needed = query.inputTokens &+ outputTokens(of: index)
        if let context = model.contextTokens, needed > context { return .contextTooShort(needs: needed, has: context) }
        return nil
    }

    /// Tokens that the answer is expected to have: what the caller allows and the model can bound it.
    private func outputTokens(of index: Int) -> Int {
        let expected = conditions.outputTokens(of: query.task, by: index)
        return min(expected, query.outputLimit ?? .max, table.models[index].maxOutputTokens ?? .max)
    }

    /// Whether a model can do what the request needs, for less than another.
    func isCheaper(_ name: String, than other: String) -> Bool {
        guard let index = table.index(of: name), query.provider.map({ $0 == table.home(of: index) }) ?? true,
            shortcoming(of: index) == nil, let cost = cost(of: index)
        else { return false }
        return cost < table.index(of: other).flatMap(self.cost) ?? .max
    }

    private func cost(of index: Int) -> Int64? {
        table.models[index].price?.cost(input: query.inputTokens, output: outputTokens(of: index))
    }

    func forecast(of index: Int) -> RoutingTable.Forecast {
        RoutingTable.Forecast(outputTokens: outputTokens(of: index), cost: cost(of: index))
    }

    private mutating func reject(_ index: Int, _ reason: RoutePlan.Rejection.Reason) {
        rejections.append(.init(model: table.models[index].name, provider: table.home(of: index), reason: reason))
    }

    // MARK: The order

    /// The plan: `first`, or else the best that fits, and what may stand in for it.
    consuming func plan(_ reason: RoutePlan.Reason, first: String?, _ task: TaskName?) -> RoutePlan {
        let lead = first.map(table.index) ?? fitting[0].index
        var order = [lead.map(candidate) ?? unknown(first ?? "")]
        if query.provider == nil {
            if let lead { addFallbacks(of: lead, to: &order) }
            for option in fitting where option.index != lead {
                add(candidate(option.index), to: &order)
                reject(option.index, option.state == .down ? .providerDown : .dearer)
            }
        }
        let candidates = withThoseDownLast(order)
        return RoutePlan(
            candidates: candidates, reason: candidates[0] != order[0] ? .standIn : reason, task: task?.rawValue,
            rejections: rejections)
    }

    /// The order stays among those that are not down; the rest are ordered by who may be asked first.
    private mutating func withThoseDownLast(_ order: [RoutePlan.Candidate]) -> [RoutePlan.Candidate] {
        guard order.contains(where: isDown) else { return order }
        let reachable = order.filter { !isDown($0) }
        let down = order.filter(isDown).sorted {
            conditions.opensIn(ofProvider: $0.provider) < conditions.opensIn(ofProvider: $1.provider)
        }
        for candidate in down where !reachable.isEmpty {
            let isKnown = rejections.contains { $0.model == candidate.model && $0.provider == candidate.provider }
            if isKnown { continue }
            rejections.append(.init(model: candidate.model, provider: candidate.provider, reason: .providerDown))
        }
        return reachable + down
    }

    private func isDown(_ candidate: RoutePlan.Candidate) -> Bool {
        conditions.state(ofProvider: candidate.provider) == .down
    }

    /// The model's `fallbacks`, then other providers of the same model.
    private mutating func addFallbacks(of index: Int, to order: inout [RoutePlan.Candidate]) {
        for name in table.models[index].fallbacks {
            guard let fallback = table.index(of: name) else {
                add(unknown(name), to: &order)
                continue
            }
            if let reason = shortcoming(of: fallback) {
                reject(fallback, reason)
            } else {
                add(candidate(fallback), to: &order)
            }
        }
        for twin in table.twins(of: index) where shortcoming(of: twin) == nil { add(candidate(twin), to: &order) }
    }

    private func candidate(_ index: Int) -> RoutePlan.Candidate {
        table.candidate(index, at: query.provider, expectedCost: cost(of: index))
    }

    /// A model that is not in the catalogue: whoever serves those may know it.
    private func unknown(_ name: String) -> RoutePlan.Candidate {
        RoutePlan.Candidate(model: name, upstreamModel: name, provider: query.provider ?? table.defaultProvider)
    }

    private func add(_ candidate: RoutePlan.Candidate, to order: inout [RoutePlan.Candidate]) {
        if !order.contains(where: { $0.model == candidate.model && $0.provider == candidate.provider }) {
            order.append(candidate)
        }
    }
}
