import Platform

/// Frames on their way from the journal to the database: whatever comes while one commit lasts is the next one's.
final class CommitQueue: Sendable {
    private struct State {
        var frames: [JournalFrame] = []
        var isClosed = false
    }

    /// Records of one commit, so that what it changes stays bounded; a frame more may go over it.
    private static let commitRecords = 4096
    private let monitor = Monitor(State())

    func add(_ frame: JournalFrame) {
        monitor.withLock { $0.frames.append(frame) }
        monitor.wake()
    }

    /// No frame follows.
    func close() {
        monitor.withLock { $0.isClosed = true }
        monitor.wake()
    }

    /// Waits for frames and takes what makes one commit; none when the time is over, `nil` when the queue is closed and
    /// empty.
    func next(atMost limit: Duration) -> [JournalFrame]? {
        monitor.wait(atMost: limit) { !$0.frames.isEmpty || $0.isClosed }
        return monitor.withLock { state in
            if state.frames.isEmpty, state.isClosed { return nil }
            var records = 0
            let taken = state.frames.prefix { frame in
                defer { records += frame.count }
                return records < Self.commitRecords
            }
            state.frames.removeFirst(taken.count)
            return Array(taken)
        }
    }

    /// Sleeps for `pause`, or until the queue is closed.
    ///
    /// - Returns: Whether it is closed.
    func pause(_ pause: Duration) -> Bool { monitor.wait(atMost: pause) { $0.isClosed } }
}
