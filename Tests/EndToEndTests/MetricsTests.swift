import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// What an operator's tools see of a running gateway.
    struct MetricsTests {
        private let directory = TemporaryDirectory()

        /// A gateway that has answered a miss, a hit and a stream, and has counted them.
        private func busyGateway() throws -> GatewayProcess {
            let gateway = try GatewayProcess(data: directory.path + "/data", "--simulate")
            for body in [question("one"), question("one"), question("two", stream: true)] {
                #expect(try gateway.chat(body).status == 200)
            }
            let deadline = ContinuousClock.now + .patience
            while try statistics(gateway, "stored")["calls"] as? Int != 3 {
                try #require(ContinuousClock.now < deadline, "the calls were never counted")
            }
            return gateway
        }

        private func statistics(_ gateway: GatewayProcess, _ part: String) throws -> [String: Any] {
            let answer = try gateway.admin("/api/v1/stats")
            #expect(answer.status == 200)
            let json = try JSONSerialization.jsonObject(with: Data(answer.body.utf8))
            return try #require((json as? [String: Any])?[part] as? [String: Any])
        }

        @Test func `liveness, readiness and totals are told`() throws {
            let gateway = try busyGateway()
            #expect(try gateway.admin("/healthz").status == 200)
            #expect(try gateway.admin("/readyz").status == 200)
            let sinceStart = try statistics(gateway, "since_start")
            #expect(sinceStart["calls"] as? Int == 3)
            #expect(sinceStart["cache_hits"] as? Int == 1)
            #expect(sinceStart["cache_misses"] as? Int == 2)
            #expect(try #require(sinceStart["cost_usd"] as? Double) > 0)
            #expect(try #require(sinceStart["saved_cache_usd"] as? Double) > 0)
        }

        @Test func `totals outlive a restart`() throws {
            let first = try busyGateway()
            let cost = try #require(try statistics(first, "stored")["cost_usd"] as? Double)
            first.signal(SIGTERM)
            #expect(first.waitForExit() == 0)
            let second = try GatewayProcess(data: first.dataDirectory, "--simulate")
            #expect(try statistics(second, "since_start")["calls"] as? Int == 0)
            #expect(try statistics(second, "stored")["calls"] as? Int == 3)
            #expect(try statistics(second, "stored")["cost_usd"] as? Double == cost)
        }

        @Test func `what happened is in the metrics, which Prometheus accepts`() throws {
            let gateway = try busyGateway()
            let answer = try gateway.admin("/metrics")
            #expect(answer.status == 200)
            #expect(answer["content-type"]?.hasPrefix("text/plain; version=0.0.4") == true)
            func sum(_ name: String, _ label: String? = nil) -> Double {
                let samples = answer.body.split(separator: "\n").filter { line in
                    line.prefix { $0 != "{" && $0 != " " } == name && label.map { line.contains($0) } != false
                }
                return samples.compactMap { Double($0.split(separator: " ").last ?? "") }.reduce(0, +)
            }
            #expect(sum("gateway_requests_total") == 3)
            #expect(sum("gateway_requests_total", #"cache="hit""#) == 1)
            #expect(sum("gateway_requests_total", #"status="200""#) == 3)
            #expect(sum("gateway_cache_lookups_total", "miss") == 2)
            #expect(sum("gateway_upstream_attempts_total", #"provider="openai""#) == 2)
            #expect(sum("gateway_ledger_records_total") == 3)
            #expect(sum("gateway_cost_usd_total") > 0)
            #expect(sum("gateway_build_info") == 1)
            #expect(sum("process_open_fds") > 0)
            try checkGrammar(answer.body)
            try checkWithPromtool(answer.body)
        }

        @Test func `OpenMetrics is there for who asks for it`() throws {
            let gateway = try busyGateway()
            let answer = try gateway.admin(
                "/metrics", headers: ["Accept: application/openmetrics-text; version=1.0.0; charset=utf-8"])
            #expect(answer["content-type"]?.hasPrefix("application/openmetrics-text") == true)
            #expect(answer.body.hasSuffix("\n# EOF\n"))
        }

        /// Every line is a comment or a sample of a family whose type was told before.
        private func checkGrammar(_ text: String) throws {
            var types: [Substring: Substring] = [:]
            for line in text.split(separator: "\n") {
                if let type = line.wholeMatch(of: /# TYPE (\w+) (counter|gauge|histogram)/) {
                    #expect(types.updateValue(type.2, forKey: type.1) == nil, "\(type.1) is told twice")
                } else if line.wholeMatch(of: /# HELP \w+ \S.*/) == nil {
                    let sample = try #require(
                        line.wholeMatch(
                            of: /(\w+?)(_bucket|_sum|_count)?(\{(\w+="(?:[^"\\]|\\.)*",?)+\})? [-+.\deInf]+/),
                        "no sample: \(line)")
                    let isKnown = types[sample.1] != nil || types[sample.1 + (sample.2 ?? "")] != nil
                    #expect(isKnown, "of no family: \(line)")
                }
            }
            #expect(types.count > 10)
        }

        /// By Prometheus's own judgement, where its tool was unpacked below `.build/tools`.
        private func checkWithPromtool(_ text: String) throws {
            let tool = GatewayProcess.repository + "/.build/tools/usr/bin/promtool"
            guard FileManager.default.isExecutableFile(atPath: tool) else { return }
            let file = directory.path + "/metrics.txt"
            try text.write(toFile: file, atomically: true, encoding: .utf8)
            let check = try ChildProcess("/bin/sh", ["-c", #"exec "$0" check metrics < "$1""#, tool, file])
            let exit = check.waitForExit()
            #expect(exit == 0, "\(check.output)\(check.errors)")
        }
    }
}
