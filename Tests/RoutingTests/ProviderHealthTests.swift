import Routing
import Testing

/// How a provider is judged by its calls, its answers to questions, and the limits it tells.
struct ProviderHealthTests {
    private static let second: Nanoseconds = 1_000_000_000
    private var health = ProviderHealth(failureLimit: 5, cooldown: 15 * second)

    private mutating func call(
        _ outcome: ProviderHealth.Outcome, firstByte: Nanoseconds? = nil, at now: Nanoseconds = 0
    ) {
        let admission = health.admit(now)
        health.ended(admission, outcome, firstByte: firstByte, now)
    }

    @Test mutating func `one that fails now and then is degraded, and up again once it does well`() {
        for _ in 0..<4 { call(.failed) }
        call(.succeeded)
        #expect(health.state(0) == .degraded)
        for _ in 0..<20 { call(.succeeded) }
        #expect(health.state(0) == .up)
    }

    @Test mutating func `one that fails every time is down, and degraded while it is tried again`() {
        for _ in 0..<5 { call(.failed) }
        #expect(health.state(0) == .down)
        #expect(health.opensIn(0) == 15 * Self.second)
        #expect(health.state(15 * Self.second) == .degraded)
    }

    @Test mutating func `a question without an answer makes it degraded, two make it down, an answer up`() {
        health.probed(status: nil)
        #expect(health.state(0) == .degraded)
        health.probed(status: 503)
        #expect(health.state(0) == .down)
        health.probed(status: 401)
        #expect(health.state(0) == .up)
    }

    @Test mutating func `a call that succeeds outweighs questions that do not`() {
        health.probed(status: nil)
        health.probed(status: nil)
        call(.succeeded)
        #expect(health.state(0) == .up)
    }

    @Test mutating func `what is no fault of the provider's does not count`() {
        for _ in 0..<50 { call(.unrelated) }
        #expect(health.state(0) == .up)
        #expect(health.inFlight == 0)
    }

    @Test mutating func `a last resort goes through an open breaker, and its success closes it`() {
        for _ in 0..<5 { call(.failed) }
        let refused = health.admit(1)
        #expect(refused == .refused)
        let admission = health.admit(1, isLastResort: true)
        #expect(admission == .lastResort)
        #expect(health.inFlight == 1)
        health.ended(admission, .failed, 1)
        #expect(health.breakerState(1) == .open)
        let again = health.admit(2, isLastResort: true)
        health.ended(again, .succeeded, 2)
        #expect(health.breakerState(2) == .closed)
    }

    @Test func `of providers that are all down the one that may be asked first is the least bad`() {
        var providers = Array(repeating: ProviderHealth(failureLimit: 1, cooldown: 10 * Self.second), count: 3)
        for (index, now) in [5, 1, 3].enumerated() as EnumeratedSequence<[Nanoseconds]> {
            let admission = providers[index].admit(now * Self.second)
            providers[index].ended(admission, .failed, now * Self.second)
        }
        #expect(ProviderHealth.leastBad(providers, 6 * Self.second) == 1)
        #expect(ProviderHealth.leastBad([], 0) == nil)
    }

    // MARK: Two choices

    @Test func `of two taken at random the one with less to do is chosen`() {
        var providers = Array(repeating: ProviderHealth(failureLimit: 1, cooldown: 1), count: 3)
        for _ in 0..<10 { _ = providers[1].admit(0) }
        var random = Dice(5)
        var counts = [0, 0, 0]
        for _ in 0..<3000 { counts[PowerOfTwo.choose(providers, random: random.next()) ?? 0] += 1 }
        #expect(counts[1] == 0, "whoever is busiest loses against either")
        #expect(counts[0] > 1000 && counts[2] > 1000)
        #expect(PowerOfTwo.choose([], random: 1) == nil)
        #expect(PowerOfTwo.choose([providers[0]], random: .max) == 0)
    }

    @Test func `calls are spread by how fast providers are`() {
        var fast = ProviderHealth(failureLimit: 9, cooldown: 1)
        var slow = fast
        fast.ended(fast.admit(0), .succeeded, firstByte: Self.second / 5, 0)
        slow.ended(slow.admit(0), .succeeded, firstByte: Self.second, 0)
        var providers = [fast, slow]
        var random = Dice(2)
        for _ in 0..<60 { _ = providers[PowerOfTwo.choose(providers, random: random.next()) ?? 0].admit(0) }
        #expect(providers[0].inFlight >= 49 && providers[1].inFlight >= 9, "\(providers.map(\.inFlight))")
    }
}

/// What is left of a rate limit.
struct RateLimitTests {
    private static let second: Nanoseconds = 1_000_000_000

    private func estimate(_ fields: [(String, String)], at now: Nanoseconds = 0) -> RateLimitEstimate {
        var estimate = RateLimitEstimate()
        for (name, value) in fields {
            estimate.note(Array(name.utf8).span, Array(value.utf8).span, wall: 784_111_777_000_000, now)
        }
        return estimate
    }

    @Test func `nothing is held where nothing is known`() {
        #expect(RateLimitEstimate().wait(tokens: 1_000_000, 0) == 0)
        #expect(estimate([("x-ratelimit-limit-tokens", "1000"), ("date", "today")]).wait(tokens: 5000, 0) == 0)
    }

    @Test func `a call that does not fit waits until enough has come back`() {
        let estimate = estimate([
            ("x-ratelimit-limit-tokens", "60000"), ("x-ratelimit-remaining-tokens", "10000"),
            ("x-ratelimit-reset-tokens", "50s"),
        ])
        #expect(estimate.wait(tokens: 10_000, 0) == 0)
        #expect(estimate.wait(tokens: 15_000, 0) == 5 * Self.second)
        #expect(estimate.wait(tokens: 15_000, 2 * Self.second) == 3 * Self.second)
        #expect(estimate.wait(tokens: 15_000, 6 * Self.second) == 0)
        #expect(estimate.wait(tokens: 90_000, 0) == 50 * Self.second)
    }

    @Test func `what was sent since the last answer counts`() {
        var estimate = estimate([
            ("x-ratelimit-limit-requests", "10"), ("x-ratelimit-remaining-requests", "2"),
            ("x-ratelimit-reset-requests", "8s"),
        ])
        #expect(estimate.wait(tokens: 0, 0) == 0)
        estimate.sent(tokens: 100)
        estimate.sent(tokens: 100)
        #expect(estimate.wait(tokens: 0, 0) > 0)
    }

    @Test func `Anthropic's fields are understood, with their dates`() {
        let estimate = estimate([
            ("anthropic-ratelimit-input-tokens-limit", "1000"), ("anthropic-ratelimit-input-tokens-remaining", "0"),
            ("anthropic-ratelimit-input-tokens-reset", "1994-11-06T08:49:47Z"),
        ])
        #expect(estimate.wait(tokens: 500, 0) == 5 * Self.second)
        #expect(estimate.wait(tokens: 0, 0) == 0)
    }

    @Test func `a limit that is full again holds nobody`() {
        let estimate = estimate([
            ("x-ratelimit-remaining-requests", "0"), ("x-ratelimit-reset-requests", "6m0s"),
        ])
        #expect(estimate.wait(tokens: 1, 359 * Self.second) == Self.second)
        #expect(estimate.wait(tokens: 1, 360 * Self.second) == 0)
    }

    @Test(arguments: ["x-ratelimit-", "x-ratelimit-limit-", "anthropic-ratelimit-", "anthropic-ratelimit--reset", ""])
    func `other fields change nothing`(name: String) {
        #expect(estimate([(name, "5")]) == RateLimitEstimate())
    }
}
