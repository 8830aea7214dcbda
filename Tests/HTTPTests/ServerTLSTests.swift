import Glibc
import HTTP
import Platform
import TestSupport
import Testing

/// What a client meets at a listener's TLS.
@Suite(.timeLimit(.minutes(5)))
struct ServerTLSTests {
    typealias Request = UpstreamClient.Request

    private let pair = TestCertificates.sharedPair
    private let trust = UpstreamClient.Trust.file(TestCertificates.shared.authority)

    @Test(arguments: [
        ("-tls1_3", "TLSv1.3"), ("-tls1_2", "TLSv1.2"),
    ])
    func `a client is served by TLS 1.3 and 1.2`(option: String, version: String) async throws {
        let server = try await TestServer(showing: pair)
        let told = try OpenSSL.handshake(
            port: server.port, option, "-alpn", "h2,http/1.1", "-verify_return_error", "-CAfile",
            TestCertificates.shared.authority)
        #expect(told.contains("New, \(version), Cipher is"))
        #expect(told.contains("ALPN protocol: http/1.1"))
        #expect(told.contains("Verify return code: 0 (ok)"))
        await server.stop()
    }

    @Test(arguments: [
        ["-tls1_1", "-cipher", "ALL@SECLEVEL=0"], ["-tls1", "-cipher", "ALL@SECLEVEL=0"],
        // Of TLS 1.2: without forward secrecy, with CBC, with a finite field's key.
        ["-tls1_2", "-cipher", "AES128-GCM-SHA256"], ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-SHA384"],
        ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-CCM"], ["-tls1_2", "-cipher", "DHE-RSA-AES256-GCM-SHA384"],
    ])
    func `older versions and weak suites are refused`(options: [String]) async throws {
        let server = try await TestServer(showing: pair)
        let words = ["s_client", "-connect", "127.0.0.1:\(server.port)"] + options
        let told = try OpenSSL.run(words, mayFail: true)
        #expect(told.contains("Cipher is (NONE)"))
        #expect(told.contains(" alert "))
        #expect(await server.eventually { $0.connections.isEmpty })
        await server.stop()
    }

    @Test func `a client that insists on another protocol is refused`() async throws {
        let server = try await TestServer(showing: pair)
        let told = try OpenSSL.handshake(port: server.port, "-alpn", "h2")
        #expect(told.contains("alert no application protocol"))
        #expect(await server.eventually { $0.connections.isEmpty })
        await server.stop()
    }

    @Test func `a client that speaks plain HTTP is told so, and closed`() async throws {
        let server = try await TestServer(showing: pair) { _ in Issue.record("it is no request") }
        let client = try RawClient(port: server.port)
        try client.send("POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")
        let answer = Answer(try client.receiveAll())
        #expect(answer.status == 400)
        #expect(answer["connection"] == "close")
        await server.stop()
    }

    @Test(arguments: [Array("SSH-2.0-OpenSSH_9.2\r\n".utf8), [22, 3, 1, 0, 5] + "hello".utf8, [0, 0, 0, 0, 0, 0, 0]])
    func `a client that speaks neither is closed without a word of HTTP`(nonsense: [UInt8]) async throws {
        let server = try await TestServer(showing: pair) { _ in Issue.record("it is no request") }
        let client = try RawClient(port: server.port)
        try client.send(nonsense)
        #expect(!(try client.receiveAll().contains("HTTP")))
        await server.stop()
    }

    @Test func `500 handshakes that never end are ended in the time for a head`() async throws {
        let server = try await TestServer(showing: pair) { _ in Issue.record("it is no request") }
        var clients: [RawClient] = []
        for number in 0..<500 {
            let client = try RawClient(port: server.port)
            // Some say nothing, some begin.
            if number % 2 == 0 { try client.send([0x16, 3, 1, 2, 0, 1]) }
            clients.append(client)
        }
        #expect(await server.eventually { $0.connections.count == 500 })
        server.clock.advance(by: .seconds(9))
        #expect(await server.inspect { $0.connections.count } == 500)
        for client in clients.prefix(100) { try client.send([0]) }
        server.clock.advance(by: .seconds(2))
        #expect(await server.eventually { $0.connections.isEmpty })
        for client in clients { #expect(try client.receive().isEmpty) }
        await server.stop()
    }

    @Test func `a connection serves many requests, bodies of megabytes included`() async throws {
        let size = 5_000_000
        let server = try await TestServer(showing: pair) { connection in
            guard try await connection.readBody(limit: 1 << 24) else { return }
            try await connection.answer(200, connection.bodyText + connection.bodyText)
        }
        let client = try UpstreamClient(.native)
        for size in [0, 1, 16383, 16384, 16385, size] {
            let body = String(String(repeating: "abcdefghijklmnopqrstuvw", count: size / 23 + 1).prefix(size))
            let answer = await client.ask(port: server.port, Request(method: "POST", body: body, trust: trust))
            #expect(answer.failure == nil)
            #expect(answer.body == body + body)
        }
        #expect(await server.inspect { $0.connections.count } == 1)
        await client.stop()
        await server.stop()
    }

    @Test func `a client resumes its session`() async throws {
        let server = try await TestServer(showing: pair) { connection in
            connection.mustClose = true
            try await connection.answer(200, connection.socket.isResumed ? "resumed" : "new")
        }
        let client = try UpstreamClient(.native)
        #expect(await client.ask(port: server.port, Request(trust: trust)).body == "new")
        for _ in 0..<3 { #expect(await client.ask(port: server.port, Request(trust: trust)).body == "resumed") }
        await client.stop()
        await server.stop()
    }

    @Test func `head and body of an answer go out in one record`() async throws {
        let server = try await TestServer(showing: pair)
        let records = Monitor<[Int]>([])
        let relay = RawServer { peer in
            try? peer.relay(to: server.port) { bytes in
                records.withLock { $0 += TLSRecords.lengths(bytes) }
                return bytes[...]
            }
        }
        let client = try UpstreamClient(.native)
        #expect(await client.ask(port: relay.port, Request(trust: trust)).status == 200)
        let before = records.withLock { $0.count }
        let body = String(repeating: "x", count: 3000)
        #expect(await client.ask(port: relay.port, Request(method: "POST", body: body, trust: trust)).status == 200)
        let lengths = records.withLock { Array($0[before...]) }
        #expect(lengths.count == 1)
        #expect(lengths.allSatisfy { $0 > 3000 })
        await client.stop()
        await server.stop()
    }
}

/// Records of TLS, as they lie one after the other in what came at once.
private enum TLSRecords {
    static func lengths(_ bytes: [UInt8]) -> [Int] {
        var rest = bytes[...]
        var lengths: [Int] = []
        while rest.count >= 5 {
            let length = Int(rest[rest.startIndex + 3]) << 8 | Int(rest[rest.startIndex + 4])
            lengths.append(length)
            rest = rest.dropFirst(5 + length)
        }
        return lengths
    }
}
