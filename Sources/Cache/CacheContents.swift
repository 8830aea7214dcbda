package import LMDB

/// What a cache holds, seen without holding up its writer or anybody's look-ups.
///
/// It is looked through in steps, each with a view of its own: one held for long would keep the writer from reusing
/// pages. A step of 4,096 entries takes some milliseconds; every call here blocks for as long as all of them take.
package struct CacheContents: Sendable {
    let store: CacheStore

    init(of store: CacheStore) { self.store = store }

    /// The cache in a data directory.
    ///
    /// - Parameter isInUse: Whether a gateway has it open. Where none has, nor starts meanwhile, pages are checked first
    ///   unless it was closed whole, for LMDB trusts them.
    package init(directory: String, isInUse: Bool) throws(StoreError) {
        let path = "\(directory)/cache"
        if !isInUse, !CleanMark.holds(in: path) { try DataFile.verify(in: path) }
        store = try CacheStore(reading: path)
    }

    /// What it holds and takes.
    package struct Totals: Sendable, Equatable {
        package let entries: Int
        /// Of the records alone.
        package let recordBytes: Int
        /// Of the pages in use, which `cache.max_bytes` bounds.
        package let bytesInUse: Int
        /// Up to the last page ever used.
        package let fileBytes: Int
    }

    package func totals() throws(StoreError) -> Totals {
        let transaction = try ReadTransaction(on: store.environment)
        let totals = try CacheTotals.read(from: store.meta, in: transaction) ?? CacheTotals()
        var pages = 0
        for table in store.tables { pages += try transaction.statistics(of: table).pagesInUse }
        return Totals(
            entries: Int(totals.entries), recordBytes: Int(totals.bytes),
            bytesInUse: pages * store.environment.pageBytes, fileBytes: store.environment.info.fileBytes)
    }

    /// The entries that `filter` means, those stored last first.
    package func list(_ filter: CacheFilter, limit: Int) throws(StoreError) -> [CacheEntrySummary] {
        var found: [CacheEntrySummary] = []
        var scan = CacheScan(store)
        while found.count < limit,
            try scan.step({ number, record, view throws(StoreError) in
                if record.matches(filter), let summary = try view.summary(of: record, number) { found.append(summary) }
                return found.count < limit
            })
        {}
        return found
    }

    /// The entry under a key, whether or not it has expired.
    package func entry(_ key: CacheKey) throws(StoreError) -> CacheEntrySummary? {
        let view = try CacheView(store)
        guard let number = try view.number(under: key) else { return nil }
        return try view.read(number) { (record) throws(StoreError) in
            record.belongs(to: key) && record.isHeadSound ? try view.summary(of: record, number) : nil
        } ?? nil
    }

    /// An entry, and what its key was made of that another's was not.
    package struct Neighbour: Sendable {
        package let entry: CacheEntrySummary
        /// See `CacheKeyParts.nameWord`.
        package let differing: [UInt64]
    }

    /// The entry whose key has most parts in common with these, of equals the one stored last.
    ///
    /// - Parameter limit: How many entries to look at, those stored last first.
    package func nearest(to parts: CacheKeyParts, among limit: Int = 100_000) throws(StoreError) -> Neighbour? {
        var nearest: (entry: CacheEntrySummary, distance: Int)?
        var rest = limit
        var scan = CacheScan(store)
        while rest > 0, nearest?.distance != 1,
            try scan.step({ number, record, view throws(StoreError) in
                rest -= 1
                let distance = record.distance(to: parts)
                if distance < nearest?.distance ?? .max, record.isHeadSound,
                    let summary = try view.summary(of: record, number)
                {
                    nearest = (summary, distance)
                }
                return rest > 0 && nearest?.distance != 1
            })
        {}
        return nearest.map { Neighbour(entry: $0.entry, differing: parts.differences(from: $0.entry.origin.parts)) }
    }
}

/// A view of the store at one moment; to be let go of soon.
struct CacheView: ~Copyable {
    let store: CacheStore
    let transaction: ReadTransaction

    init(_ store: CacheStore) throws(StoreError) {
        self.store = store
        transaction = try ReadTransaction(on: store.environment)
    }

    func number(under key: CacheKey) throws(StoreError) -> UInt64? {
        try transaction.get(store.index, key: key.indexBytes.span.bytes) { $0.entryNumber } ?? nil
    }

    /// Lends the record of that number to `body`; nil where there is none that can be read.
    func read<Result>(
        _ number: UInt64, _ body: (CacheRecord) throws(StoreError) -> Result
    ) throws(StoreError) -> Result? {
        var cursor = try Cursor(store.entries, in: transaction)
        guard try cursor.seek(inlineBytes(number).span.bytes), cursor.key.entryNumber == number,
            let record = CacheRecord(cursor.value)
        else { return nil }
        return try body(record)
    }

    /// When an entry was used last, if that was after it was stored and is written.
    func use(of number: UInt64) throws(StoreError) -> Int64? {
        try transaction.get(store.uses, key: inlineBytes(number).span.bytes) { value in
            value.byteCount == 8 ? value.number(at: 0, as: Int64.self) : nil
        } ?? nil
    }

    /// Nil where the answer is of a kind that this version does not know.
    func summary(of record: borrowing CacheRecord, _ number: UInt64) throws(StoreError) -> CacheEntrySummary? {
        guard let head = record.head else { return nil }
        return CacheEntrySummary(
            key: record.key, head: head, origin: record.origin, bodyBytes: record.body.byteCount,
            usedAt: try use(of: number) ?? record.storedAt)
    }

    func has(_ place: TimePlace, in order: Table) throws(StoreError) -> Bool {
        try transaction.get(order, key: place.inlineBytes.span.bytes) { _ in true } ?? false
    }
}

/// A walk through all entries, those stored last first, a step at a time.
struct CacheScan: ~Copyable {
    private let store: CacheStore
    /// Entries before that are still to be seen.
    private var end = UInt64.max

    static let stepEntries = 4096

    init(_ store: CacheStore) { self.store = store }

    /// Hands the next entries to `body` until it returns false, at most 4,096 of them. What cannot be read is left out.
    ///
    /// - Returns: Whether there are more.
    mutating func step(
        _ body: (UInt64, borrowing CacheRecord, borrowing CacheView) throws(StoreError) -> Bool
    ) throws(StoreError) -> Bool {
        let view = try CacheView(store)
        var cursor = try Cursor(store.entries, in: view.transaction)
        var found = try cursor.seek(before: inlineBytes(end).span.bytes)
        for _ in 0..<Self.stepEntries {
            guard found else { return false }
            guard let number = cursor.key.entryNumber else { return false }
            end = number
            if let record = CacheRecord(cursor.value), try !body(number, record, view) { return false }
            found = try cursor.previous()
        }
        return found
    }
}
