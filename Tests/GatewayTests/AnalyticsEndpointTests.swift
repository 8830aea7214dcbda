import Foundation
import Metrics
import TestSupport
import Testing

@testable import Gateway

/// `/api/v1/analytics/llm` of the admin plane, and `gateway report` on the same ledger.
@Suite struct AnalyticsEndpointTests {
    private let upstream = ForwardingTests.answering(Canned.json(Canned.completion))
    private let gateway: GatewayHarness

    init() throws {
        // The bundled prices begin on 2026-11-23.
        gateway = try GatewayHarness(
            upstreamPort: upstream.port, time: ManualClock(wall: 1_795_511_594_000_000))
        for (number, deal) in ["acme", "acme", "zenith"].enumerated() {
            let body = #"{"model":"gpt-4o-mini","messages":[{"role":"user","content":"question \#(number)"}]}"#
            #expect(
                try gateway.chat(body, headers: ["x-gateway-deal: \(deal)", "x-gateway-task: extraction"]).status == 200
            )
        }
        try waitForRecords(3)
    }

    private func waitForRecords(_ count: Int) throws {
        let deadline = ContinuousClock.now + .patience
        while try report("cost-trend").totals["calls"] as? Int != count {
            try #require(ContinuousClock.now < deadline, "the calls never reached the ledger")
        }
    }

    private func ask(_ path: String) throws -> Answer {
        try gateway.get("/api/v1/analytics/llm" + path, port: gateway.adminPort)
    }

    private func report(_ target: String) throws -> (json: [String: Any], totals: [String: Any]) {
        let answer = try ask("/" + target)
        #expect(answer.status == 200, "\(answer.body)")
        let json = try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any] ?? [:]
        return (json, json["totals"] as? [String: Any] ?? [:])
    }

    @Test func `every report is listed, and answers`() throws {
        let list = try JSONSerialization.jsonObject(with: Data(try ask("").body.utf8)) as? [String: Any]
        let names = (list?["reports"] as? [[String: Any]])?.compactMap { $0["name"] as? String }
        #expect(names == ReportName.allCases.map(\.rawValue))
        for name in names ?? [] {
            #expect(try report(name).json["report"] as? String == name)
        }
    }

    @Test func `a report is about what the query asks for`() throws {
        #expect(try report("cost-per-deal?deal=acme").totals["calls"] as? Int == 2)
        #expect(try report("task-performance?task=extraction&from=-1h").totals["calls"] as? Int == 3)
        #expect(try report("task-performance?from=2026-11-24T10:00:00%2B01:00").totals["calls"] as? Int == 3)
        #expect(try report("task-performance?from=2026-11-24T10:00:00+01:00").totals["calls"] as? Int == 3)
        #expect(try report("task-performance?from=2026-11-24T10:13:15%2B01:00").totals["calls"] as? Int == 0)
        #expect(try report("cost-per-deal?limit=1").json["rows_total"] as? Int == 2)
    }

    @Test func `a report comes as CSV, and as a table for people`() throws {
        let csv = try ask("/cost-per-deal?format=csv")
        #expect(csv["content-type"] == "text/csv; charset=utf-8")
        #expect(csv.body.hasPrefix("deal,calls,"))
        #expect(try ask("/cost-per-deal?format=table").body.contains("Target per deal"))
    }

    @Test(arguments: [
        ("/cost-per-deal?from=soon", "from"), ("/cost-per-deal?colour=blue", "colour"),
        ("/error-analysis?group_by=age", "group_by"), ("/cost-trend?format=xml", "format"),
        ("/cost-trend?limit=1&limit=2", "limit"), ("/cost-trend?task=", "task"), ("?from=-1h", "from"),
    ])
    func `a parameter that makes no sense is named`(target: String, name: String) throws {
        let answer = try ask(target)
        #expect(answer.status == 400)
        let json = try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any]
        let error = try #require(json?["error"] as? [String: Any])
        #expect(error["param"] as? String == name)
        #expect((error["message"] as? String)?.contains("'\(name)'") == true)
    }

    @Test func `a report that there is not is 404, and only GET asks for one`() throws {
        let answer = try ask("/cost-per-dael")
        #expect(answer.status == 404)
        #expect(answer.body.contains("cost-per-deal"))
        #expect(
            try gateway.get("/api/v1/analytics/llm/cost-trend", port: gateway.adminPort, method: "PUT").status == 405)
    }

    @Test func `the command says the same, and what is wrong with its words`() throws {
        let data = gateway.directory.path
        gateway.stop()
        let run = CommandRun(
            ["report", "task-performance", "--data", data, "--group-by", "task,model", "--format", "json"],
            now: 1_795_511_594_000_000)
        #expect(run.exit == 0, "\(run.complaints)")
        #expect(run.output.contains(#""task":"extraction","model":"gpt-4o-mini","calls":3"#))
        for (words, complaint) in [
            (["report", "cost-trend", "--group-by", "colour"], "--group-by names 'colour'"),
            (["report", "cost-trend", "--interval", "x"], "--interval is 'x'"),
            (["report", "cost-trned"], "did you mean cost-trend?"), (["report"], "expected one report"),
        ] {
            let run = CommandRun(words + ["--data", data])
            #expect(run.exit == 64)
            #expect(run.complaints.contains(complaint), "\(run.complaints)")
        }
        #expect(CommandRun(["report", "--list"]).output.contains("cycle-breakdown\n"))
    }
}
