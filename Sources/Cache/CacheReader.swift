import LMDB

/// That an entry was used, and when.
struct CacheUse: Sendable {
    let key: CacheKey
    /// Microseconds since 1970.
    let time: Int64
}

/// Looks answers up for one loop, without a lock and without a copy.
///
/// Keeps one read transaction, renewed for a look-up and reset after it (0.9 µs): a view held longer would keep the
/// writer from reusing pages. The times of use are gathered here and handed to the writer now and then.
package final class CacheReader {
    private let writer: CacheWriter
    private var store: CacheStore
    private var generation: Int
    private var transaction: ReadTransaction?
    /// When each entry was last used, since the last time the writer was told.
    private var uses: [CacheKey: Int64] = [:]
    private var usesSentAt: Int64 = 0

    private static let usesAtOnce = 512
    /// Microseconds after which gathered uses go to the writer.
    private static let usesInterval: Int64 = 1_000_000

    init(_ writer: CacheWriter) {
        self.writer = writer
        generation = writer.generation
        store = writer.currentStore
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
        if let record = writer.pendingRecord(for: key) { return read(record.span.bytes, now: now, body) }
        followStore()
        let found: Result??
        do throws(StoreError) {
            if transaction == nil {
                transaction = try ReadTransaction(on: store.environment)
            } else {
                try transaction!.renew()
            }
            let copy = key.inlineBytes
            found = try transaction!.get(store.entries, key: copy.span.bytes) { read($0, now: now, body) }
            transaction!.reset()
        } catch {
            // A cache that cannot be read has nothing; the writer says why.
            transaction = nil
            writer.countDamaged()
            return nil
        }
        guard let result = found ?? nil else { return nil }
        noteUse(of: key, at: now)
        return result
    }

    private func read<Result>(
        _ record: RawSpan, now: Int64, _ body: (CacheEntryHead, RawSpan) -> Result
    ) -> Result? {
        guard let expiry = CacheRecord.expiry(of: record) else {
            writer.countDamaged()
            return nil
        }
        guard expiry > now else { return nil }
        let result = CacheRecord.decode(record, body)
        if result == nil { writer.countDamaged() }
        return result
    }

    private func followStore() {
        guard generation != writer.generation else { return }
        generation = writer.generation
        transaction = nil
        store = writer.currentStore
    }

    private func noteUse(of key: CacheKey, at time: Int64) {
        uses[key] = time
        if uses.count >= Self.usesAtOnce || time &- usesSentAt > Self.usesInterval {
            usesSentAt = time
            sendUses()
        }
    }

    private func sendUses() {
        guard !uses.isEmpty else { return }
        writer.touch(uses.map { CacheUse(key: $0.key, time: $0.value) })
        uses.removeAll(keepingCapacity: true)
    }
}
