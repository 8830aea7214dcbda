import CLMDB

/// One consistent view of the store, open until the value goes out of scope.
///
/// Not copyable, because LMDB would abort the same transaction twice. A reader that looks often keeps one, reset
/// between look-ups and renewed for the next: while a view is active, pages freed by later writes cannot be
/// reused. May pass between threads, one at a time.
package struct ReadTransaction: ~Copyable {
    let handle: OpaquePointer
    /// Kept so that the environment cannot close before its transactions.
    private let environment: Environment

    package init(on environment: Environment) throws(StoreError) {
        var opened: OpaquePointer?
        let code = mdb_txn_begin(environment.handle, nil, UInt32(MDB_RDONLY), &opened)
        guard code == MDB_SUCCESS, let opened else {
            throw StoreError("begin a read", code, path: environment.path)
        }
        handle = opened
        self.environment = environment
    }

    deinit { mdb_txn_abort(handle) }

    /// Lets the view go and keeps its place among the readers. Spans lent before are no longer good.
    package mutating func reset() { mdb_txn_reset(handle) }

    /// Takes a view of what is committed now; only after a `reset()`.
    package mutating func renew() throws(StoreError) {
        try check(mdb_txn_renew(handle), "begin a read", path: environment.path)
    }

    /// Lends the value under `key` to `body`, straight from the map.
    ///
    /// - Returns: What `body` made of it, or nil where there is no such key.
    package func get<Result>(
        _ table: Table, key: RawSpan, body: (RawSpan) -> Result
    ) throws(StoreError) -> Result? {
        try lookUp(key, in: table, handle, body)
    }

    /// The space and entries of a table in this view.
    package func statistics(of table: Table) throws(StoreError) -> TableStatistics {
        try TableStatistics(table, handle)
    }
}

/// What a table holds; kept up to date by LMDB, so that asking costs the same at any size.
package struct TableStatistics: Sendable {
    package let entries: Int
    /// Pages of every kind that the table occupies.
    package let pagesInUse: Int

    init(_ table: Table, _ transaction: OpaquePointer) throws(StoreError) {
        var status = MDB_stat()
        try check(mdb_stat(transaction, table.handle, &status), "measure '\(table.name)'")
        entries = status.ms_entries
        pagesInUse = status.ms_branch_pages + status.ms_leaf_pages + status.ms_overflow_pages
    }
}

/// `get` of either kind of transaction.
func lookUp<Result>(
    _ key: RawSpan, in table: Table, _ transaction: OpaquePointer, _ body: (RawSpan) -> Result
) throws(StoreError) -> Result? {
    var value = MDB_val()
    let code = MDB_val.lending(key) { mdb_get(transaction, table.handle, &$0, &value) }
    if code == MDB_NOTFOUND { return nil }
    try check(code, "read from '\(table.name)'")
    return body(value.buffer.bytes)
}
