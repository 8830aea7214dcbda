import Glibc
import LMDB

/// Calls added up by hour and by deal, on their way into the roll-ups.
struct RollupBatch {
    private(set) var names = NameTable()
    private(set) var hours: [HourKey: Cell] = [:]
    private(set) var deals: [DealKey: Cell] = [:]

    init() {}

    var isEmpty: Bool { deals.isEmpty }

    /// - Parameter record: What `facts` was read from.
    mutating func add(_ facts: CallFacts, of record: RawSpan) {
        let key = facts.hourKey(record, &names)
        hours[key, default: Cell()].add(facts, of: record, names: &names)
        for (index, attempt) in facts.attempts.enumerated() {
            let key = facts.hourKey(of: attempt, record, &names)
            hours[key, default: Cell()].add(attempt, place: index + 1, of: facts, record: record, names: &names)
        }
        let deal = DealKey(
            day: DealKey.day(of: facts.time), deal: StoredName.name(facts.deal, of: record, &names),
            cycle: StoredName.name(facts.cycle, of: record, &names))
        deals[deal, default: Cell()].add(deal: facts)
    }

    /// Adds the sums to those that are stored.
    mutating func write(
        in transaction: inout WriteTransaction, to tables: LedgerTables, models: inout HourModels
    ) throws(StoreError) {
        var record = FieldWriter(version: 0)
        for key in Array(hours.keys) {
            let model = try models.admitted(key, in: transaction, tables.hours, &names)
            guard model != key.model, let cell = hours.removeValue(forKey: key) else { continue }
            var other = key
            other.model = model
            hours[other, default: Cell()].add(unbounded: cell)
        }
        for (key, cell) in hours {
            try Self.add(cell, under: key.bytes(names: names), &names, &record, in: &transaction, tables.hours)
        }
        for (key, cell) in deals {
            try Self.add(cell, under: key.bytes(names: names), &names, &record, in: &transaction, tables.deals)
        }
    }

    private static func add(
        _ cell: Cell, under key: [UInt8], _ names: inout NameTable, _ record: inout FieldWriter,
        in transaction: inout WriteTransaction, _ table: Table
    ) throws(StoreError) {
        var sum = Cell()
        let isSound = try transaction.get(table, key: key.span.bytes) { stored in
            do throws(DamagedRecord) { try sum.add(stored: stored, names: &names) } catch { return false }
            return true
        }
        guard isSound ?? true else { throw .damagedRollup }
        sum.add(cell, names: names)
        sum.encode(names: names, in: &record)
        try transaction.put(table, key: key.span.bytes, value: record.bytes.span.bytes)
    }
}

extension CallFacts {
    /// The roll-up that a call is added to.
    func hourKey(_ record: RawSpan, _ names: inout NameTable) -> HourKey {
        HourKey(
            hour: HourKey.hour(of: time), task: task, arm: arm, provider: StoredName.name(provider, of: record, &names),
            model: StoredName.name(model, of: record, &names))
    }

    /// The roll-up that one of its attempts is added to.
    func hourKey(of attempt: Attempt, _ record: RawSpan, _ names: inout NameTable) -> HourKey {
        HourKey(
            hour: HourKey.hour(of: time), task: task, arm: arm,
            provider: StoredName.name(attempt.provider ?? provider, of: record, &names),
            model: StoredName.name(attempt.model ?? model, of: record, &names))
    }
}

extension StoreError {
    static var damagedRollup: StoreError {
        StoreError(
            "add to the ledger's sums", EILSEQ,
            detail: "they are damaged, or written by a later version; 'gateway ledger verify --repair' counts them anew"
        )
    }
}

/// Which models of an hour have sums of their own.
///
/// Clients name models, and whoever names a million must not make a million roll-ups: the first so many of an hour are told
/// apart, the others are one. Once a model is, all of its calls in that hour are.
struct HourModels {
    static let limit = 500
    /// The hours that are remembered, the latest used last: calls that took long belong to one before.
    private static let hoursKept = 4
    private var hours: [(hour: UInt32, models: Set<[UInt8]>)] = []

    init() {}

    /// The model under which the calls of `key` are added up.
    mutating func admitted(
        _ key: HourKey, in transaction: borrowing WriteTransaction, _ table: Table, _ names: inout NameTable
    ) throws(StoreError) -> NameTable.Name {
        guard key.model != .none, key.model != .other else { return key.model }
        let place = try place(of: key.hour, in: transaction, table)
        let model = names.withBytes(key.model) { $0.withUnsafeBytes { Array($0) } }
        if hours[place].models.contains(model) { return key.model }
        guard hours[place].models.count < Self.limit else { return .other }
        hours[place].models.insert(model)
        return key.model
    }

    private mutating func place(
        of hour: UInt32, in transaction: borrowing WriteTransaction, _ table: Table
    ) throws(StoreError) -> Int {
        if let place = hours.firstIndex(where: { $0.hour == hour }) { return place }
        var models: Set<[UInt8]> = []
        var names = NameTable()
        var start: [UInt8] = []
        start.appendBigEndian(hour)
        var cursor = try Cursor(table, in: transaction)
        var isThere = try cursor.seek(start.span.bytes)
        while isThere, let key = try? HourKey(stored: cursor.key, names: &names), key.hour == hour {
            if key.model != .none, key.model != .other {
                models.insert(names.withBytes(key.model) { $0.withUnsafeBytes { Array($0) } })
            }
            isThere = try cursor.next()
        }
        if hours.count == Self.hoursKept { hours.removeFirst() }
        hours.append((hour, models))
        return hours.count - 1
    }
}
