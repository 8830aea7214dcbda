import Synchronization

/// How many calls a minute somebody may make: a minute's worth at once, then one as each becomes due.
///
/// The generic cell rate algorithm (ITU-T I.371, "virtual scheduling"): one number says when the next call is due by the
/// agreed pace, and a call may come as much earlier as the burst allows. The number is an atomic, so that loops ask
/// without a lock.
package final class RateLimit: Sendable {
    /// Nanoseconds between two calls at the agreed pace.
    private let interval: UInt64
    /// How much earlier than due a call may come, in nanoseconds.
    private let tolerance: UInt64
    /// When the next call is due, in monotonic nanoseconds.
    private let due = Atomic<UInt64>(0)

    /// - Parameter perMinute: 1 or more.
    package init(perMinute: Int) {
        precondition(perMinute >= 1, "a limit of none lets nobody in")
        interval = 60_000_000_000 / UInt64(perMinute)
        tolerance = interval &* UInt64(perMinute &- 1)
    }

    /// Counts a call, if it may be made now.
    ///
    /// - Parameter now: Monotonic nanoseconds.
    /// - Returns: Nil when it may; else the nanoseconds until it might.
    package func admit(at now: UInt64) -> UInt64? {
        var seen = due.load(ordering: .relaxed)
        while true {
            let start = max(seen, now)
            guard start &- now <= tolerance else { return start &- now &- tolerance }
            let (isOurs, found) = due.weakCompareExchange(
                expected: seen, desired: start &+ interval, ordering: .relaxed)
            if isOurs { return nil }
            seen = found
        }
    }
}
