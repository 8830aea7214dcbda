import Foundation
import Gateway
import Metrics
import Platform
import Routing
import TestSupport
import Testing

/// When an answer comes out of the cache, and when it must not.
@Suite struct CachingTests {
    static let body =
        #"{"model":"gpt-4o-mini","messages":[{"role":"user","content":"one"}],"tools":[{"x":1}],"y":null}"#
    static let stream = Canned.event("Hi") + Canned.finish + Canned.usage + Canned.done

    /// A stream that ends as it should, but for what these events say.
    private static func unfinished(_ events: String) -> String {
        Canned.streamHead + Canned.chunk(Canned.event("Hi") + events + Canned.done) + "0\r\n\r\n"
    }

    /// An upstream whose answers tell one another apart.
    static func counting() -> RawServer {
        RawServer { peer in
            while peer.readRequest() != nil {
                peer.send(Canned.json(Canned.completion.replacing("chatcmpl-1", with: "chatcmpl-\(peer.number)")))
            }
        }
    }

    @Test func `the same question is answered once by the provider and then from the cache, at no cost`() throws {
        let upstream = Self.counting()
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        let first = try gateway.chat(Self.body, headers: ["Authorization: Bearer a", "x-gateway-deal: D1"])
        let second = try gateway.chat(Self.body, headers: ["Authorization: Bearer a", "x-gateway-deal: D2"])
        #expect(first["x-gateway-cache"] == "MISS")
        #expect(second["x-gateway-cache"] == "HIT")
        #expect(second.body == first.body)
        #expect(second["age"] == "0")
        #expect(second["x-gateway-model"] == "gpt-4o-mini")
        #expect(second["x-gateway-cost-usd"] == "0")
        #expect(second["x-gateway-saved-usd"] == "0.0000024")
        #expect(upstream.connectionCount == 1)
        let records = try gateway.records()
        #expect(records.map(\.cache) == [.miss, .hit])
        #expect(records.map { $0.cost?.usd } == ["0.0000024", "0"])
        #expect(records.map { $0.savedCache?.usd } == [nil, "0.0000024"])
        #expect(records.map(\.deal) == ["D1", "D2"])
        #expect(records.map(\.attempts.count) == [1, 0])
    }

    @Test(arguments: [
        #"{"messages" : [ {"content":"one","role":"user"} ],"y":null,"tools":[{"x":1}],"model":"gpt-4o-mini"}"#,
        #"{"model":"gpt-4o-mini","messages":[{"role":"user","content":"\u006fne"}],"tools":[{"x":1}],"y":null,"user":"u"}"#,
        #"{"model":"gpt-4o-mini","metadata":{"a":"b"},"messages":[{"role":"user","content":"one"}],"tools":[{"x":1}],"y":null,"service_tier":"flex"}"#,
    ])
    func `another spelling of the same request is a hit`(body: String) throws {
        let upstream = Self.counting()
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        _ = try gateway.chat(Self.body)
        #expect(try gateway.chat(body)["x-gateway-cache"] == "HIT")
    }

