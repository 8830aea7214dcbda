import Glibc
import LMDB
import Platform

/// The ledger's database: the records in the order of their ids, and what they add up to by hour and by deal, which is
/// written in the transaction that writes the records, so that the two never disagree.
struct LedgerStore: Sendable {
    static let folder = "ledger"

    let environment: Environment
    let tables: LedgerTables
    let maxBytes: Int
    /// The writer's memory of the latest hours.
    private let models = Lock(HourModels())

    /// Opens the ledger in the data directory, or makes it; takes over what an earlier version has written.
    init(directory: String, maxBytes: Int, durability: Environment.Durability) throws(StoreError) {
        self.maxBytes = maxBytes
        environment = try Environment(
            path: directory + "/" + Self.folder, mapBytes: Self.mapBytes(for: maxBytes),
            tables: LedgerTables.countWithEarlier, durability: durability)
        try environment.checkStaleReaders()
        var transaction = try WriteTransaction(on: environment)
        tables = try LedgerTables(in: &transaction)
        _ = try LedgerState(in: transaction, tables.state)
        try transaction.commit()
        try takeOverEarlierVersion()
    }

    /// Opens an existing ledger to read.
    init(reading directory: String) throws(StoreError) {
        maxBytes = 0
        environment = try Environment(
            path: directory + "/" + Self.folder, mapBytes: 0, tables: LedgerTables.count, readOnly: true)
        do throws(StoreError) {
            tables = try LedgerTables(reading: environment)
        } catch  where error.isAbsent {
            throw StoreError(
                "read the ledger", ENOENT, path: environment.path,
                detail: "it is of an earlier version, or empty; start the gateway once, which takes it over")
        }
    }

    /// A sixteenth more than the records may take, and at least 64 MiB: LMDB needs free pages to delete too, so
    /// a map without a reserve could never be pruned. The file is sparse; only used pages take space.
    private static func mapBytes(for maxBytes: Int) -> Int {
        let bounded = min(max(maxBytes, 0), 1 << 46)
        let bytes = bounded + max(bounded / 16, 64 << 20)
        return bytes & ~((1 << 20) - 1)
    }

    /// Writes the frames' records with all that they add up to, or nothing; as durable as the ledger is when it returns.
    ///
    /// - Returns: The totals.
    func append(_ frames: [JournalFrame]) throws(StoreError) -> LedgerTotals {
        try write { (transaction, state, batch) throws(StoreError) in
            var facts = CallFacts()
            for frame in frames {
                try frame.forEach { (id, record) throws(StoreError) in
                    let isNew = try self.insert(id, record, in: &transaction)
                    if isNew { Self.count(id, record, &facts, &state, &batch) }
                }
            }
            if let last = frames.last { state.lastFrame = max(state.lastFrame, last.number) }
        }
    }

    /// Writes one record; false where its id is there already.
    func insert(
        _ id: RecordID, _ record: RawSpan, in transaction: inout WriteTransaction
    ) throws(StoreError) -> Bool {
        let key = id.keyBytes
        return try transaction.insert(tables.calls, key: key.span.bytes, value: record) { _ in true } == nil
    }

    /// Adds a record that was written to what records add up to.
    static func count(
        _ id: RecordID, _ record: RawSpan, _ facts: inout CallFacts, _ state: inout LedgerState,
        _ batch: inout RollupBatch
    ) {
        // Made by this program a moment ago: one that cannot be read is kept for whoever can, and is in no sum.
        do throws(DamagedRecord) { try facts.read(record, id: id) } catch { return }
        state.totals.add(facts)
        batch.add(facts, of: record)
    }

    /// One transaction: what `body` writes, the sums of what it counts, and the state.
    func write(
        _ body: (inout WriteTransaction, inout LedgerState, inout RollupBatch) throws(StoreError) -> Void
    ) throws(StoreError) -> LedgerTotals {
        var transaction = try WriteTransaction(on: environment)
        var state = try LedgerState(in: transaction, tables.state)
        var batch = RollupBatch()
        try body(&transaction, &state, &batch)
        var models = self.models.withLock { $0 }
        try batch.write(in: &transaction, to: tables, models: &models)
        if !batch.isEmpty { try checkSize(in: transaction) }
        try state.write(in: &transaction, tables.state)
        try transaction.commit()
        // What is not committed is not remembered either.
        let committed = models
        self.models.withLock { $0 = committed }
        return state.totals
    }

    private func checkSize(in transaction: borrowing WriteTransaction) throws(StoreError) {
        var pages = 0
        for table in [tables.calls, tables.hours, tables.deals] { pages += try transaction.pagesInUse(of: table) }
        guard pages <= maxBytes / environment.pageBytes else {
            throw StoreError(
                "add to the ledger", EFBIG, path: environment.path,
                detail: "it has reached ledger.max_bytes (\(maxBytes)); raise that, or prune the ledger")
        }
    }

    /// What holds for the whole ledger.
    func state() throws(StoreError) -> LedgerState {
        try LedgerState(in: try ReadTransaction(on: environment), tables.state)
    }
}
