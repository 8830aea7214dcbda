#if TSAN
    import Glibc
#else
    import Synchronization
#endif

/// A value that several threads may reach, one at a time.
///
/// Wraps `Synchronization.Mutex`, save under `-DTSAN`: the thread sanitizer does not see that lock's
/// acquire and release and reports races that are none, so there it is a pthread mutex.
// @unchecked: `value` is touched only while the mutex is held, which the compiler cannot see of a pthread mutex.
package final class Lock<Value>: @unchecked Sendable {
    #if TSAN
        private let mutex: UnsafeMutablePointer<pthread_mutex_t>
        private var value: Value

        package init(_ value: sending Value) {
            mutex = .allocate(capacity: 1)
            pthread_mutex_init(mutex, nil)
            self.value = value
        }

        deinit {
            pthread_mutex_destroy(mutex)
            mutex.deallocate()
        }

        /// Runs `body` with the value, alone.
        package func withLock<Result, Failure: Error>(
            _ body: (inout Value) throws(Failure) -> Result
        ) throws(Failure) -> Result {
            pthread_mutex_lock(mutex)
            defer { pthread_mutex_unlock(mutex) }
            return try body(&value)
        }
    #else
        private let mutex = Mutex<Void>(())
        private var value: Value

        package init(_ value: sending Value) { self.value = value }

        /// Runs `body` with the value, alone.
        package func withLock<Result, Failure: Error>(
            _ body: (inout Value) throws(Failure) -> Result
        ) throws(Failure) -> Result {
            try mutex.withLock { (_) throws(Failure) -> Result in try body(&value) }
        }
    #endif
}
