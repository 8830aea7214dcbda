import LMDB

/// The tables of the cache, and the order in which entries leave it. Belongs to the writer thread, save for reads.
///
/// `entries` holds the records. `uses` says of each key when it was last used and when it expires, so that neither
/// needs the record to be rewritten; `recency` and `expiry` are the same in order of time. `meta` holds the totals,
/// changed in the transactions that change them.
struct CacheStore: Sendable {
    let environment: Environment
    let entries: Table
    private let uses: Table
    private let recency: Table
    private let expiry: Table
    private let meta: Table
    /// Pages in use at most, over all tables.
    private let pageLimit: Int

    /// What the totals record says.
    struct Totals: Sendable, Equatable {
        var entries = 0
        /// Bytes of the records, without the store's own overhead.
        var bytes = 0
    }

    /// What one group of changes removed.
    struct Evictions: Sendable {
        var expired = 0
        var leastRecentlyUsed = 0
    }

    private static let schemaVersion: UInt64 = 1
    /// Expired entries removed in one group at most, so that a group stays short.
    private static let expiredAtOnce = 256

    /// The map is fixed and sparse: twice the limit and 256 MiB in reserve, since a group of changes needs free pages
    /// beside those in use, and a full map could not even delete.
    static func mapBytes(for maxBytes: Int) -> Int { maxBytes * 2 + (256 << 20) }

    /// Opens the store in `directory`, making it if needed.
    init(directory: String, maxBytes: Int) throws(StoreError) {
        environment = try Environment(
            path: directory, mapBytes: Self.mapBytes(for: maxBytes), tables: 5, durability: .noSync, maxReaders: 512)
        try environment.checkStaleReaders()
        var transaction = try WriteTransaction(on: environment)
        entries = try transaction.openTable("entries", create: true)
        uses = try transaction.openTable("uses", create: true)
        recency = try transaction.openTable("recency", create: true)
        expiry = try transaction.openTable("expiry", create: true)
        meta = try transaction.openTable("meta", create: true)
        pageLimit = maxBytes / environment.pageBytes
        let version = try transaction.get(meta, key: Self.versionKey.span.bytes) { value in
            value.byteCount == 8 ? value.number(at: 0, as: UInt64.self) : 0
        }
        if let version, version != Self.schemaVersion {
            throw StoreError(
                "open the cache", 0, path: directory, detail: "it is of version \(version), not \(Self.schemaVersion)")
        }
        if version == nil { try Self.put(Self.schemaVersion, Self.versionKey, meta, &transaction) }
        try transaction.commit()
    }

    private static let versionKey: [UInt8] = Array("version".utf8)
    private static let totalsKey: [UInt8] = Array("totals".utf8)

    // MARK: Changes, all within one transaction

    /// Writes a record in place of an earlier one of its key, and makes room first.
    func put(
        _ key: CacheKey, _ record: [UInt8], expiresAt: Int64, now: Int64, _ transaction: inout WriteTransaction,
        _ totals: inout Totals, _ evictions: inout Evictions
    ) throws(StoreError) {
        _ = try remove(key, &transaction, &totals)
        try makeRoom(forPages: pages(for: record.count), now: now, &transaction, &totals, &evictions)
        try transaction.putValue(record.span.bytes, under: key, in: entries)
        try setUse(Use(lastUsed: now, expiresAt: expiresAt, bytes: record.count), of: key, &transaction)
        totals.entries += 1
        totals.bytes += record.count
    }

    /// Notes that an entry was used; nothing for one that is gone.
    func touch(_ key: CacheKey, at time: Int64, _ transaction: inout WriteTransaction) throws(StoreError) {
        guard var use = try use(of: key, transaction), use.lastUsed < time else { return }
        try transaction.delete(recency, key: TimedKey(use.lastUsed, key).bytes.span.bytes)
        use.lastUsed = time
        try setUse(use, of: key, &transaction)
    }

    /// Removes an entry with what is noted of it.
    ///
    /// - Returns: Whether it was there.
    func remove(
        _ key: CacheKey, _ transaction: inout WriteTransaction, _ totals: inout Totals
    ) throws(StoreError) -> Bool {
        guard let use = try use(of: key, transaction) else { return false }
        try transaction.deleteValue(under: key, in: entries)
        try transaction.deleteValue(under: key, in: uses)
        try transaction.delete(recency, key: TimedKey(use.lastUsed, key).bytes.span.bytes)
        try transaction.delete(expiry, key: TimedKey(use.expiresAt, key).bytes.span.bytes)
        totals.entries -= 1
        totals.bytes -= use.bytes
        return true
    }

    func removeAll(_ transaction: inout WriteTransaction, _ totals: inout Totals) throws(StoreError) {
        for table in [entries, uses, recency, expiry] { try transaction.empty(table) }
        totals = Totals()
    }

