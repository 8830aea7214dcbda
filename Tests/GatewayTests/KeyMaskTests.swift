import Gateway
import TestSupport
import Testing

private let key = "sk-ours-0123456789abcdef"
private let stars = String(repeating: "*", count: key.utf8.count)

/// A provider that quotes our key in what it answers.
@Suite struct KeyMaskTests {
    private static func ask(_ path: String, _ body: String, upstream script: [String]) throws -> Answer {
        let upstream = RawServer { peer in
            while peer.readRequest() != nil { for piece in script { peer.send(piece) } }
        }
        let gateway = try GatewayHarness(upstreamPort: upstream.port) { settings in
            settings.providers["openai"]?.apiKey = Secret(key)
        }
        return try gateway.chat(body, path: path)
    }

    @Test(arguments: [
        ("/v1/chat/completions", #"{"model":"gpt-4o-mini","stream":true,"messages":[]}"#), ("/v1/responses", "{}"),
    ])
    func `our key is masked in an error event of a stream, also where it comes in two pieces`(
        path: String, body: String
    ) throws {
        let complaints = [
            "data: {\"error\":{\"message\":\"Incorrect API key provided: \(key).\"}}\n\n",
            "event: error\ndata: the key \(key)\n\n", ": \(key)\n\n",
        ]
        let text = Canned.event("fine") + complaints.joined() + Canned.done
        let cut = text.utf8.count - 60
        let answer = try Self.ask(
            path, body,
            upstream: [
                Canned.streamHead, Canned.chunk(String(text.prefix(cut))), Canned.chunk(String(text.dropFirst(cut))),
                "0\r\n\r\n",
            ])
        #expect(answer.body == text.replacing(key, with: stars))
        #expect(answer.isWhole)
    }

    @Test(arguments: ["/v1/chat/completions", "/v1/files"], ["Content-Length: ", "Transfer-Encoding: chunked"])
    func `our key is masked in an error of any length, wherever it is cut`(path: String, framing: String) throws {
        // Longer than is read whole, with a key over the middle of it.
        let filler = String(repeating: "e", count: 10_000_000)
        let parts = ["\(filler)\(key.prefix(7))", "\(key.dropFirst(7))\(filler)\(key.prefix(3))"]
        let isChunked = framing.hasPrefix("T")
        let length = parts.reduce(0) { $0 + $1.utf8.count }
        let head =
            "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\n\(framing)\(isChunked ? "" : "\(length)")\r\n\r\n"
        let answer = try Self.ask(
            path, #"{"model":"gpt-4o-mini","messages":[]}"#,
            upstream: [head] + parts.map { isChunked ? Canned.chunk($0) : $0 } + (isChunked ? ["0\r\n\r\n"] : []))
        #expect(answer.status == 400)
        #expect(answer.isWhole)
        #expect(answer.body == filler + stars + filler + key.prefix(3))
    }

    @Test func `our key is masked in an error that comes as a success`() throws {
        let body = #"{"error":{"message":"bad key \#(key)"}}"#
        let answer = try Self.ask(
            "/v1/chat/completions", #"{"model":"gpt-4o-mini","messages":[]}"#, upstream: [Canned.json(body)])
        #expect(answer.body == body.replacing(key, with: stars))
    }
}
