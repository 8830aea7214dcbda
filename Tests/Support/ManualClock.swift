import Platform

/// A clock that stands still until a test advances it.
package final class ManualClock: TimeSource {
    private struct State {
        var monotonic: UInt64 = 1_000_000_000
        var wall: Int64
        var observers: [@Sendable () -> Void] = []
    }
    private let state: Lock<State>

    /// - Parameter wall: The date at the start, in microseconds since 1970; by default 2026-01-01T00:00:00Z.
    package init(wall: Int64 = 1_767_225_600_000_000) { state = Lock(State(wall: wall)) }

    package func monotonicNanoseconds() -> UInt64 { state.withLock { $0.monotonic } }
    package func wallMicroseconds() -> Int64 { state.withLock { $0.wall } }
    package func onAdvance(_ notify: @escaping @Sendable () -> Void) {
        state.withLock { $0.observers.append(notify) }
    }

    /// Moves both clocks forward and wakes every loop that sleeps until a deadline.
    package func advance(by duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let nanoseconds = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
        let observers = state.withLock { state in
            state.monotonic += UInt64(nanoseconds)
            state.wall += nanoseconds / 1000
            return state.observers
        }
        for notify in observers { notify() }
    }
}
