import Cache
import HTTP
import Metrics
import Platform
import Routing
import Tokens

extension ChatPipeline {
    /// Asks the plan's candidates, each as often as it is worth, until one answers; relays that answer, and stores a
    /// complete one under `key`.
    ///
    /// Nothing goes to the client before an answer is good enough to be passed on; after that nobody else is asked.
    func forward(
        _ request: ChatRequest, along plan: RoutePlan, _ path: Range<Int>, storingAs key: CacheKey?, _ call: Call
    ) async throws(GatewayError) {
        try context.reserve(call, model: plan.candidates[0].model) { greatestUsage(request, plan.candidates[0], call) }
        // What is refused to this caller may be answered to those who wait with it.
        var isOwnFault = false
        var course = Course(plan, isLimited: call.entry.rollout == .off, retries: call.headers.retries)
        while let attempt = course.next(context) {
            let refusal = await ask(attempt, request, path, storingAs: key, call)
            guard let refusal else { return }
            if refusal.failure.isOfAccount, context.mixesAccounts(call, at: attempt.provider) { isOwnFault = true }
            let now = call.connection.socket.loop.now
            if case .retry(let wait) = course.step(
                after: refusal, context, timeLeft: call.timeLeft ?? .max, now: now)
            {
                await pause(wait, call)
            }
            if call.isAbandonedByAll || call.isOutOfTime { break }
        }
        if isOwnFault || course.hasFewerRetries { call.endFlight(.unshared) }
        if let key, course.failsForNow, replayStale(key, for: request, call) {
            // Whoever follows has the same at hand.
            call.endFlight(.refused(.noHealthyUpstream(opensIn: 0)))
            return await call.finishSending()
        }
        try await tell(course, call)
    }

    /// Makes one attempt; nil when its answer was passed on.
    private func ask(
        _ attempt: Course.Attempt, _ request: ChatRequest, _ path: Range<Int>, storingAs key: CacheKey?, _ call: Call
    ) async -> Refusal? {
        let candidate = attempt.candidate
        let provider = attempt.provider
        var body = ByteBuffer()
        // The exchange is lent its bytes until it has finished.
        defer { withExtendedLifetime(body) {} }
        let question: Question
        do throws(TranslationProblem) {
            question = try write(request, for: candidate, at: provider, call, into: &body)
        } catch {
            provider.state.ended(attempt.admission, .unrelated, firstByte: nil, call.connection.socket.loop.now)
            return Refusal(error)
        }
        call.connection.rewrittenBytes = body.allocatedBytes
        let upstream = upstreamRequest(question, body, request, for: candidate, at: provider, path, call)
        let exchange = transport.begin(upstream, question.telling)
        defer { exchange.finish() }
        call.watch(exchange)
        defer { call.endWatch() }
        call.beginAttempt(provider: provider.name, model: candidate.model, isFallback: attempt.isFallback)
        let refusal = await relay(exchange, request, candidate, provider, storingAs: key, attempt.mayFallBack, call)
        call.endAttempt()
        provider.state.ended(
            attempt.admission, call.outcome(refusal), firstByte: call.attemptFirstByte,
            call.connection.socket.loop.now)
        return refusal
    }

    private func relay(
        _ exchange: any UpstreamExchange, _ request: ChatRequest, _ candidate: RoutePlan.Candidate,
        _ provider: Provider, storingAs key: CacheKey?, _ mayFallBack: Bool, _ call: Call
    ) async -> Refusal? {
        do throws(UpstreamFailure) {
            try await exchange.waitForHead()
        } catch {
            chargeInput(call, model: candidate.model)
            return Refusal(error, call.failed(error, provider: provider.name))
        }
        call.noteAttempt(status: exchange.head.status)
        return await ChatRelay(
            pipeline: self, call: call, request: request, provider: provider, key: key, model: candidate.model,
            mayFallBack: mayFallBack
        ).run(exchange)
    }

    /// Waits before a retry; the client's leave ends the wait.
    private func pause(_ nanoseconds: UInt64, _ call: Call) async {
        let pause = Pause(on: call.connection.socket.loop)
        call.watch(pause)
        defer { call.endWatch() }
        call.beginUpstream()
        await pause.wait(nanoseconds)
        call.endUpstream()
        if pause.isCancelled { call.clientLeft() }
    }

    /// All candidates are spent: the client is told what the first one that answered said, else why none did.
    private func tell(_ course: Course, _ call: Call) async throws(GatewayError) {
        switch course.telling(context) {
        case .error(let error): throw error
        case .answer(let answer):
            call.tells(answer)
            call.flight?.deliver(
                answer.body.span.bytes, Flight.Receipt(cost: call.entry.cost, errorCode: call.entry.errorCode)
            ) { head(of: answer, call) }
            call.endFlight(.unshared)
            if answer.head.isStream {
                call.begin(answer.head, framing: .chunked, statesCost: false)
                call.connection.appendPiece(answer.body.span.bytes)
                call.connection.appendEnd()
            } else {
                call.begin(answer.head, framing: .length(answer.body.count), statesCost: true)
                call.startSending(answer.body.span.bytes)
            }
            await call.finishSending()
        }
    }

    /// The head of an answer, for others than who asked.
    private func head(of answer: HeldAnswer, _ call: Call) -> Flight.Head {
        guard let provider = context.providers[answer.head.provider] else { return answer.head }
        return context.mixesAccounts(call, at: provider) ? answer.head.withoutAccount() : answer.head
    }

    /// The tokens that a request may take at most: what it holds, and as many as it, or its model, allows for each answer.
    private func greatestUsage(
        _ request: ChatRequest, _ candidate: RoutePlan.Candidate, _ call: Call
    ) -> Usage {
        call.connection.withBody { body in
            let bytes = Span<UInt8>(_unsafeBytes: body)
            let input = context.tokens.ofRequest(bytes, model: candidate.model, &tape)
            guard request.dialect != .embeddings else { return Usage(uncachedInput: input) }
            let most = context.settings.models[candidate.model]?.maxOutputTokens ?? 0
            func number(_ name: StaticString) -> Int? {
                tape.member(name, of: 0, in: bytes).flatMap { tape.nonNegativeInteger(at: $0, in: bytes) }
            }
            let asked = number("max_completion_tokens") ?? number("max_output_tokens") ?? number("max_tokens") ?? most
            // Nobody sends back more choices than this; a number that would is refused by the provider.
            return Usage(
                uncachedInput: input,
                output: min(asked, most > 0 ? most : asked) &* min(number("n") ?? 1, 128))
        }
    }

    /// Charges a call whose answer never came with its input, estimated: the provider may have worked on it.
    func chargeInput(_ call: Call, model: String) {
        let input = call.connection.withBody {
            context.tokens.ofRequest(Span<UInt8>(_unsafeBytes: $0), model: model, &tape)
        }
        let usage = Usage(uncachedInput: max(input &- call.unsent.tokens, 0))
        context.charge(&call.entry, usage: usage, model: model, source: .partial, unsent: call.unsent)
    }
}
