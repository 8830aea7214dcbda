import Glibc

/// Where the program learns the time, so that tests can advance it by hand.
///
/// Two clocks, since they answer two questions: `monotonic` measures how long something took and never goes
/// back; `wall` says when something happened and follows the machine's date.
package protocol TimeSource: Sendable {
    /// Nanoseconds since an arbitrary start, never decreasing.
    func monotonicNanoseconds() -> UInt64
    /// Microseconds since 1970-01-01T00:00:00Z.
    func wallMicroseconds() -> Int64
    /// Asks to be told when time was moved by hand, so that a loop asleep until a deadline looks again.
    /// A real clock never calls.
    func onAdvance(_ notify: @escaping @Sendable () -> Void)
}

/// The machine's own clocks.
package struct SystemTime: TimeSource {
    package init() {}

    package func monotonicNanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }

    package func wallMicroseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) &* 1_000_000 &+ Int64(time.tv_nsec) / 1000
    }

    package func onAdvance(_ notify: @escaping @Sendable () -> Void) {}
}
