import Cache
import Foundation
import HTTP
import LMDB
import Metrics
import Platform

/// Why a cache command could not do its work.
struct CacheCommandError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

extension CacheCommand.Job {
    /// Bytes of a request to explain.
    private static let requestLimit = 64 << 20

    /// Does it, on the data directory, or through a running gateway where that is asked for or the only way.
    ///
    /// - Returns: Whether nothing is wrong with the cache.
    func run(
        _ settings: Settings, isRemote: Bool, _ context: CommandContext
    ) throws(CacheCommandError) -> Bool {
        if isRemote { return try ask(AdminClient(settings.admin), context) }
        let held: DataDirectory?
        do throws(StartupError) { held = try DataDirectory(holdingIdle: settings.dataDirectory) } catch {
            throw CacheCommandError(error.description)
        }
        defer { held?.release() }
        if held == nil, action == .purge { return try purgeThroughGateway(settings, context) }
        let question = action == .explain ? try question(settings) : nil
        do throws(StoreError) {
            let text = try action == .purge ? purge(settings) : look(settings, isInUse: held == nil, question, context)
            context.console.write(text.text)
            return text.isSound
        } catch {
            if error.isAbsent {
                throw CacheCommandError(
                    "there is no cache in '\(settings.dataDirectory)'; name its directory with --data")
            }
            throw CacheCommandError(error.description)
        }
    }

    // MARK: On the data directory

    /// - Parameter question: What to explain.
    private func look(
        _ settings: Settings, isInUse: Bool, _ question: CacheQuestion?, _ context: CommandContext
    ) throws(StoreError) -> (text: String, isSound: Bool) {
        let directory = settings.dataDirectory
        switch action {
        case .verify:
            let found = try CacheVerification(directory: directory, isInUse: isInUse)
            return (CacheTables.verification(found).text(format), found.isSound)
        case .explain:
            let contents = try CacheContents(directory: directory, isInUse: isInUse)
            guard let question else { preconditionFailure("an explanation has a question") }
            return (try CacheExplanation(question, in: contents, now: context.now).text(format), true)
        case .list:
            let contents = try CacheContents(directory: directory, isInUse: isInUse)
            return (CacheTables.list(try contents.list(filter, limit: limit)).text(format), true)
        case .stats, .purge:
            let totals = try CacheContents(directory: directory, isInUse: isInUse).totals()
            let shown = DataDirectory.canonical(directory)
            return (CacheTables.statistics(totals, nil, settings, dataDirectory: shown).text(format), true)
        }
    }

    private func purge(_ settings: Settings) throws(StoreError) -> (text: String, isSound: Bool) {
        // Opened to look first: a purge makes no cache where there is none.
        _ = try CacheContents(directory: settings.dataDirectory, isInUse: false).totals()
        let cache = try ResponseCache(
            directory: settings.dataDirectory, maxBytes: settings.cache.maxBytes,
            maxEntryBytes: settings.cache.maxEntryBytes,
            keepsExpired: settings.cache.staleIfError.microseconds, time: SystemTime())
        defer { cache.close() }
        let count: Int
        if let key {
            count = try cache.purge(key) ? 1 : 0
        } else {
            count = filter.isEmpty ? try cache.purgeAll() : try cache.purge(filter)
        }
        return (CacheTables.purged(count).text(format), true)
    }

    private func question(_ settings: Settings) throws(CacheCommandError) -> CacheQuestion {
        let body = try request()
        let tenants: TenantDigester
        do throws(CacheFault) { tenants = try TenantDigester(directory: settings.dataDirectory) } catch {
            throw CacheCommandError(error.description)
        }
        do throws(GatewayError) {
            return try body.span.bytes.withUnsafeBytes { (body) throws(GatewayError) in
                let asked = try AskedRequest(
                    target: path, headers: headers, body: body, settings, RolloutPolicy(settings))
                return CacheQuestion(asked, settings, tenants)
            }
        } catch { throw CacheCommandError(error.message) }
    }

    /// The request to explain, from the file or standard input.
    private func request() throws(CacheCommandError) -> [UInt8] {
        let handle = file.map { $0 == "-" ? .standardInput : FileHandle(forReadingAtPath: $0) } ?? .standardInput
        guard let handle, let data = try? handle.read(upToCount: Self.requestLimit + 1) ?? Data() else {
            throw CacheCommandError("cannot read '\(file ?? "-")'")
        }
        guard data.count <= Self.requestLimit else {
            throw CacheCommandError("the request is longer than \(Self.requestLimit) bytes")
        }
        return Array(data)
    }

    // MARK: Through a running gateway

    /// The gateway that holds the directory is the only one that may write there; but is it the one at that address?
    private func purgeThroughGateway(
        _ settings: Settings, _ context: CommandContext
    ) throws(CacheCommandError) -> Bool {
        let client = AdminClient(settings.admin)
        let directory = DataDirectory.canonical(settings.dataDirectory)
        let holder = "a gateway is running on \(directory), and a purge goes through it"
        let found: Data
        do throws(CacheCommandError) { found = try client.send("GET", "/api/v1/cache") } catch {
            throw CacheCommandError("\(holder): name its admin address with --admin HOST:PORT (\(error))")
        }
        let theirs = (try? JSONSerialization.jsonObject(with: found) as? [String: Any])?["data_dir"] as? String
        guard theirs == directory else {
            throw CacheCommandError(
                "\(holder), but the one at \(settings.admin.address) has its data in \(theirs ?? "another place"); "
                    + "name its admin address with --admin HOST:PORT")
        }
        return try ask(client, context)
    }

    private func ask(_ client: AdminClient, _ context: CommandContext) throws(CacheCommandError) -> Bool {
        let format = [("format", self.format.rawValue)]
        let route = "/api/v1/cache"
        let answer: Data
        switch action {
        case .stats: answer = try client.send("GET", route, format)
        case .list: answer = try client.send("GET", "\(route)/entries", filterQuery + [("limit", "\(limit)")] + format)
        case .verify:
            answer = try client.send("POST", "\(route)/verify", [])
            let found = try? JSONSerialization.jsonObject(with: answer) as? [String: Any]
            let text = self.format == .json ? answer : try client.send("POST", "\(route)/verify", format)
            context.console.write(String(decoding: text, as: UTF8.self))
            return found?["sound"] as? Bool == true
        case .purge:
            let target = key.map { "\(route)/\($0)" } ?? route
            answer = try client.send("DELETE", target, filterQuery + format)
        case .explain:
            answer = try client.send("POST", "\(route)/explain", format, body: try wrapped(request()))
        }
        context.console.write(String(decoding: answer, as: UTF8.self))
        return true
    }

    /// The request with its header fields beside it, since those of the call are the operator's.
    private func wrapped(_ request: [UInt8]) throws(CacheCommandError) -> Data {
        var text = JSONText()
        text.object { object in
            object.member("path", path)
            object.name("headers")
            object.object { object in for (name, value) in headers { object.member(name, value) } }
            object.name("request")
            object.raw(String(decoding: request, as: UTF8.self))
        }
        return Data(text.bytes)
    }
}
