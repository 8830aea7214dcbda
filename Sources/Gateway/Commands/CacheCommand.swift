import Cache
import Foundation
import LMDB
import Metrics
import Platform

/// `gateway cache ACTION`: looks at the cache on the disk, or at a running gateway's, and purges it.
package enum CacheCommand: Command {
    package static let name = "cache"
    package static let summary = "Shows what the cache holds, why a request hits or misses, and removes answers."
    package static let usage = "stats|list|explain|purge|verify [FILE] [--format table|json]"
    package static let options =
        [
            CommandOption("--format", "table|json", "by default table"),
            CommandOption("--deal", "D", "list, purge: answers that this deal paid for"),
            CommandOption("--model", "M", "list, purge: answers of this model"),
            CommandOption("--tag", "NAME[=VALUE]", "list, purge: answers of calls with this tag"),
            CommandOption("--limit", "N", "list: at most so many, the latest first, by default \(listLimit)"),
            CommandOption("--key", "KEY", "purge: the answer under this key"),
            CommandOption("--all", nil, "purge: every answer"),
            CommandOption("--path", "PATH", "explain: where the request goes, by default /v1/chat/completions"),
            CommandOption("--header", "NAME: VALUE", "explain: a header field of the request", isRepeated: true),
        ] + SettingsOptions.all
    package static let example = "gateway cache list --deal acme --limit 20"

    static let listLimit = 100
    static let listLimitAtMost = 100_000
    enum Action: String, CaseIterable { case stats, list, explain, purge, verify }

    package static func run(_ arguments: ArgumentList, in context: CommandContext) throws(UsageError) -> Int32 {
        let names = Action.allCases.map(\.rawValue)
        guard let word = arguments.operands.first else {
            throw UsageError("expected one of \(names.joined(separator: ", "))")
        }
        guard let action = Action(rawValue: word) else {
            let nearest = NearestName.of(word, among: names)
            throw UsageError(
                "there is no 'cache \(word)'; "
                    + (nearest.map { "did you mean \($0)?" } ?? "expected one of \(names.joined(separator: ", "))"))
        }
        guard arguments.operands.count <= (action == .explain ? 2 : 1) else {
            throw UsageError("unexpected argument '\(arguments.operands.last ?? "")'")
        }
        let job = try Job(action: action, arguments)
        let source = try SettingsOptions.source(arguments, in: context)
        do throws(SettingsErrors) {
            let settings = try source.load().settings
            do throws(CommandError) {
                let isSound = try job.run(settings, isRemote: arguments.has("--admin"), context)
                return isSound ? 0 : 1
            } catch { context.console.complain("gateway cache: \(error)") }
        } catch { for problem in error.errors { context.console.complain("gateway cache: \(problem)") } }
        return 1
    }

    /// A whole command line.
    struct Job {
        let action: Action
        let format: ReportTable.Format
        let filter: CacheFilter
        let limit: Int
        let key: CacheKey?
        let path: String
        let headers: [(name: String, value: String)]
        let file: String?
        /// As they go into a query.
        let filterQuery: [(String, String)]

        init(action: Action, _ arguments: ArgumentList) throws(UsageError) {
            self.action = action
            let text = arguments["--format"] ?? "table"
            guard let format = ReportTable.Format(rawValue: text), format != .csv else {
                throw UsageError("--format is '\(text)'; expected table or json")
            }
            self.format = format
            try Self.refuse(arguments, action)
            var filter = CacheFilter(deal: arguments["--deal"], model: arguments["--model"])
            if let text = arguments["--tag"] {
                guard let tag = CacheFilter.Tag(text) else {
                    throw UsageError("--tag is '\(text)'; expected NAME or NAME=VALUE")
                }
                filter.tag = tag
            }
            self.filter = filter
            filterQuery = ["deal", "model", "tag"].compactMap { name in arguments["--\(name)"].map { (name, $0) } }
            for (name, value) in filterQuery where value.isEmpty { throw UsageError("--\(name) is empty") }
            let limit = arguments["--limit"].map { Int($0) ?? 0 } ?? listLimit
            guard (1...listLimitAtMost).contains(limit) else {
                throw UsageError("--limit is '\(arguments["--limit"] ?? "")'; expected 1 to \(listLimitAtMost)")
            }
            self.limit = limit
            key = arguments["--key"].flatMap { CacheKey(hex: $0) }
            if let text = arguments["--key"], key == nil {
                throw UsageError("--key is '\(text)'; expected 64 hexadecimal digits")
            }
            path = arguments["--path"] ?? "/v1/chat/completions"
            var headers: [(name: String, value: String)] = []
            for text in arguments.all("--header") {
                let parts = text.split(separator: ":", maxSplits: 1)
                guard parts.count == 2 else { throw UsageError("--header is '\(text)'; expected NAME: VALUE") }
                headers.append((String(parts[0]), parts[1].trimmingCharacters(in: .whitespaces)))
            }
            self.headers = headers
            file = arguments.operands.count > 1 ? arguments.operands[1] : nil
            guard action == .purge else { return }
            let choices = (key == nil ? 0 : 1) + (arguments.has("--all") ? 1 : 0) + (filter.isEmpty ? 0 : 1)
            guard choices == 1 else {
                throw UsageError("purge takes one of --key KEY, --all, or --deal, --model and --tag together")
            }
        }

        /// Refuses options that another action takes.
        private static func refuse(_ arguments: ArgumentList, _ action: Action) throws(UsageError) {
            let own: [Action: [String]] = [
                .list: ["--deal", "--model", "--tag", "--limit"],
                .purge: ["--deal", "--model", "--tag", "--key", "--all"], .explain: ["--path", "--header"],
            ]
            for name in ["--deal", "--model", "--tag", "--limit", "--key", "--all", "--path", "--header"]
            where arguments.has(name) && own[action]?.contains(name) != true {
                throw UsageError("cache \(action.rawValue) takes no \(name)")
            }
        }
    }
}
