package import LMDB

/// Reads a ledger: over the running one, or from the data directory in another process, which delays nobody.
package struct LedgerReader: Sendable {
    private let store: LedgerStore

    /// Opens the ledger in a data directory, to read only; not in the process that writes it.
    package init(directory: String) throws(StoreError) { store = try LedgerStore(reading: directory) }

    init(over store: LedgerStore) { self.store = store }

    /// Calls `body` with every entry of a time, oldest first, as they were when the reading began.
    ///
    /// - Parameters:
    ///   - from: Microseconds since 1970, inclusive; `nil` is from the first.
    ///   - to: Exclusive; `nil` is through the last.
    ///   - body: Returns whether to go on.
    /// - Returns: How many records could not be read: damaged, or written by a later version of the program.
    @discardableResult
    package func forEach(
        from: Int64? = nil, to: Int64? = nil, _ body: (LedgerEntry) -> Bool
    ) throws(StoreError) -> Int {
        let first = from.map { RecordID(notBefore: $0) } ?? RecordID(high: 0, low: 0)
        let end = to.map { RecordID(notBefore: $0) }
        let transaction = try ReadTransaction(on: store.environment)
        var cursor = try Cursor(store.records, in: transaction)
        var unreadable = 0
        var isThere = try cursor.seek(first.bytes.span.bytes)
        while isThere {
            if let id = RecordID(bytes: cursor.key) {
                if let end, id >= end { break }
                if let entry = LedgerRecord.decode(cursor.value, id: id) {
                    guard body(entry) else { break }
                } else {
                    unreadable += 1
                }
            } else {
                unreadable += 1
            }
            isThere = try cursor.next()
        }
        return unreadable
    }

    /// What all calls of a deal have cost; 0 where the ledger cannot be read.
    package func cost(ofDeal deal: String) -> PicoDollars {
        var sum = PicoDollars.zero
        do throws(StoreError) {
            try forEach { entry in
                if entry.deal == deal, let cost = entry.cost { sum += cost }
                return true
            }
        } catch { return .zero }
        return sum
    }

    /// What all records add up to, as stored with them.
    package func totals() throws(StoreError) -> LedgerTotals { try store.totals() }
}
