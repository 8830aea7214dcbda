import Cache
import HTTP
import Metrics
import Platform
import Tokens

/// Passes one upstream answer on to the client, reads what it cost on the way, and keeps it when it is complete.
///
/// A whole answer is read before its head goes out, so that the head can state the cost; one longer than
/// `cache.max_entry_bytes` is passed on as it comes. A stream is passed on event by event.
struct ChatRelay {
    let pipeline: ChatPipeline
    let call: Call
    let request: ChatRequest
    let provider: Provider
    /// What the answer is stored under; nil where it is not.
    let key: CacheKey?
    let model: String

    private var context: GatewayContext { pipeline.context }
    private var wholeLimit: Int { context.settings.cache.maxEntryBytes }

    /// Relays to the end.
    func run(_ exchange: any UpstreamExchange) async throws(GatewayError) {
        let answer = UpstreamAnswer(exchange.head)
        if answer.isEncoded, !answer.clientAccepts(call) {
            throw GatewayError(
                .upstreamUnavailable, 502,
                "Provider '\(provider.name)' sent a compressed answer, though it was asked for an uncompressed one.")
        }
        if answer.isEventStream, !answer.isEncoded, exchange.head.status == 200 {
            await relayEvents(exchange, answer)
        } else {
            try await relayWhole(exchange, answer)
        }
    }

    // MARK: Whole answers

    private func relayWhole(
        _ exchange: any UpstreamExchange, _ answer: UpstreamAnswer
    ) async throws(GatewayError) {
        do throws(UpstreamFailure) {
            while exchange.received.count <= wholeLimit, mayHold(exchange.received.count) {
                if try await exchange.read() {
                    call.connection.answerBytes = exchange.received.allocatedBytes
                    continue
                }
                call.endUpstream()
                return await sendWhole(exchange, answer)
            }
        } catch {
            pipeline.chargeInput(call, model: model)
            throw call.failed(error, provider: provider.name)
        }
        await relayPieces(exchange, answer)
    }

    /// Whether an answer of so many bytes, and growing, is still held: not a long one once all hold too much.
    private func mayHold(_ bytes: Int) -> Bool { bytes < Self.alwaysHeldBytes || !context.buffers.isSpent }

    private static let alwaysHeldBytes = 1 << 20

    private func sendWhole(_ exchange: any UpstreamExchange, _ answer: UpstreamAnswer) async {
        let status = exchange.head.status
        if status >= 400 { _ = provider.keyMask.apply(to: &exchange.received) }
        if !answer.isEncoded, account(exchange.received, status: status).hasError {
            _ = provider.keyMask.apply(to: &exchange.received)
        }
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
        call.flight?.deliver(body, receipt) { answer.shared(isStream: false, model: model, provider: provider.name) }
        call.endFlight(.unshared)
    }

    /// What the call came to, for everyone on the flight.
    private var receipt: Flight.Receipt {
        Flight.Receipt(cost: call.entry.cost, finishReason: call.entry.finishReason, errorCode: call.entry.errorCode)
    }

    /// Reads usage and completeness off a whole answer, charges the call, and stores what may be stored.
    private func account(_ received: borrowing ByteBuffer, status: Int) -> ChatReply {
        let bytes = Span<UInt8>(_unsafeBytes: received.bytes)
        do throws(JSONScanner.Failure) {
            try pipeline.tape.scan(bytes)
        } catch {
            if status < 400 { context.charge(&call.entry, usage: nil, model: model) } else { call.refusedByUpstream() }
            return ChatReply()
        }
        let reply = ChatReply(whole: request.dialect, pipeline.tape, bytes)
        call.entry.finishReason = reply.finishReason
        if status >= 400 {
            call.refusedByUpstream()
            return reply
        }
        context.charge(&call.entry, usage: reply.usage, model: model)
        if status == 200, reply.isFinished, !reply.hasError { store(received.span, .json, reply.usage) }
        return reply
    }

    /// An answer too long to hold: passed on as it comes, its usage unread.
    private func relayPieces(_ exchange: any UpstreamExchange, _ answer: UpstreamAnswer) async {
        call.endFlight(.unshared)
        let framing = exchange.head.contentLength.map { ResponseFraming.length($0) } ?? .chunked
        context.charge(&call.entry, usage: nil, model: model)
        answer.begin(call, framing: framing, statesCost: false)
        await call.passOn(exchange, exchange.head.status >= 400 ? provider.keyMask : .none)
    }

