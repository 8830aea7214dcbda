import Glibc
import HTTP
import Platform
import TestSupport
import Testing

/// Whom our own client trusts, and what it makes of TLS's ways to end, to resume and to speak out of turn.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct UpstreamTLSTests {
    typealias Request = UpstreamClient.Request

    private static let good = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood"
    private static let other = TestCertificates()
    private let authority = TestCertificates.shared

    /// What the call came to before an answer's head.
    private func failure(
        of client: UpstreamClient, _ port: UInt16, trusting trust: UpstreamClient.Trust, host: String = "127.0.0.1",
        headers: String = ""
    ) async -> UpstreamFailure? {
        let request = Request(headers: headers, host: host, trust: trust)
        return await client.failure(port: port, request)
    }

    // MARK: Trust

    @Test(arguments: ["127.0.0.1", "localhost"])
    func `an upstream is believed when the authority in the file signed for its name or address`(host: String)
        async throws
    {
        let upstream = RawServer.answering(Self.good)
        let front = try await TLSFront(before: upstream.port)
        let client = try UpstreamClient(.native)
        let answer = await client.ask(port: front.port, Request(host: host, trust: .file(authority.authority)))
        #expect(answer.body == "good")
        #expect(answer.failure == nil)
        await client.stop()
        await front.stop()
    }

    @Test func `an upstream that no known authority vouches for is refused, and no key is sent or shown`() async throws
    {
        let upstream = RawServer.answering(Self.good)
        let front = try await TLSFront(before: upstream.port)
        let client = try UpstreamClient(.native)
        let secret = "Authorization: Bearer sk-secret\r\n"
        let unknown = await failure(of: client, front.port, trusting: .system, headers: secret)
        #expect(unknown?.kind == .tls)
        #expect(unknown?.detail == "the certificate was not accepted: unable to get local issuer certificate")
        let foreign = await failure(of: client, front.port, trusting: .file(Self.other.authority), headers: secret)
        #expect(foreign?.kind == .tls)
        #expect(foreign?.detail.hasPrefix("the certificate was not accepted: ") == true)
        #expect(upstream.received.joined() == "")
        await client.stop()
        await front.stop()
    }

    @Test(arguments: [
        ("DNS:other.test", "localhost", "hostname mismatch"), ("DNS:*.test", "localhost", "hostname mismatch"),
        ("DNS:127.0.0.1", "127.0.0.1", "IP address mismatch"), ("IP:127.0.0.2", "127.0.0.1", "IP address mismatch"),
    ])
    func `a certificate for somebody else is refused`(names: String, host: String, reason: String) async throws {
        let upstream = RawServer.answering(Self.good)
        let front = try await TLSFront(before: upstream.port, authority.issue(names))
        let client = try UpstreamClient(.native)
        let failure = await failure(of: client, front.port, trusting: .file(authority.authority), host: host)
        #expect(failure == UpstreamFailure(.tls, "the certificate was not accepted: \(reason)"))
        #expect(upstream.received.joined() == "")
        await client.stop()
        await front.stop()
    }

    @Test func `a file with the server's own certificate is trust enough`() async throws {
        let upstream = RawServer.answering(Self.good)
        let front = try await TLSFront(before: upstream.port)
        let client = try UpstreamClient(.native)
        let request = Request(trust: .file(TestCertificates.sharedPair.certificate))
        #expect(await client.ask(port: front.port, request).body == "good")
        await client.stop()
        await front.stop()
    }

    @Test func `a file that holds no certificates is named`() async throws {
        let upstream = RawServer.answering(Self.good)
        let client = try UpstreamClient(.native)
        let missing = await failure(of: client, upstream.port, trusting: .file("/nowhere/ca.pem"))
        #expect(
            missing
                == UpstreamFailure(
                    .tls, "cannot read the certificates in '/nowhere/ca.pem': No such file or directory"))
        await client.stop()
    }

    @Test func `an upstream without TLS is no https upstream`() async throws {
        let upstream = RawServer { peer in
            _ = peer.receive()
            peer.send(Self.good)
        }
        let client = try UpstreamClient(.native)
        let failure = await failure(of: client, upstream.port, trusting: .file(authority.authority))
        #expect(failure == UpstreamFailure(.tls, "the TLS handshake failed: wrong version number"))
        await client.stop()
    }

    // MARK: Versions and protocols

    @Test func `TLS 1.1 is refused`() async throws {
        let server = try OpenSSLServer("-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0")
        let client = try UpstreamClient(.native)
        let failure = await failure(of: client, server.port, trusting: .file(authority.authority))
        #expect(failure?.kind == .tls)
        #expect(failure?.detail.contains("protocol version") == true)
        await client.stop()
    }

    @Test func `an upstream that speaks HTTP/2 alone is refused`() async throws {
        let server = try OpenSSLServer("-alpn", "h2", "-www")
        let client = try UpstreamClient(.native)
        let failure = await failure(of: client, server.port, trusting: .file(authority.authority))
        #expect(failure == UpstreamFailure(.tls, "the TLS handshake failed: tlsv1 alert no application protocol"))
        await client.stop()
    }

    @Test func `a handshake that never ends is given up in the time for a connection`() async throws {
        let upstream = RawServer { peer in peer.waitForClose() }
        let client = try UpstreamClient(.native)
        async let failure = failure(of: client, upstream.port, trusting: .file(authority.authority))
        #expect(await eventually { upstream.received.first?.isEmpty == false })
        client.clock.advance(by: .seconds(6))
        #expect(await failure?.kind == .connectTimeout)
        #expect(await eventually { upstream.waitUntilClosed(1, atMost: .zero) })
        await client.stop()
    }

    // MARK: Resuming

    @Test(arguments: ["-tls1_2", "-tls1_3"])
    func `further connections resume the session of the first`(version: String) async throws {
        // Its page tells of the connection that it goes over, which it then closes.
        let server = try OpenSSLServer(version, "-www")
        let client = try UpstreamClient(.native)
        var lines: [Substring?] = []
        for _ in 0..<4 {
            let answer = await client.ask(port: server.port, Request(trust: .file(authority.authority)))
            lines.append(answer.body.split(separator: "\n").first { $0.contains(", TLSv1.") }?.split(separator: ",")[0])
        }
        #expect(lines == ["New", "Reused", "Reused", "Reused"])
        await client.stop()
    }

    // MARK: Ends

    @Test func `an answer without a length is cut when TLS does not say that it ends`() async throws {
        let upstream = RawServer { peer in
            _ = peer.readRequest()
            peer.send("HTTP/1.0 200 OK\r\n\r\nall of it?")
        }
        let front = try await TLSFront(before: upstream.port, endsAbruptly: true)
        let client = try UpstreamClient(.native)
        let answer = await client.ask(port: front.port, Request(trust: .file(authority.authority)))
        #expect(answer.body == "all of it?")
        #expect(answer.failure == .closedEarly)
        await client.stop()
        await front.stop()
    }

    @Test func `a kept connection that ended without a word is replaced without a word`() async throws {
        let upstream = RawServer { peer in
            _ = peer.readRequest()
            peer.send(Self.good)
        }
        let front = try await TLSFront(before: upstream.port, endsAbruptly: true)
        let client = try UpstreamClient(.native)
        for _ in 0..<4 {
            let answer = await client.ask(port: front.port, Request(trust: .file(authority.authority)))
            #expect(answer.body == "good")
            #expect(answer.failure == nil)
        }
        await client.stop()
        await front.stop()
    }

    // MARK: Out of turn

    @Test func `what TLS says to itself on a kept connection does not end it`() async throws {
        let server = try OpenSSLServer()
        let client = try UpstreamClient(.native)
        let request = Request(trust: .file(authority.authority))
        for round in 1...3 {
            async let answer = client.ask(port: server.port, request)
            #expect(await eventually { server.requestCount == round })
            try server.write(Self.good)
            #expect(await answer.body == "good")
            // It asks for new keys, and for the client's. A second connection it would not take.
            try server.write("K\n")
            #expect(await eventually { server.keyUpdateCount == round })
        }
        await client.stop()
    }

    @Test(arguments: ["HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", "\r\n"])
    func `bytes that nobody asked for end a kept connection, and so does a part of them`(stray: String) async throws {
        for isPart in [false, true] {
            let goOn = Monitor(false)
            let upstream = RawServer { peer in
                while peer.readRequest() != nil {
                    peer.send(Self.good)
                    guard peer.number == 0 else { continue }
                    goOn.wait(atMost: .patience) { $0 }
                    peer.send(stray)
                }
            }
            let front = try await TLSFront(before: upstream.port)
            let limit = Monitor(Int.max)
            let relay = RawServer { peer in
                try? peer.relay(to: front.port) { bytes in bytes.prefix(limit.withLock { $0 }) }
            }
            let client = try UpstreamClient(.native)
            let request = Request(trust: .file(authority.authority))
            #expect(await client.ask(port: relay.port, request).body == "good")
            // The header of a record, and none of what it holds.
            if isPart { limit.withLock { $0 = 5 } }
            goOn.open()
            #expect(await eventually { relay.waitUntilClosed(1, atMost: .zero) }, "it does not wait for the next call")
            limit.withLock { $0 = Int.max }
            let answer = await client.ask(port: relay.port, request)
            #expect(answer.body == "good")
            #expect(answer.failure == nil)
            await client.stop()
            await front.stop()
        }
    }
}

