import LMDB

/// That an entry was used, and when.
struct CacheUse: Sendable {
    let key: CacheKey
    /// Microseconds since 1970.
    let time: Int64
}

/// Looks answers up for one loop, without a lock and without a copy.
///
/// Keeps one read transaction, renewed for a look-up and reset after it: a view held longer would keep the writer
/// from reusing pages. The times of use are gathered here, one for a key, and handed to the writer every second,
/// so that an entry that everybody asks for costs it no more than another.
package final class CacheReader {
    private let writer: CacheWriter
    private var store: CacheStore
    private var generation: Int
    private var transaction: ReadTransaction?
    /// When each entry was last used, since the writer was told last.
    private var uses: [CacheKey: Int64]
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
        var result: Result?
        // Before the store: what is committed in between is then found there.
        switch writer.pending.find(key) {
        case .stored(let record): read(record.span.bytes, key, now) { result = body($0, $1) }
        case .removed: return nil
        case .nothing: readStore(key, now) { result = body($0, $1) }
        }
        if result != nil { noteUse(of: key, at: now) }
        return result
    }

    /// Hands the times of use to the writer now; by itself that happens with the first hit after a second.
    package func sendUses() {
        guard !uses.isEmpty else { return }
        // Refused when too much is waiting: some entries then seem to be older than they are.
        _ = writer.pending.add(.touch(uses.map { CacheUse(key: $0.key, time: $0.value) }))
        uses.removeAll(keepingCapacity: true)
    }

    private func readStore(_ key: CacheKey, _ now: Int64, _ body: (CacheEntryHead, RawSpan) -> Void) {
        if generation != writer.generation {
            generation = writer.generation
            transaction = nil
            store = writer.currentStore
        }
        do throws(StoreError) {
            if transaction == nil {
                transaction = try ReadTransaction(on: store.environment)
            } else {
                try transaction!.renew()
            }
            let keyBytes = key.inlineBytes
            _ = try transaction!.get(store.entries, key: keyBytes.span.bytes) { read($0, key, now, body) }
            transaction!.reset()
        } catch {
            // A cache that cannot be read has nothing.
            transaction = nil
            writer.note(error)
        }
    }

    private func read(_ record: RawSpan, _ key: CacheKey, _ now: Int64, _ body: (CacheEntryHead, RawSpan) -> Void) {
        if let expiry = CacheRecord.expiry(of: record), expiry <= now { return }
        if CacheRecord.decode(record, for: key, body) == nil { writer.discardDamaged(key) }
    }

    private func noteUse(of key: CacheKey, at time: Int64) {
        uses[key] = time
        guard uses.count >= Self.usesAtOnce || time &- usesSentAt >= Self.usesInterval else { return }
        usesSentAt = time
        sendUses()
    }
}
