import LMDB

/// That an entry was used, and when.
struct CacheUse: Sendable {
    /// The entry's.
    let number: UInt64
    /// Microseconds since 1970.
    let time: Int64
}

/// Looks answers up for one loop, without a lock and without a copy.
///
/// Keeps one read transaction, renewed for a look-up and reset after it: a view held longer would keep the writer
/// from reusing pages. The times of use are gathered here, one an entry, and handed to the writer every second,
/// so that an entry that everybody asks for costs it no more than another.
package final class CacheReader {
    private let writer: CacheWriter
    private var store: CacheStore
    private var generation: Int
    private var transaction: ReadTransaction?
    /// When each entry was last used, since the writer was told last.
    private var uses: [UInt64: Int64]
    private var usesSentAt: Int64 = 0

    private static let usesAtOnce = 1024
    /// Microseconds after which gathered uses go to the writer.
    private static let usesInterval: Int64 = 1_000_000

    init(_ writer: CacheWriter) {
        self.writer = writer
        generation = writer.generation
        store = writer.currentStore
        uses = Dictionary(minimumCapacity: Self.usesAtOnce)
    }

    deinit { sendUses() }

    /// Lends the stored answer under `key` to `body`, straight from the map: it must not outlive the call.
    ///
    /// - Parameter now: Microseconds since 1970; an entry that has expired by then is none.
    /// - Returns: What `body` made of it; nil where there is none.
    package func lookUp<Result>(
        _ key: CacheKey, now: Int64, _ body: (CacheEntryHead, RawSpan) -> Result
    ) -> Result? {
        // Before the store: what is committed in between is then found there.
        switch writer.pending.find(key) {
        case .stored(let record): read(record.span.bytes, key, now, body)
        case .removed: nil
        case .nothing: readStore(key, now, body)
        }
    }

    /// Hands the times of use to the writer now; by itself that happens with the first hit after a second.
    package func sendUses() {
        guard !uses.isEmpty else { return }
        // Refused when too much is waiting: some entries then seem to be older than they are.
        _ = writer.pending.add(.touch(uses.map { CacheUse(number: $0.key, time: $0.value) }))
        uses.removeAll(keepingCapacity: true)
    }

    private func readStore<Result>(
        _ key: CacheKey, _ now: Int64, _ body: (CacheEntryHead, RawSpan) -> Result
    ) -> Result? {
        if generation != writer.generation {
            generation = writer.generation
            transaction = nil
            store = writer.currentStore
            uses.removeAll(keepingCapacity: true)
        }
        do throws(StoreError) {
            if transaction == nil {
                transaction = try ReadTransaction(on: store.environment)
            } else {
                try transaction!.renew()
            }
            var result: Result?
            let number = try transaction!.get(store.index, key: key.indexBytes.span.bytes) { $0.entryNumber }
            if let number = number ?? nil {
                _ = try transaction!.get(store.entries, key: inlineBytes(number).span.bytes) {
                    result = read($0, key, now, body)
                }
                if result != nil { noteUse(of: number, at: now) }
            }
            transaction!.reset()
            return result
        } catch {
            // A cache that cannot be read has nothing.
            transaction = nil
            writer.note(error)
            return nil
        }
    }

    /// Nil for what is not this key's, or no longer good, or damaged.
    private func read<Result>(
        _ bytes: RawSpan, _ key: CacheKey, _ now: Int64, _ body: (CacheEntryHead, RawSpan) -> Result
    ) -> Result? {
        if let record = CacheRecord(bytes) {
            let isOthers = !record.belongs(to: key)
            if isOthers || record.expiresAt <= now, record.isHeadSound { return nil }
            if !isOthers, record.isHeadSound, record.isBodySound, let head = record.head {
                return body(head, record.body)
            }
        }
        writer.discardDamaged(key)
        return nil
    }

    private func noteUse(of number: UInt64, at time: Int64) {
        uses[number] = time
        guard uses.count >= Self.usesAtOnce || time &- usesSentAt >= Self.usesInterval else { return }
        usesSentAt = time
        sendUses()
    }
}