extension UpstreamClient {
    /// What the call failed with before its answer's head; nil when it did not.
    nonisolated func failure(port: UInt16, _ request: Request) async -> UpstreamFailure? {
        do {
            try await ask(port: port, request) { exchange in try await exchange.waitForHead() }
            return nil
        } catch { return error as? UpstreamFailure }
    }
}

/// `openssl s_server` on a free port.
private final class OpenSSLServer: Sendable {
    let port: UInt16
    private let child: ChildProcess

    init(_ options: String...) throws {
        let pair = TestCertificates.sharedPair
        child = try ChildProcess(
            "/usr/bin/env",
            // Some of what it tells would wait in its buffer otherwise.
            [
                "stdbuf", "-oL", "openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", pair.certificate, "-key",
                pair.key,
            ] + options,
            takesInput: true)
        port = UInt16(try child.wait(for: /ACCEPT 127\.0\.0\.1:(\d+)/).1)!
    }

    /// Writes to whoever is connected; a line `K` asks for new keys.
    func write(_ text: String) throws { try child.write(text) }

    var requestCount: Int { child.output.matches(of: /GET \/ HTTP\/1\.1/).count }
    var keyUpdateCount: Int { (child.output + child.errors).matches(of: /SSL_do_handshake -> 1/).count }
}
