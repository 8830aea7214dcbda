import Metrics
import Platform
import Routing

/// A call's way through its plan: whom to ask next, how often, and what to say in the end.
struct Course {
    /// One question to one provider.
    struct Attempt {
        let candidate: RoutePlan.Candidate
        let provider: Provider
        let admission: CircuitBreaker.Admission
        /// Whether another than the first choice is asked.
        let isFallback: Bool
        /// Whether somebody else could be asked after it.
        let mayFallBack: Bool
    }

    private let plan: RoutePlan
    private let retryLimit: Int?
    private let isLimited: Bool
    private var place = 0
    /// Attempts at the candidate in hand.
    private var attempts = 0
    private var isOver = false
    private var hasAsked = false
    private var isLastResort = false
    private var longestWait: UInt64 = 0
    private var firstAnswer: HeldAnswer?
    private var firstError: GatewayError?
    private var current: ProviderState?

    /// - Parameters:
    ///   - isLimited: Whether there is one attempt, as for the off arm.
    ///   - retries: What the call allows, where that is less than the configuration.
    init(_ plan: RoutePlan, isLimited: Bool, retries: Int?) {
        self.plan = plan
        self.isLimited = isLimited
        retryLimit = isLimited ? 0 : retries
    }

    /// The next attempt; nil when none is left.
    ///
    /// A provider that is known to be down is passed over. When all are, the least bad one, which stands first, is asked
    /// all the same: rather a call that may fail than none.
    mutating func next(_ context: GatewayContext) -> Attempt? {
        guard !isOver else { return nil }
        let now = context.time.monotonicNanoseconds()
        while true {
            let candidate = plan.candidates[place]
            guard let provider = context.providers[candidate.provider] else {
                preconditionFailure("the routing table names only configured providers")
            }
            let following = isLimited ? nil : plan.candidate(after: place)
            let admission = provider.state.admit(
                isFirst: attempts == 0, isLastResort: isLimited || isLastResort, now)
            if admission == .refused {
                longestWait = max(longestWait, provider.state.health.opensIn(now))
                // Its breaker may have opened while this call waited to ask it again.
                if let following {
                    place = following
                } else if !hasAsked {
                    place = 0
                    isLastResort = true
                } else {
                    isOver = true
                    return nil
                }
                attempts = 0
                continue
            }
            hasAsked = true
            current = provider.state
            return Attempt(
                candidate: candidate, provider: provider, admission: admission, isFallback: place > 0,
                mayFallBack: following != nil && !isLastResort)
        }
    }

    /// Whether the first candidate failed for reasons of its own, which pass, and not for what the request says.
    private(set) var failsForNow = false

    /// Whether the call's own limit has kept it from a retry that others would have been given.
    private(set) var hasFewerRetries = false

    /// What follows a failed attempt.
    ///
    /// - Parameter timeLeft: Nanoseconds left of the call's own time.
    mutating func step(
        after refusal: Refusal, _ context: GatewayContext, timeLeft: UInt64, now: UInt64
    ) -> RetryPolicy.Step {
        let verdict = RetryPolicy.verdict(on: refusal.failure)
        if verdict.mayRetry, let retryLimit, attempts >= retryLimit, retryLimit < context.settings.routing.retries {
            hasFewerRetries = true
        }
        if firstAnswer == nil, firstError == nil {
            failsForNow = verdict.mayFallBack && !verdict.needsLongerContext && refusal.failure != .untranslatable
        }
        switch refusal.telling {
        case .answer(let answer): firstAnswer = firstAnswer ?? answer
        case .error(let error): firstError = firstError ?? error
        }
        guard let current else { return .giveUp }
        let following = isLimited || isLastResort ? nil : plan.candidate(after: place)
        let random = UInt64.random(in: .min ... .max)
        let step = current.step { budget in
            context.retryPolicy.step(
                after: refusal.failure, attempt: attempts, retries: retryLimit, asked: refusal.asked,
                timeLeft: timeLeft, hasFallback: following != nil, isLastResort: isLastResort, budget: &budget,
                random: random, now)
        }
        switch step {
        case .retry: attempts += 1
        case .fallBack(let needsLongerContext):
            attempts = 0
            if let next = plan.candidate(after: place, needsLongerContext: needsLongerContext) {
                place = next
            } else {
                isOver = true
            }
        case .giveUp: isOver = true
        }
        return step
    }

    /// What the client is told when no attempt has brought an answer.
    func telling(_ context: GatewayContext) -> Refusal.Telling {
        if let firstAnswer { return .answer(firstAnswer) }
        guard let firstError else { return .error(.stopping) }
        // Every provider was known to be down, and the one that was asked all the same is: it is worth a later try.
        guard isLastResort, firstError.code == .upstreamUnavailable else { return .error(firstError) }
        return .error(.noHealthyUpstream(opensIn: longestWait))
    }
}
