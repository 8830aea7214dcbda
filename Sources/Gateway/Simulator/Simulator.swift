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
        let (method, target, isInvalid, hasVersion) = connection.withHead { bytes in
            (
                String(decoding: bytes[connection.head.method], as: UTF8.self),
                String(decoding: bytes[connection.head.pathAndQuery], as: UTF8.self),
                connection.head.fields.contains { field in
                    let name = HeaderName(bytes, field.name)
                    guard name.is("authorization") || name.is("x-api-key") || name.is("api-key") else { return false }
                    return String(decoding: bytes[field.value], as: UTF8.self).hasSuffix("sk-invalid")
                },
                connection.head.fields.contains { HeaderName(bytes, $0.name).is("anthropic-version") }
            )
        }
        let endpoint = Self.endpoint(of: target)
        let dialect = Dialect.allCases.first { "\($0.path)" == endpoint }
        if isInvalid {
            return await fail(
                connection, 401, "Incorrect API key provided: sk-invalid.", "invalid_api_key", in: dialect ?? .chat)
        }
        let body = connection.withBody { Array($0) }
        switch (method, endpoint, dialect) {
        case ("POST", _, .messages?) where !hasVersion:
            await fail(connection, 400, "anthropic-version: header is required", nil, in: .messages)
        case ("POST", _, .embeddings?): await embeddings(connection, body)
        case ("POST", _, let dialect?): await reply(dialect, connection, body)
        case ("GET", "/models", _):
            await send(
                connection,
                #"{"object":"list","data":[{"id":"gpt-4o-mini","object":"model","created":1721172741,"owned_by":"simulator"}]}"#
            )
        default: await fail(connection, 404, "Unknown request URL: \(method) \(target).", "unknown_url")
        }
    }

    /// What a path asks for, below `/v1`, also where it is one of Azure's: a deployment's with a version, or `/openai/v1`.
    private static func endpoint(of target: String) -> String? {
        let parts = target.split(separator: "?", maxSplits: 1)
        let path = String(parts[0])
        if let endpoint = path.removingPrefix("/v1") ?? path.removingPrefix("/openai/v1") { return endpoint }
        guard parts.count == 2, parts[1].hasPrefix("api-version="), let rest = path.removingPrefix("/openai") else {
            return nil
        }
        guard let deployed = rest.removingPrefix("/deployments/") else { return rest }
        return deployed.firstIndex(of: "/").map { String(deployed[$0...]) }
    }

    // MARK: Answers of a model

    private func reply(_ dialect: Dialect, _ connection: Connection, _ body: [UInt8]) async {
        let reply: any SimulatedReply
        do throws(SimulatedRequest.Problem) {
            reply =
                switch dialect {
                case .chat: SimulatedAnswer(try SimulatedRequest(body), body: body)
                case .messages: try SimulatedMessage(body)
                default: try SimulatedDialect(dialect, body)
                }
        } catch { return await fail(connection, 400, error.message, nil, parameter: error.parameter, in: dialect) }
        let fault = faults.next()
        await pause(behaviour.latency)
        if let fault, await play(fault, dialect, connection) { return }
        if reply.isStream { return await stream(dialect, reply, fault, connection) }
        let whole = reply.whole()
        begin(connection, 200, "application/json", .length(whole.count))
        if let fault, SimulatedFaults.Name.spoilsWholeAnswers(fault) {
            connection.appendPiece(whole.span.extracting(first: whole.count / 2))
            _ = await breakOff(fault, dialect, connection)
            return
        }
        await sendBody(connection, whole)
    }

    private func stream(
        _ dialect: Dialect, _ reply: any SimulatedReply, _ fault: SimulatedFaults.Kind?, _ connection: Connection
    ) async {
        begin(connection, 200, "text/event-stream; charset=utf-8", .chunked)
        let gap = behaviour.gap
        let count = SimulatedFaults.Name.eventCount(reply.eventCount, fault)
        var event = ByteBuffer(capacity: 512)
        if fault == .named(.errorEvent) { connection.appendPiece(Self.errorEvent(in: dialect).utf8Span.span.bytes) }
        for number in 0..<count {
            event.removeAll()
            reply.appendEvent(number, to: &event)
            connection.appendPiece(event.span)
            if gap > .zero || number == count - 1 || connection.socket.outbound.count > 32768 {
                if number == count - 1 {
                    if await breakOff(fault, dialect, connection) { return }
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
        retryAfter: Int? = nil, in dialect: Dialect = .chat
    ) async {
        let body = SimulatedError(status: status, message: message, code: code, parameter: parameter).body(in: dialect)
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
