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
    /// What calls have shown of tasks and models.
    let routeBook: RouteBook
    /// Who speaks Anthropic's dialect, for models that the catalogue gives to someone else, or to nobody.
    let anthropicProvider: String?
    let retryPolicy: RetryPolicy
    let prices: PriceTable
    /// Counts the tokens of what an upstream states no usage for.
    let tokens: TokenCounter
    let cache: ResponseCache
    /// The upstream calls that may be joined.
    let flights = FlightDirectory()
    /// Those that would be joined, if their calls were not only shadowed.
    let shadowFlights = FlightDirectory()
    let ledger: Ledger
    let metrics: GatewayMetrics
    let tenants: TenantDigester
    let clientKeys: ClientKeys
    /// What is being spent, and what is done about it.
    let alerts: AlertBook
    let gauges: ConnectionGauges
    /// What all requests in hand may hold.
    let buffers: BufferBudget
    let time: any TimeSource
    /// Looks upstreams' names up, for every loop.
    let resolver: Resolver

    /// - Parameter spent: What the calls of each client key, by its name, have cost since the beginning of the day.
    init(
        _ settings: Settings, rollout: RolloutControl, tokens: TokenCounter, cache: ResponseCache, ledger: Ledger,
        tenants: TenantDigester, gauges: ConnectionGauges, buffers: BufferBudget, time: any TimeSource,
        alerts: AlertBook, spent: [String: PicoDollars] = [:], environment: [String: String] = [:],
        onProviderEvent: @escaping @Sendable (ProviderEvent) -> Void = { _ in }
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
        providers = settings.providers.mapValues {
            Provider($0, settings.routing, environment: environment, onChange: onProviderEvent)
        }
        retryPolicy = RetryPolicy(
            retries: settings.routing.retries,
            backoff: Backoff(
                base: settings.routing.backoff.base.nanoseconds, limit: settings.routing.backoff.max.nanoseconds))
        routing = RoutingTable(settings)
        routeBook = RouteBook(routing)
        anthropicProvider = settings.providers.values.filter { $0.kind == .anthropic }.map(\.name).min()
        prices = PriceTable(settings)
        clientKeys = ClientKeys(settings.auth, spent: spent, now: time.wallMicroseconds())
        self.alerts = alerts
        metrics = GatewayMetrics(
            version: VersionCommand.version, models: settings.models.keys.sorted(),
            providers: settings.providers.keys.sorted())
    }

    // MARK: Admission

    /// Refuses a new call while those in hand hold as much as all may, while no more money is to be spent, and, where none
    /// may go unrecorded, while the ledger cannot be written.
    func checkLoad(_ call: Call) throws(GatewayError) {
        if buffers.isSpent { throw .overloaded }
        if settings.ledger.onFull == .refuse, ledger.isFailing {
            // The room that is left is for the records of the calls in hand.
            call.leavesRecord = false
            throw .ledgerFull
        }
        call.safeMode = alerts.safeMode.current
        if call.safeMode == .block { throw .tooMuchSpent }
    }

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
                self.clientKeys.account(matching: UnsafeRawBufferPointer(rebasing: bytes[$0.value]), using: digest)
            }.first
        }
        guard let found else {
            throw GatewayError(.invalidKey, 401, "Incorrect API key provided: this gateway does not know it.")
        }
        call.entry.clientKey = found.key.name
        if call.entry.deal == nil { call.entry.deal = found.key.deal }
        call.account = found
        try found.admit(now: time.monotonicNanoseconds())
    }

    /// Sets aside what a call may cost its key at most, or refuses it; before an upstream is asked.
    ///
    /// - Parameter usage: The tokens that it may take at most.
    func reserve(_ call: Call, model: String, _ usage: () -> Usage) throws(GatewayError) {
        guard let account = call.account, account.budget != nil else { return }
        let worst = prices.cost(of: usage(), model: model, at: call.entry.startedAt)?.total ?? .zero
        try account.reserve(worst, now: time.wallMicroseconds())
        call.reserved = worst
    }

    /// Takes what a call has cost off its key's budget, in the place of what it may have cost.
    func settle(_ entry: borrowing LedgerEntry, _ reserved: PicoDollars?, of account: ClientAccount?) {
        guard let reserved else { return }
        account?.budget?.settle(reserved, cost: entry.cost, startedAt: entry.startedAt)
    }

    // MARK: The cache

    /// Whose stored answers a call may see; nil where they are everybody's.
    func cacheTenant(of call: Call) -> Tenant? { settings.cache.scope == .shared ? nil : call.tenant }

    /// Whether those who join a call may have other accounts at its provider than the one that it is made with.
    func mixesAccounts(_ call: Call, at provider: Provider) -> Bool {
        settings.cache.scope == .shared && !provider.hasKey && !call.wasAdmittedByKey
    }

    // MARK: Books

    /// Writes what a call used, and what that costs at its own time's price.
    ///
    /// - Parameter unsent: What compression took off its prompt.
    func charge(
        _ entry: inout LedgerEntry, usage: Usage?, model: String, source: UsageSource = .reported,
        unsent: UnsentTokens = UnsentTokens()
    ) {
        entry.usage = usage
        entry.savedCompression = nil
        let cost = usage.flatMap { price(of: $0, model, entry) }
        entry.charge(cost, source: source)
        if var whole = usage, let cost, unsent.tokens > 0 {
            // The difference, and not a price of its own: a longer prompt may have other rates for all of it.
            whole += unsent.usage(beside: whole)
            entry.savedCompression = price(of: whole, model, entry).map { $0.total - cost.total }
        }
        entry.savedRouting = usage.flatMap { savedByRouting(entry, $0, model) }
    }

    /// What the same tokens would have cost more with the model that was asked for, or with what "auto" means where
    /// nothing is routed; nil where that model answered, or one that stands in for it, and where a price is not known.
    private func savedByRouting(_ entry: LedgerEntry, _ usage: Usage, _ model: String) -> PicoDollars? {
        guard entry.rollout == .on, !entry.fallback, let requested = entry.requestedModel, let cost = entry.cost else {
            return nil
        }
        let asked = RoutingTable.isAuto(requested) ? settings.defaultModel : requested
        guard asked != model || asked != requested else { return nil }
        return price(of: usage, asked, entry).map { $0.total - cost }
    }

    /// The price of some tokens at a call's own time and tier; nil where it is not known.
    private func price(of usage: Usage, _ model: String, _ entry: LedgerEntry) -> Cost? {
        prices.cost(of: usage, model: model, tier: entry.serviceTier, at: entry.startedAt)
    }

    /// What tokens would have cost that were never sent: as large a share of them as of the others at the rate of what
    /// the provider had cached.
    func worth(of tokens: Int, _ usage: Usage, _ model: String, _ entry: LedgerEntry) -> PicoDollars? {
        // In whole numbers, like all that becomes money; never more than the tokens, since the input holds what was cached.
        let cached =
            usage.input > 0
            ? usage.input.dividingFullWidth(tokens.multipliedFullWidth(by: usage.cachedInput)).quotient : 0
        let unsent = Usage(uncachedInput: tokens &- cached, cachedInput: cached)
        return price(of: unsent, model, entry)?.total
    }

    /// Counts a finished call in its loop's metrics.
    func count(_ entry: LedgerEntry, in shard: MetricsShard) {
        var sample = RequestSample(endpoint: entry.endpoint)
        sample.id = entry.id
        if let model = entry.model { sample.model = metrics.models.label(of: model) }
        if let provider = entry.provider { sample.provider = metrics.providers.label(of: provider) }
        sample.task = entry.task
        sample.status = entry.status ?? 0
        sample.cache = entry.cache
        sample.rollout = entry.rollout
        sample.durationNanoseconds = UInt64(max(entry.latencyMicroseconds, 0)) &* 1000
        sample.firstByteNanoseconds = entry.firstByteMicroseconds.map { UInt64(max($0, 0)) &* 1000 }
        sample.overheadNanoseconds = entry.overheadMicroseconds.map { UInt64(max($0, 0)) &* 1000 }
        sample.retries = entry.retries
        sample.fallback = entry.fallback
        sample.usage = entry.usage
        sample.usageSource = entry.usageSource
        sample.cost = entry.cost
        sample.savedCache = entry.savedCache
        sample.savedCompression = entry.savedCompression
        sample.savedRouting = entry.savedRouting
        sample.shadow = entry.shadow.map(ShadowSavings.init)
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

extension LedgerEntry {
    /// Attempts beyond the first at the same provider.
    fileprivate var retries: Int {
        attempts.indices.count { index in
            attempts[..<index].contains { $0.provider == attempts[index].provider }
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
