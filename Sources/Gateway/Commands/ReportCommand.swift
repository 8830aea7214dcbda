import LMDB
import Metrics

/// `gateway report NAME`: an analytics report out of the ledger, with or without a running gateway.
package enum ReportCommand: Command {
    package static let name = "report"
    package static let summary =
        "Prints an analytics report from the data directory; a running gateway is not disturbed."
    package static let usage = "NAME [--from T] [--to T] [--deal D] [--group-by F] [--format table|json|csv]"
    package static let options =
        filterOptions + [
            CommandOption("--group-by", "F,F", "what tells rows apart, up to four; see gateway report --list"),
            CommandOption("--interval", "hour|day|week|month|15m", "of rows by time, by default what suits"),
            CommandOption("--limit", "N", "rows at most, by default 1000"),
            CommandOption("--offset", "N", "rows passed over before them"),
            CommandOption("--format", "table|json|csv", "by default table"),
            CommandOption("--list", nil, "lists the reports and what each can be grouped by"),
        ] + SettingsOptions.all
    package static let example = "gateway report cost-per-deal --from -24h"

    /// The options by which calls are chosen.
    static let filterOptions = [
        CommandOption("--from", "T", "calls from then on: RFC 3339, a day, or -24h"),
        CommandOption("--to", "T", "calls before then"),
        CommandOption("--deal", "D", "one deal's calls"),
        CommandOption("--task", "TASK", "one task's calls"),
        CommandOption("--model", "M", "one model's calls"),
        CommandOption("--provider", "P", "one provider's calls"),
        CommandOption("--rollout", "on|off", "one arm's calls"),
    ]

    package static func run(_ arguments: ArgumentList, in context: CommandContext) throws(UsageError) -> Int32 {
        if arguments.has("--list") {
            context.console.write(list)
            return 0
        }
        let names = ReportName.allCases.map(\.rawValue)
        guard let word = arguments.operands.first, arguments.operands.count == 1 else {
            throw UsageError("expected one report: \(names.joined(separator: ", "))")
        }
        guard let name = ReportName(rawValue: word) else {
            let nearest = NearestName.of(word, among: names)
            throw UsageError(
                "there is no report '\(word)'; "
                    + (nearest.map { "did you mean \($0)?" } ?? "there are \(names.joined(separator: ", "))"))
        }
        let text = arguments["--format"] ?? "table"
        guard let format = ReportTable.Format(rawValue: text) else {
            throw UsageError("--format is '\(text)'; expected table, json or csv")
        }
        let parameters = arguments.parameters(ReportQuery.parameters)
        // Said before the configuration is read: what is wrong with the words is wrong whatever that says.
        _ = try query(name, parameters, now: context.now, target: .zero)
        guard let settings = try SettingsOptions.load(arguments, in: context, for: self) else { return 1 }
        let query = try query(
            name, parameters, now: context.now, target: PicoDollars(settings.reportPicoDollarsPerDeal ?? 0))
        do throws(StoreError) {
            let reader = try LedgerAccess.reader(settings)
            context.console.write(try Report.table(query, reader).text(format))
            return 0
        } catch {
            context.console.complain("gateway report: \(error)")
            return 1
        }
    }

    private static func query(
        _ name: ReportName, _ parameters: [String: String], now: Int64, target: PicoDollars
    ) throws(UsageError) -> ReportQuery {
        do throws(QueryProblem) { return try ReportQuery(name, parameters, now: now, target: target) } catch {
            throw UsageError(error)
        }
    }

    private static var list: String {
        ReportName.allCases.map { name in
            "\(name.rawValue)\n    \(name.summary)\n    by \(name.groupings.map(\.rawValue).joined(separator: ", "))\n"
        }.joined()
    }
}

extension ArgumentList {
    /// The options of these names that are there, as parameters of a query: `--group-by` is `group_by`.
    func parameters(_ names: [String]) -> [String: String] {
        var parameters: [String: String] = [:]
        for name in names { parameters[name] = self["--" + name.replacing("_", with: "-")] }
        return parameters
    }
}

extension UsageError {
    init(_ problem: QueryProblem) {
        self.init(
            "--\(problem.parameter.replacing("_", with: "-")) \(problem.reason.replacing("'group_by'", with: "--group-by"))"
        )
    }
}
