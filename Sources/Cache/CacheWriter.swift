import Glibc
import LMDB
import Platform
import Synchronization

/// The one thread that writes the cache, and the answers on their way to it.
final class CacheWriter: Sendable {
    private enum Change: Sendable {
        case store(CacheKey, [UInt8], expiresAt: Int64)
        case touch([CacheUse])
        case remove(CacheKey)
        case removeAll
    }

    private let queue: WorkQueue<Change>
    /// Records that are not committed yet, found by look-ups first.
    private let pending = Lock<[CacheKey: [UInt8]]>([:])
    private let pendingCount = Atomic<Int>(0)
    private let store: Lock<CacheStore>
    /// Raised when a fresh store has taken the place of one that could not go on.
    private let storeGeneration = Atomic<Int>(0)
    private let counters = Lock(ResponseCache.Statistics())
    private let path: String
    private let maxBytes: Int
    private let time: any TimeSource

    /// How long a committed change may stay in the page cache alone: a power cut loses no more, a crash nothing.
    private static let syncInterval = Duration.seconds(1)

    /// How long changes are gathered for one commit, which writes every page it touches: at 10,000 answers a second a
    /// third of the process's time went into commits of a few answers each. Look-ups find what waits.
    private static let gathering = Duration.milliseconds(20)

    init(_ store: CacheStore, path: String, maxBytes: Int, queueBytes: Int, time: any TimeSource) {
        self.store = Lock(store)
        self.path = path
        self.maxBytes = maxBytes
        self.time = time
        queue = WorkQueue(weightLimit: queueBytes)
        measure()
    }

    // MARK: From any thread

    func store(_ record: [UInt8], expiresAt: Int64, for key: CacheKey) -> Bool {
        let isNew = pending.withLock { $0.updateValue(record, forKey: key) == nil }
        if isNew { pendingCount.add(1, ordering: .sequentiallyConsistent) }
        if queue.offer(.store(key, record, expiresAt: expiresAt), weight: record.count) { return true }
        settle(key, record)
        countDropped()
        return false
    }

    func remove(_ key: CacheKey) {
        if pending.withLock({ $0.removeValue(forKey: key) != nil }) {
            pendingCount.subtract(1, ordering: .sequentiallyConsistent)
        }
        _ = queue.offer(.remove(key))
    }

    func removeAll() {
        let count = pending.withLock { pending in
            defer { pending.removeAll() }
            return pending.count
        }
        pendingCount.subtract(count, ordering: .sequentiallyConsistent)
        _ = queue.offer(.removeAll)
    }

    func touch(_ uses: [CacheUse]) { _ = queue.offer(.touch(uses), weight: uses.count &* MemoryLayout<CacheUse>.size) }

    /// A record on its way; costs one load when there is none.
    func pendingRecord(for key: CacheKey) -> [UInt8]? {
        guard pendingCount.load(ordering: .sequentiallyConsistent) > 0 else { return nil }
        return pending.withLock { $0[key] }
    }

    /// Changes when readers must let go of the store they know.
    var generation: Int { storeGeneration.load(ordering: .acquiring) }
    var currentStore: CacheStore { store.withLock { $0 } }

    var statistics: ResponseCache.Statistics { counters.withLock { $0 } }
    func countDropped() { counters.withLock { $0.dropped += 1 } }
    func countDamaged() { counters.withLock { $0.damagedRecords += 1 } }
    func close() { queue.close() }

    // MARK: On the writer's thread

    func run() {
        var isDirty = false
        while let changes = queue.takeAll(patience: Self.syncInterval, gathering: Self.gathering) {
            if changes.isEmpty {
                if isDirty { sync() }
                isDirty = false
            } else {
                commit(changes)
                isDirty = true
            }
        }
        sync()
    }

    private func commit(_ changes: [Change]) {
        do throws(StoreError) {
            try apply(changes)
        } catch {
            counters.withLock {
                $0.failedWrites += 1
                $0.lastError = error.description
            }
            if error.isMapFull || error.isCorrupt { startAfresh() }
        }
        for case .store(let key, let record, _) in changes { settle(key, record) }
    }

    private func apply(_ changes: [Change]) throws(StoreError) {
        let store = currentStore
        let now = time.wallMicroseconds()
        var transaction = try WriteTransaction(on: store.environment)
        var totals = try store.totals(transaction)
        var evictions = CacheStore.Evictions()
        for change in changes {
            switch change {
            case .store(let key, let record, let expiresAt):
                try store.put(key, record, expiresAt: expiresAt, now: now, &transaction, &totals, &evictions)
            case .touch(let uses):
                for use in uses { try store.touch(use.key, at: use.time, &transaction) }
            case .remove(let key): _ = try store.remove(key, &transaction, &totals)
            case .removeAll: try store.removeAll(&transaction, &totals)
            }
        }
        try store.makeRoom(forPages: 0, now: now, &transaction, &totals, &evictions)
        try store.setTotals(totals, &transaction)
        let pages = try store.pagesInUse(transaction)
        try transaction.commit()
        counters.withLock {
            $0.entries = totals.entries
            $0.bytesInUse = pages * store.environment.pageBytes
            $0.evictedExpired += evictions.expired
            $0.evictedLeastRecentlyUsed += evictions.leastRecentlyUsed
        }
    }

    /// The record is in the store, or lost: look-ups need not find it here any longer, unless a newer one waits.
    private func settle(_ key: CacheKey, _ record: [UInt8]) {
        let isSettled = pending.withLock { pending in
            guard let waiting = pending[key], waiting.isSame(as: record) else { return false }
            pending[key] = nil
            return true
        }
        if isSettled { pendingCount.subtract(1, ordering: .sequentiallyConsistent) }
    }

    private func sync() {
        do throws(StoreError) { try currentStore.environment.sync() } catch {
            counters.withLock {
                $0.failedWrites += 1
                $0.lastError = error.description
            }
        }
    }

    /// The last resort: a store whose map is full cannot even delete, so another takes its place.
    private func startAfresh() {
        let aside = "\(path).full-\(time.wallMicroseconds() / 1_000_000)"
        do throws(StoreError) {
            try currentStore.environment.move(to: aside)
            let fresh = try CacheStore(directory: path, maxBytes: maxBytes)
            store.withLock { $0 = fresh }
            storeGeneration.add(1, ordering: .releasing)
            for name in ["data.mdb", "lock.mdb"] { unlink("\(aside)/\(name)") }
            rmdir(aside)
        } catch {
            counters.withLock { $0.lastError = error.description }
        }
        measure()
    }

    private func measure() {
        do throws(StoreError) {
            let store = currentStore
            let transaction = try WriteTransaction(on: store.environment)
            let totals = try store.totals(transaction)
            let pages = try store.pagesInUse(transaction)
            counters.withLock {
                $0.entries = totals.entries
                $0.bytesInUse = pages * store.environment.pageBytes
            }
        } catch {
            counters.withLock { $0.lastError = error.description }
        }
    }
}

extension [UInt8] {
    /// Whether two arrays are one and the same memory, which is enough to tell records apart.
    fileprivate func isSame(as other: [UInt8]) -> Bool {
        withUnsafeBytes { mine in other.withUnsafeBytes { mine.baseAddress == $0.baseAddress } }
    }
}
