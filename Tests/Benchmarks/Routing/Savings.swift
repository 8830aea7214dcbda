import Gateway
import Routing
import TestSupport

/// What `auto` is expected to cost beside always asking one model, by task: from the catalogue's prices alone.
struct Savings {
    private struct Sum {
        var requests = 0
        var always: Int64 = 0
        var auto: Int64 = 0
    }

    private let model: String
    private let table: RoutingTable
    private let conditions: RouteConditions
    private var sums: [TaskName: Sum] = [:]

    /// - Parameter model: The one that is asked otherwise.
    init(beside model: String) throws {
        self.model = model
        table = RoutingTable(try SettingsSource().load().settings)
        conditions = table.conditions()
    }

    /// Routes a request as the gateway would, by what it is taken for.
    mutating func note(_ task: TaskName, _ features: TaskFeatures, takenFor verdict: TaskName) throws {
        let query = RouteQuery(model: "auto", features, task: verdict)
        guard let auto = try table.plan(for: query, conditions).candidates[0].expectedCost,
            let always = table.forecast(of: model, for: query, conditions)?.cost
        else { return }
        sums[task, default: Sum()].requests += 1
        sums[task, default: Sum()].always += always
        sums[task, default: Sum()].auto += auto
    }

    /// As a table of Markdown, in dollars for a thousand requests of each task.
    var markdown: String {
        var lines = ["| | always \(model) | `auto` | saved |", "| --- | ---: | ---: | ---: |"]
        var all = Sum()
        for task in TaskName.ofChat {
            let sum = sums[task] ?? Sum()
            lines.append(Self.row(task.rawValue, sum))
            all.requests += sum.requests
            all.always += sum.always
            all.auto += sum.auto
        }
        lines.append(Self.row("all of them", all))
        return lines.joined(separator: "\n")
    }

    private static func row(_ name: String, _ sum: Sum) -> String {
        let saved = (sum.always - sum.auto) * 100 / max(sum.always, 1)
        return "| \(name) | \(dollars(sum.always, sum.requests)) | \(dollars(sum.auto, sum.requests)) | \(saved) % |"
    }

    /// Pico-dollars of so many requests as dollars for a thousand, in cents.
    private static func dollars(_ amount: Int64, _ requests: Int) -> String {
        let cents = amount / Int64(max(requests, 1)) * 1000 / 10_000_000_000
        return "\(cents / 100).\(cents % 100 < 10 ? "0" : "")\(cents % 100)"
    }
}
