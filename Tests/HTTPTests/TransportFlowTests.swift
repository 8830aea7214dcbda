import HTTP
import Platform
import TestSupport
import Testing

/// Large bodies in both directions, and readers and senders that take their time.
///
/// One after the other: each looks at its loop without a pause, and many at once would leave no core for the rest.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct TransportFlowTests {
    typealias Request = UpstreamClient.Request

    private static let ok = "HTTP/1.1 200 OK\r\n"
    private static let chunk = String(repeating: "0123456789abcdef", count: 4096)
    /// What may be held for a reader: the bound, and what one turn of libcurl's brings.
    private static let heldAtMost = 262_144 + 65_536

    @Test(arguments: TransportKind.allCases, [true, false])
    func `an answer of 50 MB is never held but for a bounded part`(
        kind: TransportKind, isChunked: Bool
    ) async throws {
        let pieces = 800
        let upstream = RawServer { peer in
            _ = peer.readRequest()
            let framing = isChunked ? "Transfer-Encoding: chunked" : "Content-Length: \(pieces * 65536)"
            peer.send(Self.ok + framing + "\r\n\r\n")
            for _ in 0..<pieces {
                guard peer.send(isChunked ? "10000\r\n" + Self.chunk + "\r\n" : Self.chunk) else { return }
            }
            if isChunked { peer.send("0\r\n\r\n") }
            peer.waitForClose()
        }
        let client = try UpstreamClient(kind)
        let (total, held, isIntact) = try await client.ask(upstream) { exchange in
            var total = 0
            var held = 0
            var isIntact = true
            try await exchange.waitForHead()
            while try await exchange.read() {
                // The reader dawdles while more comes.
                for _ in 0..<20 { await Task.yield() }
                held = max(held, exchange.received.count)
                let bytes = exchange.received.bytes
                if let first = bytes.first {
                    isIntact = isIntact && first == Self.chunk.utf8.dropFirst(total % 16).first
                }
                total += bytes.count
                exchange.received.consume(bytes.count)
            }
            return (total, held, isIntact)
        }
        #expect(total == pieces * 65536)
        // Once before the first read, and once more from then on.
        #expect(held <= 2 * Self.heldAtMost)
        #expect(isIntact)
        await client.stop()
    }

    @Test(arguments: TransportKind.allCases)
    func `a reader that stops reading holds the upstream up, and time does not run out on it`(kind: TransportKind)
        async throws
    {
        let size = 400 * 65536
        let sent = Monitor<Int?>(nil)
        let upstream = RawServer { peer in
            _ = peer.readRequest()
            peer.send(Self.ok + "Content-Length: \(size)\r\n\r\n")
            let count = peer.sendUntilFull(Self.chunk, atMost: size)
            sent.withLock { $0 = count }
            guard count < size else { return }
            peer.send(String(repeating: "x", count: size - count))
            peer.waitForClose()
        }
        let client = try UpstreamClient(kind)
        let goOn = Monitor<(() -> Void)?>(nil)
        async let asked = client.ask(upstream) { exchange in
            try await exchange.waitForHead()
            await withCheckedContinuation { waiting in goOn.withLock { $0 = { waiting.resume() } } }
            let held = exchange.received.count
            while try await exchange.read() { exchange.received.removeAll() }
            return held
        }
        #expect(await client.eventually { _ in sent.withLock { $0 != nil } })
        #expect(sent.withLock { $0 ?? size } < size)
        #expect(await client.eventually { _ in goOn.withLock { $0 != nil } }, "the reader has the head")
        // libcurl reads ahead to a bound, and until then the time to be idle runs.
        if kind.isCurl { #expect(await client.eventually { ($0.exchange?.received.count ?? 0) >= 131_072 }) }
        client.clock.advance(by: .seconds(30))
        _ = await client.inspect { _ in goOn.withLock { $0?() } }
        #expect(try await asked <= Self.heldAtMost)
        await client.stop()
    }

    // MARK: Uploads

    @Test(arguments: TransportKind.allCases, [nil, 15] as [Int?])
    func `a body that comes in pieces goes out as they come`(
        kind: TransportKind, length: Int?
    ) async throws {
        let upstream = RawServer { peer in
            var text = ""
            while let bytes = peer.receive() {
                text += String(decoding: bytes, as: UTF8.self)
                guard text.hasSuffix(length == nil ? "0\r\n\r\n" : "three") else { continue }
                peer.send(Self.ok + "Content-Length: 2\r\n\r\nok")
            }
        }
        let client = try UpstreamClient(kind)
        async let asked = client.ask(upstream, Request(method: "PUT", upload: .some(length)))
        for (index, piece) in ["one, ", "two, ", "three"].enumerated() {
            #expect(await client.eventually { $0.upload != nil })
            await client.inspect { $0.upload?.add(piece, isLast: index == 2) }
            #expect(
                await eventually { upstream.received.first?.contains(piece) == true }, "it does not wait for the next")
        }
        #expect(await asked.body == "ok")
        let sent = upstream.received[0]
        if length == nil {
            #expect(sent.contains("Transfer-Encoding: chunked\r\n"))
            #expect(sent.hasSuffix("\r\n\r\n5\r\none, \r\n5\r\ntwo, \r\n5\r\nthree\r\n0\r\n\r\n"))
        } else {
            #expect(sent.contains("Content-Length: 15\r\n"))
            #expect(sent.hasSuffix("\r\n\r\none, two, three"))
        }
        #expect(!sent.contains("Expect"))
        await client.stop()
    }

    @Test(arguments: TransportKind.allCases)
    func `an upstream that does not read holds the body's sender up`(kind: TransportKind) async throws {
        let size = 60_000_000
        let goOn = Monitor(false)
        let upstream = RawServer { peer in
            goOn.wait(atMost: .patience) { $0 }
            var count = 0
            while count < size, let bytes = peer.receive() { count += bytes.count }
            peer.send(Self.ok + "Content-Length: 2\r\n\r\nok")
        }
        let client = try UpstreamClient(kind)
        async let asked = client.ask(upstream, Request(method: "PUT", upload: .some(size)))
        #expect(await client.eventually { $0.upload != nil })
        let piece = String(repeating: "x", count: size)
        await client.inspect { $0.upload?.add(piece, isLast: true) }
        // As many turns without a byte taken: the kernel's buffers are full.
        let steady = Steady()
        #expect(await client.eventually { steady.isSteady($0.upload?.pulledBytes ?? 0) })
        #expect(await client.inspect { $0.upload?.pulledBytes ?? 0 } < size / 2)
        goOn.open()
        #expect(await asked.body == "ok")
        await client.stop()
    }

    @Test(arguments: TransportKind.allCases)
    func `a body that lies ready goes out whole to an upstream that reads late`(kind: TransportKind) async throws {
        let size = 20_000_000
        let goOn = Monitor(false)
        let upstream = RawServer { peer in
            goOn.wait(atMost: .patience) { $0 }
            var count = 0
            while count < size, let bytes = peer.receive() { count += bytes.count }
            peer.send(Self.ok + "Content-Length: 2\r\n\r\nok")
        }
        let client = try UpstreamClient(kind)
        async let asked = client.ask(upstream, Request(method: "PUT", body: String(repeating: "x", count: size)))
        #expect(await client.eventually { $0.exchange != nil })
        // As many turns of the loop as fill the kernel's buffers.
        let steady = Steady()
        #expect(await client.eventually { _ in steady.isSteady(1) })
        goOn.open()
        #expect(await asked.body == "ok")
        await client.stop()
    }

    @Test(arguments: TransportKind.allCases, [nil, 15] as [Int?])
    func `a body that breaks off fails the call, and the upstream never takes it for whole`(
        kind: TransportKind, length: Int?
    ) async throws {
        let upstream = RawServer { peer in peer.waitForClose() }
        let client = try UpstreamClient(kind)
        async let asked = client.ask(upstream, Request(method: "PUT", upload: .some(length)))
        #expect(await client.eventually { $0.upload != nil })
        await client.inspect { $0.upload?.add("one, ") }
        #expect(await eventually { upstream.received.first?.contains("one, ") == true })
        await client.inspect { $0.upload?.breakOff() }
        #expect(await asked.failure == .requestIncomplete)
        #expect(await eventually { upstream.waitUntilClosed(1, atMost: .zero) })
        #expect(!upstream.received[0].hasSuffix("0\r\n\r\n"))
        await client.stop()
    }

    @Test(arguments: TransportKind.allCases)
    func `a body that stops coming is its sender's fault, not the upstream's`(kind: TransportKind) async throws {
        let upstream = RawServer { peer in peer.waitForClose() }
        let client = try UpstreamClient(kind)
        async let asked = client.ask(upstream, Request(method: "PUT", upload: .some(nil)))
        #expect(await client.eventually { $0.upload != nil })
        await client.inspect { $0.upload?.add("one, ") }
        #expect(await eventually { upstream.received.first?.contains("one, ") == true })
        client.clock.advance(by: .seconds(21))
        #expect(await asked.failure == .requestIncomplete)
        #expect(await eventually { upstream.waitUntilClosed(1, atMost: .zero) })
        await client.stop()
    }

    @Test(arguments: TransportKind.allCases)
    func `an upstream that answers before it has the body is heard`(kind: TransportKind) async throws {
        let upstream = RawServer { peer in
            _ = peer.receive()
            peer.send("HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno")
            peer.waitForClose()
        }
        let client = try UpstreamClient(kind)
        let answer = await client.ask(upstream, Request(method: "PUT", upload: .some(1_000_000)))
        #expect(answer.status == 413)
        #expect(answer.body == "no")
        await client.stop()
    }
}

/// Whether a number has stayed the same for a thousand looks.
private final class Steady: Sendable {
    private let state = Lock((value: 0, looks: 0))

    func isSteady(_ value: Int) -> Bool {
        state.withLock { state in
            state = value == state.value && value > 0 ? (value, state.looks + 1) : (value, 0)
            return state.looks >= 1000
        }
    }
}
