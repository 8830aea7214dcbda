import Foundation
import Gateway
import HTTP
import Metrics
import Platform
import TestSupport
import Testing

/// The gateway between clients and an upstream that both speak TLS.
@Suite(.timeLimit(.minutes(1)))
struct GatewayTLSTests {
    private static let question = #"{"model":"gpt-4o-mini","messages":[{"role":"user","content":"a question"}]}"#
    private static let streamed = question.dropLast() + #","stream":true}"#
    private let pair = TestCertificates.sharedPair

    private func serve(_ upstreamPort: UInt16, _ configure: (inout Settings) -> Void = { _ in }) throws
        -> GatewayHarness
    {
        try GatewayHarness(upstreamPort: upstreamPort) { settings in
            var files = TLSSettings()
            files.certificate = pair.certificate
            files.privateKey = pair.key
            settings.listen.tls = files
            configure(&settings)
        }
    }

    /// curl, asking a chat question of the gateway and trusting the tests' authority.
    private func curl(_ gateway: GatewayHarness, _ body: some StringProtocol, _ options: String...) throws
        -> ChildProcess
    {
        try ChildProcess(
            "/usr/bin/env",
            ["curl", "--silent", "--show-error", "--include", "--no-buffer", "--max-time", "30", "--http2"]
                + ["--cacert", TestCertificates.shared.authority, "--header", "Authorization: Bearer sk-client"]
                + ["--data", String(body), "https://localhost:\(gateway.port)/v1/chat/completions"] + options)
    }

    @Test func `a chat goes encrypted on both of its ways`() async throws {
        let upstream = RawServer { peer in
            while peer.readRequest() != nil { peer.send(Canned.json(Canned.completion)) }
        }
        let front = try await TLSFront(before: upstream.port)
        let gateway = try serve(front.port) { settings in
            var provider = ProviderSettings(name: "openai", baseURL: BaseURL("https://localhost:\(front.port)/v1")!)
            provider.certificateFile = TestCertificates.shared.authority
            settings.providers = ["openai": provider]
        }
        for outcome in ["MISS", "HIT"] {
            let asked = try curl(gateway, Self.question)
            #expect(asked.waitForExit() == 0, "\(asked.errors)")
            let answer = Answer(asked.output)
            #expect(answer.status == 200)
            #expect(answer["x-gateway-cache"] == outcome)
            #expect(answer.body == Canned.completion)
        }
        #expect(upstream.received[0].contains("Authorization: Bearer sk-client"))
        gateway.stop()
        await front.stop()
    }

    @Test func `an upstream whose certificate is not accepted is no upstream, and the client is told why`() async throws
    {
        let upstream = RawServer { peer in peer.waitForClose() }
        let front = try await TLSFront(before: upstream.port)
        let gateway = try GatewayHarness(upstreamPort: front.port) { settings in
            var provider = ProviderSettings(name: "openai", baseURL: BaseURL("https://localhost:\(front.port)/v1")!)
            provider.apiKey = Secret("sk-provider")
            settings.providers = ["openai": provider]
        }
        let answer = try gateway.chat(Self.question)
        #expect(answer.status == 502)
        #expect(answer["x-gateway-error"] == "upstream_unavailable")
        #expect(answer.body.contains("the certificate was not accepted: unable to get local issuer certificate"))
        #expect(!answer.raw.contains("sk-"))
        #expect(upstream.received.joined() == "")
        #expect(try gateway.records().map { $0.attempts.map(\.error) } == [["tls"]])
        await front.stop()
    }

    @Test func `a client that dies in the middle of an encrypted stream is noticed, and the upstream closed`() throws {
        let upstream = RawServer { peer in
            _ = peer.readRequest()
            peer.send(Canned.streamHead + Canned.chunk(Canned.event("one")))
            peer.waitForClose()
        }
        let gateway = try serve(upstream.port)
        let asked = try curl(gateway, Self.streamed)
        _ = try asked.wait(for: /one/)
        asked.signal(SIGKILL)
        #expect(upstream.waitUntilClosed(1, atMost: .seconds(10)))
        #expect(try gateway.records().map(\.clientDisconnected) == [true])
    }

    @Test func `a handshake that fails, and plain HTTP, are no requests`() throws {
        let upstream = RawServer { peer in peer.waitForClose() }
        let gateway = try serve(upstream.port)
        #expect(try OpenSSL.handshake(port: gateway.port, "-alpn", "h2").contains("alert no application protocol"))
        let plain = try gateway.chat(Self.question)
        #expect(plain.status == 400)
        #expect(plain["x-gateway-error"] == "invalid_request")
        #expect(plain.body.contains("this port speaks TLS; ask by https"))
        let metrics = try gateway.get("/metrics", port: gateway.adminPort).body
        #expect(metrics.contains("\ngateway_in_flight_requests 0\n"))
        #expect(!metrics.contains("\ngateway_requests_total{"))
        #expect(try gateway.records().isEmpty)
    }

    @Test func `a certificate that is not sound stops the start, and names the file`() throws {
        var settings = try SettingsSource().load().settings
        settings.dataDirectory = TemporaryDirectory().path
        var files = TLSSettings()
        files.certificate = pair.certificate
        files.privateKey = "/nowhere/key.pem"
        settings.listen.tls = files
        let error = #expect(throws: StartupError.self) { try GatewayServer(settings) }
        #expect(
            error?.description
                == "listen.tls: cannot read the private key in '/nowhere/key.pem': No such file or directory")
    }
}
