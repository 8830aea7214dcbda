import Foundation
import Metrics
import Platform
import TestSupport
import Testing

/// A ledger of made-up calls, and reports over it.
struct ReportFixture {
    let directory = TemporaryDirectory()
    let entries: [LedgerEntry]
    private let reader: LedgerReader

    static let start: Int64 = 1_795_478_400_000_000  // 2026-11-24T00:00:00Z
    static let hour: Int64 = 3_600_000_000

    init(_ entries: [LedgerEntry]) throws {
        self.entries = entries
        do {
            let ledger = try Ledger(directory: directory.path, maxBytes: 256 << 20, time: SystemTime())
            for entry in entries { ledger.record(entry) }
            ledger.close()
            try #require(ledger.statistics.failures == 0, "\(ledger.statistics.lastError ?? "")")
        }
        reader = try LedgerReader(directory: directory.path)
    }

    /// Calls as they come: with a deal, a task, a model and so on of a few each, and most fields stated.
    static func calls(_ count: Int, over hours: Int = 60, seed: UInt64 = 1) -> [LedgerEntry] {
        var random = SeededRandom(seed)
        var ids = RecordIDGenerator(seed: seed)
        return (0..<count).map { index in
            let time = start + Int64(index) * Int64(hours) * hour / Int64(count)
            var entry = LedgerEntry(id: ids.next(wall: time), startedAt: time, endpoint: .chatCompletions)
            func one(_ name: String, of count: Int) -> String? {
                let number = random.below(count + 1)
                return number == 0 ? nil : "\(name) \(number)"
            }
            entry.deal = one("deal", of: 6)
            entry.cycle = one("cycle", of: 3)
            entry.clientKey = one("key", of: 2)
            entry.task = LedgerEntry.TaskKind(rawValue: UInt8(random.below(4)))
            entry.model = one("model", of: 3)
            entry.provider = one("provider", of: 2)
            entry.rollout = random.below(2) == 0 ? .on : .off
            entry.requestedModel = random.below(2) == 0 ? entry.model : "auto"
            entry.routeReason =
                random.below(2) == 0 ? "named by the client" : "cheapest; words of this request \(index)"
            entry.cache = LedgerEntry.CacheOutcome.allCases[random.below(5)]
            entry.cacheAgeSeconds = entry.cache == .hit ? random.below(100_000) : nil
            entry.latencyMicroseconds = Int64(500 + random.below(20_000_000))
            entry.firstByteMicroseconds = entry.latencyMicroseconds / 2
            entry.usage = Usage(
                uncachedInput: random.below(5000), cachedInput: random.below(1000), cacheWrite: random.below(100),
                output: random.below(800), reasoning: random.below(100))
            entry.cost = random.below(8) == 0 ? nil : PicoDollars(Int64(random.below(2_000_000_000)))
            entry.usageSource = entry.cost == nil ? .unpriced : .reported
            entry.savedCache = entry.cache == .hit ? PicoDollars(Int64(random.below(1_000_000))) : nil
            entry.savedRouting = random.below(4) == 0 ? PicoDollars(-5) : nil
            if random.below(5) == 0 {
                entry.status = 502
                entry.errorCode = one("code", of: 3) ?? "upstream_timeout"
            } else {
                entry.status = 200
            }
            entry.attempts = (0..<random.below(3)).map { _ in
                .init(
                    provider: one("provider", of: 2) ?? "", model: entry.model ?? "",
                    status: random.below(3) == 0 ? 503 : 200,
                    error: nil, milliseconds: random.below(9000))
            }
            if random.below(2) == 0 {
                entry.compressionLevel = "safe"
                entry.tokensBeforeCompression = 1000
                entry.tokensAfterCompression = 900
                entry.savedCompression = PicoDollars(100)
                entry.compressionSavings = [.init(kind: "json", transform: "json", hundredths: 10_050)]
            }
            return entry
        }.shuffled(using: &random)
    }

    /// The report as programs get it.
    func json(
        _ name: ReportName, _ parameters: [String: String] = [:], now: Int64 = start + 60 * hour,
        target: String = "0.032"
    ) throws -> JSONReport {
        let text = try table(name, parameters, now: now, target: target).text(.json)
        return JSONReport(try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]))
    }

    func table(
        _ name: ReportName, _ parameters: [String: String] = [:], now: Int64 = start + 60 * hour,
        target: String = "0.032"
    ) throws -> ReportTable {
        let query = try ReportQuery(name, parameters, now: now, target: PicoDollars(usd: target)!)
        return try Report.table(query, reader)
    }
}

/// A report, taken apart.
struct JSONReport {
    let object: [String: Any]

    init(_ object: [String: Any]) { self.object = object }

    var rows: [[String: Any]] { object["rows"] as? [[String: Any]] ?? [] }
    var totals: [String: Any] { object["totals"] as? [String: Any] ?? [:] }
    var source: String? { object["source"] as? String }

    /// A column of every row.
    func column<Value>(_ name: String, of section: String? = nil) -> [Value?] {
        (section.map { object[$0] as? [[String: Any]] ?? [] } ?? rows).map { $0[name] as? Value }
    }

    /// An amount as it is written, as whole pico-dollars.
    static func amount(_ value: Any?) -> Int64? {
        (value as? NSNumber).map {
            Int64((Decimal(string: $0.stringValue)! * 1_000_000_000_000 as NSDecimalNumber).int64Value)
        }
    }
}
