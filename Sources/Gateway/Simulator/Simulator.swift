import Foundation
import HTTP
import Platform

/// An upstream that speaks OpenAI's API and needs no key: for trying the gateway, and for its tests.
final class Simulator: RequestHandler {
    /// How it behaves.
    struct Behaviour: Sendable {
        /// Until the first byte of an answer.
        var latency = Duration.zero
        /// Pieces of a stream a second; 0 for all at once.
        var tokensPerSecond = 0
        var faults = SimulatedFaults()

        /// Between two pieces of a stream.
        var gap: Duration { tokensPerSecond > 0 ? .nanoseconds(1_000_000_000 / tokensPerSecond) : .zero }
    }

    private let loop: EventLoop
    private let behaviour: Behaviour
    private var faults: SimulatedFaults
    private var answered = 0
    /// Bytes of a request accepted.
    private static let bodyLimit = 64 << 20

    init(_ behaviour: Behaviour, on loop: EventLoop) {
        self.behaviour = behaviour
        self.loop = loop
        faults = behaviour.faults
    }

    func close() {}

    func answer(_ connection: Connection) async {
        do throws(ProtocolError) {
            guard try await connection.readBody(limit: Self.bodyLimit) else { return }
        } catch {
            connection.mustClose = true
            return await fail(connection, error.status, error.reason.description, nil)
        }
        let (method, path, credential) = connection.withHead { bytes in
            (
                String(decoding: bytes[connection.head.method], as: UTF8.self),
                String(decoding: bytes[connection.head.pathAndQuery].prefix { $0 != UInt8(ascii: "?") }, as: UTF8.self),
                connection.head.fields.first { HeaderName(bytes, $0.name).is("authorization") }
                    .map { String(decoding: bytes[$0.value], as: UTF8.self) }
            )
        }
        if credential == "Bearer sk-invalid" {
            return await fail(connection, 401, "Incorrect API key provided: sk-invalid.", "invalid_api_key")
        }
        let body = connection.withBody { Array($0) }
        switch (method, path) {
        case ("POST", "/v1/chat/completions"): await chat(connection, body)
        case ("POST", "/v1/completions"): await tell(.completions, connection, body)
        case ("POST", "/v1/responses"): await tell(.responses, connection, body)
        case ("POST", "/v1/messages"): await tell(.messages, connection, body)
        case ("POST", "/v1/embeddings"): await embeddings(connection, body)
        case ("GET", "/v1/models"):
            await send(
                connection,
                #"{"object":"list","data":[{"id":"gpt-4o-mini","object":"model","created":1721172741,"owned_by":"simulator"}]}"#
            )
        default: await fail(connection, 404, "Unknown request URL: \(method) \(path).", "unknown_url")
        }
    }

    // MARK: Chat

    private func chat(_ connection: Connection, _ body: [UInt8]) async {
        let request: SimulatedRequest
        do throws(SimulatedRequest.Problem) {
            request = try SimulatedRequest(body)
        } catch { return await fail(connection, 400, error.message, nil, parameter: error.parameter) }
        let fault = faults.next()
        await pause(behaviour.latency)
        if let fault, await play(fault, connection) { return }
        let answer = SimulatedAnswer(request, body: body)
        if request.isStream {
            await stream(connection, answer, fault)
        } else {
            let completion = answer.completion()
            begin(connection, 200, "application/json", .length(completion.count))
            if let fault, SimulatedFaults.Name.spoilsWholeAnswers(fault) {
                connection.appendPiece(completion.span.extracting(first: completion.count / 2))
                _ = await breakOff(fault, connection)
                return
            }
            await sendBody(connection, completion)
        }
    }

    private func stream(_ connection: Connection, _ answer: SimulatedAnswer, _ fault: SimulatedFaults.Kind?) async {
        begin(connection, 200, "text/event-stream; charset=utf-8", .chunked)
        let gap = behaviour.gap
        let count = SimulatedFaults.Name.eventCount(of: answer, fault)
        var event = ByteBuffer(capacity: 512)
        if fault == .named(.errorEvent) { connection.appendPiece(Self.errorEvent.utf8Span.span.bytes) }
        for number in 0..<count {
            event.removeAll()
            answer.appendEvent(number, to: &event)
            connection.appendPiece(event.span)
            if gap > .zero || number == count - 1 || connection.socket.outbound.count > 32768 {
                if number == count - 1 {
                    if await breakOff(fault, connection) { return }
                    connection.appendEnd()
                }
                await finish(connection)
                guard connection.socket.isOpen, !connection.mustClose else { return }
                if number < count - 1 { await pause(gap, unlessLeft: connection) }
            }
        }
        if count == 0 {
            connection.appendEnd()
            await finish(connection)
        }
    }

    private static let errorEvent = "data: {\"error\":\(error)}\n\n"

    // MARK: The other endpoints

