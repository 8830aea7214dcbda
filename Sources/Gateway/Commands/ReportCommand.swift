import LMDB
import Metrics

/// `gateway report NAME`: an analytics report out of the ledger, with or without a running gateway.
package enum ReportCommand: Command {
    package static let name = "report"
    package static let summary =
        "Prints an analytics report from the data directory; a running gateway is not disturbed."
    package static let usage = "cost-per-deal [--from T] [--to T] [--deal D] [--format table|json|csv]"
    package static let options =
        [
            CommandOption("--from", "T", "calls from then on: RFC 3339, a day, or -24h"),
            CommandOption("--to", "T", "calls before then"),
            CommandOption("--deal", "D", "one deal's calls"),
            CommandOption("--task", "TASK", "one task's calls"),
            CommandOption("--model", "M", "one model's calls"),
            CommandOption("--provider", "P", "one provider's calls"),
            CommandOption("--format", "table|json|csv", "by default table"),
        ] + SettingsOptions.all
    package static let example = "gateway report cost-per-deal --from -24h"

    private static let names = ["cost-per-deal"]

    package static func run(_ arguments: ArgumentList, in context: CommandContext) throws(UsageError) -> Int32 {
        guard let name = arguments.operands.first, arguments.operands.count == 1 else {
            throw UsageError("expected one report: \(names.joined(separator: ", "))")
        }
        guard names.contains(name) else {
            throw UsageError("there is no report '\(name)'; this version has \(names.joined(separator: ", "))")
        }
        let text = arguments["--format"] ?? "table"
        guard let format = ReportTable.Format(rawValue: text) else {
            throw UsageError("--format is '\(text)'; expected table, json or csv")
        }
        let filter = try filter(arguments, now: context.now)
        let source = try SettingsOptions.source(arguments, in: context)
        let settings: Settings
        do throws(SettingsErrors) { settings = try source.load().settings } catch {
            for problem in error.errors { context.console.complain("gateway report: \(problem)") }
            return 1
        }
        do throws(StoreError) {
            let reader = try LedgerReader(directory: settings.dataDirectory)
            let report = try CostPerDeal(
                reader, filter, target: PicoDollars(settings.reportPicoDollarsPerDeal ?? 0))
            context.console.write(report.table.text(format))
            return 0
        } catch {
            context.console.complain("gateway report: \(error)")
            return 1
        }
    }

    private static func filter(_ arguments: ArgumentList, now: Int64) throws(UsageError) -> ReportFilter {
        func time(_ name: String) throws(UsageError) -> Int64? {
            guard let text = arguments[name] else { return nil }
            guard let time = Timestamp.parse(text, now: now) else {
                throw UsageError("\(name) is '\(text)'; expected a time like 2026-11-24T09:00:00Z, a day, or -24h")
            }
            return time
        }
        var task: LedgerEntry.TaskKind?
        if let name = arguments["--task"] {
            task = LedgerEntry.TaskKind(name: name)
            if task == nil {
                throw UsageError(
                    "--task is '\(name)'; expected one of \(LedgerEntry.TaskKind.allCases.map(\.name).joined(separator: ", "))"
                )
            }
        }
        return ReportFilter(
            from: try time("--from"), to: try time("--to"), deal: arguments["--deal"], task: task,
            model: arguments["--model"], provider: arguments["--provider"])
    }
}