    /// Removes what has expired, then what was not used for longest, until `needed` more pages fit.
    func makeRoom(
        forPages needed: Int, now: Int64, _ transaction: inout WriteTransaction, _ totals: inout Totals,
        _ evictions: inout Evictions
    ) throws(StoreError) {
        var expired = 0
        while expired < Self.expiredAtOnce, let oldest = try first(of: expiry, transaction), oldest.time <= now {
            guard try remove(oldest.key, &transaction, &totals) else {
                try transaction.delete(expiry, key: oldest.bytes.span.bytes)
                continue
            }
            expired += 1
        }
        evictions.expired += expired
        while try pagesInUse(transaction) + needed > pageLimit, let oldest = try first(of: recency, transaction) {
            guard try remove(oldest.key, &transaction, &totals) else {
                try transaction.delete(recency, key: oldest.bytes.span.bytes)
                continue
            }
            evictions.leastRecentlyUsed += 1
        }
    }

    /// Pages that a record of this size takes: its own beyond half a page, else its share of a leaf; and what its
    /// places in the other tables may split.
    private func pages(for bytes: Int) -> Int { bytes / environment.pageBytes + 1 + 4 }

    /// Pages of all tables, as the transaction has made them; LMDB keeps the counts.
    func pagesInUse(_ transaction: borrowing WriteTransaction) throws(StoreError) -> Int {
        var pages = 0
        for table in [entries, uses, recency, expiry, meta] { pages += try transaction.pagesInUse(of: table) }
        return pages
    }

    // MARK: Totals

    func totals(_ transaction: borrowing WriteTransaction) throws(StoreError) -> Totals {
        try transaction.get(meta, key: Self.totalsKey.span.bytes) { value in
            guard value.byteCount == 16 else { return Totals() }
            return Totals(
                entries: Int(truncatingIfNeeded: value.number(at: 0, as: UInt64.self)),
                bytes: Int(truncatingIfNeeded: value.number(at: 8, as: UInt64.self)))
        } ?? Totals()
    }

    func setTotals(_ totals: Totals, _ transaction: inout WriteTransaction) throws(StoreError) {
        let record: InlineArray<2, UInt64> = [
            UInt64(max(totals.entries, 0)).littleEndian, UInt64(max(totals.bytes, 0)).littleEndian,
        ]
        try transaction.put(meta, key: Self.totalsKey.span.bytes, value: record.span.bytes)
    }

    // MARK: Rows

    private struct Use {
        var lastUsed: Int64
        let expiresAt: Int64
        let bytes: Int
    }

    private func use(of key: CacheKey, _ transaction: borrowing WriteTransaction) throws(StoreError) -> Use? {
        let found: Use?? = try transaction.value(under: key, in: uses) { value in
            guard value.byteCount == 24 else { return nil }
            return Use(
                lastUsed: value.number(at: 0, as: Int64.self), expiresAt: value.number(at: 8, as: Int64.self),
                bytes: Int(value.number(at: 16, as: Int64.self)))
        }
        return found ?? nil
    }

    private func setUse(_ use: Use, of key: CacheKey, _ transaction: inout WriteTransaction) throws(StoreError) {
        let row: InlineArray<3, Int64> = [
            use.lastUsed.littleEndian, use.expiresAt.littleEndian, Int64(use.bytes).littleEndian,
        ]
        try transaction.putValue(row.span.bytes, under: key, in: uses)
        try transaction.put(recency, key: TimedKey(use.lastUsed, key).bytes.span.bytes, value: RawSpan())
        try transaction.put(expiry, key: TimedKey(use.expiresAt, key).bytes.span.bytes, value: RawSpan())
    }

    private func first(of table: Table, _ transaction: borrowing WriteTransaction) throws(StoreError) -> TimedKey? {
        var cursor = try Cursor(table, in: transaction)
        guard try cursor.first() else { return nil }
        return TimedKey(cursor.key)
    }

    private static func put(
        _ value: UInt64, _ key: [UInt8], _ table: Table, _ transaction: inout WriteTransaction
    ) throws(StoreError) {
        let row: InlineArray<1, UInt64> = [value.littleEndian]
        try transaction.put(table, key: key.span.bytes, value: row.span.bytes)
    }
}

/// A key of the tables in order of time: eight bytes big-endian, then the entry's key.
private struct TimedKey {
    let time: Int64
    let key: CacheKey
    let bytes: [UInt8]

    init(_ time: Int64, _ key: CacheKey) {
        self.time = time
        self.key = key
        var bytes = withUnsafeBytes(of: UInt64(max(time, 0)).bigEndian) { Array($0) }
        key.withBytes { span in span.withUnsafeBytes { bytes.append(contentsOf: $0) } }
        self.bytes = bytes
    }

    init?(_ row: RawSpan) {
        guard row.byteCount == 40, let key = CacheKey(bytes: row.extracting(8..<40)) else { return nil }
        self.init(Int64(UInt64(bigEndian: row.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt64.self))), key)
    }
}

extension WriteTransaction {
    fileprivate mutating func putValue(_ value: RawSpan, under key: CacheKey, in table: Table) throws(StoreError) {
        let copy = key.inlineBytes
        try put(table, key: copy.span.bytes, value: value)
    }

    fileprivate mutating func deleteValue(under key: CacheKey, in table: Table) throws(StoreError) {
        let copy = key.inlineBytes
        try delete(table, key: copy.span.bytes)
    }

    fileprivate func value<Result>(
        under key: CacheKey, in table: Table, _ body: (RawSpan) -> Result
    ) throws(StoreError) -> Result? {
        let copy = key.inlineBytes
        return try get(table, key: copy.span.bytes, body: body)
    }
}
