import Glibc
import HTTP
import Platform
import TestSupport
import Testing

/// What comes of calls to an upstream that keeps the rules.
@Suite(.timeLimit(.minutes(5)))
struct TransportTests {
    typealias Request = UpstreamClient.Request
    typealias Answer = UpstreamClient.Answer

    @Test(arguments: TransportKind.allCases)
    func `an answer comes as it was sent, over a connection that is used again`(kind: TransportKind) async throws {
        let upstream = RawServer.answering("HTTP/1.1 201 Made\r\nX-A: 1\r\nx-a:  2 \r\nContent-Length: 5\r\n\r\nhello")
        let client = try UpstreamClient(kind)
        for _ in 0..<3 {
            let answer = await client.ask(upstream)
            let expected = Answer(
                status: 201, fields: ["X-A: 1", "x-a: 2", "Content-Length: 5"], body: "hello", failure: nil)
            #expect(answer == expected)
        }
        #expect(upstream.connectionCount == 1)
        await client.stop()
    }

    @Test(arguments: TransportKind.allCases)
    func `the request goes out as it was put together, with nothing added but an encoding`(kind: TransportKind)
        async throws
    {
        let upstream = RawServer.answering("HTTP/1.1 204 No Content\r\n\r\n")
        let client = try UpstreamClient(kind)
        let headers =
            "x-One: 1\r\nX-EMPTY:\r\nx-blank: \r\nx-blanks: \t \r\nX-List: a;b, c:d\r\nX-Colon: a:\r\nx-One: again\r\n"
        let request = Request(method: "PURGE", target: "/a/../b//%2e?q=a%20b&&", headers: headers)
        #expect(await client.ask(upstream, request).status == 204)
        let sent = upstream.received[0].split(separator: "\r\n", omittingEmptySubsequences: false).map(String.init)
        #expect(sent.first == "PURGE /a/../b//%2e?q=a%20b&& HTTP/1.1")
        #expect(sent[1] == "Host: 127.0.0.1:\(await client.entrance(to: upstream.port))")
        let expected = [
            "x-One: 1", "X-EMPTY:", "x-blank:", "x-blanks:", "X-List: a;b, c:d", "X-Colon: a:", "x-One: again",
            "Accept-Encoding: identity", "", "",
        ]
        #expect(sent.dropFirst(2).map { String($0.reversed().drop { " \t".contains($0) }.reversed()) } == expected)
        await client.stop()
    }

    @Test(arguments: TransportKind.allCases)
    func `a body goes out byte for byte, with its length and no type of its own`(kind: TransportKind) async throws {
        let upstream = RawServer.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        let client = try UpstreamClient(kind)
        let body = "{\"a\" : 1.0}\n\u{E9}"
        #expect(await client.ask(upstream, Request(method: "POST", body: body)).body == "ok")
        #expect(await client.ask(upstream, Request(method: "POST", body: "")).body == "ok")
        let sent = upstream.received[0]
        #expect(sent.contains("Content-Length: \(body.utf8.count)\r\n"))
        #expect(sent.contains("\r\n\r\n" + body + "POST / HTTP/1.1\r\n"))
        #expect(sent.contains("Content-Length: 0\r\n"))
        #expect(!sent.lowercased().contains("content-type"))
        #expect(!sent.contains("Expect"))
        await client.stop()
    }

    @Test(arguments: TransportKind.allCases)
    func `pieces of a chunked answer come as they are sent, and its trailers are dropped`(kind: TransportKind)
        async throws
    {
        let told = Monitor(0)
        let upstream = RawServer { peer in
            _ = peer.readRequest()
            peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for number in 1...3 {
                peer.send("4;x=y\r\nne \(number)\r\n")
                told.wait(atMost: .patience) { $0 == number }
            }
            peer.send("0\r\nX-Late: yes\r\n\r\n")
            peer.waitForClose()
        }
        let client = try UpstreamClient(kind)
        let (pieces, fields) = try await client.ask(upstream) { exchange in
            var pieces: [String] = []
            try await exchange.waitForHead()
            while try await exchange.read() {
                pieces.append(String(decoding: exchange.received.bytes, as: UTF8.self))
                exchange.received.consume(exchange.received.count)
                told.withLock { $0 += 1 }
                told.wake()
            }
            return (pieces, exchange.head.text)
        }
        #expect(pieces == ["ne 1", "ne 2", "ne 3"])
        #expect(fields == ["Transfer-Encoding: chunked"])
        await client.stop()
    }

