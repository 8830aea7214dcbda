/// Nanoseconds, of a span or since an arbitrary start that never changes.
package typealias Nanoseconds = UInt64

/// Stops asking a provider that fails, and lets one call at a time find out whether it is back.
///
/// Closed, it lets every call through, and opens after a number of failures in a row. Open, it refuses until a cool-down
/// is over. Then one real call goes through as a probe: if that succeeds the breaker closes, if it fails the cool-down
/// begins anew. A probe of which nothing is heard for a cool-down is given up, and another may go.
package struct CircuitBreaker: Sendable {
    /// How a call may go on.
    package enum Admission: Sendable, Equatable {
        case allowed
        /// Its outcome decides whether others follow.
        case probe
        /// It goes through an open breaker, since nobody else can be asked.
        case lastResort
        case refused
    }

    package enum State: Sendable, Equatable { case closed, open, halfOpen }

    private enum Phase: Sendable {
        case closed(failures: Int)
        case open(until: Nanoseconds)
        case probing(until: Nanoseconds)
    }

    private var phase = Phase.closed(failures: 0)
    private let failureLimit: Int
    private let cooldown: Nanoseconds

    /// Creates a closed breaker.
    ///
    /// - Parameters:
    ///   - failureLimit: Failures in a row that open it; at least 1.
    ///   - cooldown: How long it refuses once open, and how long it waits for a probe's outcome.
    package init(failureLimit: Int, cooldown: Nanoseconds) {
        precondition(failureLimit >= 1, "a limit of 0 would open the breaker before any failure")
        self.failureLimit = failureLimit
        self.cooldown = cooldown
    }

    // MARK: Asking

    package func state(_ now: Nanoseconds) -> State {
        switch phase {
        case .closed: .closed
        case .open(let until): now < until ? .open : .halfOpen
        case .probing: .halfOpen
        }
    }

    /// Nanoseconds until a call may go through: 0 when one may now.
    package func opensIn(_ now: Nanoseconds) -> Nanoseconds {
        switch phase {
        case .closed: 0
        case .open(let until), .probing(let until): until > now ? until &- now : 0
        }
    }

    /// Asks for a call; who gets `probe` must report how it went, or abandon it.
    package mutating func admit(_ now: Nanoseconds) -> Admission {
        switch phase {
        case .closed: return .allowed
        case .open(let until), .probing(let until):
            guard now >= until else { return .refused }
            phase = .probing(until: now &+ cooldown)
            return .probe
        }
    }

    // MARK: Telling

    /// A call has succeeded. Of one that was admitted before the breaker opened nothing follows: only one that began after
    /// that closes it.
    package mutating func succeeded(_ admission: Admission) {
        switch phase {
        case .closed: phase = .closed(failures: 0)
        case .open where admission == .lastResort: phase = .closed(failures: 0)
        case .probing where admission == .lastResort || admission == .probe: phase = .closed(failures: 0)
        case .open, .probing: break
        }
    }

    /// A call has failed by the provider's fault.
    package mutating func failed(_ admission: Admission, _ now: Nanoseconds) {
        switch phase {
        case .closed(let failures):
            phase = failures &+ 1 >= failureLimit ? .open(until: now &+ cooldown) : .closed(failures: failures &+ 1)
        case .probing(let until) where admission == .probe: phase = .open(until: max(until, now &+ cooldown))
        case .open, .probing: break
        }
    }

    /// A probe has ended by no fault of the provider's, such as a client that left: another may go at once.
    package mutating func abandoned(_ admission: Admission, _ now: Nanoseconds) {
        if case .probing = phase, admission == .probe { phase = .open(until: now) }
    }

    /// The provider has asked for a rest; a cool-down that ends later stays as it is.
    package mutating func rest(until end: Nanoseconds, _ now: Nanoseconds) {
        switch phase {
        case .closed where end > now: phase = .open(until: end)
        case .open(let until): phase = .open(until: max(until, end))
        case .probing(let until): phase = .open(until: max(until, end))
        case .closed: break
        }
    }
}
