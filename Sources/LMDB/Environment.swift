import CLMDB
import Glibc
import Platform

/// A directory with one LMDB file: the tables in it share a map, a lock and one writer at a time.
///
/// Closed when the last transaction and the last owner are gone. Never opened twice by a process, since closing
/// either would drop the POSIX locks of both; and never used after `fork`.
///
/// Transactions are not bound to threads (`MDB_NOTLS`), save that a write must end on the thread it began on.
/// The map is read-only (`MDB_WRITEMAP` is never set), so that a stray pointer cannot reach the file.
// @unchecked: LMDB locks the environment itself; the pointer is written once, before anyone else has it.
package final class Environment: @unchecked Sendable {
    /// What a commit promises when it returns.
    package enum Durability: Sendable {
        /// The transaction survives a power cut.
        case full
        /// It survives the process alone; a power cut may lose, and tear, whatever came after the last `sync()`.
        case noSync
    }

    /// How much of the file is used.
    package struct Info: Sendable {
        /// Bytes that the map may reach; a file never grows beyond them.
        package let mapBytes: Int
        /// Bytes up to the last page ever used: the size of the file, free pages included.
        package let fileBytes: Int
        /// Named tables that exist.
        package let tables: Int
    }

    let handle: OpaquePointer
    private let location: Lock<String>
    /// The size of a page in bytes, the unit in which space is taken.
    package let pageBytes: Int
    /// The longest key in bytes.
    package let maxKeyBytes: Int

    /// Opens the store in the directory `path`, making both unless `readOnly`.
    ///
    /// - Parameters:
    ///   - mapBytes: The size of the map, a reservation of addresses, not of disk; 0 takes an existing store's own.
    ///   - tables: How many named tables it may have.
    ///   - maxReaders: How many read transactions may exist at once, over all processes.
    package init(
        path: String, mapBytes: Int, tables: Int, durability: Durability = .full, readOnly: Bool = false,
        maxReaders: Int = 126
    ) throws(StoreError) {
        if !readOnly, mkdir(path, 0o700) != 0, errno != EEXIST {
            throw StoreError("make the store's directory", errno, path: path)
        }
        let canonical = try OpenPaths.claim(path)
        var created: OpaquePointer?
        do throws(StoreError) {
            try check(mdb_env_create(&created), "prepare the store", path: path)
            try check(mdb_env_set_mapsize(created, mapBytes), "size the store", path: path)
            try check(mdb_env_set_maxdbs(created, UInt32(tables)), "prepare the store's tables", path: path)
            try check(mdb_env_set_maxreaders(created, UInt32(maxReaders)), "prepare the store's readers", path: path)
            let flags = MDB_NOTLS | (durability == .noSync ? MDB_NOSYNC : 0) | (readOnly ? MDB_RDONLY : 0)
            try check(mdb_env_open(created, canonical, UInt32(flags), 0o600), "open the store", path: path)
        } catch {
            mdb_env_close(created)
            OpenPaths.release(canonical)
            throw error
        }
        var status = MDB_stat()
        mdb_env_stat(created, &status)
        handle = created!
        location = Lock(canonical)
        pageBytes = Int(status.ms_psize)
        maxKeyBytes = Int(mdb_env_get_maxkeysize(created))
    }

    deinit {
        mdb_env_close(handle)
        OpenPaths.release(path)
    }

    /// Where the store is, without links or dots.
    package var path: String { location.withLock { $0 } }

    /// Frees the places of readers whose process is gone: what they still seem to read keeps pages from reuse.
    ///
    /// - Returns: How many there were.
    @discardableResult
    package func checkStaleReaders() throws(StoreError) -> Int {
        var stale: Int32 = 0
        try check(mdb_reader_check(handle, &stale), "look for stale readers", path: path)
        return Int(stale)
    }

    /// Waits until every commit so far is on the disk.
    package func sync() throws(StoreError) { try check(mdb_env_sync(handle, 1), "sync the store", path: path) }

    package var info: Info {
        var info = MDB_envinfo()
        mdb_env_info(handle, &info)
        var main = MDB_stat()
        mdb_env_stat(handle, &main)
        return Info(
            mapBytes: info.me_mapsize, fileBytes: (info.me_last_pgno + 1) * pageBytes, tables: main.ms_entries)
    }

    /// Opens a table that exists already, in a transaction of its own.
    ///
    /// Not to be called while another transaction of this process opens a table.
    package func openTable(_ name: String) throws(StoreError) -> Table {
        var transaction: OpaquePointer?
        try check(mdb_txn_begin(handle, nil, UInt32(MDB_RDONLY), &transaction), "begin a read", path: path)
        var table: MDB_dbi = 0
        let code = mdb_dbi_open(transaction, name, 0, &table)
        guard code == MDB_SUCCESS else {
            mdb_txn_abort(transaction)
            throw StoreError("open the table '\(name)'", code, path: path)
        }
        try check(mdb_txn_commit(transaction), "open the table '\(name)'", path: path)
        return Table(handle: table, name: name)
    }

    /// Renames the directory while it stays open, so that another store can take its place.
    package func move(to newPath: String) throws(StoreError) {
        try location.withLock { (path) throws(StoreError) in
            guard rename(path, newPath) == 0 else { throw StoreError("move the store aside", errno, path: path) }
            OpenPaths.release(path)
            path = try OpenPaths.claim(newPath)
        }
    }
}

/// The stores that this process has open.
private enum OpenPaths {
    private static let paths = Lock<Set<String>>([])

    /// - Returns: The path without links or dots, now taken.
    static func claim(_ path: String) throws(StoreError) -> String {
        guard let resolved = realpath(path, nil) else { throw StoreError("find the store", errno, path: path) }
        defer { free(resolved) }
        let canonical = String(cString: resolved)
        guard paths.withLock({ $0.insert(canonical).inserted }) else {
            throw StoreError("open the store", EBUSY, path: path, detail: "this process has it open already")
        }
        return canonical
    }

    static func release(_ canonical: String) { paths.withLock { _ = $0.remove(canonical) } }
}
