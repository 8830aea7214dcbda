import Cache
import HTTP
import Metrics
import Platform

/// What operators and their tools ask: liveness, readiness, metrics, totals. On a loop of its own, so that none of it
/// can slow a client's request.
final class AdminPlane: RequestHandler {
    private let context: GatewayContext
    private let state: ServerState
    private let auditor: CacheAuditor?
    private let digest = Digest()
    private let tokenDigest: CacheKey?
    private let cache: CacheEndpoint
    private let flags: FlagsEndpoint
    private let route: RouteEndpoint
    private let analytics: AnalyticsEndpoint

    init(_ context: GatewayContext, state: ServerState, auditor: CacheAuditor?) {
        self.context = context
        self.auditor = auditor
        self.state = state
        cache = CacheEndpoint(context)
        flags = FlagsEndpoint(context.rollout)
        route = RouteEndpoint(context)
        analytics = AnalyticsEndpoint(context)
        tokenDigest = context.settings.admin.token.map { token in
            let digest = Digest()
            digest.update(Array("Bearer \(token.value)".utf8).span.bytes)
            return digest.finish()
        }
    }

    private static let cachePath = "/api/v1/cache"
    private static let routePath = "/api/v1/route"

    func close() {}

    func answer(_ connection: Connection) async {
        do throws(SocketError) {
            let path = connection.withHead { bytes in
                String(decoding: bytes[connection.head.pathAndQuery].prefix { $0 != UInt8(ascii: "?") }, as: UTF8.self)
            }
            let isRead = connection.withHead { bytes in
                let method = HeaderName(bytes, connection.head.method)
                return method.isExactly("GET") || method.isExactly("HEAD")
            }
            let isCache = Self.isBelow(Self.cachePath, path)
            let isFlags = Self.isBelow(FlagsEndpoint.path, path)
            guard isRead || isCache || isFlags || path == Self.routePath else {
                return try await connection.send(GatewayError(.methodNotAllowed, 405, "This route takes GET."))
            }
            switch path {
            case "/healthz": try await send(connection, 200, #"{"status":"ok"}"#)
            case "/readyz": try await sendReadiness(connection)
            case _ where !isAllowed(connection):
                try await connection.send(
                    GatewayError(.invalidKey, 401, "The admin plane asks for its token: 'Authorization: Bearer TOKEN'.")
                )
            case "/metrics": try await sendMetrics(connection)
            case "/api/v1/stats": try await send(connection, 200, statistics())
            case "/api/v1/health":
                try await send(connection, 200, ProviderReport.json(of: context, isDraining: state.isDraining))
            case "/api/v1/alerts": try await send(connection, 200, alerts())
            case Self.routePath: try await route.answer(connection)
            case _ where isCache:
                try await cache.answer(connection, path: path.dropFirst(Self.cachePath.count))
            case _ where isFlags:
                try await flags.answer(connection, path: path.dropFirst(FlagsEndpoint.path.count))
            case _ where path == AnalyticsEndpoint.path || path.hasPrefix(AnalyticsEndpoint.path + "/"):
                try await analytics.answer(connection, name: path.dropFirst(AnalyticsEndpoint.path.count))
            default:
                try await connection.send(
                    GatewayError(
                        .unknownRoute, 404,
                        "The admin plane has /healthz, /readyz, /metrics, and below /api/v1: health, stats, alerts, cache, "
                            + "route, admin/flags and analytics/llm."))
            }
        } catch { connection.mustClose = true }
    }

    /// Whether a path is `route`, or one below it.
    private static func isBelow(_ route: String, _ path: String) -> Bool {
        path == route || path.hasPrefix(route + "/")
    }

    /// Whether the request carries the token, where one is set; compared as digests, so that time tells nothing.
    private func isAllowed(_ connection: Connection) -> Bool {
        guard let tokenDigest else { return true }
        return connection.withHead { bytes in
            connection.head.fields.contains { field in
                guard HeaderName(bytes, field.name).is("authorization") else { return false }
                digest.reset()
                digest.update(RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: bytes[field.value])))
                return digest.finish() == tokenDigest
            }
        }
    }

    private func sendReadiness(_ connection: Connection) async throws(SocketError) {
        if state.isDraining {
            try await send(connection, 503, #"{"status":"draining"}"#)
        } else if context.providers.isEmpty {
            try await send(connection, 503, #"{"status":"no provider is configured"}"#)
        } else {
            try await send(connection, 200, #"{"status":"ready"}"#)
        }
    }

    private func sendMetrics(_ connection: Connection) async throws(SocketError) {
        let accept = connection.withHead { bytes in
            connection.head.fields.first { HeaderName(bytes, $0.name).is("accept") }
                .map { String(decoding: bytes[$0.value], as: UTF8.self) } ?? ""
        }
        let format = TextExposition.Format(accept: accept)
        var gauges = GatewayMetrics.Gauges()
        gauges.connections = context.gauges.connections
        gauges.bufferedBytes = context.buffers.bytes
        gauges.inFlightRequests = context.gauges.requests
        gauges.ledger = context.ledger.statistics
        gauges.providers = ProviderReport.all(context).map(\.gauges)
        gauges.isCostAlertActive = context.alerts
            .standings(context.clientKeys.all, now: context.time.wallMicroseconds()).contains { $0.alert.isActive }
        let cache = context.cache.statistics
        gauges.cache = .init(
            bytes: cache.bytesInUse, entries: cache.entries,
            evictions: [
                ("expired", cache.evictedExpired), ("size", cache.evictedLeastRecentlyUsed),
                ("purged", cache.purged), ("damaged", cache.removedDamaged), ("lost", cache.lost),
            ])
        gauges.cache?.audits = (auditor?.counts ?? []).map { ($0.task, $0.verdict.rawValue, $0.number) }
        gauges.rolloutPercents = context.rollout.states.map { ($0.flag.rawValue, $0.effectivePercent) }
        let text = context.metrics.exposition(format, gauges)
        var body = ByteBuffer(capacity: text.count)
        body.append(text)
        connection.beginResponse(200)
        connection.header("content-type", format.contentType)
        connection.header("vary", "accept")
        connection.endHead(.length(body.count))
        try await connection.send(body)
    }

    /// What is watched, and how it stands.
    private func alerts() -> String {
        var json = JSONText()
        json.object { json in
            json.member("safe_mode", context.alerts.safeMode.current.rawValue)
            json.name("alerts")
            json.array { json in
                let standings = context.alerts.standings(context.clientKeys.all, now: context.time.wallMicroseconds())
                for standing in standings { standing.append(to: &json) }
            }
        }
        return json.text + "\n"
    }

    /// Totals since the start, and those that the ledger has stored.
    private func statistics() -> String {
        let now = context.metrics.summary
        let stored = context.ledger.totals
        let ledger = context.ledger.statistics
        let cache = context.cache.statistics
        let started = """
            {"calls":\(now.calls),"cache_hits":\(now.byCache[.hit] ?? 0),"cache_misses":\(now.byCache[.miss] ?? 0),\
            "unpriced_calls":\(now.unpricedCalls),"input_tokens":\(now.usage.uncachedInput),\
            "cached_input_tokens":\(now.usage.cachedInput),"cache_write_tokens":\(now.usage.cacheWrite),\
            "output_tokens":\(now.usage.output),"cost_usd":\(now.cost.usd),"saved_cache_usd":\(now.savedCache.usd)}
            """
        let kept = """
            {"calls":\(stored.calls),"unpriced_calls":\(stored.unpricedCalls),\
            "input_tokens":\(stored.usage.uncachedInput),"cached_input_tokens":\(stored.usage.cachedInput),\
            "cache_write_tokens":\(stored.usage.cacheWrite),"output_tokens":\(stored.usage.output),\
            "cost_usd":\(stored.cost.usd),"saved_cache_usd":\(stored.savedCache.usd)}
            """
        return """
            {"version":"\(VersionCommand.version)","since_start":\(started),"stored":\(kept),\
            "ledger":{"recorded":\(ledger.recorded),"queued":\(ledger.queued),"dropped":\(ledger.dropped),"failures":\(ledger.failures)},\
            "cache":{"entries":\(cache.entries),"bytes_in_use":\(cache.bytesInUse)},\
            "in_flight_requests":\(context.gauges.requests),"connections":\(context.gauges.connections),\
            "buffered_bytes":\(context.buffers.bytes)}

            """
    }

    private func send(_ connection: Connection, _ status: Int, _ json: String) async throws(SocketError) {
        try await connection.send(json, .json, status: status)
    }
}

extension Connection {
    /// Sends a whole answer of the admin plane's.
    func send(_ text: String, _ format: ReportTable.Format, status: Int = 200) async throws(SocketError) {
        var body = ByteBuffer(capacity: text.utf8.count + 1)
        body.append(text)
        beginResponse(status)
        header("content-type", format == .json ? "application/json" : "text/plain; charset=utf-8")
        endHead(.length(body.count))
        try await send(body)
    }
}
