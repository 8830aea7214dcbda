import CLMDB

/// The one transaction of an environment that may write: all of it happens at `commit()`, or nothing.
///
/// A second one, of any process, waits for the first in its `init`. It belongs to the thread that began it.
package struct WriteTransaction: ~Copyable {
    let handle: OpaquePointer
    private let environment: Environment
    private var isOpen = true

    package init(on environment: Environment) throws(StoreError) {
        var opened: OpaquePointer?
        let code = mdb_txn_begin(environment.handle, nil, 0, &opened)
        guard code == MDB_SUCCESS, let opened else {
            throw StoreError("begin a write", code, path: environment.path)
        }
        handle = opened
        self.environment = environment
    }

    /// Undoes everything that was not committed.
    deinit { if isOpen { mdb_txn_abort(handle) } }

    /// Makes the changes visible to the reads that begin from now on, as durable as the environment promises.
    package consuming func commit() throws(StoreError) {
        // LMDB frees the transaction whether or not the commit succeeds, so `deinit` must not.
        isOpen = false
        try check(mdb_txn_commit(handle), "commit", path: environment.path)
    }

    /// Opens a table, for use in this transaction and, once it has committed, in all.
    ///
    /// - Parameter keys: What a table that is made here has for keys; one that exists has what it was made with.
    package mutating func openTable(
        _ name: String, create: Bool, keys: Table.Keys = .bytes
    ) throws(StoreError) -> Table {
        var table: MDB_dbi = 0
        let kind = keys == .numbers ? UInt32(MDB_INTEGERKEY) : 0
        let flags = create ? UInt32(MDB_CREATE) | kind : 0
        try check(
            mdb_dbi_open(handle, name, flags, &table), "open the table '\(name)'", path: environment.path)
        return Table(handle: table, name: name)
    }

    /// Lends the value under `key` to `body`, straight from the map; see `ReadTransaction.get`.
    package func get<Result>(
        _ table: Table, key: RawSpan, body: (RawSpan) -> Result
    ) throws(StoreError) -> Result? {
        try lookUp(key, in: table, handle, body)
    }

    /// Writes the value under `key`, in place of an earlier one.
    package mutating func put(_ table: Table, key: RawSpan, value: RawSpan) throws(StoreError) {
        let code = MDB_val.lending(key) { key in
            MDB_val.lending(value) { value in mdb_put(handle, table.handle, &key, &value, 0) }
        }
        try check(code, "write to '\(table.name)'", path: environment.path)
    }

    /// Writes the value under `key`, unless it has one already.
    ///
    /// - Returns: What `body` made of the earlier value, which stays; nil when there was none.
    package mutating func insert<Result>(
        _ table: Table, key: RawSpan, value: RawSpan, orLend body: (RawSpan) -> Result
    ) throws(StoreError) -> Result? {
        var slot = MDB_val()
        let code = MDB_val.lending(key) { key in
            MDB_val.lending(value) { value in
                slot = value
                return mdb_put(handle, table.handle, &key, &slot, UInt32(MDB_NOOVERWRITE))
            }
        }
        if code == MDB_KEYEXIST { return body(slot.buffer.bytes) }
        try check(code, "write to '\(table.name)'", path: environment.path)
        return nil
    }

    /// Writes the value under `key`, which comes after every key of the table: pages are filled to the last byte, and
    /// nothing is searched.
    ///
    /// - Returns: False, and nothing is written, when `key` does not come last.
    package mutating func append(_ table: Table, key: RawSpan, value: RawSpan) throws(StoreError) -> Bool {
        let code = MDB_val.lending(key) { key in
            MDB_val.lending(value) { value in mdb_put(handle, table.handle, &key, &value, UInt32(MDB_APPEND)) }
        }
        if code == MDB_KEYEXIST { return false }
        try check(code, "write to '\(table.name)'", path: environment.path)
        return true
    }

    /// Removes `key` with its value.
    ///
    /// - Returns: Whether it was there.
    @discardableResult
    package mutating func delete(_ table: Table, key: RawSpan) throws(StoreError) -> Bool {
        let code = MDB_val.lending(key) { mdb_del(handle, table.handle, &$0, nil) }
        if code == MDB_NOTFOUND { return false }
        try check(code, "delete from '\(table.name)'", path: environment.path)
        return true
    }

    /// Removes every key of the table, which stays open.
    package mutating func empty(_ table: Table) throws(StoreError) {
        try check(mdb_drop(handle, table.handle, 0), "empty '\(table.name)'", path: environment.path)
    }

    /// Removes the keys from `lower` up to, not including, `upper`, at most `limit` of them.
    ///
    /// - Returns: How many there were; fewer than `limit` when none is left.
    package mutating func deleteRange(
        _ table: Table, from lower: RawSpan, to upper: RawSpan, limit: Int = .max
    ) throws(StoreError) -> Int {
        var cursor = try Cursor(table, in: self)
        var deleted = 0
        var found = try cursor.seek(lower)
        while found, deleted < limit, cursor.key.precedes(upper) {
            try cursor.delete()
            deleted += 1
            found = try cursor.next()
        }
        return deleted
    }

    /// The space and entries of a table as this transaction has made it.
    package func statistics(of table: Table) throws(StoreError) -> TableStatistics {
        try TableStatistics(table, handle)
    }

    /// Pages of every kind that the table occupies.
    package func pagesInUse(of table: Table) throws(StoreError) -> Int { try statistics(of: table).pagesInUse }
}
