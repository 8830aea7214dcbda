import Foundation
import Metrics
import TestSupport
import Testing

/// That reports say what the records say, however they are read.
@Suite struct ReportTests {
    private static let fixture = Result { try ReportFixture(ReportFixture.calls(3000)) }
    private let fixture: ReportFixture

    init() throws { fixture = try Self.fixture.get() }

    private static func time(_ hours: Double) -> Int64 {
        ReportFixture.start + Int64(hours * Double(ReportFixture.hour))
    }

    private static func text(_ hours: Double) -> String { Timestamp.text(time(hours)) }

    struct Question: Sendable, CustomStringConvertible {
        let name: ReportName
        let parameters: [String: String]
        let source: String
        let admits: @Sendable (LedgerEntry) -> Bool

        init(
            _ name: ReportName, _ parameters: [String: String], _ source: String,
            _ admits: @escaping @Sendable (LedgerEntry) -> Bool = { _ in true }
        ) {
            self.name = name
            self.parameters = parameters
            self.source = source
            self.admits = admits
        }

        var description: String { "\(name.rawValue) \(parameters.sorted { $0.key < $1.key })" }
    }

    /// Of every kind, with what each is about and how it must be read.
    private static let questions: [Question] = [
        Question(.taskPerformance, [:], "sums"),
        Question(.taskPerformance, ["from": text(3), "to": text(40)], "sums") {
            $0.startedAt >= time(3) && $0.startedAt < time(40)
        },
        Question(.taskPerformance, ["from": text(3.5), "to": text(40.1)], "sums and scan") {
            $0.startedAt >= time(3.5) && $0.startedAt < time(40.1)
        },
        Question(.taskPerformance, ["from": text(3.2), "to": text(3.7)], "scan") {
            $0.startedAt >= time(3.2) && $0.startedAt < time(3.7)
        },
        // Before the first and after the last record there is nothing to read call by call.
        Question(.taskPerformance, ["from": text(-100.3), "to": text(1000.7)], "sums"),
        Question(.taskPerformance, ["from": text(50.5), "to": text(2000)], "sums and scan") {
            $0.startedAt >= time(50.5)
        },
        Question(.taskPerformance, ["from": text(500), "to": text(2000)], "sums") { _ in false },
        Question(.taskPerformance, ["task": "extraction", "model": "model 2"], "sums") {
            $0.task == .extraction && $0.model == "model 2"
        },
        Question(.taskPerformance, ["provider": "provider 1", "rollout": "off"], "sums") {
            $0.provider == "provider 1" && $0.rollout == .off
        },
        Question(.taskPerformance, ["deal": "deal 3"], "scan") { $0.deal == "deal 3" },
        Question(.taskPerformance, ["group_by": "task,model,provider,rollout"], "sums"),
        Question(.taskPerformance, ["group_by": "endpoint,client_key"], "scan"),
        Question(.taskPerformance, ["group_by": "time", "interval": "6h"], "sums"),
        Question(.taskPerformance, ["group_by": "time", "interval": "15m"], "scan"),
        Question(.taskPerformance, ["model": "nobody's"], "sums") { _ in false },
        Question(.tokenEfficiency, ["group_by": "model"], "sums"),
        Question(.cacheEffectiveness, [:], "sums"),
        Question(.costTrend, ["interval": "hour"], "sums"),
        Question(.costTrend, ["interval": "month", "deal": "deal 1"], "scan") { $0.deal == "deal 1" },
        Question(.providerComparison, [:], "sums"),
        Question(.providerComparison, ["group_by": "provider,model", "deal": "deal 2"], "scan") { $0.deal == "deal 2" },
        Question(.costPerDeal, [:], "sums"),
        Question(.costPerDeal, ["from": text(24), "to": text(48)], "sums") {
            $0.startedAt >= time(24) && $0.startedAt < time(48)
        },
        Question(.costPerDeal, ["from": text(12.3), "to": text(50)], "sums and scan") {
            $0.startedAt >= time(12.3) && $0.startedAt < time(50)
        },
        Question(.costPerDeal, ["deal": "deal 4"], "sums") { $0.deal == "deal 4" },
        Question(.costPerDeal, ["task": "validation"], "scan") { $0.task == .validation },
        Question(.costPerDeal, ["group_by": "deal,time", "interval": "day"], "sums"),
        Question(.costPerDeal, ["group_by": "deal,time", "interval": "hour"], "scan"),
        Question(.cycleBreakdown, [:], "sums"),
        Question(.cycleBreakdown, ["group_by": "deal,cycle,task"], "scan"),
        Question(.cycleBreakdown, ["deal": "deal 5", "group_by": "cycle"], "sums") { $0.deal == "deal 5" },
    ]

