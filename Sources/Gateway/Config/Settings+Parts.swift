import HTTP
import Metrics
import Routing

// What the modules below need of the settings, in their own terms.

extension RoutingTable {
    init(_ settings: Settings) {
        self.init(
            models: settings.models.values.map { model in
                Model(
                    name: model.name, provider: settings.provider(of: model.name)?.name ?? settings.defaultProvider,
                    upstreamName: model.upstreamName)
            },
            providers: Set(settings.providers.keys), defaultProvider: settings.defaultProvider,
            defaultModel: settings.defaultModel, tasks: Set(TaskName.allCases.map(\.rawValue)))
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
            from: price.from.description, rates: TokenRates(price.rates),
            longContext: price.longContext.map {
                LongContext(aboveInputTokens: $0.aboveInputTokens, rates: TokenRates($0.rates))
            })
    }
}

extension TokenRates {
    fileprivate init(_ rates: CatalogPrice.Rates) {
        self.init(
            input: rates.input, cachedInput: rates.cachedInput, cacheWrite: rates.cacheWrite,
            cacheWriteLong: rates.cacheWriteLong, output: rates.output ?? 0, audioInput: rates.audioInput)
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
