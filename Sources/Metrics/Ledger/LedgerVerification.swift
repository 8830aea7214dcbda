import LMDB

/// What a look at every record of a ledger found.
package struct LedgerVerification: Sendable {
    package private(set) var records = 0
    /// Records whose checksum or layout is wrong.
    package private(set) var damagedRecords = 0
    /// The ids of the first few of them.
    package private(set) var damagedIDs: [RecordID] = []
    /// Sums by hour and by deal that were compared with the records.
    package private(set) var sums = 0
    package private(set) var wrongSums = 0
    /// What is wrong with the first few of them.
    package private(set) var problems: [String] = []
    /// What the ledger says that its records add up to, and what they do.
    package private(set) var statedCalls = 0
    package private(set) var totalsAgree = true
    /// Records that an ended run has left in the journal, which the next start takes over.
    package private(set) var journalRecords = 0

    package var isSound: Bool { damagedRecords == 0 && wrongSums == 0 && totalsAgree }

    private static let shown = 20

    /// Reads the whole ledger as it is now.
    init(_ store: LedgerStore) throws(StoreError) {
        let transaction = try ReadTransaction(on: store.environment)
        let state = try LedgerState(in: transaction, store.tables.state)
        var totals = LedgerTotals()
        var day: DayRecount?
        var facts = CallFacts()
        var cursor = try Cursor(store.tables.calls, in: transaction)
        var isThere = try cursor.seek(RecordID(notBefore: state.prunedBefore).bytes.span.bytes)
        var lastDay = DealKey.day(of: state.prunedBefore)
        while isThere {
            records += 1
            let id = RecordID(bytes: cursor.key)
            if let id, (try? facts.read(cursor.value, id: id)) != nil {
                let number = DealKey.day(of: facts.time)
                if day?.day != number {
                    try compare(day, in: transaction, store.tables)
                    try compareEmptyDays(from: &lastDay, to: number, in: transaction, store.tables)
                    day = DayRecount(day: number)
                }
                day?.batch.add(facts, of: cursor.value)
                totals.add(facts)
            } else {
                damagedRecords += 1
                if let id, damagedIDs.count < Self.shown { damagedIDs.append(id) }
            }
            isThere = try cursor.next()
        }
        try compare(day, in: transaction, store.tables)
        try compareEmptyDays(from: &lastDay, to: .max, in: transaction, store.tables)
        // Of what is older than the limit, some may be left to remove.
        let old = try Self.oldTotals(before: state.prunedBefore, in: transaction, store.tables)
        totals += old
        statedCalls = state.totals.calls
        totalsAgree = state.totals == totals
        journalRecords = LedgerJournal.left(in: store.environment.path, after: state.lastFrame)
            .reduce(0) { $0 + $1.count }
    }

    private static func oldTotals(
        before cutoff: Int64, in transaction: borrowing ReadTransaction, _ tables: LedgerTables
    ) throws(StoreError) -> LedgerTotals {
        var totals = LedgerTotals()
        var facts = CallFacts()
        let end = RecordID(notBefore: cutoff).bytes
        var cursor = try Cursor(tables.calls, in: transaction)
        var isThere = try cursor.first()
        while isThere, cursor.key.precedes(end.span.bytes) {
            if let id = RecordID(bytes: cursor.key), (try? facts.read(cursor.value, id: id)) != nil {
                totals.add(facts)
            }
            isThere = try cursor.next()
        }
        return totals
    }

    private mutating func compare(
        _ recount: consuming DayRecount?, in transaction: borrowing ReadTransaction, _ tables: LedgerTables
    ) throws(StoreError) {
        guard let recount else { return }
        let found = try recount.compare(in: transaction, tables)
        sums += found.compared
        note(found.problems)
    }

    /// Days without a record must have no sums.
    private mutating func compareEmptyDays(
        from day: inout UInt32, to end: UInt32, in transaction: borrowing ReadTransaction, _ tables: LedgerTables
    ) throws(StoreError) {
        let found = try DayRecount.strays(from: day, to: end, in: transaction, tables)
        note(found)
        day = end == .max ? end : end + 1
    }

    private mutating func note(_ found: [String]) {
        wrongSums += found.count
        problems += found.prefix(max(Self.shown - problems.count, 0))
    }
}
