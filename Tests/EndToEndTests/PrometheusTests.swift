import Foundation
import Glibc
import TestSupport
import Testing

extension EndToEnd {
    /// The gateway watched by Prometheus itself, which `make test` unpacks below `.build/tools`.
    @Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: Prometheus.program("prometheus"))))
    struct PrometheusTests {
        private let directory = TemporaryDirectory()

        private static let configuration = GatewayProcess.repository + "/conf/prometheus"

        @Test(arguments: [
            ["check", "config", "prometheus.yml"], ["check", "rules", "rules.yml"],
            ["test", "rules", "rules.test.yml"],
        ])
        func `the configuration and rules that are shipped are sound, and fire when they should`(words: [String]) throws
        {
            let tool = try ChildProcess(Prometheus.program("promtool"), words, directory: Self.configuration)
            #expect(tool.waitForExit() == 0, "\(tool.output)\(tool.errors)")
        }

        @Test func `what Prometheus says of hits and cost is what the ledger says`() throws {
            let gateway = try GatewayProcess(data: directory.path + "/data", "--simulate")
            let prometheus = try Prometheus(scraping: gateway.adminPort, in: directory.path)

            try ask(gateway, "one", "one", "two")
            let before = try ledgerCost(gateway, calls: 3)
            try prometheus.wait(for: "sum(gateway_cost_usd_total)", toBe: before)

            try ask(gateway, "three", "one", "four")
            let after = try ledgerCost(gateway, calls: 6)
            #expect(after > before)
            try prometheus.wait(for: "sum(gateway_cost_usd_total)", toBe: after)
            // What the hour cost since the first scrape: nothing in between was lost or counted twice.
            let hour = "sum(max_over_time(gateway_cost_usd_total[1h]) - min_over_time(gateway_cost_usd_total[1h]))"
            let cost = try #require(try prometheus.value(of: hour))
            #expect(abs(cost - (after - before)) < 1e-12)
            let hits = #"sum(gateway_cache_lookups_total{result="hit"}) / sum(gateway_cache_lookups_total)"#
            #expect(try prometheus.value(of: hits) == 2.0 / 6)
        }

        private func ask(_ gateway: GatewayProcess, _ questions: String...) throws {
            for text in questions { #expect(try gateway.chat(question(text)).status == 200) }
        }

        /// What the ledger says that all calls cost, once it has so many.
        private func ledgerCost(_ gateway: GatewayProcess, calls: Int) throws -> Double {
            let deadline = ContinuousClock.now + .patience
            while true {
                let answer = try JSONSerialization.jsonObject(with: Data(gateway.admin("/api/v1/stats").body.utf8))
                let stored = try #require((answer as? [String: Any])?["stored"] as? [String: Any])
                if stored["calls"] as? Int == calls { return try #require(stored["cost_usd"] as? Double) }
                try #require(ContinuousClock.now < deadline, "\(calls) calls were never counted: \(stored)")
            }
        }
    }
}

/// A Prometheus that scrapes one gateway every second and evaluates the rules that are shipped.
private struct Prometheus {
    static func program(_ name: String) -> String { GatewayProcess.repository + "/.build/tools/usr/bin/" + name }

    private let child: ChildProcess
    private let port: UInt16

    init(scraping adminPort: UInt16, in directory: String) throws {
        let file = directory + "/prometheus.yml"
        let rules = GatewayProcess.repository + "/conf/prometheus/rules.yml"
        let text = """
            global: { scrape_interval: 1s, evaluation_interval: 1s }
            rule_files: ["\(rules)"]
            scrape_configs: [{ job_name: gateway, static_configs: [{ targets: ["127.0.0.1:\(adminPort)"] }] }]
            """
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        child = try ChildProcess(
            Self.program("prometheus"),
            ["--config.file", file, "--storage.tsdb.path", directory + "/tsdb", "--web.listen-address", "127.0.0.1:0"])
        port = try UInt16(child.wait(for: /msg="Listening on" address=127.0.0.1:(\d+)/, inErrors: true).1)!
    }

    /// The value of a query that has one; nil while it has none.
    func value(of query: String) throws -> Double? {
        let client = try RawClient(port: port)
        let escaped = try #require(query.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
        try client.send("GET /api/v1/query?query=\(escaped) HTTP/1.1\r\nHost: prometheus\r\nConnection: close\r\n\r\n")
        let body = Answer(try client.receiveAll()).body
        // While it starts it says in plain words that it is not ready.
        let json = try? JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any]
        let data = json?["data"] as? [String: Any]
        let sample = (data?["result"] as? [[String: Any]])?.first?["value"] as? [Any]
        return (sample?.last as? String).flatMap(Double.init)
    }

    /// Waits until a scrape has brought the query to that value.
    func wait(for query: String, toBe expected: Double) throws {
        let deadline = ContinuousClock.now + .patience
        while try value(of: query).map({ abs($0 - expected) < 1e-12 }) != true {
            try #require(ContinuousClock.now < deadline, "\(query) never became \(expected)")
        }
    }
}
