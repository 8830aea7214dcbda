import Cache
import HTTP
import Metrics
import Platform
import Routing

/// Passes one upstream answer on to the client, reads what it cost on the way, and keeps it when it is complete.
///
/// A whole answer is read before its head goes out, so that the head can state the cost, and so that one that is no answer
/// can still be somebody else's; one longer than `cache.max_entry_bytes` is passed on as it comes. A stream is passed on
/// event by event (`StreamRelay`).
struct ChatRelay {
    let pipeline: ChatPipeline
    let call: Call
    let request: ChatRequest
    let provider: Provider
    /// What the answer is stored under; nil where it is not.
    let key: CacheKey?
    let model: String
    /// Whether somebody else could be asked instead.
    let mayFallBack: Bool

    var context: GatewayContext { pipeline.context }
    private var wholeLimit: Int { context.settings.cache.maxEntryBytes }

    /// Relays to the end; a refusal when nothing was passed on.
    func run(_ exchange: any UpstreamExchange) async -> Refusal? {
        let answer = UpstreamAnswer(exchange.head)
        if answer.isEncoded, !answer.clientAccepts(call) {
            call.noteAttempt(error: UpstreamFailure.Kind.invalidAnswer.rawValue)
            return Refusal(
                .broken,
                GatewayError(
                    .upstreamUnavailable, 502,
                    "Provider '\(provider.name)' sent a compressed answer, though it was asked for an uncompressed one."
                ))
        }
        if answer.isEventStream, !answer.isEncoded, exchange.head.status == 200 {
            return await StreamRelay(self, exchange, answer).run()
        }
        return await relayWhole(exchange, answer)
    }

    // MARK: Whole answers

    private func relayWhole(_ exchange: any UpstreamExchange, _ answer: UpstreamAnswer) async -> Refusal? {
        do throws(UpstreamFailure) {
            while exchange.received.count <= wholeLimit, mayHold(exchange.heldBytes) {
                if try await exchange.read() {
                    call.connection.answerBytes = exchange.heldBytes
                    continue
                }
                call.endUpstream()
                if let refusal = account(exchange, answer) { return refusal }
                await sendWhole(exchange, answer)
                return nil
            }
        } catch {
            pipeline.chargeInput(call, model: model)
            return Refusal(error, call.failed(error, provider: provider.name))
        }
        await relayPieces(exchange, answer)
        return nil
    }

    /// Whether an answer of so many bytes, and growing, is still held: not a long one once all hold too much.
    func mayHold(_ bytes: Int) -> Bool { bytes < Self.alwaysHeldBytes || !context.buffers.isSpent }

    private static let alwaysHeldBytes = 1 << 20

    private func sendWhole(_ exchange: any UpstreamExchange, _ answer: UpstreamAnswer) async {
        share(exchange.received.span, answer)
        answer.begin(call, framing: .length(exchange.received.count), statesCost: true)
        call.startSending(exchange.received.span)
        // What the client has not accepted was copied, so that it need not be held twice.
        exchange.received.removeAll()
        call.connection.answerBytes = 0
        await call.finishSending()
    }

    /// Gives a whole answer to everyone who waited for it too: not one in an encoding that only this client accepts.
    private func share(_ body: RawSpan, _ answer: UpstreamAnswer) {
        if answer.isEncoded { return call.endFlight(.unshared) }
        call.flight?.deliver(body, receipt) { head(of: answer, isStream: false) }
        call.endFlight(.unshared)
    }

    /// The head of an answer, for everyone on the flight.
    func head(of answer: UpstreamAnswer, isStream: Bool) -> Flight.Head {
        let head = answer.shared(isStream: isStream, model: model, provider: provider.name)
        return context.mixesAccounts(call, at: provider) ? head.withoutAccount() : head
    }

    /// What the call came to, for everyone on the flight.
    var receipt: Flight.Receipt {
        Flight.Receipt(cost: call.entry.cost, finishReason: call.entry.finishReason, errorCode: call.entry.errorCode)
    }

