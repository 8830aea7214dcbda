package import Routing

/// A provider has gone up or down, or does worse than it did.
package struct ProviderEvent: Sendable {
    package let provider: String
    package let state: RouteConditions.ProviderState
    package let was: RouteConditions.ProviderState
    let breaker: CircuitBreaker.State
    let probe: ProviderState.Probe?
    /// Thousandths.
    let failureShare: Int

    /// What happened, for a person.
    var message: String {
        switch state {
        case .up: return "provider '\(provider)' is up again (was \(was))"
        case .degraded where was == .down: return "provider '\(provider)' answers again, though not always"
        case .degraded, .down:
            let reason =
                breaker != .closed
                ? "its calls fail, and its breaker is open"
                : failureShare >= 200 || probe == nil
                    ? "\(failureShare / 10) % of its calls fail" : "it was asked and \(probe?.outcome ?? "")"
            return "provider '\(provider)' is \(state) (was \(was)): \(reason)"
        }
    }
}

extension ProviderState.Probe {
    /// How it ended, behind "it was asked and".
    fileprivate var outcome: String {
        status.map { "answered with status \($0)" } ?? "gave no answer (\(error ?? "unknown"))"
    }
}

extension CircuitBreaker.State {
    /// As health, log and metrics spell it.
    var name: String {
        switch self {
        case .closed: "closed"
        case .halfOpen: "half_open"
        case .open: "open"
        }
    }

    /// As `gateway_breaker_state` counts it.
    var number: Int {
        switch self {
        case .closed: 0
        case .halfOpen: 1
        case .open: 2
        }
    }
}
