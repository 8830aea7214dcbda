package import LMDB

/// Whether everything in a cache is as it was written: every page, every record and its checksums, every entry's places
/// in the index and the orders, and what they add up to.
package struct CacheVerification: Sendable {
    /// Entries that were looked at.
    package private(set) var entries = 0
    package private(set) var bytes = 0
    /// Whether the file's pages were checked too; not while a gateway writes to them.
    package private(set) var sawPages = false
    /// How much is wrong.
    package private(set) var problemCount = 0
    /// What is wrong, the first of it.
    package private(set) var problems: [String] = []

    package var isSound: Bool { problemCount == 0 }

    /// Problems that are told; the rest is counted.
    private static let toldProblems = 20

    /// Checks the cache in a data directory; takes a read of all of it.
    ///
    /// - Parameter isInUse: Whether a gateway has it open. If so, entries are looked at in steps that each see another
    ///   moment; if not, none may open it meanwhile.
    /// - Throws: Where there is no cache, or it cannot be read.
    package init(directory: String, isInUse: Bool) throws(StoreError) {
        self.init()
        if !isInUse {
            do throws(StoreError) { try DataFile.verify(in: "\(directory)/cache") } catch {
                guard error.isCorrupt else { throw error }
                note("\(error)")
                return
            }
            sawPages = true
        }
        try walk(CacheStore(reading: "\(directory)/cache"))
    }

    /// Checks a cache that this process has open.
    init(of store: CacheStore) throws(StoreError) {
        self.init()
        try walk(store)
    }

    private init() {}

    private mutating func walk(_ store: CacheStore) throws(StoreError) {
        let before = try checkCounts(store)
        var next: UInt64? = 0
        while let from = next { next = try checkEntries(store, from: from) }
        let after = try checkCounts(store)
        // Else entries have come and gone, and no sum is that of any moment.
        guard before == after else { return }
        if after.entries != entries { note("the totals say \(after.entries) entries, and there are \(entries)") }
        if after.bytes != bytes { note("the totals say \(after.bytes) bytes of records, and there are \(bytes)") }
    }

    /// Compares the tables' sizes, which LMDB keeps, with the totals and each other.
    private mutating func checkCounts(_ store: CacheStore) throws(StoreError) -> CacheTotals {
        let view = try CacheView(store)
        guard let totals = try CacheTotals.read(from: store.meta, in: view.transaction) else {
            note("the totals cannot be read")
            return CacheTotals()
        }
        func count(_ table: Table) throws(StoreError) -> Int { try view.transaction.statistics(of: table).entries }
        for table in [store.entries, store.index, store.expiry] {
            let found = try count(table)
            if found != totals.entries { note("'\(table.name)' has \(found) rows for \(totals.entries) entries") }
        }
        let uses = try count(store.uses)
        let recency = try count(store.recency)
        if uses != recency { note("'uses' has \(uses) rows and 'recency' \(recency)") }
        return totals
    }

    /// Looks at some entries, from that number on.
    ///
    /// - Returns: Where to go on; nil at the end.
    private mutating func checkEntries(_ store: CacheStore, from: UInt64) throws(StoreError) -> UInt64? {
        let view = try CacheView(store)
        var cursor = try Cursor(store.entries, in: view.transaction)
        var found = try cursor.seek(inlineBytes(from).span.bytes)
        var rest = CacheScan.stepEntries
        while found, rest > 0 {
            guard let number = cursor.key.entryNumber else {
                note("an entry's number is none")
                return nil
            }
            entries += 1
            bytes += cursor.value.byteCount
            if let record = CacheRecord(cursor.value) {
                try check(record, number, view)
            } else {
                note("entry \(number) is no record of this version")
            }
            if number == .max { return nil }
            found = try cursor.next()
            if found, rest == 1 { return number + 1 }
            rest -= 1
        }
        return nil
    }

    private mutating func check(
        _ record: borrowing CacheRecord, _ number: UInt64, _ view: borrowing CacheView
    ) throws(StoreError) {
        guard record.isHeadSound, record.head != nil else { return note("entry \(number): its head is damaged") }
        if !record.isBodySound { note("entry \(number), key \(record.key): its answer is damaged") }
        let indexed = try view.number(under: record.key)
        if indexed != number { note("entry \(number), key \(record.key): the index does not lead to it") }
        if try !view.has(TimePlace(record.expiresAt, number), in: view.store.expiry) {
            note("entry \(number), key \(record.key): it has no place in the order of expiry")
        }
        guard let usedAt = try view.use(of: number) else { return }
        if try !view.has(TimePlace(usedAt, number), in: view.store.recency) {
            note("entry \(number), key \(record.key): it has no place in the order of use")
        }
    }

    private mutating func note(_ problem: String) {
        problemCount += 1
        if problems.count < Self.toldProblems { problems.append(problem) }
    }
}