    @Test(arguments: questions) func `rows and totals are what the records add up to`(question: Question) throws {
        let report = try fixture.json(question.name, question.parameters)
        #expect(report.source == question.source)
        let entries = fixture.entries.filter(question.admits)
        #expect(report.totals["calls"] as? Int == entries.count)
        #expect(
            report.totals["unpriced_calls"] as? Int ?? entries.count { $0.cost == nil }
                == entries.count { $0.cost == nil })
        let cost = entries.reduce(Int64(0)) { $0 + ($1.cost?.amount ?? 0) }
        if !entries.isEmpty { #expect(JSONReport.amount(report.totals["cost_usd"]) == cost) }
        let dimensions = report.object["group_by"] as? [String] ?? []
        let interval = Interval(report.object["interval"] as? String ?? "day")!
        let groups = Dictionary(grouping: entries) { entry in
            dimensions.map { entry.value(of: $0, interval) }
        }
        let rows = report.rows.filter { ($0["calls"] as? Int ?? 0) > 0 }
        #expect(rows.count == groups.count)
        for row in rows {
            let key = dimensions.map { (row[$0] as? String) ?? "-" }
            let calls = try #require(groups[key], "\(key)")
            #expect(row["calls"] as? Int == calls.count)
            if calls.contains(where: { $0.cost != nil }) {
                #expect(JSONReport.amount(row["cost_usd"]) == calls.reduce(Int64(0)) { $0 + ($1.cost?.amount ?? 0) })
            } else {
                #expect(row["cost_usd"] is NSNull)
            }
            if let tokens = row["output_tokens"] as? Int {
                #expect(tokens == calls.reduce(0) { $0 + $1.usage!.output })
            }
            if let errors = row["errors"] as? Int { #expect(errors == calls.count { $0.errorCode != nil }) }
            if let p95 = row["latency_p95_ms"] as? Double {
                Self.expect(p95, isQuantile: 0.95, of: calls.map { Double($0.latencyMicroseconds) / 1000 })
            }
            if let p95 = row["p95_call_cost_usd"] as? Double {
                Self.expect(p95, isQuantile: 0.95, of: calls.compactMap { $0.cost }.map { Double($0.amount) / 1e12 })
            }
        }
    }

    /// Whether a value is a percentile of others to within 1.6 %.
    private static func expect(_ value: Double, isQuantile share: Double, of values: [Double]) {
        let exact = values.sorted()[Int((share * Double(values.count)).rounded(.up)) - 1]
        #expect(abs(value - exact) <= exact * 0.016 + 0.001, "\(value) in place of \(exact)")
    }

    @Test func `every provider's attempts count as its own`() throws {
        let report = try fixture.json(.providerComparison)
        for row in report.rows {
            let name = row["provider"] as? String
            let attempts = fixture.entries.flatMap { entry in
                entry.attempts.filter { $0.provider == name ?? "" || ($0.provider == "" && name == nil) }
            }
            guard let name, !name.isEmpty else { continue }
            #expect(row["attempts"] as? Int == attempts.count)
            #expect(row["failed_attempts"] as? Int == attempts.count { $0.status == 503 })
            let available = 1 - Double(attempts.count { $0.status == 503 }) / Double(attempts.count)
            #expect(abs((row["availability"] as? Double ?? 0) - available) < 1e-6)
            Self.expect(
                try #require(row["attempt_p95_ms"] as? Double), isQuantile: 0.95,
                of: attempts.filter { $0.status == 200 }.map { Double($0.milliseconds) })
        }
        let failed = fixture.entries.flatMap(\.attempts).count { $0.status == 503 }
        let counts: [Int?] = report.column("attempts", of: "attempt_errors")
        #expect(counts.compactMap { $0 }.reduce(0, +) == failed)
    }

    @Test func `errors are told by code, provider and model, with the latest calls as examples`() throws {
        let report = try fixture.json(.errorAnalysis)
        #expect(report.source == "sums")
        let failed = fixture.entries.filter { $0.errorCode != nil }
        let groups = Dictionary(grouping: failed) { [$0.errorCode ?? "-", $0.provider ?? "-", $0.model ?? "-"] }
        #expect(report.rows.count == groups.count)
        for row in report.rows {
            let calls = try #require(groups[["code", "provider", "model"].map { row[$0] as? String ?? "-" }])
            #expect(row["errors"] as? Int == calls.count)
            let latest = calls.map(\.id).sorted(by: >)
            #expect(row["examples"] as? [String] == latest.prefix(3).map(\.description))
            #expect(row["last"] as? String == Timestamp.text(latest[0].microseconds))
        }
        #expect(report.object["errors"] as? Int == failed.count)
        let byTime: [Int?] = report.column("errors", of: "over_time")
        #expect(byTime.compactMap { $0 }.reduce(0, +) == failed.count)
        // The same by the number of attempts that the calls had.
        let attempts = try fixture.json(.errorAnalysis, ["group_by": "attempt"])
        for row in attempts.rows {
            #expect(row["errors"] as? Int == failed.count { $0.attempts.count == row["attempt"] as? Int })
        }
        let ofDeal = try fixture.json(.errorAnalysis, ["deal": "deal 1", "group_by": "code"])
        #expect(ofDeal.source == "scan")
        #expect(ofDeal.totals["errors"] as? Int == failed.count { $0.deal == "deal 1" })
    }

    @Test func `models are told by what was asked for and why, a request's own words left out`() throws {
        let report = try fixture.json(.modelSelection, ["group_by": "requested_model,reason"])
        let asked = fixture.entries.filter { $0.requestedModel != nil || $0.routeReason != nil }
        let groups = Dictionary(grouping: asked) {
            [$0.requestedModel ?? "-", String($0.routeReason?.split(separator: ";")[0] ?? "-")]
        }
        #expect(report.rows.count == groups.count)
        for row in report.rows {
            let calls = try #require(groups[["requested_model", "reason"].map { row[$0] as? String ?? "-" }])
            #expect(row["calls"] as? Int == calls.count)
            #expect(
                JSONReport.amount(row["saved_routing_usd"])
                    == calls.reduce(Int64(0)) { $0 + ($1.savedRouting?.amount ?? 0) })
        }
        let scanned = try fixture.json(.modelSelection, ["group_by": "requested_model,reason", "deal": "deal 2"])
        #expect(scanned.totals["calls"] as? Int == asked.count { $0.deal == "deal 2" })
    }