    // MARK: Streams

    private func relayEvents(_ exchange: any UpstreamExchange, _ answer: UpstreamAnswer) async {
        let flight = call.flight
        var relay = EventRelay(
            request.dialect, showsUsage: request.asksUsage || call.entry.rollout == .off, mask: provider.keyMask,
            flight: flight)
        flight?.begin(answer.shared(isStream: true, model: model, provider: provider.name))
        answer.begin(call, framing: .chunked, statesCost: false)
        await call.finishSending()
        var isCharged = false
        var problem: UpstreamFailure?
        do throws(UpstreamFailure) {
            while call.isListenedTo, try await exchange.read() {
                call.endUpstream()
                relay.pass(&exchange.received, to: call.listener, &pipeline.tape)
                let held = flight?.heldBytes ?? 0
                call.connection.answerBytes = exchange.received.allocatedBytes &+ held
                if !mayHold(held) { flight?.stopHolding() }
                guard exchange.received.count <= context.settings.limits.bodyBytes else {
                    throw UpstreamFailure(.invalidAnswer, "an event of its stream is larger than limits.body_bytes")
                }
                // Before the client can see its end, so that whoever asks again from then on gets a hit.
                if relay.isComplete, !isCharged {
                    isCharged = true
                    chargeStream(relay.stream, isWhole: true)
                    flight?.withHeldBytes { store($0, .events, relay.stream.reply.usage) }
                }
                await call.finishSending()
                await flight?.waitForFollowers()
                call.beginUpstream()
            }
            if call.isListenedTo {
                relay.pass(&exchange.received, isLast: true, to: call.listener, &pipeline.tape)
                if !exchange.received.isEmpty {
                    throw UpstreamFailure(.closedEarly, "its stream ended within an event")
                }
                if !relay.stream.hasBegun { throw UpstreamFailure(.closedEarly, "its stream was empty") }
            }
        } catch { problem = error }
        call.endUpstream()
        if !isCharged {
            chargeStream(relay.stream, isWhole: problem == nil && call.isListenedTo)
        }
        await end(relay.stream, problem)
    }

    private func chargeStream(_ stream: borrowing ChatStream, isWhole: Bool) {
        call.entry.finishReason = stream.reply.finishReason
        if let usage = stream.reply.usage {
            context.charge(&call.entry, usage: usage, model: model)
        } else {
            let input = call.connection.withBody {
                TokenEstimate.ofRequest(Span<UInt8>(_unsafeBytes: $0), &pipeline.tape)
            }
            let usage = Usage(uncachedInput: input, output: stream.contentTokens)
            context.charge(&call.entry, usage: usage, model: model, source: isWhole ? .estimated : .partial)
        }
    }

    /// Ends the client's stream: cleanly when the upstream's ended cleanly, else so that no client can take half an
    /// answer for a whole one.
    private func end(_ stream: borrowing ChatStream, _ problem: UpstreamFailure?) async {
        let connection = call.connection
        if stream.reply.hasError {
            call.entry.errorCode = "upstream_error_event"
            call.noteAttempt(error: "error_event")
        }
        call.endFlight(problem.map { .brokenOff($0) } ?? .whole(receipt))
        if call.entry.clientDisconnected { return }
        guard let problem else {
            connection.appendEnd()
            await call.finishSending()
            return
        }
        await call.breakOffEvents(problem, provider: provider.name, request.dialect)
    }

    private func store(_ body: RawSpan, _ kind: CacheEntryHead.Kind, _ usage: Usage?) {
        guard let key, let cache = context.cache else { return }
        let now = context.time.wallMicroseconds()
        let settings = context.settings.cache.settings(for: call.entry.task)
        let ttl = call.headers.cacheSeconds.map { Int64($0) &* 1_000_000 } ?? settings.ttl.microseconds
        let head = CacheEntryHead(
            kind: kind, storedAt: now, expiresAt: now &+ ttl, counts: usage.map(CacheEntryHead.Counts.init),
            cost: call.entry.cost?.amount, model: model, provider: provider.name)
        let origin = CacheEntryOrigin(
            endpoint: call.entry.endpoint.name, task: call.entry.task?.name, deal: call.entry.deal,
            tags: call.entry.tags, tenant: context.settings.cache.scope == .shared ? nil : call.tenant?.label,
            parts: call.keyParts)
        cache.store(head, origin, body: body, for: key)
    }
}
