import Cache
import HTTP
import Metrics
import Platform
import Routing
import Tokens

/// What a request's way needs that does not change from request to request; shared by every loop.
final class GatewayContext: Sendable {
    let settings: Settings
    /// By what each call's treatment is decided, and what changes it.
    let rollout: RolloutControl
    let providers: [String: Provider]
    let routing: RoutingTable
    /// Conditions under which every provider is up.
    private let calmConditions: RouteConditions
    /// Who speaks Anthropic's dialect, for models that the catalogue gives to someone else, or to nobody.
    private let anthropicProvider: String?
    let retryPolicy: RetryPolicy
    let prices: PriceTable
    /// Counts the tokens of what an upstream states no usage for.
    let tokens: TokenCounter
    let cache: ResponseCache
    /// The upstream calls that may be joined.
    let flights = FlightDirectory()
    let ledger: Ledger
    let metrics: GatewayMetrics
    let tenants: TenantDigester
    let clientKeys: ClientKeys
    let gauges: ConnectionGauges
    /// What all requests in hand may hold.
    let buffers: BufferBudget
    let time: any TimeSource
    /// Looks upstreams' names up, for every loop.
    let resolver: Resolver

    init(
        _ settings: Settings, rollout: RolloutControl, tokens: TokenCounter, cache: ResponseCache, ledger: Ledger,
        tenants: TenantDigester,
        gauges: ConnectionGauges, buffers: BufferBudget, time: any TimeSource, environment: [String: String] = [:]
    ) {
        self.settings = settings
        self.rollout = rollout
        self.tokens = tokens
        self.cache = cache
        self.ledger = ledger
        self.tenants = tenants
        self.gauges = gauges
        self.buffers = buffers
        self.time = time
        resolver = Resolver(time: time)
        providers = settings.providers.mapValues { Provider($0, settings.routing, environment: environment) }
        retryPolicy = RetryPolicy(
            retries: settings.routing.retries,
            backoff: Backoff(
                base: settings.routing.backoff.base.nanoseconds, limit: settings.routing.backoff.max.nanoseconds))
        routing = RoutingTable(settings)
        calmConditions = routing.conditions()
        anthropicProvider = settings.providers.values.filter { $0.kind == .anthropic }.map(\.name).min()
        prices = PriceTable(settings)
        clientKeys = ClientKeys(settings.auth)
        metrics = GatewayMetrics(
            version: VersionCommand.version, models: settings.models.keys.sorted(),
            providers: settings.providers.keys.sorted())
    }

    // MARK: Admission

    /// Refuses new calls while those in hand hold as much as all may.
    func checkLoad() throws(GatewayError) { if buffers.isSpent { throw .overloaded } }

    /// Finds out who calls, and refuses whom `auth.keys` do not let in.
    func admit(_ call: Call, using digest: Digest) throws(GatewayError) {
        call.tenant = call.connection.withHead { tenants.tenant(of: call.headers, in: $0, using: digest) }
        call.entry.clientKey = call.headers.credentials.isEmpty ? nil : call.tenant?.label
        guard !clientKeys.isEmpty, !settings.auth.open else { return }
        guard !call.headers.credentials.isEmpty else {
            throw GatewayError(
                .missingKey, 401, "This gateway asks for a key of its own; send it as 'Authorization: Bearer KEY'.")
        }
        let found = call.connection.withHead { bytes in
            call.headers.credentials.lazy.compactMap {
                self.clientKeys.key(matching: UnsafeRawBufferPointer(rebasing: bytes[$0.value]), using: digest)
            }.first
        }
        guard let found else {
            throw GatewayError(.invalidKey, 401, "Incorrect API key provided: this gateway does not know it.")
        }
        call.entry.clientKey = found.name
        if call.entry.deal == nil { call.entry.deal = found.deal }
        call.wasAdmittedByKey = true
    }

    // MARK: Routing

    /// How the providers do now. Nothing is allocated for it while all are up.
    private var conditions: RouteConditions {
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
        let treatment = call.treatment
        let model = treatment.model ?? model
        do throws(RoutingError) {
            // Nothing is tried, retried or replaced there.
            if call.entry.rollout == .off, dialect != .messages {
                return note(try routing.plan(for: model, provider: treatment.provider), call)
            }
            let conditions = conditions
            let task = TaskName(model: model) ?? call.entry.task.map(TaskName.init)
            var query = RouteQuery(model: model)
            if let features, let task { query = RouteQuery(model: model, features, task: task) }
            query.isSetByRule = treatment.model != nil
            query.provider = treatment.provider
            if dialect == .messages, query.provider == nil,
                providers[try routing.plan(for: query, conditions).candidates[0].provider]?.kind != .anthropic
            {
                query.provider = anthropicProvider
            }
            return note(try routing.plan(for: query, conditions), call)
        } catch { throw GatewayError(error) }
    }

