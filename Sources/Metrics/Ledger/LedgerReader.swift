import Glibc
package import LMDB

/// Reads a ledger: over the running one, or from the data directory in another process, which delays nobody.
package struct LedgerReader: Sendable {
    let store: LedgerStore

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
        let end = to.map { RecordID(notBefore: $0) }
        let transaction = try ReadTransaction(on: store.environment)
        // What is older is gone, even where some of it is left.
        let prunedBefore = try LedgerState(in: transaction, store.tables.state).prunedBefore
        let first = RecordID(notBefore: max(from ?? 0, prunedBefore))
        var cursor = try Cursor(store.tables.calls, in: transaction)
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

    /// Whether there is a ledger in a data directory, of whatever version.
    package static func exists(in directory: String) -> Bool {
        access("\(directory)/\(LedgerStore.folder)/data.mdb", F_OK) == 0
    }

    /// How many records wait in the journal of a gateway that was killed, for the next start to take them over; of one
    /// that runs, how many are on their way.
    package func journalRecords() throws(StoreError) -> Int {
        LedgerJournal.left(in: store.environment.path, after: try store.state().lastFrame).reduce(0) { $0 + $1.count }
    }

    /// Reads everything and compares.
    package func verify() throws(StoreError) -> LedgerVerification { try LedgerVerification(store) }

    /// What all calls of a deal have cost; 0 where the ledger cannot be read. A look at one sum for each day and cycle.
    package func cost(ofDeal deal: String) -> PicoDollars {
        do throws(StoreError) { return try costOf(deal: deal) } catch { return .zero }
    }

    private func costOf(deal: String) throws(StoreError) -> PicoDollars {
        var names = NameTable()
        let transaction = try ReadTransaction(on: store.environment)
        let prunedBefore = try LedgerState(in: transaction, store.tables.state).prunedBefore
        var cell = Cell()
        var cursor = try Cursor(store.tables.deals, in: transaction)
        var day = DealKey.day(of: prunedBefore)
        while true {
            let key = DealKey(day: day, deal: StoredName.name(deal, &names), cycle: .none)
            // Without the cycle's length at its end: every cycle's key begins with it.
            let prefix = key.bytes(names: names).dropLast()
            var isThere = try cursor.seek(Array(prefix).span.bytes)
            while isThere, cursor.key.begins(with: prefix) {
                _ = try? cell.add(stored: cursor.value, [], names: &names)
                isThere = try cursor.next()
            }
            guard isThere, let next = try? DealKey(stored: cursor.key, names: &names) else { break }
            day = max(next.day, day + 1)
        }
        return cell.sums.money(.cost)
    }

    /// What all records add up to, as stored with them.
    package func totals() throws(StoreError) -> LedgerTotals { try store.state().totals }
}
