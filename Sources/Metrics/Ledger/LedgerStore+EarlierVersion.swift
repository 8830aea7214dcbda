import LMDB

extension LedgerStore {
    /// Records that are taken over in one transaction.
    private static let takenTogether = 4096

    /// Moves records of the first version, which had no sums, to where this one keeps them.
    ///
    /// In steps, each of which leaves a whole ledger behind: a start that is broken off is taken up by the next. The old
    /// tables are left empty. So a program of the first version may write there again, as it does after a downgrade,
    /// and what it has written comes over at the next upgrade.
    func takeOverEarlierVersion() throws(StoreError) {
        guard let old = try earlierTable() else { return }
        var isOver = false
        while !isOver {
            _ = try write { (transaction, state, batch) throws(StoreError) in
                isOver = try takeOver(from: old, in: &transaction, &state, &batch) < Self.takenTogether
            }
        }
    }

    /// The records of the first version; nil where there never were any.
    private func earlierTable() throws(StoreError) -> Table? {
        var transaction = try WriteTransaction(on: environment)
        let table: Table
        do throws(StoreError) {
            table = try transaction.openTable("records", create: false)
        } catch  where error.isAbsent { return nil }
        try transaction.commit()
        return table
    }

    /// - Returns: How many there were.
    private func takeOver(
        from old: Table, in transaction: inout WriteTransaction, _ state: inout LedgerState, _ batch: inout RollupBatch
    ) throws(StoreError) -> Int {
        let taken = try first(Self.takenTogether, of: old, in: transaction)
        var facts = CallFacts()
        for (key, bytes) in taken {
            if let id = RecordID(bytes: key.span.bytes) {
                // One that cannot be read stays as it is, and is told as unreadable.
                let record = LedgerRecord.decode(bytes.span.bytes, id: id).map(LedgerRecord.encode) ?? bytes
                if try insert(id, record.span.bytes, in: &transaction) {
                    Self.count(id, record.span.bytes, &facts, &state, &batch)
                }
            }
            try transaction.delete(old, key: key.span.bytes)
        }
        return taken.count
    }

    private func first(
        _ count: Int, of table: Table, in transaction: borrowing WriteTransaction
    ) throws(StoreError) -> [(key: [UInt8], value: [UInt8])] {
        var found: [(key: [UInt8], value: [UInt8])] = []
        var cursor = try Cursor(table, in: transaction)
        var isThere = try cursor.first()
        while isThere, found.count < count {
            found.append((cursor.key.withUnsafeBytes { Array($0) }, cursor.value.withUnsafeBytes { Array($0) }))
            isThere = try cursor.next()
        }
        return found
    }
}
