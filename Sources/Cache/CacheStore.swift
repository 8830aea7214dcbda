import Glibc
import LMDB

/// The cache's LMDB environment with its tables, as it is opened, found damaged, or begun anew.
///
///     entries   key                 the entry (see `CacheRecord`)
///     states    key                 when it was used last and when it expires (see `EntryState`)
///     recency   time used, key      nothing: the order in which entries go
///     expiry    time it expires, key    nothing
///     meta      "totals"            `CacheTotals`
final class CacheStore: Sendable {
    let environment: Environment
    let entries: Table
    let states: Table
    let recency: Table
    let expiry: Table
    let meta: Table

    /// Opens the store in `path`, or begins one there.
    ///
    /// - Throws: An error that `isForeign` where what is there is not a whole store of this version.
    init(path: String, mapBytes: Int) throws(StoreError) {
        try DataFile.verify(in: path)
        environment = try Environment(
            path: path, mapBytes: mapBytes, tables: 5, durability: .noSync, maxReaders: 1024)
        try environment.checkStaleReaders()
        let isNew = environment.info.tables == 0
        var transaction = try WriteTransaction(on: environment)
        do throws(StoreError) {
            entries = try transaction.openTable("entries", create: isNew)
            states = try transaction.openTable("states", create: isNew)
            recency = try transaction.openTable("recency", create: isNew)
            expiry = try transaction.openTable("expiry", create: isNew)
            meta = try transaction.openTable("meta", create: isNew)
        } catch {
            throw error.isAbsent ? Self.foreign(path) : error
        }
        if isNew { try CacheTotals().write(to: meta, in: &transaction) }
        guard try CacheTotals.read(from: meta, in: transaction) != nil else { throw Self.foreign(path) }
        try transaction.commit()
    }

    /// Pages that the tables occupy, of every kind.
    func pagesInUse(in transaction: borrowing WriteTransaction) throws(StoreError) -> Int {
        try transaction.pagesInUse(of: entries) + transaction.pagesInUse(of: states)
            + transaction.pagesInUse(of: recency) + transaction.pagesInUse(of: expiry)
            + transaction.pagesInUse(of: meta)
    }

    private static func foreign(_ path: String) -> StoreError {
        StoreError(
            "open the cache", EPROTO, path: path, detail: "it is a store of another program, or another version's")
    }
}

extension StoreError {
    /// What is in the cache's place is no cache that can be used, and another may take its place.
    var isForeign: Bool { isCorrupt || [EPROTO, ENOTDIR, EISDIR].contains(code) }
}

/// What the cache holds, counted in the transaction that changes it.
struct CacheTotals: Equatable {
    private static let version: Int64 = 1
    var entries: Int64 = 0
    /// Of the entries alone, without the pages' and the other tables' overhead.
    var bytes: Int64 = 0

    func write(to meta: Table, in transaction: inout WriteTransaction) throws(StoreError) {
        let record: InlineArray<3, Int64> = [Self.version.littleEndian, entries.littleEndian, bytes.littleEndian]
        try transaction.put(meta, key: Array("totals".utf8).span.bytes, value: record.span.bytes)
    }

    /// Nil where there are none of this version.
    static func read(from meta: Table, in transaction: borrowing WriteTransaction) throws(StoreError) -> CacheTotals? {
        try transaction.get(meta, key: Array("totals".utf8).span.bytes) { record in
            guard record.byteCount == 24, record.number(at: 0, as: Int64.self) == version else {
                return CacheTotals?.none
            }
            return CacheTotals(
                entries: record.number(at: 8, as: Int64.self), bytes: record.number(at: 16, as: Int64.self))
        } ?? nil
    }
}
