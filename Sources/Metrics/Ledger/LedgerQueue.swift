import Platform

/// Records on their way from the loops to the ledger's threads.
final class LedgerQueue: Sendable {
    /// Records that came together, with the monotonic time of the first.
    struct Group {
        var entries: [LedgerEntry] = []
        var firstNanoseconds: UInt64 = 0
    }

    private struct State {
        var waiting = Group()
        /// Those that wait, and those that are on their way but not in the database.
        var unwritten: Int
        var dropped: UInt64 = 0
        var isClosed = false
    }

    /// Short of the fifty milliseconds that are promised.
    private static let gathering = Duration.milliseconds(10)
    private static let groupSize = 1000

    private let monitor: Monitor<State>
    private let limit: Int
    private let time: any TimeSource

    /// - Parameter unwritten: Records that an earlier run has left.
    init(limit: Int, unwritten: Int, time: any TimeSource) {
        self.limit = limit
        self.time = time
        monitor = Monitor(State(unwritten: unwritten))
    }

    func add(_ entry: consuming LedgerEntry) -> Bool {
        let now = time.monotonicNanoseconds()
        // Moved, not copied: a record holds a dozen texts, each with a count of its references.
        var moved = Optional(entry)
        let (isTaken, isNews) = monitor.withLock { state in
            guard !state.isClosed, state.unwritten < limit else {
                state.dropped &+= 1
                return (false, false)
            }
            if state.waiting.entries.isEmpty { state.waiting.firstNanoseconds = now }
            state.waiting.entries.append(moved.take()!)
            state.unwritten += 1
            // Waking costs a system call, so only for what the thread waits for: the first, and enough.
            return (true, state.waiting.entries.count == 1 || state.waiting.entries.count == Self.groupSize)
        }
        if isNews { monitor.wake() }
        return isTaken
    }

    func close() {
        monitor.withLock { $0.isClosed = true }
        monitor.wake()
    }

    /// Waits for a group to gather, and takes it; `nil` when the queue is closed and empty.
    func next() -> Group? {
        monitor.wait { !$0.waiting.entries.isEmpty || $0.isClosed }
        monitor.wait(atMost: Self.gathering) { $0.waiting.entries.count >= Self.groupSize || $0.isClosed }
        return monitor.withLock { state in
            guard !state.waiting.entries.isEmpty else { return nil }
            var group = Group()
            swap(&group, &state.waiting)
            return group
        }
    }

    /// So many records are in the database, and their places are free.
    func finish(_ count: Int) { monitor.withLock { $0.unwritten -= count } }

    /// So many records are lost.
    func drop(_ count: Int) {
        monitor.withLock { state in
            state.unwritten -= count
            state.dropped &+= UInt64(count)
        }
    }

    /// Nanoseconds since a moment.
    func age(since nanoseconds: UInt64) -> UInt64 { time.monotonicNanoseconds() &- nanoseconds }

    var state: (queued: Int, dropped: UInt64) { monitor.withLock { ($0.unwritten, $0.dropped) } }
}
