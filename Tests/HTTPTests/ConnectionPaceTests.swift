import HTTP
import Platform
import TestSupport
import Testing

/// Clients that read or send slowly, by a clock that stands still but for what the tests advance it.
@Suite(.timeLimit(.minutes(5)))
struct ConnectionPaceTests {
    private static let answerBytes = 30_000_000

    private static func limits(_ floor: Int) -> Connection.Limits {
        var limits = TestServer.limits
        limits.minBytesPerSecond = floor
        return limits
    }

    /// A server whose answer is too long for the kernel's buffers, and how its sending ended.
    private static func server(_ floor: Int) async throws -> (TestServer, Monitor<Bool?>) {
        let isWhole = Monitor<Bool?>(nil)
        let server = try await TestServer(limits: limits(floor)) { connection in
            defer { isWhole.wake() }
            do {
                try await connection.answer(200, String(repeating: "x", count: answerBytes))
                isWhole.withLock { $0 = true }
            } catch {
                isWhole.withLock { $0 = false }
                throw error
            }
        }
        return (server, isWhole)
    }

    /// Lets 70 seconds pass, each time after the client has read some more and the server could see it.
    private static func readSlowly(_ client: RawClient, from server: TestServer, rounds: Int) async throws -> Int {
        var received = 0
        for _ in 0..<rounds {
            let before = await server.inspect { $0.connections.first?.socket.unacceptedBytes ?? 0 }
            guard before > 0 else { break }
            var left = before
            while left >= before {
                received += try client.receive().count
                left = await server.inspect { $0.connections.first?.socket.unacceptedBytes ?? 0 }
            }
            server.clock.advance(by: .seconds(70))
            // The loop has seen the time.
            _ = await server.inspect { _ in 0 }
        }
        return received
    }

    @Test(arguments: [0, 1024])
    func `a client that reads slowly but steadily gets its answer whole`(floor: Int) async throws {
        let (server, isWhole) = try await Self.server(floor)
        let client = try RawClient(port: server.port)
        try client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        #expect(await server.eventually { $0.connections.contains { !$0.socket.outbound.isEmpty } })
        let slowly = try await Self.readSlowly(client, from: server, rounds: 5)
        let rest = try client.receiveAll().utf8.count
        #expect(slowly + rest > Self.answerBytes)
        #expect(isWhole.wait(atMost: .patience) { $0 == true })
        await server.stop()
    }

    @Test func `a client that reads more slowly than limits.min_bytes_per_s on average is cut`() async throws {
        let (server, isWhole) = try await Self.server(10_000_000)
        let client = try RawClient(port: server.port)
        try client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        #expect(await server.eventually { $0.connections.contains { !$0.socket.outbound.isEmpty } })
        _ = try await Self.readSlowly(client, from: server, rounds: 2)
        #expect(isWhole.wait(atMost: .patience) { $0 != nil })
        #expect(isWhole.withLock { $0 } == false)
        await server.stop()
    }

    // MARK: Uploads

    /// A server that takes a body as it comes, and answers with what became of it.
    private static func uploadServer(_ floor: Int) async throws -> TestServer {
        try await TestServer(limits: limits(floor)) { connection in
            try await connection.beginStreaming()
            let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 1)
            defer { room.deallocate() }
            var count = 0
            while true {
                switch connection.pull(into: room) {
                case .bytes(let more): count += more
                case .later:
                    await withCheckedContinuation { waiting in
                        connection.whenMore {
                            connection.whenMore(nil)
                            waiting.resume()
                        }
                    }
                case .end: return try await connection.answer(200, "\(count)")
                case .failed:
                    connection.mustClose = true
                    return try await connection.answer(connection.bodyProblem?.status ?? 400, "failed")
                }
            }
        }
    }

    @Test(arguments: ["Content-Length: 1000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n3e8\r\n"])
    func `an upload that comes a byte a second is answered with 408`(framing: String) async throws {
        let server = try await Self.uploadServer(1024)
        let client = try RawClient(port: server.port)
        try client.send("POST / HTTP/1.1\r\nHost: a\r\n" + framing)
        #expect(await server.eventually { $0.connections.contains { $0.isBusy } })
        for _ in 0..<29 {
            try client.send("x")
            server.clock.advance(by: .seconds(1))
            #expect(await server.inspect { !$0.connections.contains { $0.hasBegunResponse } })
        }
        server.clock.advance(by: .seconds(2))
        #expect(try client.receiveAll().hasPrefix("HTTP/1.1 408 "))
        await server.stop()
    }

    @Test func `an upload that stops is answered with 408 once it has been idle, whatever it sent before`() async throws
    {
        let server = try await Self.uploadServer(1)
        let client = try RawClient(port: server.port)
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\n")
        try client.send([UInt8](repeating: 120, count: 1_000_000))
        #expect(
            await server.eventually {
                $0.connections.contains { $0.isBusy && $0.socket.inbound.isEmpty && !$0.socket.hasBytesWaiting }
            })
        server.clock.advance(by: .seconds(74))
        #expect(await server.inspect { !$0.connections.contains { $0.hasBegunResponse } })
        server.clock.advance(by: .seconds(2))
        #expect(try client.receiveAll().hasPrefix("HTTP/1.1 408 "))
        await server.stop()
    }

    @Test func `an upload at the least pace takes as long as it needs`() async throws {
        let server = try await Self.uploadServer(1024)
        let client = try RawClient(port: server.port)
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 122880\r\n\r\n")
        #expect(await server.eventually { $0.connections.contains { $0.isBusy } })
        for _ in 0..<60 {
            try client.send([UInt8](repeating: 120, count: 2048))
            #expect(await server.eventually { !$0.connections.contains { $0.socket.hasBytesWaiting } })
            server.clock.advance(by: .seconds(2))
            _ = await server.inspect { _ in 0 }
        }
        #expect(try client.receiveAll().hasSuffix("\r\n\r\n122880"))
        await server.stop()
    }
}
