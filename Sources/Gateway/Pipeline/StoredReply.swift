import Cache
import HTTP
import Metrics

/// A complete answer out of the cache, told as the caller wants it: whole, or as the events of a stream.
struct StoredReply: ~Copyable, ~Escapable {
    private let head: CacheEntryHead
    private let body: Span<UInt8>

    @_lifetime(copy body)
    init(_ head: CacheEntryHead, _ body: Span<UInt8>) {
        self.head = head
        self.body = body
    }

    /// What is sent for a stored answer.
    enum Form: ~Copyable {
        /// The stored bytes themselves.
        case asStored
        /// Another telling of them.
        case retold(ByteBuffer)
    }

    /// The answer as the caller wants it; nil when what is stored cannot be told that way.
    func form(for request: ChatRequest, _ tape: inout JSONScanner) -> Form? {
        let asksUsage = request.asksUsage
        switch (head.kind, request.isStream) {
        case (.json, false): return .asStored
        case (.events, true):
            return asksUsage || !request.dialect.asksForUsage
                ? .asStored : .retold(ReplyForm.withoutUsageEvent(body, &tape))
        case (.json, true):
            guard request.dialect.tellsBothWays, let events = ReplyForm.events(of: body, statingUsage: asksUsage, &tape)
            else { return nil }
            return .retold(events)
        case (.events, false):
            guard request.dialect.tellsBothWays, let completion = ReplyForm.completion(of: body, &tape) else {
                return nil
            }
            return .retold(completion)
        }
    }

    /// Hands the whole answer to the client's socket.
    func send(_ form: consuming Form, _ call: Call) {
        let connection = call.connection
        connection.beginResponse(200)
        let contentType: StaticString = call.entry.streamed ? "text/event-stream; charset=utf-8" : "application/json"
        connection.header("content-type", contentType)
        call.appendGatewayHeaders(statesCost: !call.entry.streamed)
        switch consume form {
        case .asStored: send(body.bytes, call)
        case .retold(let bytes): send(bytes.span, call)
        }
    }
}

extension StoredReply {
    /// A stream never states its length, so that no client waits for all of it.
    private func send(_ bytes: RawSpan, _ call: Call) {
        let connection = call.connection
        if call.entry.streamed {
            connection.endHead(.chunked)
            connection.appendPiece(bytes)
            connection.appendEnd()
        } else {
            connection.endHead(.length(bytes.byteCount))
            call.startSending(bytes)
        }
    }
}

extension LedgerEntry {
    /// Takes over what a stored answer says of itself: it uses and costs nothing now, and saves what it cost then.
    mutating func replayed(_ head: CacheEntryHead, as outcome: CacheOutcome, now: Int64) {
        cache = outcome
        cacheAgeSeconds = Int(max(now &- head.storedAt, 0) / 1_000_000)
        status = 200
        errorCode = nil
        // Calls that came to nothing may have cost something all the same.
        if attempts.isEmpty || usageSource != .partial { chargeNothing(.reported) }
        savedCache = head.cost.map { PicoDollars($0) }
        model = head.model
        provider = head.provider
    }
}

extension CacheEntryHead.Counts {
    init(_ usage: Usage) {
        self.init(
            uncachedInput: usage.uncachedInput, cachedInput: usage.cachedInput, cacheWrite: usage.cacheWrite,
            output: usage.output, reasoning: usage.reasoning)
    }
}