    @Test(arguments: TransportKind.allCases)
    func `interim answers are not the answer`(kind: TransportKind) async throws {
        let upstream = RawServer.answering(
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
                + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        let client = try UpstreamClient(kind)
        let answer = await client.ask(upstream)
        #expect(answer == Answer(status: 200, fields: ["Content-Length: 2"], body: "ok", failure: nil))
        await client.stop()
    }

    @Test(
        arguments: TransportKind.allCases,
        [
            ("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", 200),
            ("GET", "HTTP/1.1 204 No Content\r\n\r\n", 204),
            ("GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\n\r\n", 304),
            ("DELETE", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200),
        ])
    func `an answer that has no body ends with its head`(
        kind: TransportKind, answer: (method: String, text: String, status: Int)
    ) async throws {
        let (method, text, status) = answer
        let upstream = RawServer.answering(text)
        let client = try UpstreamClient(kind)
        for _ in 0..<2 {
            let answer = await client.ask(upstream, Request(method: method))
            #expect(answer.status == status)
            #expect(answer.body == "")
            #expect(answer.failure == nil)
        }
        #expect(upstream.connectionCount == 1)
        await client.stop()
    }

    @Test(arguments: TransportKind.allCases)
    func `an answer without a length ends with its connection`(kind: TransportKind) async throws {
        let upstream = RawServer { peer in
            _ = peer.readRequest()
            peer.send("HTTP/1.0 200 OK\r\n\r\nall of it")
        }
        let client = try UpstreamClient(kind)
        let answer = await client.ask(upstream)
        #expect(answer == Answer(status: 200, fields: [], body: "all of it", failure: nil))
        await client.stop()
    }

    @Test(arguments: TransportKind.allCases)
    func `a kept connection that has died is replaced without a word`(kind: TransportKind) async throws {
        let upstream = RawServer { peer in
            _ = peer.readRequest()
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n\(peer.number)")
        }
        let client = try UpstreamClient(kind)
        for number in 0..<4 {
            let answer = await client.ask(upstream, Request(method: "POST", body: "x"))
            #expect(answer.body == "\(number)")
            #expect(answer.failure == nil)
        }
        await client.stop()
    }

    @Test(arguments: TransportKind.allCases)
    func `bytes after an answer are never taken for the next one`(kind: TransportKind) async throws {
        let upstream = RawServer { peer in
            guard peer.readRequest() != nil else { return }
            if peer.number == 0 {
                peer.send(
                    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
                        + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
            } else {
                peer.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood")
            }
            peer.waitForClose()
        }
        let client = try UpstreamClient(kind)
        #expect(await client.ask(upstream).body == "ok")
        #expect(await client.ask(upstream).body == "good")
        await client.stop()
    }

    @Test(arguments: TransportKind.allCases)
    func `many calls at once do not mix their answers`(kind: TransportKind) async throws {
        let upstream = RawServer { peer in
            while let request = peer.readRequest() {
                let path = request.split(separator: " ")[1]
                peer.send("HTTP/1.1 200 OK\r\nContent-Length: \(path.utf8.count)\r\n\r\n\(path)")
            }
        }
        let client = try UpstreamClient(kind)
        let answers = await withTaskGroup(of: (Int, String).self) { group in
            for number in 0..<40 {
                group.addTask { (number, await client.ask(upstream, Request(target: "/\(number)")).body) }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        #expect(answers.count == 40)
        #expect(answers.allSatisfy { $0.value == "/\($0.key)" })
        await client.stop()
    }

    @Test(arguments: TransportKind.allCases)
    func `a name that does not resolve fails as such, each time, and spoils no later call`(kind: TransportKind)
        async throws
    {
        let upstream = RawServer.answering("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok")
        let client = try UpstreamClient(kind)
        // A label longer than DNS allows is refused without asking any server.
        let nobody = Request(host: String(repeating: "a", count: 70) + ".invalid")
        for _ in 0..<4 {
            #expect(await client.ask(upstream, nobody).failure == .unresolved)
            // The resolver's descriptors are free again, and this connection may get their numbers.
            #expect(await client.ask(upstream).body == "ok")
        }
        await client.stop()
    }

    @Test(arguments: TransportKind.plain)
    func `a port where nobody listens is refused`(kind: TransportKind) async throws {
        let sockets = try ListeningSockets(binding: SocketAddress(host: "127.0.0.1", port: 0), count: 1)
        Glibc.close(sockets.descriptors[0])
        let client = try UpstreamClient(kind)
        let answer = await client.ask(port: sockets.address.port)
        #expect(answer == Answer(status: 0, fields: [], body: "", failure: .refused))
        await client.stop()
    }
}

extension RawServer {
    /// Sends the same bytes in answer to every request of a connection.
    static func answering(_ text: String) -> RawServer {
        RawServer { peer in
            while peer.readRequest() != nil { peer.send(text) }
        }
    }
}
