import Foundation
import Metrics
import Testing

@Suite struct ExpositionTests {
    /// Two loops, three calls, one of them with a name that no configuration knows.
    private func metrics() -> GatewayMetrics {
        let metrics = GatewayMetrics(version: "1.2.3", models: ["gpt-4o", "a \"b\" \\ c\n"], providers: ["openai"])
        let first = metrics.makeShard()
        let second = metrics.makeShard()
        let openai = metrics.providers.label(of: "openai")
        var miss = RequestSample(endpoint: .chatCompletions)
        miss.model = metrics.models.label(of: "gpt-4o")
        miss.provider = openai
        miss.task = .extraction
        miss.status = 200
        miss.cache = .miss
        miss.durationNanoseconds = 812_000_000
        miss.firstByteNanoseconds = 500_000
        miss.overheadNanoseconds = 10_001
        miss.retries = 1
        miss.fallback = true
        miss.usage = Usage(uncachedInput: 100, cachedInput: 20, output: 30, reasoning: 10)
        miss.usageSource = .reported
        miss.cost = PicoDollars(575_000_000)
        miss.savedRouting = PicoDollars(-5)
        first.record(miss)
        second.record(miss)
        first.record(.timeout, provider: openai)
        second.record(.ok, provider: openai)
        var hit = RequestSample(endpoint: .chatCompletions)
        hit.model = metrics.models.label(of: "a \"b\" \\ c\n")
        hit.provider = openai
        hit.status = 200
        hit.cache = .hit
        hit.durationNanoseconds = 50_000
        hit.usageSource = .reported
        hit.cost = .zero
        hit.savedCache = PicoDollars(575_000_000)
        first.record(hit)
        var odd = RequestSample(endpoint: .passthrough)
        odd.model = metrics.models.label(of: "never heard of")
        odd.status = 7777
        first.record(odd)
        return metrics
    }

    private var gauges: GatewayMetrics.Gauges {
        var gauges = GatewayMetrics.Gauges()
        gauges.connections = 3
        gauges.inFlightRequests = 2
        gauges.cache = .init(bytes: 8192, entries: 2, evictions: [("expired", 5), ("size", 6)])
        var ledger = Ledger.Statistics()
        ledger.recorded = 4
        ledger.dropped = 1
        ledger.commits.observe(nanoseconds: 2_600_000)
        gauges.ledger = ledger
        return gauges
    }

    private func scrape(_ format: TextExposition.Format) throws -> Scrape {
        try Scrape(String(decoding: metrics().exposition(format, gauges), as: UTF8.self))
    }

    @Test func `calls of all loops are summed under their labels`() throws {
        let scrape = try scrape(.prometheus)
        let labels =
            #"endpoint="chat/completions",model="gpt-4o",provider="openai",task="extraction",status="200","#
            + #"cache="miss",rollout="on""#
        #expect(scrape["gateway_requests_total{\(labels)}"] == "2")
        #expect(scrape[#"gateway_upstream_attempts_total{provider="openai",outcome="timeout"}"#] == "1")
        #expect(scrape["gateway_retries_total"] == "2")
        #expect(scrape["gateway_fallbacks_total"] == "2")
        #expect(scrape["gateway_unpriced_calls_total"] == "1")
        #expect(scrape[#"gateway_cache_lookups_total{result="miss"}"#] == "2")
        #expect(scrape[#"gateway_cache_lookups_total{result="hit"}"#] == "1")
    }

