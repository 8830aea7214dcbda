import HTTP
import TestSupport
import Testing

/// The table again, before the whole gateway: what a client is told, and what its provider sees of it.
@Suite(.timeLimit(.minutes(2)))
struct GatewayExchangeTests {
    private static let probe = "GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

    @Test func `what breaks a rule is told so as OpenAI tells errors, and nothing of it goes upstream`() throws {
        let upstream = RawServer { peer in peer.waitForClose() }
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        for head in HeadCase.refused where head.limit == HeadCase.usualLimit {
            guard case .refuses(let status) = head.expected else { continue }
            let client = try RawClient(port: gateway.port)
            try client.send(head.bytes + Array(Self.probe.utf8))
            let received = try client.receiveAll()
            Self.checkRefusal(received, status, head.testDescription)
        }
        #expect(upstream.connectionCount == 0)
    }

    @Test(arguments: ["/v1/chat/completions", "/v1/files"])
    func `a body whose chunks break a rule is refused, and is never whole upstream`(path: String) throws {
        let upstream = RawServer { peer in peer.waitForClose() }
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        for body in ChunkedCase.refused {
            let client = try RawClient(port: gateway.port)
            try client.send(Self.head(path) + body.bytes + Array(Self.probe.utf8))
            let received = try client.receiveAll()
            Self.checkRefusal(received, 400, body.testDescription)
        }
        #expect(!upstream.received.contains { $0.hasSuffix("0\r\n\r\n") || $0.contains("/health") })
    }

    @Test func `a body in chunks reaches the provider as its data, without extensions and trailers`() throws {
        let upstream = RawServer { peer in
            var request = ""
            while let more = peer.receive() {
                request += String(decoding: more, as: UTF8.self)
                guard request.hasSuffix("\r\n0\r\n\r\n") else { continue }
                let end = request.firstRange(of: "\r\n\r\n")!.upperBound
                guard case .whole(let data, left: 0) = ChunkedReading(Array(request[end...].utf8)) else { continue }
                request = ""
                peer.send("HTTP/1.1 200 OK\r\nContent-Length: \(data.utf8.count)\r\n\r\n\(data)")
            }
        }
        let gateway = try GatewayHarness(upstreamPort: upstream.port)
        for body in ChunkedCase.accepted {
            let client = try RawClient(port: gateway.port)
            try client.send(Self.head("/v1/files", "Connection: close\r\n") + body.bytes)
            let answer = Answer(try client.receiveAll())
            #expect(answer.status == 200 && answer.body == body.data, "\(body)")
        }
        #expect(!upstream.received.joined().contains("name=value"))
    }

    private static func head(_ path: String, _ lines: String = "") -> [UInt8] {
        Array("POST \(path) HTTP/1.1\r\nHost: a\r\n\(lines)Transfer-Encoding: chunked\r\n\r\n".utf8)
    }

    /// One answer, in the shape that every client library understands, and the connection's end.
    private static func checkRefusal(_ received: String, _ status: Int, _ what: String) {
        let answer = Answer(received)
        #expect(answer.status == status, "\(what)")
        #expect(answer["content-type"] == "application/json", "\(what)")
        #expect(answer["connection"] == "close", "\(what)")
        #expect(answer["date"] != nil, "\(what)")
        // A second answer would make it longer than its length.
        #expect(answer.isWhole, "\(what)")
        let shape = /\{"error":\{"message":".+","type":"[a-z_]+","param":null,"code":"([a-z_]+)"\}\}/
        #expect(answer.body.wholeMatch(of: shape).map { String($0.1) } == answer["x-gateway-error"], "\(what)")
    }
}