    /// Reads usage and completeness off a whole answer, charges the call, and stores what may be stored; a refusal for an
    /// answer that says what is wrong, or that is none.
    private func account(_ exchange: any UpstreamExchange, _ answer: UpstreamAnswer) -> Refusal? {
        let status = exchange.head.status
        if status >= 400 {
            _ = provider.keyMask.apply(to: &exchange.received)
            call.refusedByUpstream()
            return refusal(.status(status, answer.isEncoded ? .other : readError(exchange.received)), exchange, answer)
        }
        if answer.isEncoded {
            context.charge(&call.entry, usage: nil, model: model)
            return nil
        }
        guard let reply = read(exchange.received) else {
            // A redirection, or the like, need not be JSON.
            context.charge(&call.entry, usage: nil, model: model)
            guard status == 200 else { return nil }
            call.noteAttempt(error: UpstreamFailure.Kind.invalidAnswer.rawValue)
            return refusal(.broken, exchange, answer)
        }
        call.entry.finishReason = reply.finishReason
        context.charge(&call.entry, usage: reply.usage, model: model, unsent: call.unsent)
        if reply.hasError, request.dialect != .responses || reply.finishReason == nil {
            _ = provider.keyMask.apply(to: &exchange.received)
            call.noteAttempt(error: "error_in_answer")
            return refusal(.errorEvent(readError(exchange.received)), exchange, answer)
        }
        if status == 200, reply.isFinished, !reply.hasError {
            store(exchange.received.span, .json, reply.usage)
        }
        return nil
    }

    private func read(_ received: borrowing ByteBuffer) -> ChatReply? {
        let bytes = Span<UInt8>(_unsafeBytes: received.bytes)
        do throws(JSONScanner.Failure) { try pipeline.tape.scan(bytes) } catch { return nil }
        return ChatReply(whole: request.dialect, pipeline.tape, bytes)
    }

    private func readError(_ received: borrowing ByteBuffer) -> ProviderError {
        let bytes = Span<UInt8>(_unsafeBytes: received.bytes)
        do throws(JSONScanner.Failure) { try pipeline.tape.scan(bytes) } catch { return .other }
        return ProviderError(in: pipeline.tape, bytes)
    }

    private func refusal(
        _ failure: AttemptFailure, _ exchange: any UpstreamExchange, _ answer: UpstreamAnswer
    ) -> Refusal {
        Refusal(
            failure,
            HeldAnswer(
                head: answer.shared(isStream: false, model: model, provider: provider.name),
                body: Array(exchange.received.bytes)),
            asked: exchange.head.retryTime(context.time.wallMicroseconds()))
    }

    /// An answer too long to hold: passed on as it comes, its usage unread.
    private func relayPieces(_ exchange: any UpstreamExchange, _ answer: UpstreamAnswer) async {
        call.endFlight(.unshared)
        let framing = exchange.head.contentLength.map { ResponseFraming.length($0) } ?? .chunked
        context.charge(&call.entry, usage: nil, model: model)
        answer.begin(call, framing: framing, statesCost: false)
        await call.passOn(exchange, exchange.head.status >= 400 ? provider.keyMask : .none)
    }

    // MARK: The cache

    /// Keeps a complete answer, where it may be kept.
    func store(_ body: RawSpan, _ kind: CacheEntryHead.Kind, _ usage: Usage?) {
        guard let key, let cache = context.cache else { return }
        let now = context.time.wallMicroseconds()
        let ttl = call.treatment.ttl.microseconds
        let head = CacheEntryHead(
            kind: kind, storedAt: now, expiresAt: now &+ ttl, counts: usage.map(CacheEntryHead.Counts.init),
            cost: call.entry.cost?.amount, model: model, provider: provider.name)
        let origin = CacheEntryOrigin(
            endpoint: call.entry.endpoint.name, task: call.entry.task?.name, deal: call.entry.deal,
            tags: call.entry.tags, tenant: context.cacheTenant(of: call)?.label,
            parts: call.keyParts)
        cache.store(head, origin, body: body, for: key)
    }
}
