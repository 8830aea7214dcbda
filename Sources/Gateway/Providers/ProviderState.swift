import Platform
import Routing

/// What all loops know of one provider: how it does, and how many retries it is still good for.
///
/// Behind a lock that is held for a few comparisons, once at the beginning of an attempt and once at its end.
final class ProviderState: Sendable {
    /// How the last question went that bills nothing.
    struct Probe: Sendable {
        /// When it ended, in microseconds since 1970.
        let at: Int64
        /// Of the answer; nil when none came.
        let status: Int?
        /// Why none came.
        let error: String?
        let nanoseconds: UInt64
    }

    private struct State {
        var health: ProviderHealth
        var budget: RetryBudget
        var probe: Probe?
        /// The state that was told last.
        var told = RouteConditions.ProviderState.up
    }

    private let name: String
    private let state: Lock<State>
    private let onChange: @Sendable (ProviderEvent) -> Void

    /// - Parameter onChange: Is told when the provider goes up or down; called by whichever loop sees it.
    init(_ name: String, _ routing: RoutingSettings, onChange: @escaping @Sendable (ProviderEvent) -> Void) {
        self.name = name
        self.onChange = onChange
        state = Lock(
            State(
                health: ProviderHealth(
                    failureLimit: routing.breaker.failures, cooldown: routing.breaker.open.nanoseconds),
                budget: RetryBudget(share: routing.retryBudget, 0)))
    }

    /// How it does now.
    var health: ProviderHealth { state.withLock { $0.health } }

    /// The same with the last question that bills nothing; nil before the first.
    var report: (health: ProviderHealth, probe: Probe?) { state.withLock { ($0.health, $0.probe) } }

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
        change(now) { $0.health.ended(admission, outcome, firstByte: firstByte, now) }
    }

    /// It was asked with a question that bills nothing.
    func probed(_ probe: Probe, _ now: UInt64) {
        change(now) { state in
            state.probe = probe
            state.health.probed(status: probe.status)
        }
    }

    /// What to do after a failed attempt; a retry is taken out of the budget.
    func step(_ decide: (inout RetryBudget) -> RetryPolicy.Step) -> RetryPolicy.Step {
        state.withLock { decide(&$0.budget) }
    }

    /// Changes something, and tells where that makes another state of it.
    private func change(_ now: UInt64, _ body: (inout State) -> Void) {
        let event = state.withLock { state -> ProviderEvent? in
            body(&state)
            let breaker = state.health.breakerState(now)
            // A cool-down that is over has shown nothing yet.
            let found = breaker == .closed ? state.health.state(now) : .down
            guard found != state.told else { return nil }
            defer { state.told = found }
            return ProviderEvent(
                provider: name, state: found, was: state.told, breaker: breaker, probe: state.probe,
                failureShare: state.health.failureShare)
        }
        if let event { onChange(event) }
    }
}
