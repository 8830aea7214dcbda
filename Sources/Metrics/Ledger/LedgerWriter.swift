import LMDB
import Platform
import Synchronization

/// What the ledger's two threads do: one writes groups of records to the journal as they come, the other commits them to
/// the database, which takes as long as the disk's syncs do.
final class LedgerWriter: Sendable {
    struct Progress: Sendable {
        var totals: LedgerTotals
        var statistics = Ledger.Statistics()
    }

    /// Long enough not to burden a disk in trouble, short enough to go on soon after it has recovered.
    private static let pauseAfterFailure = Duration.seconds(1)
    /// Commits, of a few pages each, after which the pages looked at are let go of.
    private static let commitsKept = 250

    let store: LedgerStore
    let progress: Lock<Progress>
    /// Whether the last commit failed.
    let isFailing = Atomic(false)
    private let journal: LedgerJournal
    private let queue: LedgerQueue
    private let commits = CommitQueue()
    private let retention: LedgerRetention
    private let onCommit: @Sendable (Int) -> Void
    private let onRecords: @Sendable ([LedgerEntry]) -> Void

    init(
        store: LedgerStore, totals: LedgerTotals, journal: LedgerJournal, queue: LedgerQueue,
        retention: LedgerRetention, onCommit: @escaping @Sendable (Int) -> Void,
        onRecords: @escaping @Sendable ([LedgerEntry]) -> Void
    ) {
        self.store = store
        self.retention = retention
        self.journal = journal
        self.queue = queue
        self.onCommit = onCommit
        self.onRecords = onRecords
        progress = Lock(Progress(totals: totals))
    }

    /// Commits what an earlier run has left, before anything else; what the disk does not take is tried again later.
    func recover(_ frames: [JournalFrame]) {
        if !frames.isEmpty, !commit(frames) { for frame in frames { commits.add(frame) } }
    }

    // MARK: The journal's thread

    func runJournal() {
        var record = FieldWriter(version: LedgerRecord.version)
        while let group = queue.next() {
            var frame = JournalFrame()
            for entry in group.entries {
                LedgerRecord.encode(entry, in: &record)
                frame.add(entry.id, record.bytes)
            }
            frame.firstNanoseconds = group.firstNanoseconds
            journal.append(&frame)
            progress.withLock { progress in
                if frame.isKept {
                    progress.statistics.journalled &+= UInt64(frame.count)
                } else {
                    progress.statistics.journalFailures &+= 1
                }
            }
            commits.add(frame)
            onRecords(group.entries)
        }
        commits.close()
    }

    // MARK: The database's thread

    func runCommits() {
        var count = 0
        var look = RetentionLook()
        while let frames = commits.next(atMost: look.pause) {
            guard !frames.isEmpty else {
                prune(&look)
                continue
            }
            var isLastTry = false
            while !commit(frames) {
                guard !isLastTry else {
                    // The next run finds the others in the journal.
                    queue.drop(frames.reduce(0) { $0 + ($1.isKept ? 0 : $1.count) })
                    break
                }
                isLastTry = commits.pause(Self.pauseAfterFailure)
            }
            if look.pause == .zero { prune(&look) }
            count += 1
            if count % Self.commitsKept == 0 { store.environment.forgetMappedPages() }
        }
        journal.close()
    }

    /// Removes a step of what is too old.
    private func prune(_ look: inout RetentionLook) {
        guard let day = retention.oldestDay else { return look.isOver() }
        do throws(StoreError) {
            guard let removed = try store.prune(before: day) else { return look.isOver() }
            if removed > 0 {
                let totals = try store.state().totals
                progress.withLock { $0.totals = totals }
            }
            look.goesOn()
        } catch {
            // A disk in trouble tells so when the next records come.
            look.isOver()
        }
    }

    /// - Returns: Whether the frames are in the database.
    private func commit(_ frames: [JournalFrame]) -> Bool {
        let totals: LedgerTotals
        do throws(StoreError) {
            totals = try store.append(frames)
        } catch {
            isFailing.store(true, ordering: .relaxed)
            progress.withLock { progress in
                progress.statistics.failures &+= 1
                progress.statistics.lastError = error.description
            }
            return false
        }
        isFailing.store(false, ordering: .relaxed)
        journal.commit(through: frames.last?.number ?? 0)
        let count = frames.reduce(0) { $0 + $1.count }
        let age = frames.lazy.map(\.firstNanoseconds).first { $0 > 0 }.map(queue.age)
        progress.withLock { progress in
            progress.totals = totals
            progress.statistics.recorded &+= UInt64(count)
            if let age { progress.statistics.commits.observe(nanoseconds: age) }
            progress.statistics.lastError = nil
        }
        queue.finish(count)
        onCommit(count)
        return true
    }
}
