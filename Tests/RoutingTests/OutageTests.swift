import Routing
import Testing

/// A minute of 500 calls a second, simulated: what an outage does to the providers, and how they come back.
struct OutageTests {
    private static let ms: Nanoseconds = 1_000_000

    /// Two providers of one model, or one, with all that stands between a call and them.
    private struct Simulation {
        var providers: [ProviderHealth]
        var budgets: [RetryBudget]
        let policy = RetryPolicy(retries: 2, backoff: Backoff(base: 250 * ms, limit: 8000 * ms))
        var random = Dice(11)
        var attempts: [Int]
        var answered = 0
        var retries = 0
        /// Attempts at each provider that come later: when, and which of a call's attempts it is.
        var pending: [(at: Nanoseconds, attempt: Int, provider: Int)] = []

        init(providers count: Int) {
            let health = ProviderHealth(failureLimit: 5, cooldown: 15_000 * ms)
            providers = Array(repeating: health, count: count)
            budgets = Array(repeating: RetryBudget(share: 0.2, 0), count: count)
            attempts = Array(repeating: 0, count: count)
        }

        /// Lets `seconds` pass with 500 calls each; `fails` says whether an attempt at a provider does.
        mutating func run(seconds: ClosedRange<Int>, fails: (_ provider: Int, _ dice: UInt64) -> Bool) {
            for tick in 0..<seconds.count * 500 {
                let now = Nanoseconds(seconds.lowerBound) * 1000 * ms + Nanoseconds(tick) * 2 * ms
                let due = pending.filter { $0.at <= now }
                pending.removeAll { $0.at <= now }
                for later in due { ask(later.provider, attempt: later.attempt, now, fails) }
                ask(0, attempt: 0, now, fails)
            }
        }

        private mutating func ask(
            _ first: Int, attempt: Int, _ now: Nanoseconds, _ fails: (_ provider: Int, _ dice: UInt64) -> Bool
        ) {
            var provider = first
            var attempt = attempt
            var isLastResort = false
            while true {
                let admission = providers[provider].admit(now, isLastResort: isLastResort)
                if admission == .refused {
                    // Refused by the breaker: the next one, and when all are open the least bad of them.
                    let next =
                        provider + 1 < providers.count ? provider + 1 : ProviderHealth.leastBad(providers, now) ?? 0
                    isLastResort = next <= provider
                    if next != provider { attempt = 0 }
                    provider = next
                    continue
                }
                if attempt == 0 { budgets[provider].noteCall(now) }
                attempts[provider] += 1
                guard fails(provider, random.next()) else {
                    providers[provider].ended(admission, .succeeded, firstByte: 300 * ms, now)
                    answered += 1
                    return
                }
                providers[provider].ended(admission, .failed, now)
                let step = policy.step(
                    after: .status(503, .other), attempt: attempt, hasFallback: provider + 1 < providers.count,
                    isLastResort: isLastResort, budget: &budgets[provider], random: random.next(), now)
                switch step {
                case .retry(let wait):
                    retries += 1
                    pending.append((now + wait, attempt + 1, provider))
                    return
                case .fallBack:
                    provider += 1
                    attempt = 0
                case .giveUp: return
                }
            }
        }
    }

    @Test func `a provider that is down for a minute gets a few probes, and its callers are answered elsewhere`() {
        var simulation = Simulation(providers: 2)
        simulation.run(seconds: 0...59) { provider, _ in provider == 0 }
        #expect(simulation.attempts[0] < 30, "\(simulation.attempts)")
        #expect(simulation.answered + simulation.pending.count == 30_000)
        #expect(simulation.attempts[1] <= 36_000)
    }

    @Test func `the only provider, down for a minute, sees no more than 1.2 times its calls`() {
        var simulation = Simulation(providers: 1)
        simulation.run(seconds: 0...59) { _, _ in true }
        #expect(simulation.attempts[0] >= 30_000, "the least bad one is asked all the same")
        #expect(simulation.attempts[0] <= 36_010, "\(simulation.attempts)")
    }

    @Test func `one that fails every other call is not asked more than 1.2 times as often`() {
        var simulation = Simulation(providers: 1)
        simulation.run(seconds: 0...59) { _, dice in dice % 2 == 0 }
        #expect(simulation.attempts[0] <= 36_010, "\(simulation.attempts)")
        #expect(simulation.retries > 1000)
    }

    @Test func `with a second provider, three failures of ten leave hardly a caller without an answer`() {
        var simulation = Simulation(providers: 2)
        simulation.run(seconds: 0...19) { provider, dice in provider == 0 && dice % 10 < 3 }
        simulation.run(seconds: 20...29) { _, _ in false }
        #expect(simulation.answered >= 14_990, "\(simulation.answered)")
    }

    @Test func `a provider that is back is found within two probes`() {
        var simulation = Simulation(providers: 2)
        simulation.run(seconds: 0...59) { provider, _ in provider == 0 }
        #expect(simulation.providers[0].state(60_000 * Self.ms) != .up)
        let before = simulation.attempts[0]
        var asked = 0
        simulation.run(seconds: 60...89) { provider, _ in
            if provider == 0 { asked += 1 }
            return false
        }
        #expect(simulation.providers[0].breakerState(90_000 * Self.ms) == .closed)
        // The first probe closes it, and everybody who comes later is let through.
        #expect(simulation.attempts[0] - before > 7000)
        #expect(simulation.providers[0].state(90_000 * Self.ms) == .up)
    }
}