    @Test func `tokens and exact money are told by model and provider`() throws {
        let scrape = try scrape(.prometheus)
        #expect(scrape[#"gateway_tokens_total{model="gpt-4o",provider="openai",type="input"}"#] == "200")
        #expect(scrape[#"gateway_tokens_total{model="gpt-4o",provider="openai",type="cached_input"}"#] == "40")
        #expect(
            scrape[#"gateway_cost_usd_total{model="gpt-4o",provider="openai",task="extraction"}"#] == "0.00115")
        #expect(scrape[#"gateway_saved_usd_total{by="cache"}"#] == "0.000575")
        #expect(scrape[#"gateway_saved_usd_total{by="routing"}"#] == "0")
    }

    @Test func `a model or status from outside makes no series of its own`() throws {
        let labels =
            #"endpoint="passthrough",model="other",provider="other",task="none",status="none","#
            + #"cache="bypass",rollout="on""#
        #expect(try scrape(.prometheus)["gateway_requests_total{\(labels)}"] == "1")
    }

    @Test func `an unpriced call adds no cost of zero`() throws {
        let scrape = try scrape(.prometheus)
        #expect(scrape[#"gateway_cost_usd_total{model="other",provider="other",task="none"}"#] == nil)
    }

    @Test func `a histogram counts a value that equals a bound in that bound's bucket`() throws {
        let scrape = try scrape(.prometheus)
        #expect(scrape[#"gateway_first_byte_seconds_bucket{le="0.0005"}"#] == "2")
        #expect(scrape[#"gateway_overhead_seconds_bucket{le="0.00001"}"#] == "0")
        #expect(scrape[#"gateway_overhead_seconds_bucket{le="0.000025"}"#] == "2")
        #expect(scrape[#"gateway_request_duration_seconds_bucket{le="+Inf"}"#] == "4")
        #expect(scrape["gateway_request_duration_seconds_sum"] == "1.62405")
        #expect(scrape["gateway_ledger_commit_seconds_count"] == "1")
    }

    @Test func `what others keep is shown as it is at the scrape`() throws {
        let scrape = try scrape(.prometheus)
        let expected = [
            "gateway_connections": "3", "gateway_in_flight_requests": "2",
            "gateway_cache_bytes": "8192", "gateway_cache_entries": "2", "gateway_ledger_records_total": "4",
            "gateway_ledger_dropped_total": "1", #"gateway_build_info{version="1.2.3"}"#: "1",
            #"gateway_cache_evictions_total{reason="size"}"#: "6",
        ]
        for (name, value) in expected { #expect(scrape[name] == value, "\(name)") }
    }

    @Test func `the process tells its memory, descriptors, CPU time and start`() throws {
        let scrape = try scrape(.prometheus)
        let resident = try #require(scrape["process_resident_memory_bytes"].flatMap(Double.init))
        #expect(resident > 1_000_000 && resident < 100_000_000_000)
        let virtual = try #require(scrape["process_virtual_memory_bytes"].flatMap(Double.init))
        #expect(virtual >= resident)
        let open = try #require(scrape["process_open_fds"].flatMap(Double.init))
        let most = try #require(scrape["process_max_fds"].flatMap(Double.init))
        #expect(open >= 3 && open <= most)
        let started = try #require(scrape["process_start_time_seconds"].flatMap(Double.init))
        let now = Date().timeIntervalSince1970
        #expect(started > now - 86_400 && started < now + 60)
        #expect(try #require(scrape["process_cpu_seconds_total"].flatMap(Double.init)) > 0)
    }

    @Test func `OpenMetrics names families without their suffix, gives units and ends with a mark`() throws {
        let scrape = try scrape(.openMetrics)
        #expect(scrape.types["gateway_requests"] == "counter")
        #expect(scrape.types["gateway_build"] == "info")
        #expect(scrape.units["gateway_request_duration_seconds"] == "seconds")
        #expect(scrape.units["gateway_cost_usd"] == "usd")
        #expect(scrape.isEnded)
        #expect(scrape["gateway_retries_total"] == "2")
    }

    @Test func `a bucket names the latest call in it, of all loops, to who reads OpenMetrics`() throws {
        let metrics = GatewayMetrics(version: "1")
        var sample = RequestSample(endpoint: .chatCompletions)
        sample.durationNanoseconds = 2_000_000
        let shards = [metrics.makeShard(), metrics.makeShard(), metrics.makeShard()]
        for (shard, start) in zip(shards, [1_000_000, 3_000_000, 2_000_000]) {
            sample.id = RecordID(notBefore: Int64(start))
            shard.record(sample)
        }
        let latest = #" # {request_id="\#(RecordID(notBefore: 3_000_000))"} 0.002 3.002"#
        let bucket = #"gateway_request_duration_seconds_bucket{le="0.0025"} 3"#
        let open = String(decoding: metrics.exposition(.openMetrics, .init()), as: UTF8.self)
        #expect(open.contains("\(bucket)\(latest)\n"))
        let plain = String(decoding: metrics.exposition(.prometheus, .init()), as: UTF8.self)
        #expect(plain.contains("\(bucket)\n"))
    }

    @Test(arguments: [
        ("", false), ("text/plain", false), ("*/*", false), ("application/openmetrics-text", true),
        ("application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.4", true),
        ("text/plain, Application/OpenMetrics-Text; version=1.0.0", true),
        ("application/openmetrics-text; q=0, text/plain", false),
    ])
    func `a scraper gets OpenMetrics when it names it`(accept: String, isOpenMetrics: Bool) {
        #expect((TextExposition.Format(accept: accept) == .openMetrics) == isOpenMetrics)
    }

    @Test func `clients that vary every label cannot make series without end`() throws {
        let metrics = GatewayMetrics(
            version: "1", models: (0..<300).map { "model-\($0)" }, providers: ["openai"])
        let shard = metrics.makeShard()
        let provider = metrics.providers.label(of: "openai")
        var calls = 0
        for model in 0..<300 {
            for status in 400..<450 {
                var sample = RequestSample(endpoint: .chatCompletions)
                sample.model = metrics.models.label(of: "model-\(model)")
                sample.provider = provider
                sample.status = status
                shard.record(sample)
                calls += 1
            }
        }
        let scrape = try Scrape(String(decoding: metrics.exposition(.prometheus, .init()), as: UTF8.self))
        let series = scrape.samples.filter { $0.key.hasPrefix("gateway_requests_total{") }
        #expect(series.count <= 10_050)
        #expect(series.values.compactMap { Int($0) }.reduce(0, +) == calls)
        #expect(metrics.summary.calls == UInt64(calls))
    }

    @Test(
        .enabled(
            if: ProcessInfo.processInfo.environment["PROMTOOL"] != nil,
            "names the program `promtool` of Debian's package prometheus"))
    func `promtool finds nothing wrong`() throws {
        let tool = Process()
        tool.executableURL = URL(fileURLWithPath: ProcessInfo.processInfo.environment["PROMTOOL"]!)
        tool.arguments = ["check", "metrics"]
        let input = Pipe()
        let output = Pipe()
        tool.standardInput = input
        tool.standardOutput = output
        tool.standardError = output
        try tool.run()
        try input.fileHandleForWriting.write(contentsOf: Data(metrics().exposition(.prometheus, gauges)))
        try input.fileHandleForWriting.close()
        let findings = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        tool.waitUntilExit()
        #expect(tool.terminationStatus == 0)
        #expect(findings == "")
    }
}
