import CLMDB
import Glibc

/// A place among a table's keys, moved in either direction.
///
/// Begins before the first key: `next()` goes there. `key` and `value` are lent from the map until the cursor
/// moves; the compiler holds users to that, and keeps a transaction from writing while a cursor is open on it.
///
/// ```swift
/// var cursor = try Cursor(records, in: transaction)
/// var found = try cursor.seek(from)
/// while found, cursor.key.precedes(to) {
///     read(cursor.value)
///     found = try cursor.next()
/// }
/// ```
package struct Cursor: ~Copyable, ~Escapable {
    private let handle: OpaquePointer
    private let table: Table
    private var currentKey = MDB_val()
    private var currentValue = MDB_val()

    /// A cursor over what the view holds.
    @_lifetime(borrow transaction)
    package init(_ table: Table, in transaction: borrowing ReadTransaction) throws(StoreError) {
        handle = try openCursor(table, transaction.handle)
        self.table = table
    }

    /// A cursor over a table as the transaction has made it, which may also delete.
    @_lifetime(borrow transaction)
    package init(_ table: Table, in transaction: borrowing WriteTransaction) throws(StoreError) {
        handle = try openCursor(table, transaction.handle)
        self.table = table
    }

    deinit { mdb_cursor_close(handle) }

    /// The key at the cursor; empty unless the last move said there is one.
    package var key: RawSpan {
        @_lifetime(borrow self) get { _overrideLifetime(currentKey.buffer.bytes, borrowing: self) }
    }

    /// The value at the cursor; empty unless the last move said there is one.
    package var value: RawSpan {
        @_lifetime(borrow self) get { _overrideLifetime(currentValue.buffer.bytes, borrowing: self) }
    }

    /// Goes to the first key that is `key` or comes after it.
    ///
    /// - Returns: Whether there is one.
    package mutating func seek(_ key: RawSpan) throws(StoreError) -> Bool {
        var found = MDB_val()
        var value = MDB_val()
        let code = MDB_val.lending(key) { key in
            let code = mdb_cursor_get(handle, &key, &value, MDB_SET_RANGE)
            found = key
            return code
        }
        return try arrive(at: found, value, code)
    }

    /// Goes to the last key that comes before `key`.
    ///
    /// - Returns: Whether there is one.
    package mutating func seek(before key: RawSpan) throws(StoreError) -> Bool {
        try seek(key) ? try previous() : try last()
    }

    /// Goes to the first key; false in an empty table.
    package mutating func first() throws(StoreError) -> Bool { try move(MDB_FIRST) }

    /// Goes to the last key; false in an empty table.
    package mutating func last() throws(StoreError) -> Bool { try move(MDB_LAST) }

    /// Goes one key on; false past the last. After a `delete()` it goes to the key that followed.
    package mutating func next() throws(StoreError) -> Bool { try move(MDB_NEXT) }

    /// Goes one key back; false before the first.
    package mutating func previous() throws(StoreError) -> Bool { try move(MDB_PREV) }

    /// Removes the key at the cursor with its value; only over a write transaction.
    package mutating func delete() throws(StoreError) {
        try check(mdb_cursor_del(handle, 0), "delete from '\(table.name)'")
        currentKey = MDB_val()
        currentValue = MDB_val()
    }

    private mutating func move(_ operation: MDB_cursor_op) throws(StoreError) -> Bool {
        var key = MDB_val()
        var value = MDB_val()
        let code = mdb_cursor_get(handle, &key, &value, operation)
        return try arrive(at: key, value, code)
    }

    private mutating func arrive(at key: MDB_val, _ value: MDB_val, _ code: Int32) throws(StoreError) -> Bool {
        let found = code == MDB_SUCCESS
        currentKey = found ? key : MDB_val()
        currentValue = found ? value : MDB_val()
        guard found || code == MDB_NOTFOUND else { throw StoreError("read from '\(table.name)'", code) }
        return found
    }
}

private func openCursor(_ table: Table, _ transaction: OpaquePointer) throws(StoreError) -> OpaquePointer {
    var opened: OpaquePointer?
    let code = mdb_cursor_open(transaction, table.handle, &opened)
    guard code == MDB_SUCCESS, let opened else { throw StoreError("read from '\(table.name)'", code) }
    return opened
}

extension RawSpan {
    /// Whether a table has these bytes before `other`: byte by byte, a prefix before what it begins.
    package func precedes(_ other: RawSpan) -> Bool {
        let order = withUnsafeBytes { mine in
            other.withUnsafeBytes { theirs in
                let common = min(mine.count, theirs.count)
                return common == 0 ? 0 : memcmp(mine.baseAddress!, theirs.baseAddress!, common)
            }
        }
        return order == 0 ? byteCount < other.byteCount : order < 0
    }
}
