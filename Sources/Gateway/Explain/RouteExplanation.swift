import HTTP
import Metrics
import Routing

/// What task, complexity and route a request would get, and why.
struct RouteExplanation {
    private let endpoint: String
    private let model: String
    private let treatment: Treatment
    /// The verdict on the request's text, where nobody says what it is.
    private let verdict: TaskClassifier.Verdict?
    private let taskReason: String?
    private let task: TaskName?
    private let source: LedgerEntry.TaskSource?
    private let features: TaskFeatures?
    private let plan: RoutePlan
    private let isRouted: Bool
    private let candidates: [Entry]
    private let passedBy: [Entry]

    /// A model that was looked at.
    private struct Entry {
        let model: String
        let provider: String
        var upstreamModel: String?
        var state: RouteConditions.ProviderState
        var forecast: RoutingTable.Forecast?
        /// Why it is not first, or no candidate at all.
        var reason: String?
    }

    init(
        _ asked: borrowing AskedRequest, _ context: GatewayContext, _ reader: inout TaskFeatureReader
    ) throws(GatewayError) {
        endpoint = asked.dialect.endpoint.name
        model = asked.request.model
        treatment = asked.treatment
        let features: TaskFeatures? =
            asked.dialect == .embeddings
            ? nil : reader.features(asked.tape, Span<UInt8>(_unsafeBytes: asked.body))
        self.features = features
        let stated = asked.statedTask
        let verdict = stated == nil ? features.map(TaskClassifier.classify) : nil
        let task = stated?.task ?? verdict?.task
        self.verdict = verdict
        self.task = task
        taskReason = verdict?.reason(reader.cues)
        source = stated?.source ?? (verdict == nil ? nil : .classifier)
        isRouted = context.routesByTask(asked.dialect, treatment, asked.request.model)

        let conditions = context.conditions
        let question = RouteQuestion(
            model: asked.request.model, asked.dialect, treatment, task: stated?.task ?? (isRouted ? task : nil),
            isRouted ? features : nil)
        let plan = try context.route(question, conditions)
        self.plan = plan
        func entry(_ model: String, _ provider: String, _ reason: String?, upstreamModel: String? = nil) -> Entry {
            var query = question.query
            // Costs are told also where they decide nothing.
            query.inputTokens = features?.inputTokens ?? 0
            query.outputLimit = features?.outputLimit
            query.task = task
            return Entry(
                model: model, provider: provider, upstreamModel: upstreamModel,
                state: conditions.state(ofProvider: provider),
                forecast: context.routing.forecast(of: model, for: query, conditions), reason: reason)
        }
        func isSame(_ rejection: RoutePlan.Rejection, _ candidate: RoutePlan.Candidate) -> Bool {
            rejection.model == candidate.model && rejection.provider == candidate.provider
        }
        candidates = plan.candidates.map { candidate in
            let rejection = plan.rejections.first { isSame($0, candidate) }
            return entry(
                candidate.model, candidate.provider, rejection?.reason.description,
                upstreamModel: candidate.upstreamModel)
        }
        passedBy = plan.rejections.filter { rejection in !plan.candidates.contains { isSame(rejection, $0) } }
            .map { entry($0.model, $0.provider, $0.reason.description) }
    }

    var json: String {
        var text = JSONText()
        text.object { object in
            object.member("endpoint", endpoint)
            object.member("model", model)
            object.member("rollout", treatment.arm == .on ? "on" : "off")
            object.member("rule", treatment.rule)
            object.member("task", task?.rawValue)
            object.member("task_source", source)
            object.member("task_reason", taskReason)
            object.name("task_confidence")
            object.raw(verdict?.confidenceText ?? "null")
            object.member("complexity", features.map { Complexity($0).name })
            object.name("complexity_points")
            object.object { points in
                for cause in Complexity.Cause.allCases {
                    points.member(cause.name, features.map { Complexity.points(for: cause, in: $0) })
                }
            }
            object.name("needs")
            object.array { names in
                for name in features.map({ Capabilities($0).names }) ?? [] { names.string(name) }
            }
            object.member("input_tokens", features?.inputTokens)
            object.member("output_limit", features?.outputLimit)
            object.member("routed_by_task", isRouted)
            object.member("route_reason", treatment.routeReason ?? plan.reason.rawValue)
            object.name("candidates")
            object.array { array in for entry in candidates { Self.write(entry, &array) } }
            object.name("passed_by")
            object.array { array in for entry in passedBy { Self.write(entry, &array) } }
        }
        return text.text + "\n"
    }

    private static func write(_ entry: Entry, _ array: inout JSONText) {
        array.object { object in
            object.member("model", entry.model)
            object.member("provider", entry.provider)
            if let name = entry.upstreamModel { object.member("upstream_model", name) }
            object.member("provider_state", "\(entry.state)")
            object.member("expected_output_tokens", entry.forecast?.outputTokens)
            object.member("expected_cost_usd", entry.forecast?.cost.map { PicoDollars($0) })
            object.member("reason", entry.reason)
        }
    }
}
