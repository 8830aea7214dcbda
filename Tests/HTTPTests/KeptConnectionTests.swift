import HTTP
import Platform
import TestSupport
import Testing

/// What comes on a kept connection while no call uses it, and how many there may be.
@Suite(.timeLimit(.minutes(5)))
struct KeptConnectionTests {
    private static let good = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood"

    @Test(
        arguments: TransportKind.plain,
        [
            "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
            "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
            "\r\n",
        ])
    func `what an upstream sends unasked on a kept connection is no answer to the next call`(
        kind: TransportKind, stray: String
    ) async throws {
        let wasAnswered = Monitor(0)
        let strayed = Monitor(0)
        let upstream = RawServer { peer in
            guard peer.readRequest() != nil else { return }
            peer.send(Self.good)
            wasAnswered.wait(atMost: .patience) { $0 > peer.number }
            peer.send(stray)
            strayed.withLock { $0 += 1 }
            strayed.wake()
            peer.waitForClose()
        }
        let client = try UpstreamClient(kind)
        for round in 1...5 {
            let answer = await client.ask(upstream)
            #expect(answer.body == "good")
            #expect(answer.failure == nil)
            wasAnswered.withLock { $0 = round }
            wasAnswered.wake()
            #expect(await eventually { strayed.withLock { $0 } == round })
        }
        #expect(upstream.connectionCount == 5, "no connection is used again")
        await client.stop()
    }

    @Test func `calls beyond the limit on connections wait for one to come free`() async throws {
        let goOn = Monitor(false)
        let upstream = RawServer { peer in
            while peer.readRequest() != nil {
                goOn.wait(atMost: .patience) { $0 }
                peer.send(Self.good)
            }
        }
        let client = try UpstreamClient(.native, connectionLimit: 2)
        async let first = client.ask(upstream)
        async let second = client.ask(upstream)
        async let third = client.ask(upstream)
        #expect(await eventually { upstream.wait(atMost: .zero) { $0.count == 2 && $0.allSatisfy { !$0.isEmpty } } })
        goOn.open()
        #expect(await [first.body, second.body, third.body] == ["good", "good", "good"])
        #expect(upstream.connectionCount == 2)
        await client.stop()
    }

    @Test func `a call that gets no connection in time says which limit stands in its way`() async throws {
        let upstream = RawServer { peer in peer.waitForClose() }
        let client = try UpstreamClient(.native, connectionLimit: 1)
        async let first = client.ask(upstream)
        #expect(await eventually { upstream.received.first?.contains("\r\n\r\n") == true })
        let holder = await client.inspect { $0.exchange.map { ObjectIdentifier($0) } }
        async let second = client.ask(upstream)
        #expect(await client.eventually { $0.exchange.map { ObjectIdentifier($0) } != holder })
        client.clock.advance(by: .seconds(6))
        #expect(await second.failure == .poolExhausted)
        client.clock.advance(by: .seconds(15))
        #expect(await first.failure == .firstByteTimeout)
        await client.stop()
    }
}
