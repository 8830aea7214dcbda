import Cache
import Glibc
import HTTP
import LMDB
import Metrics
import Platform

/// `/api/v1/cache` of the admin plane: what is stored, why a request hits or misses, and purging.
///
/// Whatever looks through many entries does so on a thread of its own: the loop has scrapes and probes to answer.
final class CacheEndpoint {
    private let context: GatewayContext
    private let threads = AdminThreads(name: "cache-admin", limit: 4)

    init(_ context: GatewayContext) { self.context = context }

    /// What a request asks for.
    private enum Action {
        case statistics
        case list(CacheFilter, limit: Int)
        case verify
        case explain(CacheQuestion)
        case entry(CacheKey)
        case purgeKey(CacheKey)
        case purge(CacheFilter)
    }

    /// Answers a request whose path begins with `/api/v1/cache`.
    func answer(_ connection: Connection, path: Substring) async throws(SocketError) {
        let text: String
        let format: ReportTable.Format
        do throws(GatewayError) {
            let query = try AdminQuery(connection)
            format = try query.format()
            let action = try await action(connection, path, query)
            guard let found = try await answer(action, format) else { throw .unknownCacheEntry }
            text = found
        } catch { return try await connection.send(error) }
        try await connection.send(text, format)
    }

    private func action(
        _ connection: Connection, _ path: Substring, _ query: AdminQuery
    ) async throws(GatewayError) -> Action {
        let method = connection.withHead { String(decoding: $0[connection.head.method], as: UTF8.self) }
        switch (method, path) {
        case ("GET", ""):
            try query.allow([])
            return .statistics
        case ("GET", "/entries"):
            try query.allow(["deal", "model", "tag", "limit"])
            return .list(
                try query.filter(),
                limit: try query.limit(by: CacheCommand.listLimit, atMost: CacheCommand.listLimitAtMost))
        case ("POST", "/verify"):
            try query.allow([])
            return .verify
        case ("POST", "/explain"):
            try query.allow(["path"])
            return .explain(
                try await context.withAskedRequest(connection, path: query["path"]) {
                    CacheQuestion($0, context.settings)
                })
        case ("DELETE", ""):
            try query.allow(["deal", "model", "tag"])
            return .purge(try query.filter())
        case ("GET", _), ("DELETE", _):
            try query.allow([])
            guard let key = CacheKey(hex: path.dropFirst()) else { break }
            return method == "GET" ? .entry(key) : .purgeKey(key)
        default: break
        }
        throw GatewayError(
            .unknownRoute, 404,
            "The cache has GET /api/v1/cache, /entries and /KEY, POST /explain and /verify, DELETE /api/v1/cache and /KEY; "
                + "a key has 64 hexadecimal digits.")
    }

    // MARK: Doing it

    /// The answer's text; nil where there is no such entry.
    private func answer(_ action: Action, _ format: ReportTable.Format) async throws(GatewayError) -> String? {
        let context = context
        let cache = context.cache
        switch action {
        case .statistics: return Self.statistics(context).text(format)
        case .entry(let key):
            return try Self.told { () throws(StoreError) in try cache.contents.entry(key)?.text(format) }
        case .list(let filter, let limit):
            return try await onThread { () throws(StoreError) in
                CacheTables.list(try cache.contents.list(filter, limit: limit)).text(format)
            }
        case .verify:
            return try await onThread { () throws(StoreError) in
                CacheTables.verification(try cache.verify()).text(format)
            }
        case .explain(let question):
            return try await onThread { () throws(StoreError) in
                cache.waitUntilWritten()
                return try CacheExplanation(question, in: cache.contents, now: context.time.wallMicroseconds())
                    .text(format)
            }
        case .purgeKey(let key):
            return try await onThread { () throws(StoreError) in
                CacheTables.purged(try cache.purge(key) ? 1 : 0).text(format)
            }
        case .purge(let filter):
            return try await onThread { () throws(StoreError) in
                CacheTables.purged(filter.isEmpty ? try cache.purgeAll() : try cache.purge(filter)).text(format)
            }
        }
    }

    private static func statistics(_ context: GatewayContext) -> ReportTable {
        let totals = try? context.cache.contents.totals()
        return CacheTables.statistics(
            totals, context.cache.statistics, context.settings,
            dataDirectory: DataDirectory.canonical(context.settings.dataDirectory))
    }

    private static func told<Value>(_ body: () throws(StoreError) -> Value) throws(GatewayError) -> Value {
        do throws(StoreError) { return try body() } catch { throw .cacheFailed(error) }
    }

    private func onThread(
        _ body: @escaping @Sendable () throws(StoreError) -> String
    ) async throws(GatewayError) -> String {
        do throws(StoreError) {
            if let text = try await threads.run(body) { return text }
        } catch { throw .cacheFailed(error) }
        throw GatewayError(.overloaded, 503, "The cache is being looked through already; ask again later.")
    }
}

extension GatewayError {
    fileprivate static let unknownCacheEntry = GatewayError(.unknownRoute, 404, "Nothing is stored under that key.")

    fileprivate static func cacheFailed(_ error: StoreError) -> GatewayError {
        GatewayError(.invalidRequest, 500, "The cache cannot be read: \(error).")
    }
}
