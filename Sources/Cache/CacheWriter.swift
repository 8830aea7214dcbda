import LMDB
import Platform
import Synchronization

/// The one thread that writes the cache: a transaction for all that waits, evictions with it, a sync now and then.
final class CacheWriter: Sendable {
    let pending: PendingWrites
    private let store: Lock<CacheStore>
    /// Raised when a fresh store has taken the place of one that could not go on.
    private let storeGeneration = Atomic<Int>(0)
    private let counters = Lock(ResponseCache.Statistics())
    private let place: CachePlace
    private let eviction: Eviction
    private let time: any TimeSource
    private let keepsExpired: Int64

    /// How long a committed change may stay in the page cache alone: a power cut loses no more, a crash nothing.
    private static let syncNanoseconds: UInt64 = 1_000_000_000
    /// How long changes are gathered for one commit, which writes every page it touches: at 10,000 answers a second a
    /// third of the process's time went into commits of a few answers each. Look-ups find what waits.
    private static let gathering = Duration.milliseconds(50)
    /// Entries removed in one transaction at most where a limit was lowered, so that none grows too large.
    private static let evictedAtOnce = 4096

    init(_ store: CacheStore, at place: CachePlace, queueBytes: Int, keepsExpired: Int64, time: any TimeSource) {
        self.store = Lock(store)
        self.place = place
        self.time = time
        self.keepsExpired = keepsExpired
        pending = PendingWrites(limitBytes: queueBytes)
        eviction = Eviction(maxBytes: place.maxBytes)
        fitLimit()
    }

    private func makeRoom(
        in edit: inout CacheEdit, _ uses: inout UseLog, limit: Int = .max
    ) throws(StoreError) -> Eviction.Removed {
        try eviction.makeRoom(
            in: &edit, &uses, now: time.wallMicroseconds(), keepsExpired: keepsExpired, limit: limit)
    }

    // MARK: From any thread

    /// Changes when readers must let go of the store they know.
    var generation: Int { storeGeneration.load(ordering: .acquiring) }
    var currentStore: CacheStore { store.withLock { $0 } }

    var statistics: ResponseCache.Statistics { counters.withLock { $0 } }
    func countDropped() { counters.withLock { $0.dropped += 1 } }

    /// A look-up has met a record that is none: it is counted, and goes.
    func discardDamaged(_ key: CacheKey) {
        counters.withLock { $0.damagedRecords += 1 }
        _ = pending.add(.remove(key, .damaged))
    }

    func note(_ error: StoreError) {
        counters.withLock {
            $0.failures += 1
            $0.lastError = error.description
        }
    }

    // MARK: On the writer's thread

    func run() {
        let clock = SystemTime()
        var uses = UseLog()
        var unsyncedSince: UInt64?
        while true {
            let patience = unsyncedSince.map { since in
                Duration.nanoseconds(Int64((since &+ Self.syncNanoseconds).subtracting(clock.monotonicNanoseconds())))
            }
            guard let batch = pending.take(patience: patience, gathering: Self.gathering) else { break }
            if !batch.changes.isEmpty {
                commit(batch, &uses)
                unsyncedSince = unsyncedSince ?? clock.monotonicNanoseconds()
            }
            if let since = unsyncedSince, clock.monotonicNanoseconds() &- since >= Self.syncNanoseconds {
                sync()
                unsyncedSince = nil
            }
        }
        writeAll(&uses)
        if sync() { currentStore.environment.markClean() }
    }

    private func commit(_ batch: PendingWrites.Batch, _ uses: inout UseLog) {
        do throws(StoreError) {
            try apply(batch.changes, &uses)
        } catch {
            note(error)
            if startAfresh(after: error) {
                uses = UseLog()
                do throws(StoreError) { try apply(batch.changes, &uses) } catch { note(error) }
            }
        }
        pending.settle(batch)
    }

