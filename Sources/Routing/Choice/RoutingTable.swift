/// Which provider serves which model, as the configuration says.
package struct RoutingTable: Sendable {
    /// A model of the catalogue.
    package struct Model: Sendable, Equatable {
        package let name: String
        package let provider: String
        /// The provider's own name for it.
        package let upstreamName: String

        package init(name: String, provider: String, upstreamName: String) {
            self.name = name
            self.provider = provider
            self.upstreamName = upstreamName
        }
    }

    private let models: [String: Model]
    private let providers: Set<String>
    private let defaultProvider: String
    private let defaultModel: String
    private let tasks: Set<String>

    /// - Parameters:
    ///   - models: The catalogue. A model whose provider is not configured goes to the default provider.
    ///   - providers: The names of the configured providers.
    ///   - defaultProvider: Serves models that are not in the catalogue.
    ///   - defaultModel: What "auto" means.
    ///   - tasks: The names that may follow "auto/".
    package init(
        models: [Model], providers: Set<String>, defaultProvider: String, defaultModel: String, tasks: Set<String>
    ) {
        self.models = Dictionary(models.map { ($0.name, $0) }, uniquingKeysWith: { _, last in last })
        self.providers = providers
        self.defaultProvider = defaultProvider
        self.defaultModel = defaultModel
        self.tasks = tasks
    }

    /// The models that a client may name, in the order of their names.
    package var modelNames: [String] { models.keys.sorted() }

    /// The provider that serves a model of the catalogue.
    package func owner(of model: String) -> String { models[model]?.provider ?? defaultProvider }

    /// The names that may follow "auto/".
    package var taskNames: [String] { tasks.sorted() }

    /// The route of a request for `model`.
    ///
    /// - Parameters:
    ///   - model: As the client named it: a model, `auto`, or `auto/TASK`.
    ///   - provider: The one provider that the client insists on, if it does.
    package func plan(for model: String, provider: String? = nil) throws(RoutingError) -> RoutePlan {
        if let provider, !providers.contains(provider) {
            throw .unknownProvider(provider, known: providers.sorted())
        }
        var name = model
        var reason = RoutePlan.Reason.named
        var task: String?
        if model == "auto" || model.hasPrefix("auto/") {
            if model != "auto" {
                let asked = String(model.dropFirst(5))
                guard tasks.contains(asked) else { throw .unknownTask(asked, known: tasks.sorted()) }
                task = asked
            }
            name = defaultModel
            reason = .defaultModel
        }
        let entry = models[name]
        let home = entry.flatMap { providers.contains($0.provider) ? $0.provider : nil }
        if home == nil, reason == .named { reason = .defaultProvider }
        let candidate = RoutePlan.Candidate(
            model: name, upstreamModel: entry?.upstreamName ?? name, provider: provider ?? home ?? defaultProvider)
        return RoutePlan(candidates: [candidate], reason: provider == nil ? reason : .pinnedProvider, task: task)
    }
}

/// The candidates for a request, best first; never empty.
package struct RoutePlan: Sendable, Equatable {
    package struct Candidate: Sendable, Equatable {
        /// The catalogue's name, by which it is priced and recorded.
        package let model: String
        /// What the provider is asked for.
        package let upstreamModel: String
        package let provider: String

        package init(model: String, upstreamModel: String, provider: String) {
            self.model = model
            self.upstreamModel = upstreamModel
            self.provider = provider
        }
    }

    /// Why the first candidate is the first, as the ledger records it.
    package enum Reason: String, Sendable {
        case named = "named by the client"
        case defaultModel = "auto: default_model"
        case defaultProvider = "not in the catalogue: default_provider"
        case pinnedProvider = "provider named by the client"
    }

    package let candidates: [Candidate]
    package let reason: Reason
    /// The task of `auto/TASK`.
    package let task: String?
}

/// A route that cannot be found.
package enum RoutingError: Error, Equatable, Sendable {
    case unknownTask(String, known: [String])
    case unknownProvider(String, known: [String])
}
