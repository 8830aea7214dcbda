import HTTP
import Metrics
package import Routing

// What the modules below need of the settings, in their own terms.

extension RoutingTable {
    /// - Parameter today: By which prices are chosen; nil takes the latest ones.
    package init(_ settings: Settings, today: CalendarDay? = nil) {
        self.init(
            models: settings.models.values.map { model in
                Model(
                    model, provider: settings.provider(of: model.name)?.name ?? settings.defaultProvider, today: today)
            },
            providers: Set(settings.providers.keys), defaultProvider: settings.defaultProvider,
            defaultModel: settings.defaultModel, tasks: Set(TaskName.allCases.map(\.rawValue)),
            routedTasks: settings.tasks.mapValues { task in
                TaskEntry(models: task.models, tiers: [task.low, task.medium, task.high])
            },
            substitutes: Set(settings.routing.substitute))
    }
}

extension RoutingTable.Model {
    fileprivate init(_ model: CatalogModel, provider: String, today: CalendarDay?) {
        self.init(name: model.name, provider: provider, upstreamName: model.upstreamName)
        tier = model.tier
        contextTokens = model.contextTokens
        maxOutputTokens = model.maxOutputTokens
        capabilities = model.capabilities.reduce(into: []) { $0.insert(Capabilities($1)) }
        price = model.prices.last { price in today.map { price.from <= $0 } ?? true }.map(TokenPrice.init)
        fallbacks = model.fallbacks
        retiresAt = model.retires?.startMicroseconds
    }
}

extension Capabilities {
    fileprivate init(_ capability: CatalogModel.Capability) {
        switch capability {
        case .tools: self = .tools
        case .vision: self = .vision
        case .jsonSchema: self = .jsonSchema
        case .embeddings: self = .embeddings
        }
    }
}

extension TokenPrice {
    fileprivate init(_ price: CatalogPrice) {
        self.init(
            input: price.rates.input, output: price.rates.output ?? 0, longAbove: price.longContext?.aboveInputTokens,
            longInput: price.longContext?.rates.input ?? 0, longOutput: price.longContext?.rates.output ?? 0)
    }
}

extension PriceTable {
    init(_ settings: Settings) {
        self.init(settings.models.mapValues { model in model.prices.compactMap(ModelPrice.init) })
    }
}

extension ModelPrice {
    fileprivate init?(_ price: CatalogPrice) {
        self.init(
            from: price.from.description, PriceRates(price.rates, price.longContext),
            tiers: price.tiers.mapValues { PriceRates($0.rates, $0.longContext) })
    }
}

extension PriceRates {
    fileprivate init(_ rates: CatalogPrice.Rates, _ longContext: CatalogPrice.LongContext?) {
        self.init(
            TokenRates(rates),
            longContext: longContext.map {
                LongContext(aboveInputTokens: $0.aboveInputTokens, rates: TokenRates($0.rates))
            })
    }
}

extension TokenRates {
    fileprivate init(_ rates: CatalogPrice.Rates) {
        self.init(
            input: rates.input, cachedInput: rates.cachedInput, cacheWrite: rates.cacheWrite,
            cacheWriteLong: rates.cacheWriteLong, output: rates.output ?? 0, reasoning: rates.reasoning,
            audioInput: rates.audioInput, audioOutput: rates.audioOutput)
    }
}

extension Connection.Limits {
    init(_ limits: LimitSettings) {
        self.init(
            headBytes: limits.headerBytes, headTimeout: limits.headTimeout.nanoseconds,
            bodyTimeout: limits.bodyTimeout.nanoseconds, idleTimeout: limits.idleTimeout.nanoseconds,
            minBytesPerSecond: limits.minBytesPerSecond)
    }
}

extension SocketAddress {
    init(_ name: SocketName) { self.init(host: name.host, port: name.port) }
}

extension Duration {
    /// Whole nanoseconds; 0 for a negative duration.
    var nanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        return UInt64(max(seconds, 0)) &* 1_000_000_000 &+ UInt64(max(attoseconds, 0) / 1_000_000_000)
    }

    /// Whole microseconds.
    var microseconds: Int64 { Int64(nanoseconds / 1000) }
}
