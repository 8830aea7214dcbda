import Routing
import Testing

/// What follows a failed attempt.
struct RetryPolicyTests {
    private static let ms: Nanoseconds = 1_000_000
    private let policy = RetryPolicy(retries: 2, backoff: Backoff(base: 250 * ms, limit: 8000 * ms))

    private func step(
        _ failure: AttemptFailure, attempt: Int = 0, allowed: Int? = nil, asked: Nanoseconds? = nil,
        timeLeft: Nanoseconds = .max, hasFallback: Bool = true, isLastResort: Bool = false, share: Double = 0.2
    ) -> RetryPolicy.Step {
        var budget = RetryBudget(share: share, 0)
        return policy.step(
            after: failure, attempt: attempt, retries: allowed, asked: asked, timeLeft: timeLeft,
            hasFallback: hasFallback, isLastResort: isLastResort, budget: &budget, random: 0, 0)
    }

    @Test(
        arguments: [
            .connect, .broken, .emptyStream, .errorEvent(.overloaded), .errorEvent(.other),
        ] + [408, 409, 425, 429, 500, 502, 503, 504, 529].map { .status($0, .other) } as [AttemptFailure])
    func `what may pass is tried again, and elsewhere once the retries are spent`(failure: AttemptFailure) {
        #expect(step(failure) == .retry(after: 0))
        #expect(step(failure, attempt: 1) == .retry(after: 0))
        #expect(step(failure, attempt: 2) == .fallBack(needsLongerContext: false))
        #expect(step(failure, attempt: 2, hasFallback: false) == .giveUp)
    }

    @Test(
        arguments: [
            .timedOutWaiting, .poolExhausted, .status(429, .insufficientQuota), .status(401, .other),
            .status(403, .other),
            .status(404, .modelNotFound),
        ] as [AttemptFailure])
    func `what is sent no second time to the same provider goes to another`(failure: AttemptFailure) {
        #expect(step(failure) == .fallBack(needsLongerContext: false))
        #expect(step(failure, hasFallback: false) == .giveUp)
    }

    @Test(
        arguments: [.ours, .status(400, .contentPolicy), .status(500, .contentPolicy), .errorEvent(.contentPolicy)]
            + [400, 404, 413, 422].map { .status($0, .other) } as [AttemptFailure])
    func `a request that is wrong anywhere, or refused for what it says, is answered with that`(failure: AttemptFailure)
    {
        #expect(step(failure) == .giveUp)
    }

    @Test func `a prompt that is too long goes to a longer context`() {
        #expect(step(.status(400, .contextLengthExceeded)) == .fallBack(needsLongerContext: true))
    }

    @Test func `a provider that asks for more patience than there is loses the call at once`() {
        #expect(step(.status(429, .other), asked: 8001 * Self.ms) == .fallBack(needsLongerContext: false))
        #expect(step(.status(429, .other), asked: 500 * Self.ms) == .retry(after: 500 * Self.ms))
        #expect(step(.status(503, .other), asked: 8001 * Self.ms, hasFallback: false) == .giveUp)
        #expect(
            step(.status(503, .other), asked: 500 * Self.ms, timeLeft: 500 * Self.ms)
                == .fallBack(needsLongerContext: false))
    }

    @Test func `without budget there is no retry, and a caller may ask for fewer but not for more`() {
        #expect(step(.broken, share: 0) == .fallBack(needsLongerContext: false))
        #expect(step(.broken, attempt: 0, allowed: 0) == .fallBack(needsLongerContext: false))
        #expect(step(.broken, attempt: 2, allowed: 9) == .fallBack(needsLongerContext: false))
        #expect(step(.broken, isLastResort: true, share: 1) == .fallBack(needsLongerContext: false))
    }

    @Test(
        arguments: [
            (.connect, true, false), (.timedOutWaiting, true, false), (.status(500, .other), true, false),
            (.status(429, .other), false, true), (.status(401, .other), false, true),
            (.status(400, .other), false, false),
            (.poolExhausted, false, false), (.ours, false, false), (.status(429, .insufficientQuota), false, true),
        ] as [(AttemptFailure, Bool, Bool)])
    func `it is known whose fault it was, and whether another key may help`(
        failure: AttemptFailure, counts: Bool, rotates: Bool
    ) {
        let verdict = RetryPolicy.verdict(on: failure)
        #expect(verdict.countsAgainstProvider == counts)
        #expect(verdict.rotatesKey == rotates)
    }

    @Test(
        arguments: [
            ("insufficient_quota", .insufficientQuota), ("context_length_exceeded", .contextLengthExceeded),
            ("content_filter", .contentPolicy), ("content_policy_violation", .contentPolicy),
            ("DeploymentNotFound", .modelNotFound), ("overloaded_error", .overloaded), ("rate_limit_exceeded", .other),
            ("", .other),
        ] as [(String, ProviderError)])
    func `providers' codes are understood`(code: String, error: ProviderError) {
        #expect(ProviderError(code: code) == error)
    }
}
