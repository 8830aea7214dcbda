package import LMDB
package import Platform

/// The record of every client call, on disk.
///
/// A call's record is handed over and the caller goes on; a thread of the ledger's own writes what has gathered
/// in one transaction, at most ten milliseconds after the first of the group or once a thousand have come. When the
/// disk fails the records stay in the queue and are tried again; only a full queue loses any, and counts them.
package final class Ledger: Sendable {
    private let queue: LedgerQueue
    private let writer: LedgerWriter
    private let thread: WorkerThread

    /// Opens the ledger in the folder `ledger` of a data directory, or makes it.
    ///
    /// - Parameters:
    ///   - maxBytes: The most that its records may take on disk, in whole pages.
    ///   - queueRecords: The most records that may wait for the disk; at least 1.
    ///   - onCommit: Called on the ledger's thread after a group is on the disk, with its size.
    /// - Throws: `StoreError` when it cannot be opened; a damaged ledger is left as it is, for a person to see to.
    package init(
        directory: String, maxBytes: Int, queueRecords: Int = 65_536,
        durability: Environment.Durability = .full, time: any TimeSource,
        onCommit: @escaping @Sendable (_ records: Int) -> Void = { _ in }
    ) throws(StoreError) {
        precondition(queueRecords >= 1, "a ledger that may hold nothing would lose everything")
        let store = try LedgerStore(directory: directory, maxBytes: maxBytes, durability: durability)
        let queue = LedgerQueue(limit: queueRecords, time: time)
        let writer = LedgerWriter(store: store, totals: try store.totals(), queue: queue, onCommit: onCommit)
        self.queue = queue
        self.writer = writer
        thread = WorkerThread(name: "ledger") { writer.run() }
    }

    deinit { close() }

    /// Hands a finished call over to be written; never waits for the disk.
    ///
    /// - Returns: Whether it was taken; `false`, counted, when the queue is full or the ledger closed.
    @discardableResult
    package func record(_ entry: consuming LedgerEntry) -> Bool { queue.add(entry) }

    /// Writes what waits, once more if the disk fails, and ends the thread. Later records are dropped.
    package func close() {
        queue.close()
        thread.join()
    }

    /// Reads what has been written, as of the beginning of each reading.
    package var reader: LedgerReader { LedgerReader(over: writer.store) }

    /// What all records on the disk add up to, of earlier runs too.
    package var totals: LedgerTotals { writer.progress.withLock { $0.totals } }

    /// How the ledger does.
    package struct Statistics: Sendable {
        /// Records on the disk, since the start.
        package var recorded: UInt64 = 0
        /// Records lost since the start.
        package var dropped: UInt64 = 0
        /// Records that wait for the disk now.
        package var queued = 0
        /// From the first record of a group to its commit.
        package var commits = Histogram(Histogram.Bound.commits)
        /// Commits that failed and were, or will be, tried again.
        package var failures: UInt64 = 0
        /// Why the last commit failed; `nil` once one has succeeded since.
        package var lastError: String?

        package init() {}
    }

    package var statistics: Statistics {
        var statistics = writer.progress.withLock { $0.statistics }
        (statistics.queued, statistics.dropped) = queue.state
        return statistics
    }
}
