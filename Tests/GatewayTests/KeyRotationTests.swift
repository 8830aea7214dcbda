import Gateway
import Metrics
import Platform
import TestSupport
import Testing

/// Several keys of one provider: which goes upstream, and what follows when one is refused.
@Suite(.timeLimit(.minutes(5))) struct KeyRotationTests {
    private static func ask(_ text: String) -> String {
        #"{"model":"gpt-4o","messages":[{"role":"user","content":"\#(text)"}]}"#
    }

    /// An upstream that answers the keys it accepts, and the others as `refusal` says.
    private static func accepting(_ keys: String..., refusal: String) -> RawServer {
        RawServer { peer in
            while let request = peer.readRequest() {
                let isAccepted = keys.contains { request.contains("Bearer \($0)\r\n") }
                peer.send(isAccepted ? Canned.json(Canned.completion) : refusal)
            }
        }
    }

    private static func error(_ status: String, _ code: String, headers: String = "") -> String {
        Canned.json(#"{"error":{"message":"no","type":"t","code":"\#(code)"}}"#, status: status, headers: headers)
    }

    private static func gateway(
        _ upstream: RawServer, clock: ManualClock = ManualClock(wall: 1_795_000_000_000_000)
    ) throws -> GatewayHarness {
        try GatewayHarness(upstreamPort: upstream.port, time: clock) { settings in
            settings.providers["openai"]?.apiKeys = ["sk-key-one", "sk-key-two", "sk-key-three"].map(Secret.init)
        }
    }

    /// The keys of the requests that came, in their order.
    private static func keys(_ upstream: RawServer) -> [String] {
        upstream.received.joined().matches(of: /Bearer sk-key-(\w+)/).map { String($0.1) }
    }

    @Test(arguments: [
        error("401 Unauthorized", "invalid_api_key"), error("403 Forbidden", "x"),
        error("429 Too Many Requests", "rate_limit_exceeded"), error("429 Too Many Requests", "insufficient_quota"),
        error("402 Payment Required", "x"),
    ])
    func `a key that is refused gives way to the next one in the same call, and stays so`(refusal: String) throws {
        let upstream = Self.accepting("sk-key-two", refusal: refusal)
        let gateway = try Self.gateway(upstream)
        let first = try gateway.chat(Self.ask("one"))
        #expect(first.status == 200 && first["x-gateway-attempts"] == "2" && first["x-gateway-fallback"] == nil)
        #expect(try gateway.chat(Self.ask("two"))["x-gateway-attempts"] == "1")
        #expect(Self.keys(upstream) == ["one", "two", "two"])
        let health = try gateway.get("/api/v1/health", port: gateway.adminPort).body
        #expect(health.contains(#""state":"up""#) && health.contains(#""keys":3,"resting_keys":1"#))
    }

    @Test func `a key rests as long as the provider says, and when all do the one that is ready first is used`() throws
    {
        let clock = ManualClock(wall: 1_795_000_000_000_000)
        let upstream = Self.accepting(
            refusal: Self.error("429 Too Many Requests", "x", headers: "retry-after: 100\r\n"))
        let gateway = try Self.gateway(upstream, clock: clock)
        let refused = try gateway.chat(Self.ask("one"))
        #expect(refused.status == 429 && refused["x-gateway-attempts"] == "3" && refused["retry-after"] == "100")
        clock.advance(by: .seconds(10))
        #expect(try gateway.chat(Self.ask("one"))["x-gateway-attempts"] == "1")
        #expect(Self.keys(upstream) == ["one", "two", "three", "one"])
    }

    @Test func `a call that asks for no retries gets none, and the next call has another key`() throws {
        let upstream = Self.accepting("sk-key-two", refusal: Self.error("401 Unauthorized", "invalid_api_key"))
        let gateway = try Self.gateway(upstream)
        #expect(try gateway.chat(Self.ask("one"), headers: ["x-gateway-retries: 0"]).status == 401)
        #expect(try gateway.chat(Self.ask("one"), headers: ["x-gateway-rollout: off"]).status == 200)
    }

    @Test func `what is passed through changes keys between calls`() throws {
        let upstream = Self.accepting("sk-key-two", refusal: Self.error("401 Unauthorized", "invalid_api_key"))
        let gateway = try Self.gateway(upstream)
        #expect(try gateway.get("/v1/files").status == 401)
        #expect(try gateway.get("/v1/files").status == 200)
    }

    @Test func `every key is masked wherever the provider quotes it`() throws {
        let upstream = Self.accepting(
            refusal: Canned.json(
                #"{"error":{"message":"sk-key-one, sk-key-two and sk-key-three","code":"invalid_api_key"}}"#,
                status: "401 Unauthorized"))
        let answer = try Self.gateway(upstream).chat(Self.ask("one"))
        #expect(answer.body.contains("**********, ********** and ************") && !answer.raw.contains("sk-key"))
    }
}
