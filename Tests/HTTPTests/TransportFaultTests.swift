import HTTP
import Platform
import TestSupport
import Testing

/// What comes of calls to an upstream that breaks the rules, breaks off, or takes too long.
@Suite(.timeLimit(.minutes(5)))
struct TransportFaultTests {
    typealias Request = UpstreamClient.Request

    private static let ok = "HTTP/1.1 200 OK\r\n"

    @Test(
        arguments: TransportKind.allCases,
        [
            ("another protocol", "SSH-2.0-OpenSSH_9.2\r\n\r\n"),
            ("HTTP/0.9", "hello"),
            ("a status that is none", "HTTP/1.1 999 No\r\nContent-Length: 2\r\n\r\nok"),
            ("a status of 0", "HTTP/1.1 000 No\r\nContent-Length: 2\r\n\r\nok"),
            ("a status of four digits", "HTTP/1.1 2000 OK\r\nContent-Length: 2\r\n\r\nok"),
            (
                "another protocol unasked",
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nok"
            ),
            ("two lengths", ok + "Content-Length: 2\r\nContent-Length: 3\r\n\r\nok!"),
            ("a list of lengths", ok + "Content-Length: 2, 2\r\n\r\nok"),
            ("a negative length", ok + "Content-Length: -1\r\n\r\nok"),
            ("a length that wraps around", ok + "Content-Length: 18446744073709551618\r\n\r\nok"),
            (
                "a length and chunks",
                ok + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nok!\r\n0\r\n\r\n"
            ),
            (
                "chunks and a length",
                ok + "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n3\r\nok!\r\n0\r\n\r\n"
            ),
            ("another coding", ok + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
            ("chunked twice", ok + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            ("a line without a colon", ok + "nonsense\r\nContent-Length: 2\r\n\r\nok"),
            ("a blank before the colon", ok + "X : y\r\nContent-Length: 2\r\n\r\nok"),
            ("NUL in a value", ok + "X: a\0b\r\nContent-Length: 2\r\n\r\nok"),
            ("a bare CR in a value", ok + "X: a\rb\r\nContent-Length: 2\r\n\r\nok"),
            ("too many fields", ok + String(repeating: "X: y\r\n", count: 300) + "Content-Length: 2\r\n\r\nok"),
            (
                "too large fields",
                ok + String(repeating: "X: " + String(repeating: "y", count: 70_000) + "\r\n", count: 2) + "\r\n"
            ),
        ]
    )
    func `an answer that breaks the rules is refused before anything of it is seen`(
        kind: TransportKind, fault: (name: String, text: String)
    ) async throws {
        let upstream = RawServer { peer in
            _ = peer.readRequest()
            peer.send(fault.text)
            peer.waitForClose()
        }
        let client = try UpstreamClient(kind)
        for _ in 0..<2 {
            let answer = await client.ask(upstream)
            #expect(answer.failure == .invalidAnswer)
            #expect(answer.status == 0)
            #expect(answer.body == "")
        }
        #expect(upstream.connectionCount == 2, "its connection is not used again")
        #expect(await eventually { upstream.waitUntilClosed(2, atMost: .zero) })
        await client.stop()
    }

    @Test(arguments: TransportKind.allCases)
    func `a length said twice alike is one length`(kind: TransportKind) async throws {
        let upstream = RawServer.answering(Self.ok + "Content-Length: 2\r\nContent-Length: 2\r\n\r\nok")
        let client = try UpstreamClient(kind)
        let answer = await client.ask(upstream)
        #expect(answer.body == "ok")
        #expect(answer.failure == nil)
        await client.stop()
    }

    @Test(
        arguments: TransportKind.allCases,
        [
            "", "HTTP/1.1 200", ok, ok + "Content-Length: 5\r\n", "HTTP/1.1 100 Continue\r\n\r\n",
        ])
    func `an upstream that closes before its answer's head is whole has not answered`(
        kind: TransportKind, text: String
    ) async throws {
        let upstream = RawServer { peer in
            _ = peer.readRequest()
            peer.send(text)
        }
        let client = try UpstreamClient(kind)
        let answer = await client.ask(upstream)
        #expect(answer.failure == .closedEarly)
        #expect(answer.status == 0)
        await client.stop()
    }

    @Test(
        arguments: TransportKind.allCases,
        [
            ("Content-Length: 9\r\n\r\nhello", "hello"),
            ("Transfer-Encoding: chunked\r\n\r\n9\r\nhello", "hello"),
            ("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "hello"),
            ("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n", "hello"),
        ])
    func `an answer that is cut is shown as far as it came, and never as whole`(
        kind: TransportKind, cut: (framing: String, body: String)
    ) async throws {
        let (framing, body) = cut
        let seen = Monitor(false)
        let upstream = RawServer { peer in
            _ = peer.readRequest()
            peer.send(Self.ok + framing)
            seen.wait(atMost: .patience) { $0 }
        }
        let client = try UpstreamClient(kind)
        async let asked = client.ask(upstream)
        #expect(await client.eventually { ($0.exchange?.received.count ?? 0) == body.utf8.count })
        seen.open()
        let answer = await asked
        #expect(answer.status == 200)
        #expect(answer.body == body)
        #expect(answer.failure == .closedEarly)
        await client.stop()
    }

    @Test(arguments: TransportKind.allCases, ["x\r\nhello", "5\r\nhelloworld", "FFFFFFFFFFFFFFFFF\r\nhello"])
    func `chunks that are malformed never end well`(
        kind: TransportKind, chunks: String
    ) async throws {
        let upstream = RawServer { peer in
            _ = peer.readRequest()
            peer.send(Self.ok + "Transfer-Encoding: chunked\r\n\r\n" + chunks)
            peer.waitForClose()
        }
        let client = try UpstreamClient(kind)
        let answer = await client.ask(upstream)
        // libcurl does not tell the one from the other.
        #expect(answer.failure == (kind.isCurl ? .closedEarly : .invalidAnswer))
        #expect(await eventually { upstream.waitUntilClosed(1, atMost: .zero) })
        await client.stop()
    }

    // MARK: Time

    @Test(arguments: TransportKind.allCases)
    func `an upstream that never answers is given up, and its connection closed`(kind: TransportKind) async throws {
        let upstream = RawServer { peer in peer.waitForClose() }
        let client = try UpstreamClient(kind)
        async let asked = client.ask(upstream)
        #expect(await eventually { upstream.received.first?.contains("\r\n\r\n") == true })
        client.clock.advance(by: .seconds(19))
        #expect(await client.inspect { $0.exchange != nil })
        client.clock.advance(by: .seconds(2))
        #expect(await asked.failure == .firstByteTimeout)
        #expect(await eventually { upstream.waitUntilClosed(1, atMost: .zero) })
        await client.stop()
    }

    @Test(arguments: TransportKind.allCases)
    func `an answer that stops coming is given up`(kind: TransportKind) async throws {
        let upstream = RawServer { peer in
            _ = peer.readRequest()
            peer.send(Self.ok + "Content-Length: 9\r\n\r\nhello")
            peer.waitForClose()
        }
        let client = try UpstreamClient(kind)
        async let asked = client.ask(upstream)
        #expect(await client.eventually { $0.exchange?.received.count == 5 })
        client.clock.advance(by: .seconds(11))
        let answer = await asked
        #expect(answer.failure == .idleTimeout)
        #expect(answer.body == "hello")
        #expect(await eventually { upstream.waitUntilClosed(1, atMost: .zero) })
        await client.stop()
    }

    @Test(arguments: TransportKind.allCases)
    func `an answer that trickles is given up when the call's time is over`(kind: TransportKind) async throws {
        let pieces = Monitor(0)
        let upstream = RawServer { peer in
            _ = peer.readRequest()
            peer.send(Self.ok + "Content-Length: 99\r\n\r\n")
            for number in 1...20 {
                pieces.wait(atMost: .patience) { $0 >= number }
                guard peer.send("x") else { return }
            }
        }
        let client = try UpstreamClient(kind)
        async let asked = client.ask(upstream)
        for number in 1...6 {
            pieces.withLock { $0 = number }
            pieces.wake()
            #expect(await client.eventually { $0.exchange?.received.count == number })
            client.clock.advance(by: .seconds(9))
        }
        pieces.withLock { $0 = 7 }
        pieces.wake()
        #expect(await client.eventually { $0.exchange?.received.count == 7 }, "54 seconds are not too many")
        client.clock.advance(by: .seconds(7))
        #expect(await asked.failure == .totalTimeout)
        pieces.withLock { $0 = 20 }
        pieces.wake()
        await client.stop()
    }

    @Test(arguments: TransportKind.allCases, ["", ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"])
    func `a call that is given up closes its connection at once`(
        kind: TransportKind, begun: String
    ) async throws {
        let upstream = RawServer { peer in
            _ = peer.readRequest()
            peer.send(begun)
            peer.waitForClose()
        }
        let client = try UpstreamClient(kind)
        async let asked = client.ask(upstream)
        #expect(await eventually { upstream.received.first?.contains("\r\n\r\n") == true })
        if !begun.isEmpty { #expect(await client.eventually { $0.exchange?.received.count == 5 }) }
        await client.giveUp()
        #expect(await asked.failure == .cancelled)
        #expect(await eventually { upstream.waitUntilClosed(1, atMost: .zero) })
        await client.stop()
    }
}
