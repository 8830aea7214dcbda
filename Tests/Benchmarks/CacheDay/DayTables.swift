import TestSupport

/// What the simulated day came to, as a part of a page in Markdown.
struct DayTables {
    static let ttls: [(name: String, Duration)] = [
        ("1 min", .seconds(60)), ("10 min", .seconds(600)), ("1 h", .seconds(3600)), ("6 h", .seconds(21_600)),
        ("1 day", .seconds(86_400)), ("7 days", .seconds(604_800)),
    ]
    /// Megabytes.
    static let sizes = [1, 4, 16, 64, 256, 1024]

    /// By TTL, then by size.
    let results: [[Simulation]]

    func write(into path: String) throws { try GeneratedPart.write(text, by: "make bench-cache-day", into: path) }

    private var text: String {
        let day = results[0][0].total
        return """
            ## How long, and how much?

            What several `cache.ttl_s` (down) and `cache.max_bytes` (across) made of a working day after a week like it:
            \(day.requests) requests, which cost $\(day.cost / 1_000_000_000_000) without a cache. `make bench-cache-day` simulates it with
            the cache as it is. The traffic is made up (`Tests/Benchmarks/CacheDay/Traffic.swift` says of what): see which kinds are
            yours in the last table, and watch `gateway_cache_lookups_total` once it runs.

            Requests answered from the cache, and the most that the cache then took of 1 GB:

            \(table(showsSize: true) { $0.hits * 1000 / max($0.requests, 1) })
            Cost saved:

            \(table(showsSize: false) { Int($0.saved / max($0.cost / 1000, 1)) })
            Requests answered from the cache, by kind, with 1 GB:

            \(kinds)
            """
    }

    private func table(showsSize: Bool, _ perMille: (Simulation.Tally) -> Int) -> String {
        var names = Self.sizes.map { $0 < 1024 ? "\($0) MB" : "\($0 / 1024) GB" }
        if showsSize { names.append("took") }
        var text = Self.row([""] + names) + Self.row(["---"] + names.map { _ in "---:" })
        for (ttl, row) in zip(Self.ttls, results) {
            var cells = row.map { Self.percent(perMille($0.total)) }
            if showsSize { cells.append("\(row[row.count - 1].peakBytes >> 20) MB") }
            text += Self.row([ttl.name] + cells)
        }
        return text
    }

    private var kinds: String {
        let names = Self.ttls.map(\.name)
        var text = Self.row(["", "a day"] + names) + Self.row(["---", "---:"] + names.map { _ in "---:" })
        for kind in Traffic.Kind.allCases {
            let tallies = results.map { $0.last?.byKind[kind] ?? Simulation.Tally() }
            text += Self.row(
                [kind.rawValue, "\(tallies[0].requests)"]
                    + tallies.map { Self.percent($0.hits * 1000 / max($0.requests, 1)) })
        }
        return text
    }

    private static func row(_ cells: [String]) -> String { "| \(cells.joined(separator: " | ")) |\n" }
    private static func percent(_ perMille: Int) -> String { "\((perMille + 5) / 10) %" }
}