    @Test func `compression is told by level, by kind of text and by transform`() throws {
        let report = try fixture.json(.compressionEffectiveness)
        let looked = fixture.entries.filter { $0.compressionLevel != nil }
        let row = try #require(report.rows.first)
        #expect(row["level"] as? String == "safe")
        #expect(row["calls"] as? Int == looked.count)
        #expect(row["tokens_saved"] as? Int == looked.count * 100)
        #expect(row["saved_share"] as? Double == 0.1)
        #expect(JSONReport.amount(row["saved_usd"]) == Int64(looked.count) * 100)
        let saved: [Double?] = report.column("tokens_saved", of: "by_transform")
        #expect(saved == [Double(looked.count) * 100.5])
        let byKind = try fixture.json(.compressionEffectiveness, ["group_by": "kind,task"])
        #expect(byKind.totals["calls"] as? Int == looked.count)
    }

    @Test func `the cache is told by outcome and by the age of its answers`() throws {
        let report = try fixture.json(.cacheEffectiveness)
        let hits = fixture.entries.count { $0.cache == .hit }
        let lookups = fixture.entries.count { $0.cache != .bypass }
        #expect(report.totals["hits"] as? Int == hits)
        #expect(abs((report.totals["hit_rate"] as? Double ?? 0) - Double(hits) / Double(lookups)) < 1e-6)
        #expect(
            JSONReport.amount(report.totals["saved_usd"])
                == fixture.entries.reduce(Int64(0)) { $0 + ($1.savedCache?.amount ?? 0) })
        let ages: [String?] = report.column("age", of: "by_age")
        #expect(ages == ["under 1m", "1m to 10m", "10m to 1h", "1h to 6h", "6h to 1d", "1d to 7d"])
        let byAge = try fixture.json(.cacheEffectiveness, ["group_by": "age"])
        #expect(byAge.rows.count == 6)
        // Stale answers have an age too; those here have none.
        #expect(byAge.totals["hits"] as? Int == fixture.entries.count { $0.cache == .hit || $0.cache == .stale })
    }

    @Test func `rows can be asked for a page at a time`() throws {
        let all = try fixture.json(.costPerDeal)
        var deals: [String?] = []
        for offset in 0..<4 {
            let page = try fixture.json(.costPerDeal, ["limit": "2", "offset": "\(offset * 2)"])
            #expect(page.object["rows_total"] as? Int == 7)
            deals += page.column("deal") as [String?]
        }
        #expect(deals == all.column("deal"))
        #expect(all.rows.last?["deal"] is NSNull)
    }

    @Test func `more rows than memory holds whole are read twice, and are the same`() throws {
        var ids = RecordIDGenerator(seed: 3)
        let entries = (0..<9000).map { index in
            let time = ReportFixture.start + Int64(index) * 1_000_000
            var entry = LedgerEntry(id: ids.next(wall: time), startedAt: time, endpoint: .chatCompletions)
            entry.deal = "deal \(index % 4500)"
            entry.cycle = "\(index)"
            entry.cost = PicoDollars(Int64(index % 4500) * 1_000_000)
            return entry
        }
        let fixture = try ReportFixture(entries)
        let report = try fixture.json(.costPerDeal, ["limit": "3"], target: "0.001")
        #expect(report.column("deal") == ["deal 4499", "deal 4498", "deal 4497"])
        #expect(report.column("cycles") == [2, 2, 2])
        #expect(report.rows[0]["calls"] as? Int == 2)
        #expect(JSONReport.amount(report.rows[0]["cost_usd"]) == 8_998_000_000)
        #expect(report.object["rows_total"] as? Int == 4500)
        #expect(report.object["deals"] as? Int == 4500)
        // The 4275th of the costs in their order.
        #expect(JSONReport.amount(report.object["p95_per_deal_usd"]) == 8_548_000_000)
        #expect(report.totals["calls"] as? Int == 9000)
    }
}

extension LedgerEntry {
    /// What a row of a report would say of it.
    fileprivate func value(of dimension: String, _ interval: Interval) -> String {
        switch dimension {
        case "time": Timestamp.text(startOfInterval(interval))
        case "task": task?.name ?? "-"
        case "model": model ?? "-"
        case "provider": provider ?? "-"
        case "rollout": rollout.name
        case "deal": deal ?? "-"
        case "cycle": cycle ?? "-"
        case "endpoint": endpoint.name
        case "client_key": clientKey ?? "-"
        default: "?"
        }
    }

    private func startOfInterval(_ interval: Interval) -> Int64 {
        let length: Int64
        switch interval {
        case .minutes(let minutes): length = minutes * 60_000_000
        // November 2026 began on a Sunday.
        case .month: return Timestamp.parseDay("2026-11-01")!
        case .week: return Timestamp.parseDay("2026-11-23")!
        }
        return startedAt / length * length
    }
}
