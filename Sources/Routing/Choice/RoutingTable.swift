/// Which provider serves which model, and which models may do which task, as the configuration says.
package struct RoutingTable: Sendable {
    /// A model of the catalogue.
    package struct Model: Sendable, Equatable {
        package let name: String
        package let provider: String
        /// The provider's own name for it.
        package let upstreamName: String
        /// How able it is, 1 to 4; nil where nobody said, which counts as 0.
        package var tier: Int?
        /// Tokens that it accepts; nil where unknown.
        package var contextTokens: Int?
        /// Tokens that it answers with at most; nil where unknown.
        package var maxOutputTokens: Int?
        package var capabilities: Capabilities = []
        package var price: TokenPrice?
        /// Models to try when it fails, in order.
        package var fallbacks: [String] = []
        /// From when on its provider no longer serves it, in microseconds since 1970.
        package var retiresAt: Int64?

        package init(name: String, provider: String, upstreamName: String) {
            self.name = name
            self.provider = provider
            self.upstreamName = upstreamName
        }
    }

    /// What a task may be done by.
    package struct TaskEntry: Sendable, Equatable {
        /// The models to choose from; none, and the task is not routed.
        package let models: [String]
        /// The least tier by complexity: low, medium, high.
        package let tiers: [Int]

        /// - Parameter tiers: One for each complexity, not falling.
        package init(models: [String], tiers: [Int]) {
            precondition(tiers.count == Complexity.allCases.count, "a tier for each complexity")
            self.models = models
            self.tiers = tiers
        }
    }

    let models: [Model]
    /// The configured provider that is asked for each model.
    private let homes: [String]
    /// The entries of the same model at other providers, for each model.
    private let twins: [[Int]]
    let indices: [String: Int]
    let providers: Set<String>
    let defaultProvider: String
    let defaultModel: String
    private let tasks: Set<String>
    private let routedTasks: [TaskName: TaskEntry]
    private let substitutes: Set<String>

    /// - Parameters:
    ///   - models: The catalogue. A model whose provider is not configured goes to the default provider.
    ///   - providers: The names of the configured providers.
    ///   - defaultProvider: Serves models that are not in the catalogue.
    ///   - defaultModel: What "auto" means where nothing is routed.
    ///   - tasks: The names that may follow "auto/".
    ///   - routedTasks: What may do each task; a task without an entry is not routed.
    ///   - substitutes: Models that task routing may replace, though a client names them.
    package init(
        models: [Model], providers: Set<String>, defaultProvider: String, defaultModel: String, tasks: Set<String>,
        routedTasks: [TaskName: TaskEntry] = [:], substitutes: Set<String> = []
    ) {
        let byName = Dictionary(models.map { ($0.name, $0) }, uniquingKeysWith: { _, last in last })
        let sorted = byName.values.sorted { $0.name < $1.name }
        let homes = sorted.map { providers.contains($0.provider) ? $0.provider : defaultProvider }
        self.models = sorted
        self.homes = homes
        twins = sorted.indices.map { index in
            sorted.indices.filter {
                sorted[$0].upstreamName == sorted[index].upstreamName && homes[$0] != homes[index]
            }
        }
        indices = Dictionary(uniqueKeysWithValues: self.models.enumerated().map { ($1.name, $0) })
        self.providers = providers
        self.defaultProvider = defaultProvider
        self.defaultModel = defaultModel
        self.tasks = tasks
        self.routedTasks = routedTasks.filter { !$0.value.models.isEmpty }
        self.substitutes = substitutes
    }

    // MARK: What there is

    /// The models that a client may name, in the order of their names.
    package var modelNames: [String] { models.map(\.name) }

    /// The provider that serves a model of the catalogue.
    package func owner(of model: String) -> String { indices[model].map { models[$0].provider } ?? defaultProvider }

    /// The names that may follow "auto/".
    package var taskNames: [String] { tasks.sorted() }

    /// Conditions of which nothing is known yet: every provider up, no history.
    package func conditions() -> RouteConditions { RouteConditions(models: indices) }

    func index(of model: String) -> Int? { indices[model] }
    func home(of index: Int) -> String { homes[index] }
    func twins(of index: Int) -> [Int] { twins[index] }
    func entry(of task: TaskName) -> TaskEntry? { routedTasks[task] }

    /// Whether a model's name asks for a route.
    package static func isAuto(_ model: String) -> Bool { model == "auto" || model.hasPrefix("auto/") }

    /// Whether the task decides which model a request gets that names this one.
    package func isRoutedByTask(_ model: String) -> Bool { Self.isAuto(model) || substitutes.contains(model) }

    /// The task of `auto/TASK`; nil for any other model.
    package func task(namedBy model: String) throws(RoutingError) -> String? {
        guard model.hasPrefix("auto/") else { return nil }
        let asked = String(model.dropFirst(5))
        guard tasks.contains(asked) else { throw .unknownTask(asked, known: taskNames) }
        return asked
    }

    // MARK: A route without a task

    /// The route of a request for `model`, where nothing is routed by task and nothing falls back.
    ///
    /// - Parameters:
    ///   - model: As the client named it: a model, `auto`, or `auto/TASK`.
    ///   - provider: The one provider that the client insists on, if it does.
    package func plan(for model: String, provider: String? = nil) throws(RoutingError) -> RoutePlan {
        try checkProvider(provider)
        let task = try task(namedBy: model)
        let isAuto = Self.isAuto(model)
        let name = isAuto ? defaultModel : model
        let home = indices[name].map { models[$0].provider }.flatMap { providers.contains($0) ? $0 : nil }
        let reason: RoutePlan.Reason =
            provider != nil ? .pinnedProvider : isAuto ? .defaultModel : home == nil ? .defaultProvider : .named
        return RoutePlan(candidates: [candidate(name, at: provider)], reason: reason, task: task)
    }

    func checkProvider(_ name: String?) throws(RoutingError) {
        if let name, !providers.contains(name) { throw .unknownProvider(name, known: providers.sorted()) }
    }

    /// A model by its name, at the provider that serves it, or at one that is insisted on.
    private func candidate(_ name: String, at provider: String?) -> RoutePlan.Candidate {
        if let index = indices[name] { return candidate(index, at: provider, expectedCost: nil) }
        return RoutePlan.Candidate(model: name, upstreamModel: name, provider: provider ?? defaultProvider)
    }

    func candidate(_ index: Int, at provider: String?, expectedCost: Int64?) -> RoutePlan.Candidate {
        let model = models[index]
        return RoutePlan.Candidate(
            model: model.name, upstreamModel: model.upstreamName, provider: provider ?? homes[index],
            contextTokens: model.contextTokens, expectedCost: expectedCost)
    }
}

/// A route that cannot be found.
package enum RoutingError: Error, Equatable, Sendable {
    case unknownTask(String, known: [String])
    case unknownProvider(String, known: [String])
}
