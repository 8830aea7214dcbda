import Gateway
import Metrics
import Platform
import TestSupport
import Testing

/// Identical requests in flight: one upstream call, and everyone has the whole answer.
@Suite(.timeLimit(.minutes(5))) struct CoalescingTests {
    private static let streamed =
        #"{"model":"gpt-4o-mini","stream":true,"messages":[{"role":"user","content":"the same for all"}]}"#
    private static let plain = #"{"model":"gpt-4o-mini","messages":[{"role":"user","content":"the same for all"}]}"#

    /// An upstream that streams one event after the other, as far as it is let.
    private final class Tap: Sendable {
        private let allowed = Monitor(0)
        let events: [String]

        init(events: Int) { self.events = (0..<events).map { Canned.event("w\($0) ") } + Self.ending }

        static let ending = [Canned.finish, Canned.usage, Canned.done]

        func serve(_ count: Int? = nil) -> RawServer {
            RawServer { peer in
                while peer.readRequest() != nil {
                    peer.send(Canned.streamHead)
                    for (index, event) in self.events.enumerated() {
                        self.allowed.wait { $0 > index }
                        if index == count { return }
                        guard peer.send(Canned.chunk(event)) else { return }
                    }
                    peer.send("0\r\n\r\n")
                }
            }
        }

        /// Lets events out, up to a number.
        func open(_ count: Int? = nil) {
            allowed.withLock { $0 = max($0, count ?? events.count) }
            allowed.wake()
        }
    }

    private static func ask(
        _ gateway: GatewayHarness, _ body: String = streamed, headers: [String] = [], patience: Int = 10
    ) throws -> RawClient {
        let client = try RawClient(port: gateway.port, patience: patience)
        let lines = ["Host: g", "Connection: close", "Content-Length: \(body.utf8.count)"] + headers
        try client.send("POST /v1/chat/completions HTTP/1.1\r\n\(lines.joined(separator: "\r\n"))\r\n\r\n\(body)")
        return client
    }

    /// What clients are answered who ask for the same whole answer, which comes once all of them have asked.
    private static func askTogether(
        _ count: Int, _ gateway: GatewayHarness, opening gate: Monitor<Bool>
    ) throws -> [Answer] {
        let clients = try (0..<count).map { _ in try ask(gateway, plain) }
        try gateway.waitUntilInFlight(count)
        gate.open()
        return try clients.map { Answer(try $0.receiveAll()) }
    }

    /// What clients get who did not ask for usage.
    private static func body(of tap: Tap) -> String { tap.events.filter { $0 != Canned.usage }.joined() }

    @Test func `a hundred identical streams are one upstream call and a hundred equal streams`() throws {
        let tap = Tap(events: 20)
        let upstream = tap.serve()
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        let clients = try (0..<100).map { _ in try Self.ask(gateway) }
        tap.open(1)
        // Late or early: all have seen the first word before the second is let out.
        let beginnings = try clients.map { try $0.receive(until: "w0 ") }
        tap.open()
        let answers = try zip(beginnings, clients).map { Answer(try $0 + $1.receiveAll()) }
        for client in clients { client.close() }
        #expect(answers.allSatisfy { $0.isWhole && $0.body == Self.body(of: tap) })
        #expect(answers.count { $0["x-gateway-cache"] == "MISS" } == 1)
        #expect(answers.count { $0["x-gateway-cache"] == "COALESCED" } == 99)
        #expect(upstream.connectionCount == 1)
        let records = try gateway.records()
        let paid = try #require(records.first { $0.cache == .miss })
        let joined = records.filter { $0.cache == .coalesced }
        #expect(joined.count == 99)
        #expect(joined.allSatisfy { $0.cost == .zero && $0.savedCache == paid.cost && $0.attempts.isEmpty })
        #expect(joined.allSatisfy { $0.finishReason == "stop" && $0.model == paid.model })
    }

    @Test(arguments: [1, 10, 20, 30, 40, 50, 60, 70, 80, 90])
    func `the leader leaves after so many events, and everyone else has the whole stream`(events: Int) throws {
        let tap = Tap(events: 100)
        let upstream = tap.serve()
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        let leader = try Self.ask(gateway)
        tap.open(1)
        _ = try leader.receive(until: "w0 ")
        let followers = try (0..<99).map { _ in try Self.ask(gateway) }
        let beginnings = try followers.map { try $0.receive(until: "w0 ") }
        tap.open(events)
        if events > 1 { _ = try leader.receive(until: "w\(events - 1) ") }
        leader.reset()
        tap.open()
        let answers = try zip(beginnings, followers).map { Answer(try $0 + $1.receiveAll()) }
        for follower in followers { follower.close() }
        #expect(answers.count { $0.isWhole && $0.body == Self.body(of: tap) } == 99)
        #expect(upstream.connectionCount == 1)
        let records = try gateway.records()
        let paid = try #require(records.first { $0.cache == .miss })
        #expect(paid.usageSource == .reported && paid.cost != .zero)
        #expect(records.count { $0.cache == .coalesced && $0.cost == .zero } == 99)
    }

    @Test(arguments: [true, false])
    func `once the leader and every follower have left, the upstream call ends`(leaderFirst: Bool) throws {
        let upstream = RawServer { peer in
            _ = peer.readRequest()
            peer.send(Canned.streamHead + Canned.chunk(Canned.event("first")))
            peer.waitForClose()
        }
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        let clients = try (0..<4).map { _ in
            let client = try Self.ask(gateway)
            _ = try client.receive(until: "first")
            return client
        }
        for client in leaderFirst ? clients : clients.reversed() { client.reset() }
        #expect(upstream.waitUntilClosed(1))
        let records = try gateway.records()
        #expect(upstream.connectionCount == 1)
        #expect(records.count == 4 && records.allSatisfy { $0.clientDisconnected })
        #expect(records.first { $0.cache == .miss }?.usageSource == .partial)
    }

    @Test func `identical whole requests share one call, and each has the whole answer`() throws {
        let mayAnswer = Monitor(false)
        let upstream = RawServer { peer in
            while peer.readRequest() != nil {
                mayAnswer.wait { $0 }
                peer.send(
                    Canned.json(Canned.completion, headers: "x-ratelimit-remaining-requests: 9\r\nSet-Cookie: a=b\r\n"))
            }
        }
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        let answers = try Self.askTogether(20, gateway, opening: mayAnswer)
        #expect(answers.allSatisfy { $0.status == 200 && $0.body == Canned.completion })
        #expect(upstream.connectionCount == 1)
        // Whoever was read only after the answer had come found it stored.
        let joined = answers.filter { $0["x-gateway-cache"] == "COALESCED" }
        #expect(answers.count { $0["x-gateway-cache"] == "MISS" } == 1)
        #expect(joined.allSatisfy { $0["x-gateway-cost-usd"] == "0" && $0["x-gateway-saved-usd"] == "0.0000024" })
        #expect(joined.allSatisfy { $0["x-ratelimit-remaining-requests"] == "9" && $0["set-cookie"] == nil })
    }

    @Test func `a refusal by the provider is everyone's refusal once, and then each may try again`() throws {
        let mayAnswer = Monitor(false)
        let upstream = RawServer { peer in
            while peer.readRequest() != nil {
                mayAnswer.wait { $0 }
                let body = #"{"error":{"message":"no \#(peer.number)","type":"server_error"}}"#
                peer.send(
                    Canned.json(
                        body, status: "503 Service Unavailable", headers: "retry-after: 7\r\nConnection: close\r\n"))
                return
            }
        }
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        let answers = try Self.askTogether(5, gateway, opening: mayAnswer)
        #expect(answers.allSatisfy { $0.status == 503 && $0["retry-after"] == "7" })
        #expect(try gateway.chat(Self.plain).status == 503)
        let records = try gateway.records()
        #expect(
            records.filter { $0.cache == .coalesced }.allSatisfy { $0.errorCode == "upstream_503" && $0.cost == .zero })
        #expect(records.last?.cache == .miss)
    }

    @Test(arguments: [
        (["x-gateway-retries: 0"], 500), (["Authorization: Bearer wrong"], 401), (["Authorization: Bearer spent"], 429),
    ])
    func `what is refused for the caller's own sake is refused to that one alone`(leader: [String], status: Int) throws
    {
        let mayAnswer = Monitor(false)
        let upstream = RawServer { peer in
            while peer.readRequest() != nil {
                mayAnswer.wait { $0 }
                let isFirst = peer.number == 0
                peer.send(
                    Canned.json(
                        isFirst ? #"{"error":{"message":"no"}}"# : Canned.completion,
                        status: isFirst ? "\(status) No" : "200 OK", headers: "Connection: close\r\n"))
                return
            }
        }
        let gateway = try GatewayHarness(upstreamPort: upstream.port) { settings in
            settings.cache.scope = .shared
            settings.routing.retries = status == 500 ? 1 : 0
        }
        let first = try Self.ask(gateway, Self.plain, headers: leader)
        #expect(upstream.wait { $0.first?.contains("POST") ?? false })
        let second = try Self.ask(gateway, Self.plain, headers: ["Authorization: Bearer right"])
        try gateway.waitUntilInFlight(2)
        mayAnswer.open()
        #expect(Answer(try first.receiveAll()).status == status)
        #expect(Answer(try second.receiveAll()).status == 200)
    }

    @Test func `what an answer says of the account is not for those with other keys`() throws {
        let mayAnswer = Monitor(false)
        let upstream = RawServer { peer in
            while peer.readRequest() != nil {
                mayAnswer.wait { $0 }
                peer.send(
                    Canned.json(
                        Canned.completion,
                        headers: "OpenAI-Organization: a\r\nX-RateLimit-Limit-Requests: 9\r\nopenai-version: 1\r\n"))
            }
        }
        let gateway = try GatewayHarness(upstreamPort: upstream.port) { $0.cache.scope = .shared }
        let answers = try Self.askTogether(5, gateway, opening: mayAnswer)
        for answer in answers where answer["x-gateway-cache"] != "HIT" {
            let isOwn = answer["x-gateway-cache"] == "MISS"
            #expect(answer["openai-version"] == "1")
            #expect(answer["openai-organization"] == (isOwn ? "a" : nil))
            #expect(answer["x-ratelimit-limit-requests"] == (isOwn ? "9" : nil))
        }
    }

    @Test func `a provider that cannot be reached is everyone's error, and the next request asks again`() throws {
        let mayClose = Monitor(false)
        let upstream = RawServer { peer in
            _ = peer.readRequest()
            mayClose.wait { $0 }
        }
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        let answers = try Self.askTogether(5, gateway, opening: mayClose)
        #expect(answers.allSatisfy { $0.status == 502 && $0["x-gateway-error"] == "upstream_unavailable" })
        #expect(try gateway.chat(Self.plain).status == 502)
        let records = try gateway.records()
        #expect(records.count == 6 && records.allSatisfy { $0.errorCode == "upstream_unavailable" })
    }

    @Test func `a stream that breaks off breaks off for everyone, and is not stored`() throws {
        let tap = Tap(events: 10)
        let upstream = tap.serve(5)
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        let clients = try (0..<5).map { _ in try Self.ask(gateway) }
        tap.open(1)
        let beginnings = try clients.map { try $0.receive(until: "w0 ") }
        tap.open()
        let answers = try zip(beginnings, clients).map { Answer(try $0 + $1.receiveAll()) }
        for answer in answers {
            #expect(!answer.isWhole && answer.body.contains("w4 ") && answer.body.contains(#"data: {"error""#))
            #expect(!answer.body.contains("[DONE]"))
        }
        #expect(try gateway.chat(Self.streamed, headers: ["x-gateway-cache: only"]).status == 504)
    }

    @Test(arguments: [
        (["Authorization: Bearer b"], Self.streamed), (["x-gateway-cache: off"], Self.streamed),
        (["x-gateway-cache: refresh"], Self.streamed), (["x-gateway-timeout-ms: 60000"], Self.streamed),
        (["x-gateway-rollout: off"], Self.streamed), ([], Self.streamed.replacing("same", with: "Same")),
        (["OpenAI-Organization: other"], Self.streamed),
    ])
    func `another credential, directive or text has a call of its own`(headers: [String], body: String) throws {
        let tap = Tap(events: 3)
        let upstream = tap.serve()
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        let hasCredential = headers.contains { $0.hasPrefix("Authorization") }
        let first = try Self.ask(gateway, headers: ["Authorization: Bearer a"])
        tap.open(1)
        let beginning = try first.receive(until: "w0 ")
        let second = try Self.ask(gateway, body, headers: headers + (hasCredential ? [] : ["Authorization: Bearer a"]))
        _ = try second.receive(until: "w0 ")
        #expect(upstream.connectionCount == 2)
        tap.open()
        #expect(Answer(try beginning + first.receiveAll()).isWhole)
        _ = try second.receiveAll()
    }

    @Test func `a stream and a whole answer do not join each other; credentials do where the cache is shared`() throws {
        let tap = Tap(events: 3)
        let upstream = tap.serve()
        let gateway = try GatewayHarness(upstreamPort: upstream.port) { $0.cache.scope = .shared }
        let first = try Self.ask(gateway, headers: ["Authorization: Bearer a"])
        tap.open(1)
        let beginning = try first.receive(until: "w0 ")
        let joined = try Self.ask(gateway, headers: ["Authorization: Bearer b"])
        _ = try joined.receive(until: "w0 ")
        #expect(upstream.connectionCount == 1)
        let whole = try Self.ask(gateway, Self.plain, headers: ["Authorization: Bearer a"])
        #expect(upstream.wait { $0.count == 2 && $0[1].contains("POST") })
        tap.open()
        #expect(Answer(try beginning + first.receiveAll()).isWhole)
        _ = try (joined.receiveAll(), whole.receiveAll())
    }

    @Test func `whoever asked for usage sees it, and nobody else`() throws {
        let tap = Tap(events: 3)
        let upstream = tap.serve()
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        let asking = Self.streamed.replacing(
            #""stream":true"#, with: #""stream":true,"stream_options":{"include_usage":true}"#)
        let clients = try [Self.streamed, asking, Self.streamed, asking].map { try Self.ask(gateway, $0) }
        tap.open(1)
        let beginnings = try clients.map { try $0.receive(until: "w0 ") }
        tap.open()
        let bodies = try zip(beginnings, clients).map { Answer(try $0 + $1.receiveAll()).body }
        #expect(upstream.connectionCount == 1)
        #expect(bodies[0] == Self.body(of: tap) && bodies[2] == bodies[0])
        #expect(bodies[1] == tap.events.joined() && bodies[3] == bodies[1])
    }

    @Test func `a leader that reads nothing holds nobody up`() throws {
        let word = String(repeating: "x", count: 60_000)
        let events = (0..<100).map { Canned.event("\($0)\(word)") } + Tap.ending
        let mayGoOn = Monitor(false)
        let upstream = RawServer { peer in
            _ = peer.readRequest()
            peer.send(Canned.streamHead + Canned.chunk(Canned.event("first")))
            mayGoOn.wait { $0 }
            for event in events { peer.send(Canned.chunk(event)) }
            peer.send("0\r\n\r\n")
        }
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        let leader = try Self.ask(gateway)
        let beginning = try leader.receive(until: "first")
        let follower = try Self.ask(gateway)
        let joined = try follower.receive(until: "first")
        mayGoOn.open()
        #expect(Answer(try joined + follower.receiveAll()).body.hasSuffix(Canned.done))
        #expect(Answer(try beginning + leader.receiveAll()).body.hasSuffix(Canned.done))
    }

    @Test func `a follower of an answer too long to be held has all of it, and what comes later asks for itself`()
        throws
    {
        let word = String(repeating: "x", count: 1000)
        let events = (0..<60).map { Canned.event("\($0)\(word)") } + Tap.ending
        let mayGoOn = Monitor(false)
        let upstream = RawServer { peer in
            _ = peer.readRequest()
            peer.send(Canned.streamHead + Canned.chunk(Canned.event("first")))
            mayGoOn.wait { $0 }
            for event in events { peer.send(Canned.chunk(event)) }
            peer.send("0\r\n\r\n")
        }
        let gateway = try GatewayHarness(upstreamPort: upstream.port) { $0.cache.maxEntryBytes = 20_000 }
        let leader = try Self.ask(gateway)
        let beginning = try leader.receive(until: "first")
        let follower = try Self.ask(gateway)
        let joined = try follower.receive(until: "first")
        mayGoOn.open()
        let expected = (Canned.event("first") + events.joined()).replacing(Canned.usage, with: "")
        // Short enough all the same for the kernel to keep what the leader does not read yet.
        #expect(Answer(try joined + follower.receiveAll()).body == expected)
        #expect(Answer(try beginning + leader.receiveAll()).body == expected)
        #expect(try gateway.chat(Self.streamed, headers: ["x-gateway-cache: only"]).status == 504)
    }

    @Test func `once an answer is too long to be held, a leader that reads nothing sets the pace too`() throws {
        let word = String(repeating: "x", count: 60_000)
        let mayGoOn = Monitor(false)
        let upstream = RawServer { peer in
            _ = peer.readRequest()
            peer.send(Canned.streamHead + Canned.chunk(Canned.event("first")))
            mayGoOn.wait { $0 }
            // More than the kernel keeps for a client that reads nothing.
            for _ in 0..<600 { peer.send(Canned.chunk(Canned.event(word))) }
            peer.send(Canned.chunk(Tap.ending.joined()) + "0\r\n\r\n")
        }
        let gateway = try GatewayHarness(upstreamPort: upstream.port) { $0.cache.maxEntryBytes = 100_000 }
        let leader = try Self.ask(gateway)
        _ = try leader.receive(until: "first")
        let follower = try Self.ask(gateway, patience: 1)
        _ = try follower.receive(until: "first")
        mayGoOn.open()
        #expect(throws: RawClient.Failure.self, "nothing comes any more") { try follower.receiveAll() }
        leader.reset()
        #expect(try follower.receiveAll().hasSuffix("0\r\n\r\n"))
    }
}

extension GatewayHarness {
    /// Waits until so many requests are in hand, as the metrics say.
    fileprivate func waitUntilInFlight(_ count: Int) throws {
        while try !get("/metrics", port: adminPort).body.contains("gateway_in_flight_requests \(count)\n") {}
    }
}