    private func note(_ plan: RoutePlan, _ call: Call) -> RoutePlan {
        call.entry.model = plan.candidates[0].model
        call.entry.provider = plan.candidates[0].provider
        call.entry.routeReason = call.treatment.routeReason ?? plan.reason.rawValue
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
    /// - Parameter path: Where the path below `/v1` and the query stand in the head.
    func upstreamRequest(to provider: Provider, path: Range<Int>, for call: Call) -> UpstreamRequest {
        var request = call.connection.withHead { bytes in
            provider.request(
                for: call.connection.head, bytes, headers: call.headers, method: call.method,
                path: UnsafeRawBufferPointer(rebasing: bytes[path]), keepsCredentials: !call.wasAdmittedByKey)
        }
        call.limitTime(of: &request)
        return request
    }

    // MARK: The cache

    /// Whose stored answers a call may see; nil where they are everybody's.
    func cacheTenant(of call: Call) -> Tenant? { settings.cache.scope == .shared ? nil : call.tenant }

    // MARK: Books

    /// Writes what a call used, and what that costs at its own time's price.
    func charge(_ entry: inout LedgerEntry, usage: Usage?, model: String, source: UsageSource = .reported) {
        entry.usage = usage
        entry.charge(usage.flatMap { prices.cost(of: $0, model: model, at: entry.startedAt) }, source: source)
        if let usage, entry.tokensSaved > 0 {
            entry.savedCompression = worth(of: entry.tokensSaved, usage, model, entry)
        }
    }

    /// What tokens would have cost that were never sent: as large a share of them as of the others at the rate of what
    /// the provider had cached.
    private func worth(of tokens: Int, _ usage: Usage, _ model: String, _ entry: LedgerEntry) -> PicoDollars? {
        // In whole numbers, like all that becomes money; never more than the tokens, since the input holds what was cached.
        let cached =
            usage.input > 0
            ? usage.input.dividingFullWidth(tokens.multipliedFullWidth(by: usage.cachedInput)).quotient : 0
        let unsent = Usage(uncachedInput: tokens &- cached, cachedInput: cached)
        return prices.cost(of: unsent, model: model, at: entry.startedAt)?.total
    }

    /// Counts a finished call in its loop's metrics.
    func count(_ entry: LedgerEntry, in shard: MetricsShard) {
        var sample = RequestSample(endpoint: entry.endpoint)
        if let model = entry.model { sample.model = metrics.models.label(of: model) }
        if let provider = entry.provider { sample.provider = metrics.providers.label(of: provider) }
        sample.task = entry.task
        sample.status = entry.status ?? 0
        sample.cache = entry.cache
        sample.rollout = entry.rollout
        sample.durationNanoseconds = UInt64(max(entry.latencyMicroseconds, 0)) &* 1000
        sample.firstByteNanoseconds = entry.firstByteMicroseconds.map { UInt64(max($0, 0)) &* 1000 }
        sample.overheadNanoseconds = entry.overheadMicroseconds.map { UInt64(max($0, 0)) &* 1000 }
        sample.retries = max(entry.attempts.count - 1, 0)
        sample.fallback = entry.fallback
        sample.usage = entry.usage
        sample.usageSource = entry.usageSource
        sample.cost = entry.cost
        sample.savedCache = entry.savedCache
        sample.savedCompression = entry.savedCompression
        sample.tokensBeforeCompression = entry.tokensBeforeCompression ?? 0
        sample.tokensAfterCompression = entry.tokensAfterCompression ?? 0
        shard.record(sample)
        for attempt in entry.attempts {
            let isLast = attempt.provider == entry.provider
            let label = isLast ? sample.provider : metrics.providers.label(of: attempt.provider)
            shard.record(AttemptOutcome(attempt), provider: label)
        }
    }
}

extension AttemptOutcome {
    /// How an attempt of the ledger ended.
    init(_ attempt: LedgerEntry.Attempt) {
        switch attempt.error.flatMap(UpstreamFailure.Kind.init(rawValue:)) {
        case .unresolved, .refused, .tls, .poolExhausted: self = .connectError
        case .connectTimeout, .firstByteTimeout, .idleTimeout, .totalTimeout: self = .timeout
        case .cancelled, .requestIncomplete: self = .cancelled
        case .invalidAnswer, .closedEarly, .other: self = .broken
        case nil: self = attempt.error == nil ? AttemptOutcome(status: attempt.status ?? 0) : .broken
        }
    }
}
