import LMDB

extension LedgerStore {
    /// Entries that are removed in one transaction, so that records are never kept waiting for long.
    private static let removedTogether = 2048

    /// Removes a step of what is older than a day, in a transaction of its own.
    ///
    /// Whole days alone, so that the sums of what stays are right without being touched. The first step notes the day,
    /// and from then on nobody is shown what is older, however much of it is still there.
    ///
    /// - Parameter day: Days since 1970.
    /// - Returns: How many records were removed; nil when nothing is left to do.
    func prune(before day: UInt32) throws(StoreError) -> Int? {
        let cutoff = Int64(day) * DealKey.microseconds
        var removed: Int?
        _ = try write { (transaction, state, _) throws(StoreError) in
            if state.prunedBefore < cutoff {
                state.prunedBefore = cutoff
                removed = 0
            } else if let records = try self.removeRecords(before: cutoff, in: &transaction, &state) {
                removed = records
            } else if try self.removeSums(before: cutoff, in: &transaction) {
                removed = 0
            }
        }
        return removed
    }

    private func removeRecords(
        before cutoff: Int64, in transaction: inout WriteTransaction, _ state: inout LedgerState
    ) throws(StoreError) -> Int? {
        let end = RecordID(notBefore: cutoff).bytes
        var gone = LedgerTotals()
        var removed = 0
        do {
            var facts = CallFacts()
            var cursor = try Cursor(tables.calls, in: transaction)
            var isThere = try cursor.first()
            while isThere, removed < Self.removedTogether, cursor.key.precedes(end.span.bytes) {
                if let id = RecordID(bytes: cursor.key), (try? facts.read(cursor.value, id: id)) != nil {
                    gone.add(facts)
                }
                try cursor.delete()
                removed += 1
                isThere = try cursor.next()
            }
        }
        state.totals -= gone
        return removed > 0 ? removed : nil
    }

    /// - Returns: Whether there were any.
    private func removeSums(before cutoff: Int64, in transaction: inout WriteTransaction) throws(StoreError) -> Bool {
        var hour: [UInt8] = []
        hour.appendBigEndian(HourKey.hour(of: cutoff))
        var day: [UInt8] = []
        day.appendBigEndian(DealKey.day(of: cutoff))
        let first: [UInt8] = [0]
        var removed = 0
        for (table, end) in [(tables.hours, hour), (tables.deals, day)] {
            removed += try transaction.deleteRange(
                table, from: first.span.bytes, to: end.span.bytes, limit: Self.removedTogether)
        }
        return removed > 0
    }
}
