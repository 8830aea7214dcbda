import Platform
import Routing

/// What all loops know of one provider: how it does, and how many retries it is still good for.
///
/// Behind a lock that is held for a few comparisons, once at the beginning of an attempt and once at its end.
final class ProviderState: Sendable {
    private struct State {
        var health: ProviderHealth
        var budget: RetryBudget
    }

    private let state: Lock<State>

    init(_ routing: RoutingSettings) {
        state = Lock(
            State(
                health: ProviderHealth(
                    failureLimit: routing.breaker.failures, cooldown: routing.breaker.open.nanoseconds),
                budget: RetryBudget(share: routing.retryBudget, 0)))
    }

    /// How it does now.
    var health: ProviderHealth { state.withLock { $0.health } }

    /// Asks for an attempt; what is admitted must be ended.
    ///
    /// - Parameters:
    ///   - isFirst: Whether it is the call's first at this provider, from which retries are earned.
    ///   - isLastResort: Whether nobody else can be asked.
    func admit(isFirst: Bool, isLastResort: Bool, _ now: UInt64) -> CircuitBreaker.Admission {
        state.withLock { state in
            if isFirst { state.budget.noteCall(now) }
            return state.health.admit(now, isLastResort: isLastResort)
        }
    }

    /// An admitted attempt has ended.
    ///
    /// - Parameter firstByte: Nanoseconds until the answer began, if it did.
    func ended(
        _ admission: CircuitBreaker.Admission, _ outcome: ProviderHealth.Outcome, firstByte: UInt64?, _ now: UInt64
    ) {
        state.withLock { $0.health.ended(admission, outcome, firstByte: firstByte, now) }
    }

    /// It was asked with a question that bills nothing.
    func probed(status: Int?) { state.withLock { $0.health.probed(status: status) } }

    /// What to do after a failed attempt; a retry is taken out of the budget.
    func step(_ decide: (inout RetryBudget) -> RetryPolicy.Step) -> RetryPolicy.Step {
        state.withLock { decide(&$0.budget) }
    }
}
