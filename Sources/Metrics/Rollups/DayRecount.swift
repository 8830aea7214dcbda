import LMDB

/// The sums of one day, counted anew from its records, beside those that are stored.
struct DayRecount {
    /// Days since 1970.
    let day: UInt32
    var batch = RollupBatch()

    init(day: UInt32) { self.day = day }

    /// Compares every sum of the day.
    ///
    /// What is told apart, models within an hour and facets within a sum, depends on what came first, which the records
    /// do not tell. What is stored does: a name that has sums of its own has all of its calls in them, and what has none
    /// belongs to the others.
    func compare(
        in transaction: borrowing ReadTransaction, _ tables: LedgerTables
    ) throws(StoreError) -> (compared: Int, problems: [String]) {
        var names = batch.names
        var problems: [String] = []
        let stored = try Self.stored(
            from: day * 24, to: (day + 1) * 24, tables.hours, in: transaction, &names, &problems)
        var hours: [[UInt8]: Cell] = [:]
        for (key, cell) in batch.hours {
            var key = key
            if stored.cells[key.bytes(names: names)] == nil, !stored.hasModel(key, names) { key.model = .other }
            hours[key.bytes(names: names), default: Cell()].add(unbounded: cell)
        }
        problems += Self.differences(hours, stored.cells, names, "an hour's")
        let storedDeals = try Self.stored(from: day, to: day + 1, tables.deals, in: transaction, &names, &problems)
        let deals = Dictionary(
            uniqueKeysWithValues: batch.deals.map { ($0.key.bytes(names: names), $0.value) })
        problems += Self.differences(deals, storedDeals.cells, names, "a deal's")
        return (
            stored.cells.count + storedDeals.cells.count, problems.map { "\(Timestamp.day(number: Int(day))): \($0)" }
        )
    }

    /// Says what sums there are of days that have no records.
    ///
    /// - Parameters:
    ///   - from: The first such day.
    ///   - to: The day behind the last one.
    static func strays(
        from day: UInt32, to end: UInt32, in transaction: borrowing ReadTransaction, _ tables: LedgerTables
    ) throws(StoreError) -> [String] {
        var found: [String] = []
        for (table, first, last) in [
            (tables.hours, day.multipliedReportingOverflow(by: 24).partialValue, end.saturatingTimes(24)),
            (tables.deals, day, end),
        ] {
            guard day < end else { break }
            var cursor = try Cursor(table, in: transaction)
            var isThere = try cursor.seek(Self.prefix(first).span.bytes)
            while isThere, cursor.key.precedes(Self.prefix(last).span.bytes) {
                found.append("there are sums in '\(table.name)' of a day that has no records")
                isThere = try cursor.next()
            }
        }
        return found
    }

    private struct Stored {
        var cells: [[UInt8]: Cell] = [:]
        /// Hours with the models that have sums of their own there.
        var models: Set<[UInt8]> = []

        func hasModel(_ key: HourKey, _ names: NameTable) -> Bool {
            key.model == .none || key.model == .other || models.contains(Self.model(key, names))
        }

        static func model(_ key: HourKey, _ names: NameTable) -> [UInt8] {
            var bytes = DayRecount.prefix(key.hour)
            bytes.append(name: key.model, names)
            return bytes
        }
    }

    private static func stored(
        from first: UInt32, to last: UInt32, _ table: Table, in transaction: borrowing ReadTransaction,
        _ names: inout NameTable, _ problems: inout [String]
    ) throws(StoreError) -> Stored {
        var stored = Stored()
        let end = prefix(last)
        var cursor = try Cursor(table, in: transaction)
        var isThere = try cursor.seek(prefix(first).span.bytes)
        while isThere, cursor.key.precedes(end.span.bytes) {
            var cell = Cell()
            do throws(DamagedRecord) {
                try cell.add(stored: cursor.value, names: &names)
                if table.name == "hours" {
                    stored.models.insert(Stored.model(try HourKey(stored: cursor.key, names: &names), names))
                }
            } catch { problems.append("sums in '\(table.name)' cannot be read") }
            stored.cells[cursor.key.withUnsafeBytes { Array($0) }] = cell
            isThere = try cursor.next()
        }
        return stored
    }

    private static func differences(
        _ counted: [[UInt8]: Cell], _ stored: [[UInt8]: Cell], _ names: NameTable, _ whose: String
    ) -> [String] {
        var problems: [String] = []
        var left = FieldWriter(version: 0)
        var right = FieldWriter(version: 0)
        for (key, cell) in counted {
            guard let found = stored[key] else {
                problems.append("\(whose) sums are missing, of \(cell.sums[.calls]) calls")
                continue
            }
            cell.toldApart(as: found).encode(names: names, in: &left)
            found.encode(names: names, in: &right)
            if left.bytes != right.bytes {
                problems.append(
                    "\(whose) sums say \(found.sums[.calls]) calls and \(found.sums.money(.cost).usd) USD, its records "
                        + "\(cell.sums[.calls]) and \(cell.sums.money(.cost).usd)")
            }
        }
        for (key, cell) in stored where counted[key] == nil {
            problems.append("\(whose) sums of \(cell.sums[.calls]) calls have no records")
        }
        return problems
    }

    static func prefix(_ number: UInt32) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendBigEndian(number)
        return bytes
    }
}

extension UInt32 {
    fileprivate func saturatingTimes(_ factor: UInt32) -> UInt32 {
        let (product, overflow) = multipliedReportingOverflow(by: factor)
        return overflow ? .max : product
    }
}
