package import LMDB
package import Platform
import Synchronization

/// The record of every client call, on disk.
///
/// A call's record is handed over and the caller goes on. What has gathered, ten milliseconds after the first of the
/// group or once a thousand have come, is written to a journal by one thread, where it survives the process, and committed
/// to the database by another, where it survives the machine. When the disk fails the records wait and are tried again;
/// only a full queue loses any, and counts them.
package final class Ledger: Sendable {
    private let queue: LedgerQueue
    private let writer: LedgerWriter
    private let threads: [WorkerThread]
    /// Records of an earlier run that was killed before they were in the database.
    package let recovered: Int

    /// Opens the ledger in the folder `ledger` of a data directory, or makes it.
    ///
    /// - Parameters:
    ///   - maxBytes: The most that its records may take on disk, in whole pages.
    ///   - retentionDays: How many days before the one that is on are kept; `nil` keeps all.
    ///   - queueRecords: The most records that may wait for the disk; at least 1.
    ///   - onCommit: Called on the ledger's thread after a group is on the disk, with its size.
    ///   - onRecords: Called on the ledger's thread with each group that was taken, before it is committed.
    /// - Throws: `StoreError` when it cannot be opened; a damaged ledger is left as it is, for a person to see to.
    package init(
        directory: String, maxBytes: Int, retentionDays: Int? = nil, queueRecords: Int = 65_536,
        durability: Environment.Durability = .full, time: any TimeSource,
        onCommit: @escaping @Sendable (_ records: Int) -> Void = { _ in },
        onRecords: @escaping @Sendable ([LedgerEntry]) -> Void = { _ in }
    ) throws(StoreError) {
        precondition(queueRecords >= 1, "a ledger that may hold nothing would lose everything")
        let store = try LedgerStore(directory: directory, maxBytes: maxBytes, durability: durability)
        let state = try store.state()
        let left = LedgerJournal.left(in: store.environment.path, after: state.lastFrame)
        let journal = try LedgerJournal(folder: store.environment.path, committed: state.lastFrame)
        recovered = left.reduce(0) { $0 + $1.count }
        let queue = LedgerQueue(limit: queueRecords, unwritten: recovered, time: time)
        let writer = LedgerWriter(
            store: store, totals: state.totals, journal: journal, queue: queue,
            retention: LedgerRetention(days: retentionDays, time: time), onCommit: onCommit, onRecords: onRecords)
        writer.recover(left)
        self.queue = queue
        self.writer = writer
        threads = [
            WorkerThread(name: "ledger-journal") { writer.runJournal() },
            WorkerThread(name: "ledger") { writer.runCommits() },
        ]
    }

    deinit { close() }

    /// Hands a finished call over to be written; never waits for the disk.
    ///
    /// - Returns: Whether it was taken; `false`, counted, when the queue is full or the ledger closed.
    @discardableResult
    package func record(_ entry: consuming LedgerEntry) -> Bool { queue.add(entry) }

    /// Writes what waits, once more if the disk fails, and ends the threads. Later records are dropped.
    package func close() {
        queue.close()
        for thread in threads { thread.join() }
    }

    /// Whether the last commit failed, for want of space or whatever reason: what comes now may be lost in the end.
    package var isFailing: Bool { writer.isFailing.load(ordering: .relaxed) }

    /// Reads what has been written, as of the beginning of each reading.
    package var reader: LedgerReader { LedgerReader(over: writer.store) }

    /// What all records on the disk add up to, of earlier runs too.
    package var totals: LedgerTotals { writer.progress.withLock { $0.totals } }

    /// How the ledger does.
    package struct Statistics: Sendable {
        /// Records in the database, since the start; with those of an earlier run that were found in the journal.
        package var recorded: UInt64 = 0
        /// Records lost since the start.
        package var dropped: UInt64 = 0
        /// Records that wait for the database now; after `close()`, those that wait in the journal for the next run.
        package var queued = 0
        /// From the first record of a group to its commit.
        package var commits = Histogram(Histogram.Bound.commits)
        /// Commits that failed and were, or will be, tried again.
        package var failures: UInt64 = 0
        /// Records in the journal since the start: whatever becomes of the process, they are not lost.
        package var journalled: UInt64 = 0
        /// Groups that could not be written to the journal, and would be lost if the process were killed.
        package var journalFailures: UInt64 = 0
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