    @Test(arguments: [
        ("\"one\"", "\"one \""), ("\"one\"", "\"One\""), (#"{"x":1}"#, #"{"x":1.0}"#), (#""y":null"#, #""y":0"#),
        (#""y":null"#, #""z":null"#), (#","y":null"#, ""), ("user\"", "system\""), ("mini", "min1"),
    ])
    func `a byte more or less in any message, tool or unknown field is a miss`(old: String, new: String) throws {
        let upstream = Self.counting()
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        _ = try gateway.chat(Self.body)
        #expect(try gateway.chat(Self.body.replacing(old, with: new))["x-gateway-cache"] == "MISS")
    }

    @Test(arguments: [
        ["Authorization: Bearer b"], [], ["Authorization: Bearer a", "api-key: a"], ["x-api-key: Bearer a"],
    ])
    func `another credential never sees the answer, unless the cache is shared`(headers: [String]) throws {
        let upstream = Self.counting()
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        _ = try gateway.chat(Self.body, headers: ["Authorization: Bearer a"])
        // One header or another of the same value is the same client.
        let isSame = headers == ["x-api-key: Bearer a"]
        #expect(try gateway.chat(Self.body, headers: headers)["x-gateway-cache"] == (isSame ? "HIT" : "MISS"))
        let shared = try GatewayHarness(upstreamPort: upstream.port) { $0.cache.scope = .shared }
        _ = try shared.chat(Self.body, headers: ["Authorization: Bearer a"])
        #expect(try shared.chat(Self.body, headers: headers)["x-gateway-cache"] == "HIT")
    }

    @Test func `where the task decides the model, a task that is said counts as auto and the task do`() throws {
        let upstream = Self.counting()
        let gateway = try GatewayHarness(upstreamPort: upstream.port) { $0.routing.substitute = ["gpt-4o"] }
        func ask(_ model: String, task: String? = nil) throws -> String? {
            try gateway.chat(
                Self.body.replacing("gpt-4o-mini", with: model),
                headers: task.map { ["x-gateway-task: \($0)"] } ?? [])["x-gateway-cache"]
        }
        #expect(try ask("auto", task: "extraction") == "MISS")
        #expect(try ask("auto", task: "reasoning") == "MISS")
        #expect(try ask("auto/reasoning") == "HIT" && ask("auto/extraction") == "HIT")
        #expect(try ask("auto/reasoning", task: "code") == "HIT")
        #expect(try ask("auto") == "MISS")
        #expect(try ask("gpt-4o", task: "extraction") == "MISS")
        #expect(try ask("gpt-4o", task: "reasoning") == "MISS")
        #expect(try ask("gpt-4o") == "MISS")
        #expect(try ask("gpt-4o", task: "reasoning") == "HIT")
        // A model that is honoured answers whatever the task is.
        #expect(try ask("gpt-4.1", task: "reasoning") == "MISS")
        #expect(try ask("gpt-4.1", task: "extraction") == "HIT")
    }

    @Test func `a request says how it uses the cache`() throws {
        let upstream = Self.counting()
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        func ask(_ header: String) throws -> String? {
            try gateway.chat(Self.body, headers: [header])["x-gateway-cache"]
        }
        #expect(try gateway.chat(Self.body, headers: ["x-gateway-cache: only"])["x-gateway-error"] == "cache_miss")
        #expect(try gateway.chat(Self.body, headers: ["cache-control: only-if-cached"]).status == 504)
        #expect(try ask("x-gateway-cache: off") == "BYPASS")
        #expect(try ask("cache-control: no-store") == "BYPASS")
        #expect(try ask("x-gateway-cache: only") == "MISS")
        #expect(try ask("x-gateway-cache: refresh") == "MISS")
        #expect(try ask("x-gateway-cache: only") == "HIT")
        #expect(try ask("cache-control: no-cache") == "MISS")
        #expect(try ask("X-Gateway-Cache: ttl=60") == "HIT")
        #expect(try gateway.chat(Self.body, headers: ["x-gateway-cache: maybe"]).status == 400)
        #expect(upstream.received.joined().components(separatedBy: "POST /v1/").count == 1 + 4)
    }

    @Test func `an answer expires, by the configuration or by the request`() throws {
        let upstream = Self.counting()
        let clock = ManualClock(wall: 1_795_000_000_000_000)
        let gateway = try GatewayHarness(upstreamPort: upstream.port, time: clock) { $0.cache.ttl = .seconds(100) }
        let other = Self.body.replacing("one", with: "two")
        _ = try gateway.chat(Self.body)
        _ = try gateway.chat(other, headers: ["x-gateway-cache: ttl=10"])
        clock.advance(by: .seconds(11))
        #expect(try gateway.chat(other)["x-gateway-cache"] == "MISS")
        let hit = try gateway.chat(Self.body)
        #expect(hit["x-gateway-cache"] == "HIT")
        #expect(hit["age"] == "11")
        #expect(try gateway.chat(Self.body, headers: ["cache-control: max-age=5"])["x-gateway-cache"] == "MISS")
        clock.advance(by: .seconds(100))
        #expect(try gateway.chat(Self.body)["x-gateway-cache"] == "MISS")
    }

    @Test func `a task has its own time, its own rule for sampling, and perhaps no cache`() throws {
        let upstream = Self.counting()
        let clock = ManualClock(wall: 1_795_000_000_000_000)
        let gateway = try GatewayHarness(upstreamPort: upstream.port, time: clock) { settings in
            settings.cache.tasks[.extraction] = .init(enabled: true, ttl: .seconds(10), sampled: true)
            settings.cache.tasks[.reasoning] = .init(enabled: true, ttl: .seconds(1000), sampled: false)
            settings.cache.tasks[.code] = .init(enabled: false, ttl: .seconds(1000), sampled: true)
        }
        func ask(_ task: String, _ body: String = Self.body) throws -> String? {
            try gateway.chat(body.replacing("one", with: task), headers: ["x-gateway-task: \(task)"])["x-gateway-cache"]
        }
        let cold = Self.body.replacing(#""y":null"#, with: #""temperature":0"#)
        #expect(
            try ["extraction", "reasoning", "code", "chat"].map { try ask($0) } == ["MISS", "BYPASS", "BYPASS", "MISS"])
        #expect(try ask("reasoning", cold) == "MISS")
        clock.advance(by: .seconds(11))
        #expect(try ["extraction", "chat"].map { try ask($0) } == ["MISS", "HIT"])
        #expect(try ask("reasoning", cold) == "HIT")
    }

    @Test func `when every provider fails, an answer that expired not long ago is given, and says so`() throws {
        let isUp = Monitor(true)
        let upstream = RawServer { peer in
            _ = peer.readRequest()
            peer.send(
                isUp.withLock { $0 }
                    ? Canned.json(Canned.completion) : Canned.json("{}", status: "503 Service Unavailable"))
        }
        let clock = ManualClock(wall: 1_795_000_000_000_000)
        let gateway = try GatewayHarness(upstreamPort: upstream.port, time: clock) { settings in
            settings.cache.ttl = .seconds(100)
            settings.cache.staleIfError = .seconds(1000)
        }
        let fresh = try gateway.chat(Self.body)
        clock.advance(by: .seconds(500))
        isUp.withLock { $0 = false }
        let stale = try gateway.chat(Self.body)
        #expect(stale.status == 200 && stale.body == Canned.completion)
        #expect(stale["x-gateway-cache"] == "STALE" && stale["age"] == "500" && stale["x-gateway-attempts"] == "1")
        // Asked for as a stream, or fresh, or as something else.
        let stream = Self.body.replacing("{\"model\"", with: "{\"stream\":true,\"model\"")
        #expect(try gateway.chat(stream)["x-gateway-cache"] == "STALE")
        #expect(try gateway.chat(Self.body, headers: ["x-gateway-cache: refresh"]).status == 503)
        #expect(try gateway.chat(Self.body.replacing("one", with: "two")).status == 503)
        clock.advance(by: .seconds(700))
        #expect(try gateway.chat(Self.body).status == 503)
        isUp.withLock { $0 = true }
        #expect(try gateway.chat(Self.body)["x-gateway-cache"] == "MISS")
        // Those of the same moment stand in the ledger in any order.
        let record = try #require(try gateway.records().first { $0.cache == .stale && !$0.streamed })
        #expect(record.cost == .zero)
        #expect(record.savedCache?.usd == fresh["x-gateway-cost-usd"])
        #expect(record.attempts.map(\.status) == [503] && record.status == 200 && record.errorCode == nil)
    }

    @Test func `what names a field twice is neither looked up nor stored`() throws {
        let upstream = Self.counting()
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        let twice = #"{"model":"gpt-4o-mini","messages":[{"role":"user","r\u006fle":"system","content":"x"}]}"#
        for _ in 0..<2 { #expect(try gateway.chat(twice)["x-gateway-cache"] == "BYPASS") }
    }

    @Test func `without sampled, only a temperature of zero is cached`() throws {
        let upstream = Self.counting()
        let gateway = try GatewayHarness(upstreamPort: upstream.port) { $0.cache.sampled = false }
        let cold = #"{"model":"gpt-4o-mini","temperature":0.0,"messages":[]}"#
        for body in [Self.body, cold.replacing("0.0", with: "0.1"), cold.replacing("0.0", with: "null")] {
            #expect(try gateway.chat(body)["x-gateway-cache"] == "BYPASS")
        }
        #expect(try gateway.chat(cold)["x-gateway-cache"] == "MISS")
        #expect(try gateway.chat(cold)["x-gateway-cache"] == "HIT")
    }

    @Test(arguments: [
        Canned.json(#"{"error":{"message":"no"}}"#, status: "500 Internal Server Error"),
        Canned.json(Canned.completion, status: "201 Created"),
        Canned.json(Canned.completion.replacing("\"stop\"", with: "null")),
        Canned.json("not json"),
        Canned.json(#"{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1}}"#),
        Canned.streamHead + Canned.chunk(Canned.event("Hi") + Canned.finish) + "0\r\n\r\n",
        Canned.streamHead + Canned.chunk(Canned.event("Hi") + Canned.done) + "0\r\n\r\n",
        Canned.streamHead
            + Canned.chunk(
                Canned.event("Hi") + #"data: {"error":{"message":"x"}}"# + "\n\n" + Canned.finish + Canned.done)
            + "0\r\n\r\n",
        Canned.json(Canned.completion.replacing(#""stop""#, with: #""error""#)),
        Canned.json(Canned.completion.replacing(#""stop""#, with: #""stop","error":{"code":502}"#)),
        Canned.json(Canned.completion.replacing(#""stop""#, with: #""insufficient_system_resource""#)),
        unfinished(Canned.finish.replacing(#""stop""#, with: #""error""#)),
        unfinished(Canned.finish.replacing(#""stop""#, with: #""stop","error":{"code":502}"#)),
        unfinished(Canned.finish.replacing(#""stop""#, with: #""insufficient_system_resource""#)),
        unfinished(
            Canned.finish + Canned.event("a").replacing(#""index":0"#, with: #""index":70"#)
                + Canned.finish.replacing(#""index":0"#, with: #""index":71"#)),
    ])
    func `what is not a complete answer is passed on and never stored`(answer: String) throws {
        let upstream = RawServer { peer in while peer.readRequest() != nil { peer.send(answer) } }
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        let first = try gateway.chat(Self.body)
        #expect(first.body == Answer(answer).body)
        #expect(first.isWhole)
        for body in [Self.body, Self.body.replacing(#"{"model""#, with: #"{"stream":true,"model""#)] {
            #expect(try gateway.chat(body)["x-gateway-cache"] == "MISS")
        }
    }

    @Test func `a stream is replayed as the events that came, with its usage only for those who ask`() throws {
        let upstream = RawServer { peer in
            while peer.readRequest() != nil { peer.send(Canned.streamHead + Canned.chunk(Self.stream) + "0\r\n\r\n") }
        }
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        let body = #"{"model":"gpt-4o-mini","stream":true,"messages":[]}"#
        let first = try gateway.chat(body)
        let second = try gateway.chat(body)
        #expect(second["x-gateway-cache"] == "HIT")
        #expect(second["content-length"] == nil)
        #expect(second["content-type"] == "text/event-stream; charset=utf-8")
        #expect(second.body == first.body && second.isWhole)
        let asking = try gateway.chat(
            #"{"model":"gpt-4o-mini","stream":true,"stream_options":{"include_usage":true},"messages":[]}"#)
        #expect(asking["x-gateway-cache"] == "HIT")
        #expect(asking.body == Self.stream)
        #expect(upstream.connectionCount == 1)
        #expect(try gateway.records().last?.savedCache?.usd == "0.0000027")
    }

    @Test func `the cache outlives a restart`() throws {
        let upstream = Self.counting()
        let first = try GatewayHarness(upstreamPort: upstream.port)
        _ = try first.chat(Self.body)
        first.stop()
        let second = try GatewayHarness(upstreamPort: upstream.port) { $0.dataDirectory = first.directory.path }
        #expect(try second.chat(Self.body)["x-gateway-cache"] == "HIT")
    }
}
