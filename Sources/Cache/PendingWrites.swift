import Platform
import Synchronization

/// What was handed over to the writer and is not committed yet: a queue for it, and a directory that look-ups ask
/// before the store, so that everybody finds at once what anybody has stored or removed.
final class PendingWrites: Sendable {
    enum Change: Sendable {
        /// - expiresAt: Microseconds since 1970.
        case store(CacheKey, [UInt8], expiresAt: Int64)
        case touch([CacheUse])
        case remove(CacheKey, Removal)
        /// Entries by their numbers in the store of that generation.
        case purge([UInt64], generation: Int)
        case removeAll

        /// Roughly what it takes in memory.
        var byteCount: Int {
            switch self {
            case .store(_, let record, _): 128 + record.count
            case .touch(let uses): uses.count * MemoryLayout<CacheUse>.size
            case .purge(let numbers, _): numbers.count * 8
            case .remove, .removeAll: 128
            }
        }

        var key: CacheKey? {
            switch self {
            case .store(let key, _, _), .remove(let key, _): key
            case .touch, .purge, .removeAll: nil
            }
        }
    }

    /// Why an entry is removed.
    enum Removal: Sendable { case asked, damaged }

    /// Changes for one transaction, in the order they came.
    struct Batch: Sendable {
        let changes: [Change]
        /// The number of the last of all changes handed over by then.
        fileprivate let last: UInt64
        fileprivate let byteCount: Int
    }

    /// What the directory says of a key.
    enum Finding {
        case stored([UInt8])
        case removed
        /// Ask the store.
        case nothing
    }

    private struct State {
        var changes: [Change] = []
        /// The latest change of each key that is not committed: a record, or nil for a removal.
        var directory: [CacheKey: (number: UInt64, record: [UInt8]?)] = [:]
        /// The removal of everything, while it is not committed: what the store holds is gone already.
        var clearing: UInt64?
        var handedOver: UInt64 = 0
        var committed: UInt64 = 0
        /// Of the changes that wait or are being committed.
        var byteCount = 0
        var isClosed = false
        /// Whether somebody waits for the commit, so that nothing more is gathered for it.
        var isAwaited = false
    }

    private let state = Monitor(State())
    /// What the directory holds, so that an empty one costs a look-up one load.
    private let directoryCount = Atomic<Int>(0)
    private let limitBytes: Int

    /// - Parameter limitBytes: Bytes of memory that what waits may take.
    init(limitBytes: Int) { self.limitBytes = limitBytes }

    // MARK: From any thread

    /// Adds a change, without waiting.
    ///
    /// Removals are taken beyond the limit too: a refusal would leave what somebody wanted gone.
    ///
    /// - Returns: False when too much is waiting, or after `close()`.
    func add(_ change: Change) -> Bool {
        let mustWake: Bool? = state.withLock { state in
            let bytes = change.byteCount
            guard !state.isClosed else { return nil }
            switch change {
            case .store, .touch: guard state.byteCount &+ bytes <= limitBytes else { return nil }
            case .remove, .purge, .removeAll: break
            }
            state.handedOver += 1
            switch change {
            case .store(let key, let record, _): state.directory[key] = (state.handedOver, record)
            case .remove(let key, _): state.directory[key] = (state.handedOver, nil)
            case .touch, .purge: break
            case .removeAll:
                state.byteCount -= state.changes.reduce(0) { $0 + $1.byteCount }
                state.changes.removeAll()
                state.directory.removeAll()
                state.clearing = state.handedOver
            }
            state.changes.append(change)
            state.byteCount += bytes
            publishCount(state)
            // Who gathers sleeps on until half of what may wait has come.
            let isHalfFull = state.byteCount > limitBytes / 2 && state.byteCount &- bytes <= limitBytes / 2
            return state.changes.count == 1 || isHalfFull || state.isAwaited
        }
        if mustWake == true { state.wake() }
        return mustWake != nil
    }

    func find(_ key: CacheKey) -> Finding {
        guard directoryCount.load(ordering: .acquiring) > 0 else { return .nothing }
        return state.withLock { state in
            guard let latest = state.directory[key] else { return state.clearing == nil ? .nothing : .removed }
            return latest.record.map { .stored($0) } ?? .removed
        }
    }

    /// Waits until all that was handed over is committed, or lost with a failed write.
    func waitUntilCommitted() {
        let target = state.withLock { state in
            state.isAwaited = true
            return state.handedOver
        }
        state.wake()
        state.wait { $0.committed >= target }
        state.withLock { $0.isAwaited = false }
    }

    /// Refuses further changes; what waits is still taken.
    func close() {
        state.withLock { $0.isClosed = true }
        state.wake()
    }

    // MARK: On the writer's thread

    /// Takes everything that waits.
    ///
    /// - Parameters:
    ///   - patience: How long to wait for a first change; nil is without end.
    ///   - gathering: How long then to wait for others, unless half of what may wait has come.
    /// - Returns: An empty batch when none came in time; nil once it is closed and nothing is left.
    func take(patience: Duration?, gathering: Duration) -> Batch? {
        if state.wait(atMost: patience, until: { !$0.changes.isEmpty || $0.isClosed }) {
            state.wait(atMost: gathering) { $0.isClosed || $0.isAwaited || $0.byteCount > limitBytes / 2 }
        }
        return state.withLock { state in
            if state.changes.isEmpty, state.isClosed { return nil }
            defer { state.changes.removeAll() }
            return Batch(
                changes: state.changes, last: state.handedOver,
                byteCount: state.changes.reduce(0) { $0 + $1.byteCount })
        }
    }

    /// Forgets a batch, which look-ups find in the store now, or which is lost.
    func settle(_ batch: Batch) {
        state.withLock { state in
            for case let key? in batch.changes.lazy.map(\.key) {
                if let latest = state.directory[key], latest.number <= batch.last { state.directory[key] = nil }
            }
            if let clearing = state.clearing, clearing <= batch.last { state.clearing = nil }
            state.committed = batch.last
            state.byteCount -= batch.byteCount
            publishCount(state)
        }
        state.wake()
    }

    private func publishCount(_ state: State) {
        directoryCount.store(state.directory.count + (state.clearing == nil ? 0 : 1), ordering: .releasing)
    }
}