    private func apply(_ changes: [PendingWrites.Change], _ uses: inout UseLog) throws(StoreError) {
        var edit = try CacheEdit(on: currentStore)
        var removed = Removed()
        for change in changes {
            switch change {
            case .store(let key, let record, let expiresAt): try edit.put(key, record, expiresAt: expiresAt)
            case .touch(let entries): for entry in entries { uses.note(entry) }
            case .remove(let key, let reason):
                guard try edit.remove(key) else { continue }
                if reason == .asked { removed.purged += 1 } else { removed.damaged += 1 }
            case .purge(let numbers, let purged):
                guard purged == generation else { continue }
                for number in numbers { if try edit.remove(number: number) { removed.purged += 1 } }
            case .removeAll:
                removed.purged += Int(edit.totals.entries)
                try edit.removeAll()
            }
        }
        if uses.isFull { for use in uses.takeAll() { try edit.touch(use) } }
        removed.evicted = try makeRoom(in: &edit, &uses)
        try commit(edit, removed)
    }

    /// Entries that a transaction removes, by reason.
    private struct Removed {
        var purged = 0
        var damaged = 0
        var evicted = Eviction.Removed()
    }

    private func commit(_ edit: consuming CacheEdit, _ removed: Removed) throws(StoreError) {
        let totals = edit.totals
        let bytesInUse = try edit.bytesInUse
        try edit.commit()
        counters.withLock {
            $0.entries = Int(totals.entries)
            $0.bytesInUse = bytesInUse
            $0.evictedExpired += removed.evicted.expired
            $0.evictedLeastRecentlyUsed += removed.evicted.forSpace
            $0.purged += removed.purged
            $0.removedDamaged += removed.damaged
        }
    }

    /// Writes the uses that are remembered, so that the order of use outlives the process.
    private func writeAll(_ uses: inout UseLog) {
        do throws(StoreError) {
            var edit = try CacheEdit(on: currentStore)
            for use in uses.takeAll() { try edit.touch(use) }
            var removed = Removed()
            removed.evicted = try makeRoom(in: &edit, &uses)
            try commit(edit, removed)
        } catch { note(error) }
    }

    /// Brings a store that was written under a higher limit below this one, in steps.
    private func fitLimit() {
        do throws(StoreError) {
            var uses = UseLog()
            var removed = Removed()
            repeat {
                var edit = try CacheEdit(on: currentStore)
                removed.evicted = try makeRoom(in: &edit, &uses, limit: Self.evictedAtOnce)
                try commit(edit, removed)
            } while removed.evicted.expired + removed.evicted.forSpace == Self.evictedAtOnce
        } catch {
            note(error)
            _ = startAfresh(after: error)
        }
    }

    /// - Returns: Whether everything committed is on the disk.
    @discardableResult
    private func sync() -> Bool {
        do throws(StoreError) {
            try currentStore.environment.sync()
            return true
        } catch {
            note(error)
            return false
        }
    }

    /// The last resort: a full map cannot even delete, and a damaged file is not to be trusted, so an empty store
    /// takes the place. Readers keep the old one, which has no name any more or another, until their next look-up.
    ///
    /// - Returns: Whether there is a fresh store.
    private func startAfresh(after error: StoreError) -> Bool {
        guard error.isMapFull || error.isCorrupt else { return false }
        do throws(StoreError) {
            let aside = place.asideName(error.isMapFull ? "full" : "damaged", time)
            try currentStore.environment.move(to: aside)
            let fresh = try place.open()
            store.withLock { $0 = fresh }
            storeGeneration.add(1, ordering: .releasing)
            if error.isMapFull { CachePlace.delete(aside) }
            counters.withLock {
                $0.lost += $0.entries
                $0.entries = 0
                $0.bytesInUse = 0
            }
            return true
        } catch {
            note(error)
            return false
        }
    }
}

extension UInt64 {
    /// The difference, or 0 where it would be below.
    fileprivate func subtracting(_ other: UInt64) -> UInt64 { self > other ? self - other : 0 }
}
