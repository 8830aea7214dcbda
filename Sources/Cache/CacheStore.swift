import Glibc
import LMDB

/// The cache's LMDB environment with its tables, as it is opened, found damaged, or begun anew.
///
///     index     the first 8 bytes of a key     the entry's number
///     entries   number                         the entry (see `CacheRecord`)
///     expiry    time it expires, number        nothing
///     uses      number                         when it was used last
///     recency   time it was used last, number  nothing
///     meta      "totals"                       `CacheTotals`
///
/// Entries are numbered as they are stored and appended, so that their pages are full and written one after the other;
/// what is small and random is the index alone, 26 bytes an entry. Their numbers are the order in which they were
/// stored, which is that of use until an entry is used again: only then does it have a place in `uses` and `recency`.
final class CacheStore: Sendable {
    let environment: Environment
    let index: Table
    let entries: Table
    let expiry: Table
    let uses: Table
    let recency: Table
    let meta: Table

    private static let tableCount = 6

    /// Opens the store in `path`, or begins one there.
    ///
    /// - Throws: An error that `isForeign` where what is there is not a whole store of this version.
    init(path: String, mapBytes: Int) throws(StoreError) {
        if try !CleanMark.take(in: path) { try DataFile.verify(in: path) }
        environment = try Environment(
            path: path, mapBytes: mapBytes, tables: Self.tableCount, durability: .noSync, maxReaders: 1024)
        try environment.checkStaleReaders()
        let isNew = environment.info.tables == 0
        var transaction = try WriteTransaction(on: environment)
        do throws(StoreError) {
            meta = try transaction.openTable("meta", create: isNew)
            if isNew { try CacheTotals().write(to: meta, in: &transaction) }
            try CacheTotals.checkVersion(in: transaction, meta, path)
            index = try transaction.openTable("index", create: isNew, keys: .numbers)
            entries = try transaction.openTable("entries", create: isNew, keys: .numbers)
            expiry = try transaction.openTable("expiry", create: isNew)
            uses = try transaction.openTable("uses", create: isNew, keys: .numbers)
            recency = try transaction.openTable("recency", create: isNew)
        } catch {
            throw error.isAbsent ? .foreign(path) : error
        }
        try transaction.commit()
    }

    /// Opens the store in `path` to look at it, beside a gateway or alone.
    init(reading path: String) throws(StoreError) {
        environment = try Environment(path: path, mapBytes: 0, tables: Self.tableCount, readOnly: true)
        do throws(StoreError) {
            meta = try environment.openTable("meta")
            try CacheTotals.checkVersion(in: ReadTransaction(on: environment), meta, path)
            index = try environment.openTable("index")
            entries = try environment.openTable("entries")
            expiry = try environment.openTable("expiry")
            uses = try environment.openTable("uses")
            recency = try environment.openTable("recency")
        } catch {
            throw error.isAbsent ? .foreign(path) : error
        }
    }

    var tables: [Table] { [index, entries, expiry, uses, recency, meta] }
}

extension StoreError {
    fileprivate static func foreign(_ path: String) -> StoreError {
        StoreError("open the cache", EPROTO, path: path, detail: "it is a store of another program")
    }

    fileprivate static func otherVersion(_ path: String, _ version: Int64) -> StoreError {
        StoreError(
            "open the cache", EPROTONOSUPPORT, path: path,
            detail: "its layout is number \(version), and this version of the gateway writes \(CacheTotals.version)")
    }

    /// What is in the cache's place is no cache that can be used, and another may take its place.
    var isForeign: Bool { isCorrupt || isOtherVersion || [EPROTO, ENOTDIR, EISDIR].contains(code) }

    /// A cache of another version's.
    var isOtherVersion: Bool { code == EPROTONOSUPPORT }
}

/// What the cache holds, counted in the transaction that changes it.
struct CacheTotals: Equatable {
    static let version: Int64 = 2
    var entries: Int64 = 0
    /// Of the records alone, without the pages' and the other tables' overhead.
    var bytes: Int64 = 0
    /// The number of the next entry.
    var nextNumber: UInt64 = 1

    private static let byteCount = 32

    func write(to meta: Table, in transaction: inout WriteTransaction) throws(StoreError) {
        let record: InlineArray<4, Int64> = [
            Self.version.littleEndian, entries.littleEndian, bytes.littleEndian,
            Int64(bitPattern: nextNumber).littleEndian,
        ]
        try transaction.put(meta, key: Self.key.span.bytes, value: record.span.bytes)
    }

    /// Nil where there are none of this version.
    static func read(from meta: Table, in transaction: borrowing WriteTransaction) throws(StoreError) -> CacheTotals? {
        try transaction.get(meta, key: key.span.bytes) { decode($0) } ?? nil
    }

    /// Nil where there are none of this version.
    static func read(from meta: Table, in transaction: borrowing ReadTransaction) throws(StoreError) -> CacheTotals? {
        try transaction.get(meta, key: key.span.bytes) { decode($0) } ?? nil
    }

    private static func decode(_ record: RawSpan) -> CacheTotals? {
        guard record.byteCount == byteCount, record.number(at: 0, as: Int64.self) == version else { return nil }
        return CacheTotals(
            entries: record.number(at: 8, as: Int64.self), bytes: record.number(at: 16, as: Int64.self),
            nextNumber: record.number(at: 24, as: UInt64.self))
    }

    private static let key = Array("totals".utf8)

    fileprivate static func checkVersion(
        in transaction: borrowing WriteTransaction, _ meta: Table, _ path: String
    ) throws(StoreError) {
        try check(transaction.get(meta, key: key.span.bytes) { version(of: $0) } ?? nil, path)
    }

    fileprivate static func checkVersion(
        in transaction: borrowing ReadTransaction, _ meta: Table, _ path: String
    ) throws(StoreError) {
        try check(transaction.get(meta, key: key.span.bytes) { version(of: $0) } ?? nil, path)
    }

    private static func version(of record: RawSpan) -> Int64? {
        record.byteCount >= 8 ? record.number(at: 0, as: Int64.self) : nil
    }

    private static func check(_ version: Int64?, _ path: String) throws(StoreError) {
        guard let version, (1...Int64(UInt16.max)).contains(version) else { throw .foreign(path) }
        guard version == Self.version else { throw .otherVersion(path, version) }
    }
}
