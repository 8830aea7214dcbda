import Foundation
import Metrics
import TestSupport
import Testing

/// What single reports say of a few calls that one can add up by hand.
@Suite struct ReportContentTests {
    /// Calls a minute apart.
    private func fixture(_ count: Int, _ change: (Int, inout LedgerEntry) -> Void) throws -> ReportFixture {
        var ids = RecordIDGenerator(seed: 4)
        return try ReportFixture(
            (0..<count).map { index in
                let time = ReportFixture.start + Int64(index) * 60_000_000
                var entry = LedgerEntry(id: ids.next(wall: time), startedAt: time, endpoint: .chatCompletions)
                entry.status = 200
                entry.usageSource = .reported
                entry.cost = .zero
                change(index, &entry)
                return entry
            })
    }

    @Test func `deals are held against the target, and what is not known is not zero`() throws {
        let calls: [(String?, Int64?)] = [
            ("over", 36_000_000_000), ("on", 30_000_000_000), ("under", 1_000_000_000), ("under", 2_000_000_001),
            ("open", nil), ("part", 5), ("part", nil), (nil, 9_000_000_000_000),
        ]
        let fixture = try fixture(calls.count) { index, entry in
            entry.deal = calls[index].0
            entry.cost = calls[index].1.map { PicoDollars($0) }
        }
        let report = try fixture.json(.costPerDeal)
        #expect(report.column("deal") == ["over", "on", "under", "part", "open", nil])
        #expect(report.column("against_target") == ["above", "within", "below", nil, nil, "above"])
        #expect(
            report.rows.map { JSONReport.amount($0["cost_usd"]) } == [
                36_000_000_000, 30_000_000_000, 3_000_000_001, 5, nil, 9_000_000_000_000,
            ])
        #expect(report.rows.map { JSONReport.amount($0["cost_per_call_usd"]) }[2] == 1_500_000_000)
        #expect(report.column("unpriced_calls") == [0, 0, 0, 1, 1, 0])
        #expect(report.object["deals"] as? Int == 5)
        #expect(report.object["deals_above_target"] as? Int == 1)
        #expect(JSONReport.amount(report.object["average_per_deal_usd"]) == 17_250_000_001)
        #expect(report.object["average_against_target"] as? String == "below")
        #expect(JSONReport.amount(report.object["p95_per_deal_usd"]) == 36_000_000_000)
        // Not every deal has a target.
        #expect(
            try fixture.json(.costPerDeal, target: "0").column("against_target") as [String?]
                == Array(repeating: nil, count: 6))
    }

    @Test func `people see columns lined up, with dollars of two digits at least`() throws {
        let fixture = try fixture(3) { index, entry in
            entry.deal = ["acme", "zeta \u{1B}[31m", nil][index]
            entry.cycle = "q\(index)"
            entry.cost = [PicoDollars(1_234_567_890_000), PicoDollars(320_400_000), nil][index]
            entry.usage = Usage(uncachedInput: 1_234_567, cachedInput: 20, cacheWrite: 3, output: 50, reasoning: 5)
            if index == 0 { entry.savedCache = PicoDollars(2_000_000_000_000) }
        }
        let text = try fixture.table(.costPerDeal).text(.table)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        #expect(
            lines[0].hasPrefix(
                "Deal        Calls  Cycles  Unpriced  Errors      Input  Cached  Cache write  Output      Cost  "))
        #expect(
            lines[2].hasPrefix(
                "acme            1       1         0       0  1,234,567      20            3      50  $1.23457  "))
        #expect(
            lines[3].hasPrefix(
                "zeta ?[31m      1       1         0       0  1,234,567      20            3      50  $0.00032  "))
        #expect(
            lines[4].hasPrefix(
                "-               1       1         1       0  1,234,567      20            3      50         -  "))
        #expect(lines[6].hasPrefix("total           3"))
        #expect(text.contains("Target per deal                 $0.032\n"))
        #expect(text.contains("Read from                       sums\n"))
    }

    @Test func `programs get every column exactly, as JSON and as CSV`() throws {
        let fixture = try fixture(3) { index, entry in
            entry.deal = index < 2 ? "a, \"b\"" : nil
            entry.cost = PicoDollars([1, 2, 4][index])
            entry.usage = Usage(uncachedInput: 1000, cachedInput: 20, cacheWrite: 3, output: 50, reasoning: 5)
        }
        let table = try fixture.table(.costPerDeal)
        #expect(table.text(.json).contains(#""cost_usd":0.000000000003,"cost_per_call_usd":0.000000000001,"#))
        let lines = table.text(.csv).split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines[0].hasPrefix("deal,calls,cycles,unpriced_calls,errors,input_tokens,cached_input_tokens,"))
        #expect(lines[1].hasPrefix(#""a, ""b""",2,0,0,0,2000,40,6,100,10,0.000000000003,0.000000000001,"#))
        #expect(lines[2].hasPrefix(",1,0,0,0,1000,20,3,50,5,0.000000000004,"))
        #expect(lines[2].hasSuffix(",2026-11-24T00:02:00.000000Z,2026-11-24T00:02:00.000000Z"))
    }

    @Test(arguments: ReportName.allCases) func `an empty ledger makes an empty report`(name: ReportName) throws {
        let fixture = try fixture(0) { _, _ in }
        let report = try fixture.json(name)
        #expect(report.rows.isEmpty)
        #expect(report.object["rows_total"] as? Int == 0)
        #expect(try fixture.table(name).text(.csv).split(separator: "\n").count == 1)
        #expect(try fixture.json(name, ["from": "-24h", "to": "-1h"]).rows.count <= 24)
        #expect(!(try fixture.table(name).text(.table)).isEmpty)
    }

    @Test func `a trend has a row for every interval, and a forecast`() throws {
        // A dollar at midnight, and two at half past one; it is six in the morning.
        let fixture = try fixture(2) { index, entry in
            let time = ReportFixture.start + (index == 0 ? 0 : 90 * 60_000_000)
            entry.id = RecordID(notBefore: time)
            entry.startedAt = time
            entry.cost = PicoDollars((index == 0 ? 1 : 2) * 1_000_000_000_000)
        }
        let now = ReportFixture.start + 6 * ReportFixture.hour
        let report = try fixture.json(.costTrend, ["from": "2026-11-24", "interval": "hour"], now: now)
        #expect(report.rows.map { JSONReport.amount($0["cost_usd"]) } == [1_000_000_000_000, 2_000_000_000_000])
        let whole = try fixture.json(
            .costTrend, ["from": "2026-11-23T22:00:00Z", "to": "2026-11-24T06:00:00Z"], now: now)
        #expect(whole.object["interval"] as? String == "hour")
        #expect(
            whole.rows.map { JSONReport.amount($0["cost_usd"]) }.map { $0.map { $0 / 1_000_000_000_000 } } == [
                0, 0, 1, 2, 0, 0, 0, 0,
            ])
        #expect(JSONReport.amount(report.object["day_so_far_usd"]) == 3_000_000_000_000)
        // Half a dollar an hour, and eighteen hours to go; six days more to the end of the month.
        #expect(JSONReport.amount(report.object["day_forecast_usd"]) == 12_000_000_000_000)
        #expect(JSONReport.amount(report.object["month_forecast_usd"]) == 84_000_000_000_000)
    }

    @Test func `time saved by the cache is what a provider would have taken longer`() throws {
        let fixture = try fixture(5) { index, entry in
            entry.task = .code
            entry.model = "m"
            entry.cache = index < 2 ? .miss : index < 4 ? .hit : .coalesced
            entry.latencyMicroseconds = [900_000, 1_100_000, 1000, 3000, 500_000][index]
        }
        let row = try #require(try fixture.json(.cacheEffectiveness).rows.first)
        #expect(row["asked_mean_ms"] as? Double == 1000)
        #expect(row["replayed_mean_ms"] as? Double == 168)
        #expect(row["saved_ms"] as? Double == 2496)
        #expect(row["hit_rate"] as? Double == 0.4)
    }

    @Test func `prices of a thousand tokens leave unpriced calls out`() throws {
        let fixture = try fixture(3) { index, entry in
            entry.provider = "p"
            entry.cost = index == 2 ? nil : PicoDollars(1_000_000)
            entry.usage = Usage(uncachedInput: 900, cachedInput: 50, output: 50, reasoning: 10)
        }
        let row = try #require(try fixture.json(.tokenEfficiency, ["group_by": "provider"]).rows.first)
        #expect(JSONReport.amount(row["cost_per_1k_tokens_usd"]) == 1_000_000)
        #expect(row["cached_share"] as? Double == 0.052632)
        #expect(row["reasoning_share"] as? Double == 0.2)
        #expect(row["output_per_input"] as? Double == 0.052632)
        #expect(row["tokens_per_call"] as? Double == 1000)
    }

    @Test(arguments: [
        (["from": "yesterday"], "from"), (["to": "2026-13-01"], "to"), (["from": "-1h", "to": "-2h"], "to"),
        (["task": "cooking"], "task"), (["rollout": "maybe"], "rollout"), (["group_by": "colour"], "group_by"),
        (["group_by": "age"], "group_by"), (["group_by": "task,task"], "group_by"), (["interval": "0m"], "interval"),
        (["interval": "fortnight"], "interval"), (["interval": "day"], "interval"), (["limit": "0"], "limit"),
        (["limit": "10001"], "limit"), (["offset": "-1"], "offset"), (["offset": "x"], "offset"),
        (["group_by": ""], "group_by"), (["deal": ""], "deal"), (["colour": "blue"], "colour"),
        (["group_by": "task,model,provider,rollout,deal"], "group_by"),
        (["group_by": "time", "interval": "1m", "from": "2025-01-01"], "interval"),
    ])
    func `a parameter that makes no sense is named`(parameters: [String: String], name: String) throws {
        let problem = #expect(throws: QueryProblem.self) {
            try ReportQuery(.taskPerformance, parameters, now: ReportFixture.start)
        }
        #expect(problem?.parameter == name)
    }

    @Test(arguments: [
        ("hour", "2026-11-24T13:00:00.000000Z"), ("15m", "2026-11-24T13:30:00.000000Z"),
        ("day", "2026-11-24T00:00:00.000000Z"), ("week", "2026-11-23T00:00:00.000000Z"),
        ("month", "2026-11-01T00:00:00.000000Z"), ("6h", "2026-11-24T12:00:00.000000Z"),
    ])
    func `intervals begin where people expect it`(interval: String, start: String) throws {
        let fixture = try fixture(1) { _, entry in
            let time = ReportFixture.start + 13 * ReportFixture.hour + 44 * 60_000_000
            entry.id = RecordID(notBefore: time)
            entry.startedAt = time
        }
        #expect(try fixture.json(.costTrend, ["interval": interval]).column("time") == [start])
    }
}
