import Foundation
import HTTP
import Metrics
import Platform
import TestSupport
import Testing

@testable import Gateway

/// `fallback.answer`: a text that answers when nobody else does.
@Suite(.timeLimit(.minutes(5))) struct StaticAnswerTests {
    private static let text = "Please \"try\" again later."

    private static func failing(_ status: String = "503 Service Unavailable") -> RawServer {
        RawServer { peer in
            while peer.readRequest() != nil {
                peer.send(Canned.json(#"{"error":{"message":"no","code":"x"}}"#, status: status))
            }
        }
    }

    private static func gateway(_ upstream: RawServer, answer: String = text) throws -> GatewayHarness {
        try GatewayHarness(upstreamPort: upstream.port) { $0.fallbackAnswer = answer }
    }

    private static func body(_ dialect: Dialect, isStream: Bool, _ more: String = "") -> String {
        let input =
            switch dialect {
            case .chat, .messages: #""messages":[{"role":"user","content":"a"}]"#
            case .completions: #""prompt":"a""#
            case .responses, .embeddings: #""input":"a""#
            }
        return #"{"model":"gpt-4o","stream":\#(isStream),\#(input)\#(more)}"#
    }

    @Test(arguments: [Dialect.chat, .completions, .responses, .messages])
    func `it is an answer of the endpoint that was asked, whole`(dialect: Dialect) throws {
        let upstream = Self.failing()
        let gateway = try Self.gateway(upstream)
        let answer = try gateway.chat(Self.body(dialect, isStream: false), path: "/v1\(dialect.path)")
        #expect(answer.status == 200 && answer["x-gateway-fallback"] == "true" && answer["x-gateway-model"] == nil)
        #expect(answer["content-type"] == "application/json" && answer["x-gateway-error"] == nil)
        let bytes = Array(answer.body.utf8)
        var tape = JSONScanner()
        try tape.scan(bytes.span)
        let reply = ChatReply(whole: dialect, tape, bytes.span)
        #expect(reply.isFinished && !reply.hasError && reply.usage == Usage())
        #expect(answer.body.contains(#"Please \"try\" again later."#))
        let record = try #require(try gateway.records().first)
        #expect(record.status == 200 && record.errorCode == "upstream_503" && record.cost == .zero)
        #expect(record.fallback && record.model == nil && record.attempts.map(\.status) == [503])
        #expect(record.routeReason?.hasSuffix("; fallback.answer, since nobody else answered") == true)
        #expect(upstream.connectionCount == 1)
    }

    @Test(arguments: [Dialect.chat, .completions, .responses, .messages])
    func `it is streamed where a stream was asked for`(dialect: Dialect) throws {
        let upstream = Self.failing()
        let gateway = try Self.gateway(upstream)
        let answer = try gateway.chat(Self.body(dialect, isStream: true), path: "/v1\(dialect.path)")
        #expect(answer.status == 200 && answer.isWhole)
        #expect(answer["content-type"]?.hasPrefix("text/event-stream") == true)
        let bytes = Array(answer.body.utf8)
        var stream = ChatStream(dialect)
        var tape = JSONScanner()
        var events = StoredEvents()
        while let event = events.next(in: bytes.span) {
            if let data = event.data { _ = stream.note(bytes.span.extracting(data), &tape) }
        }
        let isDone = stream.isDone
        let reply = stream.reply
        let tokens = stream.contentTokens
        #expect(isDone && reply.isFinished && !reply.hasError && tokens > 3 && events.position == bytes.count)
        #expect(upstream.connectionCount == 1)
    }

    @Test(arguments: ["400 Bad Request", "404 Not Found", "422 Unprocessable Entity"])
    func `a request that is wrong is told so`(status: String) throws {
        let upstream = Self.failing(status)
        let answer = try Self.gateway(upstream).chat(Self.body(.chat, isStream: false))
        #expect("\(answer.status)" == status.prefix(3) && upstream.connectionCount == 1)
    }

    @Test func `embeddings, the off arm and requests for JSON that it is not get the error`() throws {
        let upstream = Self.failing()
        let gateway = try Self.gateway(upstream)
        #expect(try gateway.chat(Self.body(.embeddings, isStream: false), path: "/v1/embeddings").status == 503)
        let chat = Self.body(.chat, isStream: false)
        #expect(try gateway.chat(chat, headers: ["x-gateway-rollout: off"]).status == 503)
        let object = Self.body(.chat, isStream: false, #","response_format":{"type":"json_object"}"#)
        #expect(try gateway.chat(object).status == 503)
        let format = Self.body(.responses, isStream: false, #","text":{"format":{"type":"json_schema"}}"#)
        #expect(try gateway.chat(format, path: "/v1/responses").status == 503)
        let other = try Self.gateway(upstream, answer: #"{"result":null}"#)
        #expect(try other.chat(object).status == 200)
        #expect(upstream.connectionCount >= 2)
    }

    @Test func `it is not kept, and an answer that expired comes first`() throws {
        let isUp = Monitor(true)
        let upstream = RawServer { peer in
            while peer.readRequest() != nil {
                peer.send(isUp.withLock { $0 } ? Canned.json(Canned.completion) : Canned.json("{}", status: "500 X"))
            }
        }
        let clock = ManualClock(wall: 1_795_000_000_000_000)
        let gateway = try GatewayHarness(upstreamPort: upstream.port, time: clock) { settings in
            settings.fallbackAnswer = Self.text
            settings.cache.ttl = .seconds(10)
            settings.cache.staleIfError = .seconds(1000)
        }
        let known = Self.body(.chat, isStream: false)
        _ = try gateway.chat(known)
        clock.advance(by: .seconds(20))
        isUp.withLock { $0 = false }
        #expect(try gateway.chat(known)["x-gateway-cache"] == "STALE")
        let unknown = known.replacing("\"a\"", with: "\"b\"")
        #expect(try gateway.chat(unknown)["x-gateway-fallback"] == "true")
        isUp.withLock { $0 = true }
        clock.advance(by: .seconds(60))
        let fresh = try gateway.chat(unknown)
        #expect(fresh["x-gateway-cache"] == "MISS" && fresh.body == Canned.completion)
    }
}
