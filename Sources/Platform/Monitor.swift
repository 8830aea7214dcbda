import Glibc

/// State that threads share, one at a time, where one of them may sleep until it is as it wants it.
///
/// `Lock` is the cheaper one where nobody waits.
// @unchecked: `state` is touched only while the mutex is held, which the compiler cannot see of a pthread mutex.
package final class Monitor<State>: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let changed: UnsafeMutablePointer<pthread_cond_t>
    private var state: State

    package init(_ state: sending State) {
        self.state = state
        mutex = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        changed = .allocate(capacity: 1)
        // Time limits must not move with the machine's date.
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(changed, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(changed)
        changed.deallocate()
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    /// Runs `body` with the state, alone. Who waits is not told: that is `wake()`, once, where it matters.
    package func withLock<Result, Failure: Error>(
        _ body: (inout State) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&state)
    }

    /// Has every thread that waits look at the state again.
    package func wake() { pthread_cond_broadcast(changed) }

    /// Sleeps until `isReady` says so of the state, or the time is over.
    ///
    /// - Parameter limit: The longest wait; `nil` is without end.
    /// - Returns: Whether the state is ready.
    @discardableResult
    package func wait(atMost limit: Duration? = nil, until isReady: (State) -> Bool) -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        guard let limit else {
            while !isReady(state) { pthread_cond_wait(changed, mutex) }
            return true
        }
        var deadline = Self.time(after: limit)
        while !isReady(state) {
            if pthread_cond_timedwait(changed, mutex, &deadline) == ETIMEDOUT { return isReady(state) }
        }
        return true
    }

    private static func time(after limit: Duration) -> timespec {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        let (seconds, attoseconds) = limit.components
        let nanoseconds = time.tv_nsec + Int(attoseconds / 1_000_000_000)
        return timespec(
            tv_sec: time.tv_sec + Int(seconds) + nanoseconds / 1_000_000_000, tv_nsec: nanoseconds % 1_000_000_000)
    }
}
