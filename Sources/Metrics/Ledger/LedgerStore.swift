import Glibc
import LMDB

/// The ledger's file: a table of records in the order of their ids, and one with their totals.
struct LedgerStore: Sendable {
    static let folder = "ledger"
    private static let totalsKey = Array("totals".utf8)
    private static let frameKey = Array("frame".utf8)

    let environment: Environment
    let records: Table
    let meta: Table
    private let maxBytes: Int

    /// Opens the ledger in the data directory, or makes it.
    init(directory: String, maxBytes: Int, durability: Environment.Durability) throws(StoreError) {
        self.maxBytes = maxBytes
        environment = try Environment(
            path: directory + "/" + Self.folder, mapBytes: Self.mapBytes(for: maxBytes), tables: 2,
            durability: durability)
        try environment.checkStaleReaders()
        var transaction = try WriteTransaction(on: environment)
        records = try transaction.openTable("records", create: true)
        meta = try transaction.openTable("meta", create: true)
        try transaction.commit()
    }

    /// Opens an existing ledger to read.
    init(reading directory: String) throws(StoreError) {
        maxBytes = 0
        environment = try Environment(path: directory + "/" + Self.folder, mapBytes: 0, tables: 2, readOnly: true)
        records = try environment.openTable("records")
        meta = try environment.openTable("meta")
    }

    /// A sixteenth more than the records may take, and at least 64 MiB: LMDB needs free pages to delete too, so
    /// a map without a reserve could never be pruned. The file is sparse; only used pages take space.
    private static func mapBytes(for maxBytes: Int) -> Int {
        let bounded = min(max(maxBytes, 0), 1 << 46)
        let bytes = bounded + max(bounded / 16, 64 << 20)
        return bytes & ~((1 << 20) - 1)
    }

    /// Writes the frames' records with the new totals, all or nothing; both are as durable as the ledger is when it
    /// returns.
    ///
    /// - Returns: The totals.
    func append(_ frames: [JournalFrame]) throws(StoreError) -> LedgerTotals {
        var totals = try self.totals()
        var transaction = try WriteTransaction(on: environment)
        for frame in frames {
            try frame.forEach { (id, record) throws(StoreError) in
                let key = id.keyBytes
                // A frame whose commit was not waited for may be here already.
                let isThere = try transaction.insert(records, key: key.span.bytes, value: record) { _ in true } ?? false
                if !isThere, let entry = LedgerRecord.decode(record, id: id) { totals.add(entry) }
            }
        }
        guard try transaction.pagesInUse(of: records) <= maxBytes / environment.pageBytes else {
            throw StoreError(
                "add to the ledger", EFBIG, path: environment.path,
                detail: "it has reached ledger.max_bytes (\(maxBytes)); raise that, or prune the ledger")
        }
        try transaction.put(meta, key: Self.totalsKey.span.bytes, value: totals.encoded.span.bytes)
        if let last = frames.last {
            var number = last.number.littleEndian
            try withUnsafeBytes(of: &number) { (bytes) throws(StoreError) in
                try transaction.put(meta, key: Self.frameKey.span.bytes, value: RawSpan(_unsafeBytes: bytes))
            }
        }
        try transaction.commit()
        return totals
    }

    /// The number of the last frame of the journal that is here; 0 for none.
    func lastFrame() throws(StoreError) -> UInt64 {
        let transaction = try ReadTransaction(on: environment)
        return try transaction.get(meta, key: Self.frameKey.span.bytes) {
            $0.byteCount == 8 ? $0.number(at: 0, UInt64.self) : 0
        } ?? 0
    }

    /// What the records add up to, as stored with them.
    func totals() throws(StoreError) -> LedgerTotals {
        let transaction = try ReadTransaction(on: environment)
        let stored = try transaction.get(meta, key: Self.totalsKey.span.bytes) { bytes in
            try? LedgerTotals(encoded: bytes)
        }
        guard let stored else { return LedgerTotals() }
        guard let totals = stored else {
            throw StoreError(
                "read the ledger's totals", EILSEQ, path: environment.path,
                detail: "they are damaged, or written by a later version of this program")
        }
        return totals
    }
}
