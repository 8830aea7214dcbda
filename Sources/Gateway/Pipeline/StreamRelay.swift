import Cache
import HTTP
import Metrics
import Routing
import Tokens

/// Passes a stream on event by event, reads what it cost on the way, and has it kept when it is complete.
///
/// While another candidate remains, what says nothing yet is held back, for 250 ms or 16 KB at most, so that a stream that
/// begins with an error can still be somebody else's (CONTRACT: retries). A class, since the end of that time comes while
/// the task waits for the upstream.
final class StreamRelay {
    private let relay: ChatRelay
    private let exchange: any UpstreamExchange
    private let answer: UpstreamAnswer
    private let flight: Flight?
    private var events: EventRelay
    private var preface: StreamPreface
    private var hasBegun = false
    private var isCharged = false
    private let holdingTime = Deadline()

    private static let holdNanoseconds: UInt64 = 250_000_000
    private static let holdBytes = 16384

    private var call: Call { relay.call }
    private var pipeline: ChatPipeline { relay.pipeline }

    init(_ relay: ChatRelay, _ exchange: any UpstreamExchange, _ answer: UpstreamAnswer) {
        self.relay = relay
        self.exchange = exchange
        self.answer = answer
        let call = relay.call
        flight = call.flight
        events = EventRelay(
            relay.request.dialect, showsUsage: relay.request.asksUsage || !call.treatment.changesBytes,
            mask: relay.provider.keyMask, flight: flight)
        preface = StreamPreface(relay.request.dialect)
    }

    deinit { call.connection.socket.loop.remove(holdingTime) }

    /// Relays to the end; a refusal when nothing was passed on.
    func run() async -> Refusal? {
        if relay.mayFallBack {
            holdingTime.whenExpired { [unowned self] in release() }
            call.connection.socket.loop.arm(holdingTime, nanoseconds: Self.holdNanoseconds)
        } else {
            begin()
            await call.finishSending()
        }
        var problem: UpstreamFailure?
        do throws(UpstreamFailure) {
            while call.isListenedTo, try await exchange.read() {
                call.endUpstream()
                if !hasBegun, let refusal = considerBeginning() { return refusal }
                if hasBegun {
                    try passOn()
                    await call.finishSending()
                    await flight?.waitForFollowers()
                }
                call.beginUpstream()
            }
            if call.isListenedTo { try passOnLast() }
        } catch { problem = error }
        call.endUpstream()
        holdingTime.cancel()
        if !hasBegun, let problem { return refusal(problem) }
        if !isCharged { charge(isWhole: problem == nil && call.isListenedTo) }
        await end(problem)
        return nil
    }

    // MARK: The beginning

    /// Begins the answer when there is something to pass on, or nothing is held any longer.
    private func considerBeginning() -> Refusal? {
        switch preface.look(at: exchange.received, &pipeline.tape) {
        case .error(let error):
            _ = relay.provider.keyMask.apply(to: &exchange.received)
            call.noteAttempt(error: "error_event")
            call.entry.chargeNothing(.estimated)
            let held = HeldAnswer(
                head: answer.shared(isStream: true, model: relay.model, provider: relay.provider.name),
                body: Array(exchange.received.bytes))
            return Refusal(.errorEvent(error), held, asked: nil)
        case .content: begin()
        case .nothingYet: if exchange.received.count > Self.holdBytes { begin() }
        }
        return nil
    }

    private func begin() {
        hasBegun = true
        holdingTime.cancel()
        flight?.begin(relay.head(of: answer, isStream: true))
        answer.begin(call, framing: .chunked, statesCost: false)
    }

    /// The time is over for which what says nothing is held back.
    private func release() {
        guard !hasBegun else { return }
        begin()
        events.pass(&exchange.received, to: call.listener, &pipeline.tape)
        // What goes wrong shows when the next piece is sent.
        do throws(SocketError) { _ = try call.connection.socket.tryFlush() } catch {}
    }

    private func refusal(_ problem: UpstreamFailure) -> Refusal {
        pipeline.chargeInput(call, model: relay.model)
        let error = call.failed(problem, provider: relay.provider.name)
        if problem.kind == .closedEarly, !preface.hasBegun { return Refusal(.emptyStream, error) }
        return Refusal(problem, error)
    }

    // MARK: The middle

    private func passOn() throws(UpstreamFailure) {
        events.pass(&exchange.received, to: call.listener, &pipeline.tape)
        let held = flight?.heldBytes ?? 0
        call.connection.answerBytes = exchange.heldBytes &+ held
        if !relay.mayHold(held) { flight?.stopHolding() }
        if call.connection.mayLag { call.followersChanged() }
        guard exchange.received.count <= relay.context.settings.limits.bodyBytes else {
            throw UpstreamFailure(.invalidAnswer, "an event of its stream is larger than limits.body_bytes")
        }
        // Before the client can see its end, so that whoever asks again from then on gets a hit.
        if events.isComplete, !isCharged {
            isCharged = true
            charge(isWhole: true)
            flight?.withHeldBytes { relay.store($0, .events, events.stream.reply.usage) }
        }
    }

    /// The upstream has said all.
    private func passOnLast() throws(UpstreamFailure) {
        if !hasBegun {
            guard preface.hasBegun else { throw UpstreamFailure(.closedEarly, "its stream was empty") }
            begin()
        }
        events.pass(&exchange.received, isLast: true, to: call.listener, &pipeline.tape)
        if !exchange.received.isEmpty { throw UpstreamFailure(.closedEarly, "its stream ended within an event") }
        if !events.stream.hasBegun { throw UpstreamFailure(.closedEarly, "its stream was empty") }
    }

    private func charge(isWhole: Bool) {
        let reply = events.stream.reply
        call.entry.finishReason = reply.finishReason
        if var usage = reply.usage {
            // What is said before all is finished says nothing of what was generated since.
            let isFinal = isWhole || reply.isFinished
            if !isFinal { usage.output = max(usage.output, events.stream.contentTokens) }
            relay.context.charge(
                &call.entry, usage: usage, model: relay.model, source: isFinal ? .reported : .partial,
                unsent: call.unsent)
        } else {
            let input = call.connection.withBody {
                relay.context.tokens.ofRequest(Span<UInt8>(_unsafeBytes: $0), model: relay.model, &pipeline.tape)
            }
            let sent = max(input &- call.unsent.tokens, 0)
            let usage = Usage(uncachedInput: sent, output: events.stream.contentTokens)
            relay.context.charge(
                &call.entry, usage: usage, model: relay.model, source: isWhole ? .estimated : .partial,
                unsent: call.unsent)
        }
    }

    // MARK: The end

    /// Ends the client's stream: cleanly when the upstream's ended cleanly, else so that no client can take half an
    /// answer for a whole one.
    private func end(_ problem: UpstreamFailure?) async {
        if events.stream.reply.hasError {
            call.entry.errorCode = "upstream_error_event"
            call.noteAttempt(error: "error_event")
        }
        call.endFlight(problem.map { .brokenOff($0) } ?? .whole(relay.receipt))
        if call.entry.clientDisconnected { return }
        guard let problem else {
            call.connection.appendEnd()
            return await call.finishSending()
        }
        await call.breakOffEvents(problem, provider: relay.provider.name, relay.request.dialect)
    }
}
