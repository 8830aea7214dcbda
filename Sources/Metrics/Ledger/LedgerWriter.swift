import LMDB
import Platform

/// What the ledger's thread does: takes groups of records and commits each, until the queue is closed and empty.
final class LedgerWriter: Sendable {
    struct Progress: Sendable {
        var totals: LedgerTotals
        var statistics = Ledger.Statistics()
    }

    /// Long enough not to burden a disk in trouble, short enough to go on soon after it has recovered.
    private static let pauseAfterFailure = Duration.seconds(1)

    let store: LedgerStore
    let progress: Lock<Progress>
    private let queue: LedgerQueue
    private let onCommit: @Sendable (Int) -> Void

    init(
        store: LedgerStore, totals: LedgerTotals, queue: LedgerQueue, onCommit: @escaping @Sendable (Int) -> Void
    ) {
        self.store = store
        self.queue = queue
        self.onCommit = onCommit
        progress = Lock(Progress(totals: totals))
    }

    /// Commits, of a few pages each, after which the pages looked at are let go of.
    private static let commitsKept = 250

    func run() {
        var commits = 0
        while let group = queue.next() {
            var isLastTry = false
            while !commit(group) {
                guard !isLastTry else {
                    queue.drop(group.entries.count)
                    break
                }
                isLastTry = queue.pause(Self.pauseAfterFailure)
            }
            commits += 1
            if commits % Self.commitsKept == 0 { store.environment.forgetMappedPages() }
        }
    }

    /// - Returns: Whether the group is on the disk.
    private func commit(_ group: LedgerQueue.Group) -> Bool {
        var totals = progress.withLock { $0.totals }
        for entry in group.entries { totals.add(entry) }
        do throws(StoreError) {
            try store.append(group.entries, totals: totals)
        } catch {
            progress.withLock { progress in
                progress.statistics.failures &+= 1
                progress.statistics.lastError = error.description
            }
            return false
        }
        let age = queue.age(of: group)
        progress.withLock { progress in
            progress.totals = totals
            progress.statistics.recorded &+= UInt64(group.entries.count)
            progress.statistics.commits.observe(nanoseconds: age)
            progress.statistics.lastError = nil
        }
        queue.finish(group.entries.count)
        onCommit(group.entries.count)
        return true
    }
}
