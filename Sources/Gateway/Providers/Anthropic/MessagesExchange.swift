import HTTP

/// A call to Anthropic whose answer is told as a chat completion: event by event where it is a stream, else once it is
/// whole.
///
/// Whoever relays it sees a provider that speaks chat completions. An error that is not Anthropic's, such as a page of a
/// proxy in between, stays as it came.
final class MessagesExchange: UpstreamExchange {
    /// How the answer is told.
    struct Telling: Sendable {
        /// Seconds since 1970, which Messages do not tell.
        let created: Int
        /// Whether a stream's last chunk states the usage.
        let statesUsage: Bool
        /// Whether the answer is what `AnthropicRequest.answerTool` is called with.
        let asksSchema: Bool
        /// Bytes of an event, or of an answer that comes whole.
        let limitBytes: Int
    }

    private(set) var head = ResponseHead()
    var received = ByteBuffer()
    private let exchange: any UpstreamExchange
    private let limitBytes: Int
    private let created: Int
    private var tape = JSONScanner()
    private var events = EventStream()
    private var chunks: AnthropicEvents
    private var isStream = false
    private var isOver = false

    init(_ exchange: any UpstreamExchange, _ telling: Telling) {
        self.exchange = exchange
        limitBytes = telling.limitBytes
        created = telling.created
        chunks = AnthropicEvents(
            created: telling.created, statesUsage: telling.statesUsage, asksSchema: telling.asksSchema)
    }

    var heldBytes: Int { exchange.heldBytes &+ received.allocatedBytes }

    func waitForHead() async throws(UpstreamFailure) {
        try await exchange.waitForHead()
        let answer = UpstreamAnswer(exchange.head)
        guard !answer.isEncoded else {
            throw UpstreamFailure(
                .invalidAnswer, "its answer is compressed, though it was asked for an uncompressed one")
        }
        head = exchange.head.retold(as: AnthropicError.status(exchange.head.status))
        isStream = answer.isEventStream && head.status == 200
    }

    func read() async throws(UpstreamFailure) -> Bool {
        if isOver { return false }
        if try await exchange.read() {
            if isStream { tellEvents() }
            guard exchange.received.count <= limitBytes else {
                throw UpstreamFailure(.invalidAnswer, "its answer is larger than limits.body_bytes")
            }
            return true
        }
        isOver = true
        if isStream { try endStream() } else { try tellWhole() }
        return true
    }

    func cancel() { exchange.cancel() }

    func finish() { exchange.finish() }

    // MARK: Events

    private func tellEvents(isLast: Bool = false) {
        let bytes = Span<UInt8>(_unsafeBytes: exchange.received.bytes)
        var position = 0
        while true {
            let rest = bytes.extracting(position..<bytes.count)
            guard let event = events.next(in: rest) ?? (isLast ? events.end(in: rest) : nil) else { break }
            if let data = event.data { chunks.translate(rest.extracting(data), &tape, into: &received) }
            position &+= event.range.upperBound
        }
        exchange.received.consume(position)
    }

    private func endStream() throws(UpstreamFailure) {
        tellEvents(isLast: true)
        // Messages say when they end: what ends without that was cut, by whoever stands in between.
        if chunks.state == .running { throw UpstreamFailure(.closedEarly, "its stream ended without message_stop") }
    }

    // MARK: Whole answers

    private func tellWhole() throws(UpstreamFailure) {
        let bytes = Span<UInt8>(_unsafeBytes: exchange.received.bytes)
        var told = ByteBuffer(capacity: bytes.count &+ 256)
        if isTold(bytes, in: &told) {
            received = told
        } else if head.status == 200 {
            throw UpstreamFailure(.invalidAnswer, "its answer is no message of Anthropic's")
        } else {
            received.append(bytes.bytes)
        }
        exchange.received.removeAll()
    }

    private func isTold(_ bytes: Span<UInt8>, in told: inout ByteBuffer) -> Bool {
        do throws(JSONScanner.Failure) { try tape.scan(bytes) } catch { return false }
        if head.status == 200, AnthropicReply.translate(tape, bytes, created: created, into: &told) { return true }
        return AnthropicError.translate(tape, bytes, status: head.status == 200 ? 500 : head.status, into: &told)
    }
}
