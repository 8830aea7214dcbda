import HTTP
import Metrics
import Platform
import Routing

/// Where a call goes, and what it is carried in.
extension GatewayContext {
    /// How the providers do now. Nothing is allocated for it while all are up.
    var conditions: RouteConditions {
        var conditions = calmConditions
        conditions.now = time.wallMicroseconds()
        let now = time.monotonicNanoseconds()
        for (name, provider) in providers {
            let health = provider.state.health
            let state = health.state(now)
            if state == .up { continue }
            conditions.set(state, ofProvider: name, opensIn: Int64(clamping: health.opensIn(now)))
        }
        return conditions
    }

    /// The route of a request for `model`, or for the model that a rule puts in its place.
    ///
    /// - Parameter features: Of a request that is routed by its task.
    func plan(
        for model: String, _ dialect: Dialect, _ call: Call, _ features: TaskFeatures? = nil
    ) throws(GatewayError) -> RoutePlan {
        var question = RouteQuestion(
            model: model, dialect, call.treatment, task: call.entry.task.map(TaskName.init), features)
        question.query.saves = call.saves && features != nil && dialect != .messages
        return note(try route(question, conditions), call)
    }

    /// Whether the task of a request decides which model it gets.
    ///
    /// - Parameter saves: Whether it gets the cheapest model that can do it, whatever model it names.
    func routesByTask(_ dialect: Dialect, _ treatment: Treatment, _ model: String, saves: Bool = false) -> Bool {
        treatment.routesByTask && treatment.changesBytes && dialect != .embeddings
            && (saves || routing.isRoutedByTask(treatment.model ?? model))
    }

    /// The route, under these conditions.
    func route(_ question: RouteQuestion, _ conditions: RouteConditions) throws(GatewayError) -> RoutePlan {
        let plan: RoutePlan
        do throws(RoutingError) { plan = try find(question, conditions) } catch { throw GatewayError(error) }
        return try plan.told(in: question.dialect, by: { self.providers[$0]?.kind ?? .openai })
    }

    private func find(_ question: RouteQuestion, _ conditions: RouteConditions) throws(RoutingError) -> RoutePlan {
        var query = question.query
        // Nothing is tried, retried or replaced there.
        if question.isOff, question.dialect != .messages {
            return try routing.plan(for: query.model, provider: query.provider)
        }
        if question.dialect == .messages, query.provider == nil,
            providers[try routing.plan(for: query, conditions).candidates[0].provider]?.kind != .anthropic
        {
            query.provider = anthropicProvider
        }
        return try routing.plan(for: query, conditions)
    }

    private func note(_ plan: RoutePlan, _ call: Call) -> RoutePlan {
        call.entry.model = plan.candidates[0].model
        call.entry.provider = plan.candidates[0].provider
        let reason = call.treatment.routeReason ?? plan.reason.rawValue
        call.entry.routeReason = call.taskReason.map { "\(reason); \($0)" } ?? reason
        if call.entry.task == nil, let task = plan.task.flatMap({ LedgerEntry.TaskKind(name: $0) }) {
            call.entry.task = task
            call.entry.taskSource = .model
        }
        return plan
    }

    /// The provider of a call that names no model.
    func provider(for call: Call) throws(GatewayError) -> Provider {
        let name = call.treatment.provider ?? settings.defaultProvider
        guard let provider = providers[name] else {
            throw GatewayError(RoutingError.unknownProvider(name, known: providers.keys.sorted()))
        }
        return provider
    }

    /// The request that carries a call to `provider`, its body still to be set.
    ///
    /// - Parameters:
    ///   - path: Where the path below `/v1` and the query stand in the head.
    ///   - deployment: The provider's name for the model, where its URLs may have one.
    ///   - isTold: Whether the call is told in the provider's dialect.
    func upstreamRequest(
        to provider: Provider, path: Range<Int>, deployment: String? = nil, isTold: Bool = false, for call: Call
    ) -> UpstreamRequest {
        var request = call.connection.withHead { bytes in
            let told = AnthropicRequest.path
            let path =
                isTold
                ? UnsafeRawBufferPointer(start: told.utf8Start, count: told.utf8CodeUnitCount)
                : UnsafeRawBufferPointer(rebasing: bytes[path])
            return provider.request(
                for: call.connection.head, bytes, headers: call.headers, method: call.method,
                Provider.Way(
                    path: path, deployment: deployment, isTold: isTold, keepsCredentials: !call.wasAdmittedByKey))
        }
        call.limitTime(of: &request)
        return request
    }
}

/// What is known of a request whose route is looked for.
struct RouteQuestion {
    let dialect: Dialect
    /// Whether it is carried only.
    let isOff: Bool
    var query: RouteQuery

    /// - Parameters:
    ///   - model: As the request names it.
    ///   - task: Where it is known.
    ///   - features: Of a request that is routed by its task.
    init(model: String, _ dialect: Dialect, _ treatment: Treatment, task: TaskName?, _ features: TaskFeatures?) {
        self.dialect = dialect
        isOff = treatment.arm == .off
        let model = treatment.model ?? model
        var query = RouteQuery(model: model)
        if let features, let task = TaskName(model: model) ?? task {
            query = RouteQuery(model: model, features, task: task)
        }
        query.isSetByRule = treatment.model != nil
        query.provider = treatment.provider
        self.query = query
    }
}

extension RoutePlan {
    /// The plan without the candidates whose provider has nothing like what is asked for.
    ///
    /// Chat completions can be told to everyone. Messages go where the first candidate's kind is; Anthropic has neither
    /// completions nor responses nor embeddings.
    ///
    /// - Throws: 400 where no candidate is left.
    fileprivate func told(
        in dialect: Dialect, by kind: (String) -> ProviderSettings.Kind
    ) throws(GatewayError) -> RoutePlan {
        func isTold(_ candidate: Candidate) -> Bool {
            switch dialect {
            case .chat: true
            case .messages: kind(candidate.provider) == kind(candidates[0].provider)
            case .completions, .responses, .embeddings: kind(candidate.provider) != .anthropic
            }
        }
        if candidates.allSatisfy(isTold) { return self }
        let told = candidates.filter(isTold)
        guard !told.isEmpty else {
            throw GatewayError(
                .invalidRequest, 400,
                "Provider '\(candidates[0].provider)' of model '\(candidates[0].model)' has nothing like /v1\(dialect.path); "
                    + "ask /v1/chat/completions, or name another model.", parameter: "model")
        }
        return RoutePlan(candidates: told, reason: reason, task: task, rejections: rejections)
    }
}
