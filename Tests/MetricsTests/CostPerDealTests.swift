import Foundation
import Metrics
import Platform
import TestSupport
import Testing

@Suite struct CostPerDealTests {
    private let directory = TemporaryDirectory()
    private static let start: Int64 = 1_795_511_594_000_000  // 2026-11-24T09:13:14Z

    /// A ledger with the calls given, a minute apart, and the report over it.
    private func report(
        _ calls: [(deal: String?, cost: Int64?)], _ filter: ReportFilter = .init(),
        _ change: (Int, inout LedgerEntry) -> Void = { _, _ in }
    ) throws -> CostPerDeal {
        let ledger = try Ledger(directory: directory.path, maxBytes: 64 << 20, time: SystemTime())
        var ids = RecordIDGenerator(seed: 4)
        for (index, call) in calls.enumerated() {
            let time = Self.start + Int64(index) * 60_000_000
            var entry = LedgerEntry(id: ids.next(wall: time), startedAt: time, endpoint: .chatCompletions)
            entry.deal = call.deal
            entry.cost = call.cost.map { PicoDollars($0) }
            entry.usage = Usage(uncachedInput: 1000, cachedInput: 20, cacheWrite: 3, output: 50, reasoning: 5)
            entry.usageSource = call.cost == nil ? .unpriced : .reported
            change(index, &entry)
            ledger.record(entry)
        }
        ledger.close()
        return try CostPerDeal(ledger.reader, filter, target: PicoDollars(usd: "0.032")!)
    }

    @Test func `deals are listed with their costs, the dearest first, calls without a deal last`() throws {
        let report = try report([
            ("small", 1_000_000_000), (nil, 9_000_000_000_000), ("large", 40_000_000_000), ("small", 2_000_000_001),
        ])
        #expect(report.rows.map(\.deal) == ["large", "small", nil])
        #expect(report.rows.map { $0.cost?.usd } == ["0.04", "0.003000000001", "9"])
        #expect(report.rows[1].calls == 2)
        #expect(report.rows[1].costPerCall?.usd == "0.0015")
        #expect(
            report.rows[1].usage
                == Usage(
                    uncachedInput: 2000, cachedInput: 40, cacheWrite: 6, output: 100, reasoning: 10))
        #expect(report.rows[1].first == Self.start)
        #expect(report.rows[1].last == Self.start + 180_000_000)
        #expect(report.totals.cost?.usd == "9.043000000001")
        #expect(report.averagePerDeal?.usd == "0.0215")
        #expect(report.rows.map { $0.isWithin(report.target) } == [false, true, false])
    }

    @Test func `a cost that is not known is not zero`() throws {
        let report = try report([("open", nil), ("part", nil), ("part", 5), ("over", nil), ("over", 33_000_000_000)])
        #expect(report.rows.map(\.deal) == ["over", "part", "open"])
        #expect(report.rows.map { $0.cost?.amount } == [33_000_000_000, 5, nil])
        #expect(report.rows.map(\.unpricedCalls) == [1, 1, 1])
        #expect(report.rows[1].costPerCall?.amount == 5)
        #expect(report.rows.map { $0.isWithin(report.target) } == [false, nil, nil])
        #expect(report.averagePerDeal?.amount == 16_500_000_002)
        #expect(report.table.text(.json).contains(#""deal":"open","calls":1,"unpriced_calls":1"#))
        #expect(report.table.text(.json).contains(#""cost_usd":null,"cost_per_call_usd":null"#))
    }

    @Test(arguments: [
        (ReportFilter(deal: "a"), 2), (ReportFilter(task: .extraction), 2), (ReportFilter(model: "m"), 3),
        (ReportFilter(provider: "p"), 3), (ReportFilter(deal: "a", task: .code), 1), (ReportFilter(deal: "z"), 0),
        (ReportFilter(from: start + 60_000_000), 3), (ReportFilter(to: start + 60_000_000), 1),
        (ReportFilter(from: start + 60_000_000, to: start + 120_000_000), 1),
    ])
    func `a filter leaves the calls that it names`(filter: ReportFilter, calls: Int) throws {
        let report = try report([("a", 1), ("a", 1), ("b", 1), (nil, 1)], filter) { index, entry in
            entry.task = index % 2 == 0 ? .extraction : .code
            entry.model = index == 3 ? "other" : "m"
            entry.provider = index == 0 ? "other" : "p"
        }
        #expect(report.totals.calls == calls)
        #expect(report.rows.reduce(0) { $0 + $1.calls } == calls)
    }

    @Test func `people see columns lined up, with dollars of two digits at least`() throws {
        let report = try report([
            ("acme", 1_234_567_890_000), ("zeta \u{1B}[31m", 320_400_000), (nil, nil),
        ]) { index, entry in
            if index == 0 { entry.savedCache = PicoDollars(2_000_000_000_000) }
            entry.usage?.uncachedInput = 1_234_567
        }
        #expect(
            report.table.text(.table) == """
                Deal        Calls  Unpriced      Input  Cached  Cache write  Output      Cost  Per call  Saved  In target  Last call
                ----------  -----  --------  ---------  ------  -----------  ------  --------  --------  -----  ---------  ----------------
                acme            1         0  1,234,567      20            3      50  $1.23457  $1.23457  $2.00  no         2026-11-24 09:13
                zeta ?[31m      1         0  1,234,567      20            3      50  $0.00032  $0.00032  $0.00  yes        2026-11-24 09:14
                -               1         1  1,234,567      20            3      50         -         -  $0.00  -          2026-11-24 09:15
                ----------  -----  --------  ---------  ------  -----------  ------  --------  --------  -----  ---------  ----------------
                total           3         1  3,703,701      60            9     150  $1.23489  $0.61744  $2.00  -          2026-11-24 09:15

                Deals               2
                Average per deal    $0.62
                Target per deal     $0.032
                Deals over target   1
                Unreadable records  0

                """)
    }

    @Test func `programs get every column exactly, as JSON and as CSV`() throws {
        let report = try report([("a, \"b\"", 1), ("a, \"b\"", 2), (nil, 4)])
        let json = report.table.text(.json)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        let rows = try #require(object["rows"] as? [[String: Any]])
        #expect(rows.map { $0["deal"] as? String } == ["a, \"b\"", nil])
        #expect(rows[0]["calls"] as? Int == 2)
        #expect(json.contains(#""cost_usd":0.000000000003,"cost_per_call_usd":0.000000000001,"#))
        #expect(json.contains(#""target_per_deal_usd":0.032"#))
        #expect((object["totals"] as? [String: Any])?["input_tokens"] as? Int == 3000)
        let lines = report.table.text(.csv).split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines[0].hasPrefix("deal,calls,unpriced_calls,input_tokens,"))
        #expect(lines[1].hasPrefix(#""a, ""b""",2,0,2000,40,6,100,10,0.000000000003,0.000000000001,0,0,0,0,true,"#))
        #expect(lines[2].hasPrefix(",1,0,1000,20,3,50,5,0.000000000004,"))
        #expect(lines[2].hasSuffix(",,2026-11-24T09:15:14.000000Z,2026-11-24T09:15:14.000000Z"))
    }

    @Test func `an empty ledger makes an empty report`() throws {
        let table = try report([]).table
        #expect(table.text(.csv).split(separator: "\n").count == 1)
        #expect(table.text(.json).contains(#""rows":[],"totals":{"deal":"total","calls":0,"#))
        #expect(table.text(.json).contains(#""average_per_deal_usd":null"#))
        #expect(table.text(.table).contains("Deals over target   0\n"))
    }
}
