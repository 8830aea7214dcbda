/// How a provider does, by what is seen of its calls (passive) and by questions that bill nothing (active).
///
/// Its breaker decides whether it is asked at all; beside it stands a share of failures that fades, so that one that
/// fails every third call without ever opening its breaker is known as degraded and comes after one that is up.
package struct ProviderHealth: Sendable {
    /// How a call ended, as far as the provider is concerned.
    package enum Outcome: Sendable, Equatable {
        case succeeded
        case failed
        /// It ended by no fault of the provider's: a client that left, a refused request.
        case unrelated
    }

    private var breaker: CircuitBreaker
    /// The share of failures among recent calls, in thousandths; each call counts a sixteenth.
    package private(set) var failureShare = 0
    /// Whether that share has been high, and not been low since: between the two nothing changes, so that one who wavers
    /// is not another each moment.
    private var failsOften = false
    /// Questions in a row that were not answered.
    private var silentProbes = 0
    /// Time to first byte of recent calls, in nanoseconds, averaged likewise; 0 before the first.
    package private(set) var latency: Nanoseconds = 0
    /// Calls that have begun and not ended.
    package private(set) var inFlight = 0

    /// Thousandths of failures from which on it is degraded and below which it no longer is, and questions without an
    /// answer that make it down.
    private static let degradedShare = 200
    private static let recoveredShare = 100
    private static let silentProbesWhenDown = 2

    /// - Parameters: As of `CircuitBreaker`.
    package init(failureLimit: Int, cooldown: Nanoseconds) {
        breaker = CircuitBreaker(failureLimit: failureLimit, cooldown: cooldown)
    }

    // MARK: Asking

    package func state(_ now: Nanoseconds) -> RouteConditions.ProviderState {
        if breaker.state(now) == .open || silentProbes >= Self.silentProbesWhenDown { return .down }
        return breaker.state(now) == .halfOpen || silentProbes > 0 || failsOften ? .degraded : .up
    }

    package func breakerState(_ now: Nanoseconds) -> CircuitBreaker.State { breaker.state(now) }

    /// Nanoseconds until it may be asked again: 0 when it may now.
    package func opensIn(_ now: Nanoseconds) -> Nanoseconds { breaker.opensIn(now) }

    /// Of providers that would all refuse, the one that may be asked first: rather a call that may fail than none.
    package static func leastBad(_ providers: [ProviderHealth], _ now: Nanoseconds) -> Int? {
        providers.indices.min { left, right in
            (providers[left].opensIn(now), providers[left].failureShare)
                < (providers[right].opensIn(now), providers[right].failureShare)
        }
    }

    // MARK: Telling

    /// Asks for a call; what is admitted must be ended.
    ///
    /// - Parameter isLastResort: Whether nobody else can be asked, so that an open breaker lets it through too. That such
    ///   a call fails proves nothing new; that it succeeds closes the breaker.
    package mutating func admit(_ now: Nanoseconds, isLastResort: Bool = false) -> CircuitBreaker.Admission {
        var admission = breaker.admit(now)
        if admission == .refused, isLastResort { admission = .lastResort }
        if admission != .refused { inFlight &+= 1 }
        return admission
    }

    /// An admitted call has ended.
    ///
    /// - Parameter firstByte: Nanoseconds until the answer began, if it did.
    package mutating func ended(
        _ admission: CircuitBreaker.Admission, _ outcome: Outcome, firstByte: Nanoseconds? = nil, _ now: Nanoseconds
    ) {
        inFlight = max(inFlight &- 1, 0)
        if let firstByte { latency = latency == 0 ? firstByte : latency &- latency / 16 &+ firstByte / 16 }
        switch outcome {
        case .succeeded:
            failureShare = failureShare &* 15 / 16
            silentProbes = 0
            breaker.succeeded(admission)
        case .failed:
            failureShare = (failureShare &* 15 &+ 1000) / 16
            breaker.failed(admission, now)
        case .unrelated:
            breaker.abandoned(admission, now)
        }
        if failureShare >= Self.degradedShare { failsOften = true }
        if failureShare < Self.recoveredShare { failsOften = false }
    }

    /// The provider was asked with a question that bills nothing.
    ///
    /// - Parameter status: Of its answer; nil when none came. Any below 500 counts as up, a refused key too.
    package mutating func probed(status: Int?) {
        if let status, status < 500 { silentProbes = 0 } else { silentProbes = min(silentProbes &+ 1, 1000) }
    }

    /// The provider has asked for a rest, by `retry-after`, that is longer than a retry would wait.
    package mutating func rest(until end: Nanoseconds, _ now: Nanoseconds) { breaker.rest(until: end, now) }
}