    private func tell(_ dialect: Dialect, _ connection: Connection, _ body: [UInt8]) async {
        let answer: SimulatedDialect
        do throws(SimulatedRequest.Problem) {
            answer = try SimulatedDialect(dialect, body)
        } catch { return await fail(connection, 400, error.message, nil, parameter: error.parameter) }
        let fault = faults.next()
        await pause(behaviour.latency)
        if let fault, await play(fault, connection) { return }
        guard answer.request.isStream else { return await send(connection, answer.whole()) }
        begin(connection, 200, "text/event-stream; charset=utf-8", .chunked)
        let gap = behaviour.gap
        let events = answer.events()
        for event in events.prefix(fault == nil ? events.count : events.count / 2) {
            connection.appendPiece(event.utf8Span.span.bytes)
            await finish(connection)
            guard connection.socket.isOpen, !connection.mustClose else { return }
            await pause(gap, unlessLeft: connection)
        }
        if await breakOff(fault, connection) { return }
        connection.appendEnd()
        await finish(connection)
    }

    // MARK: Embeddings

    private func embeddings(_ connection: Connection, _ body: [UInt8]) async {
        guard let root = (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any],
            let model = root["model"] as? String
        else { return await fail(connection, 400, "you must provide a model parameter", nil, parameter: "model") }
        let inputs = root["input"] as? [String] ?? (root["input"] as? String).map { [$0] } ?? []
        let dimensions = min(max(root["dimensions"] as? Int ?? 64, 1), 4096)
        let isBase64 = root["encoding_format"] as? String == "base64"
        let data = inputs.enumerated().map { index, text -> String in
            let vector = Self.vector(of: text, dimensions)
            let shown =
                isBase64
                ? "\"\(vector.withUnsafeBytes { Data($0) }.base64EncodedString())\""
                : "[\(vector.map(\.description).joined(separator: ","))]"
            return #"{"object":"embedding","index":\#(index),"embedding":\#(shown)}"#
        }
        let tokens = inputs.reduce(0) { $0 + ($1.utf8.count + 3) / 4 }
        var name = ByteBuffer(capacity: 64)
        JSONString.append(model, to: &name)
        await send(
            connection,
            #"{"object":"list","data":[\#(data.joined(separator: ","))],"model":\#(Span<UInt8>(_bytes: name.span).text),"usage":{"prompt_tokens":\#(tokens),"total_tokens":\#(tokens)}}"#
        )
    }

    /// A unit vector that depends on the text alone.
    private static func vector(of text: String, _ dimensions: Int) -> [Float] {
        var state = text.utf8.reduce(14_695_981_039_346_656_037 as UInt64) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
        let raw = (0..<dimensions).map { _ -> Float in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float(Int32(truncatingIfNeeded: state >> 32)) / Float(Int32.max)
        }
        let length = raw.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return raw.map { $0 / max(length, .leastNormalMagnitude) }
    }

    // MARK: Sending

    private func begin(_ connection: Connection, _ status: Int, _ type: StaticString, _ framing: ResponseFraming) {
        answered += 1
        connection.beginResponse(status)
        connection.header("content-type", type)
        connection.header("x-request-id", "req_sim_\(answered)")
        connection.header("openai-processing-ms", 1)
        connection.header("openai-version", "2020-10-01")
        connection.header("x-ratelimit-remaining-requests", 9999)
        connection.endHead(framing)
    }

    private func send(_ connection: Connection, _ json: String) async {
        var body = ByteBuffer(capacity: json.utf8.count)
        body.append(json)
        begin(connection, 200, "application/json", .length(body.count))
        await sendBody(connection, body)
    }

    func fail(
        _ connection: Connection, _ status: Int, _ message: String, _ code: String?, parameter: String? = nil,
        retryAfter: Int? = nil
    ) async {
        var body = ByteBuffer(capacity: 256)
        body.append(#"{"error":{"message":"#)
        JSONString.append(message, to: &body)
        body.append(
            status >= 500
                ? #","type":"server_error","param":"# : #","type":"invalid_request_error","param":"#)
        if let parameter { JSONString.append(parameter, to: &body) } else { body.append("null") }
        body.append(#","code":"#)
        if let code { JSONString.append(code, to: &body) } else { body.append("null") }
        body.append("}}")
        answered += 1
        connection.beginResponse(status)
        connection.header("content-type", "application/json")
        connection.header("x-request-id", "req_sim_\(answered)")
        if let retryAfter { connection.header("retry-after", retryAfter) }
        connection.endHead(.length(body.count))
        await sendBody(connection, body)
    }

    private func sendBody(_ connection: Connection, _ body: borrowing ByteBuffer) async {
        do throws(SocketError) { try await connection.send(body) } catch { connection.mustClose = true }
    }

    func finish(_ connection: Connection) async {
        do throws(SocketError) { try await connection.finishSending() } catch { connection.mustClose = true }
    }

    /// Waits; an end of the connection meanwhile ends the wait.
    func pause(_ duration: Duration, unlessLeft connection: Connection? = nil) async {
        guard duration > .zero else { return }
        let pause = Pause(on: loop)
        connection?.socket.onPeerGone = { _ in pause.cancel() }
        await pause.wait(duration.nanoseconds)
        connection?.socket.onPeerGone = nil
    }
}
