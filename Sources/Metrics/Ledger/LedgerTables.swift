import Glibc
import LMDB

/// The tables of a ledger.
struct LedgerTables: Sendable {
    /// Records by their ids.
    let calls: Table
    /// Sums by `HourKey` and by `DealKey`.
    let hours: Table
    let deals: Table
    /// What holds for the whole: see `LedgerState`.
    let state: Table

    static let count = 4
    /// With the two tables of the first version, which are read and emptied.
    static let countWithEarlier = 6

    init(in transaction: inout WriteTransaction) throws(StoreError) {
        calls = try transaction.openTable("calls", create: true)
        hours = try transaction.openTable("hours", create: true)
        deals = try transaction.openTable("deals", create: true)
        state = try transaction.openTable("state", create: true)
    }

    init(reading environment: Environment) throws(StoreError) {
        calls = try environment.openTable("calls")
        hours = try environment.openTable("hours")
        deals = try environment.openTable("deals")
        state = try environment.openTable("state")
    }
}

/// What the table `state` holds.
struct LedgerState: Sendable {
    /// What all records add up to.
    var totals = LedgerTotals()
    /// The number of the journal's last frame that is here.
    var lastFrame: UInt64 = 0
    /// Microseconds since 1970, the beginning of a day: what is older was removed, or is about to be.
    var prunedBefore: Int64 = 0

    private static let key = Array("state".utf8)
    /// The layout of the tables. A ledger of a later one is not opened.
    private static let format: UInt8 = 2

    private enum Field: Int {
        case totals = 1
        case lastFrame, prunedBefore
    }

    init(in transaction: borrowing ReadTransaction, _ table: Table) throws(StoreError) {
        try self.init(try transaction.get(table, key: Self.key.span.bytes) { $0.withUnsafeBytes { Array($0) } })
    }

    init(in transaction: borrowing WriteTransaction, _ table: Table) throws(StoreError) {
        try self.init(try transaction.get(table, key: Self.key.span.bytes) { $0.withUnsafeBytes { Array($0) } })
    }

    private init(_ stored: [UInt8]?) throws(StoreError) {
        guard let stored else { return }
        do throws(DamagedRecord) {
            var fields = try FieldReader(stored.span.bytes, versions: Self.format...Self.format)
            while let number = try fields.next() {
                switch Field(rawValue: number) {
                case .totals: totals = try LedgerTotals(fields.fields())
                case .lastFrame: lastFrame = try fields.number()
                case .prunedBefore: prunedBefore = try fields.number()
                case nil: break
                }
            }
        } catch {
            throw StoreError(
                "read the ledger's state", EILSEQ,
                detail: stored.first.map { $0 > Self.format } ?? false
                    ? "it was written by a later version of this program" : "it is damaged")
        }
    }

    func write(in transaction: inout WriteTransaction, _ table: Table) throws(StoreError) {
        var record = FieldWriter(version: Self.format)
        record.put(Field.totals) { totals.encode(in: &$0) }
        record.put(Field.lastFrame, lastFrame)
        record.putNonzero(Field.prunedBefore, prunedBefore)
        try transaction.put(table, key: Self.key.span.bytes, value: record.bytes.span.bytes)
    }
}
