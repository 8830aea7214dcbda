import HTTP
import Platform
import TestSupport
import Testing

/// What a client sees of a server that answers with the request's method, path and body.
@Suite(.timeLimit(.minutes(5)))
struct ConnectionTests {
    /// The clock of these tests stands still.
    private static let date = "date: Thu, 01 Jan 2026 00:00:00 GMT\r\n"

    @Test func `a connection serves one request after the other`() async throws {
        let server = try await TestServer()
        let client = try RawClient(port: server.port)
        for path in ["/a", "/b?c", "/d"] {
            try client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.receiveBodies(1) == ["GET \(path) "])
        }
        #expect(await server.inspect { $0.connections.count } == 1)
        await server.stop()
    }

    @Test func `every step of a request happens on the loop's own thread`() async throws {
        let places = Monitor<[Bool]>([])
        let server = try await TestServer { connection in
            let loop = connection.socket.loop
            places.withLock { $0.append(loop.isOnLoop) }
            _ = try await connection.readBody(limit: 100)
            places.withLock { $0.append(loop.isOnLoop) }
            try await connection.answer(200, "")
            places.withLock { $0.append(loop.isOnLoop) }
        }
        let client = try RawClient(port: server.port)
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n")
        #expect(await server.eventually { _ in places.withLock { $0.count == 1 } })
        try client.send("ab")
        _ = try client.receiveBodies(1)
        #expect(await server.eventually { _ in places.withLock { $0.count == 3 } })
        #expect(places.withLock { $0 } == [true, true, true])
        await server.stop()
    }

    @Test func `a client that asks to close gets its answer and the end`() async throws {
        let server = try await TestServer()
        let client = try RawClient(port: server.port)
        try client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /no HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(
            try client.receiveAll()
                == "HTTP/1.1 200 OK\r\n\(Self.date)content-length: 6\r\nconnection: close\r\n\r\nGET / ")
        await server.stop()
    }

    @Test func `HEAD gets the head alone, and what follows it is the next answer`() async throws {
        let server = try await TestServer()
        let client = try RawClient(port: server.port)
        try client.send(
            "HEAD /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        #expect(
            try client.receiveAll()
                == "HTTP/1.1 200 OK\r\n\(Self.date)content-length: 8\r\n\r\n"
                + "HTTP/1.1 200 OK\r\n\(Self.date)content-length: 7\r\nconnection: close\r\n\r\nGET /b ")
        await server.stop()
    }

    @Test func `a client that waits for 100 Continue gets it once, and its body is read`() async throws {
        let server = try await TestServer()
        let client = try RawClient(port: server.port)
        let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
        try client.send(head)
        #expect(try client.receive(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
        try client.send("ab")
        #expect(try client.receiveBodies(1) == ["POST / ab"])
        try client.send(head + "cd")
        #expect(try client.receiveBodies(1) == ["POST / cd"], "who does not wait needs no leave")
        await server.stop()
    }

    @Test func `a client that shuts its sending side with its request is still answered`() async throws {
        let server = try await TestServer()
        for _ in 0..<20 {
            let client = try RawClient(port: server.port)
            try server.whileBusy {
                try client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")
                client.finishSending()
            }
            #expect(try client.receiveAll().hasSuffix("\r\n\r\nPOST /a abc"))
        }
        #expect(await server.eventually { $0.connections.isEmpty })
        await server.stop()
    }

    @Test func `a client that leaves in the middle of a request gets no answer and is forgotten`() async throws {
        let server = try await TestServer()
        for part in ["", "GET / HT", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc"] {
            let client = try RawClient(port: server.port)
            try client.send(part)
            client.finishSending()
            let answer = try client.receiveAll()
            #expect(answer == "")
        }
        #expect(await server.eventually { $0.connections.isEmpty })
        await server.stop()
    }
}
