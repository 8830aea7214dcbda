/// What all records of a ledger add up to; kept with them, in the same transactions.
package struct LedgerTotals: Hashable, Sendable {
    package var calls = 0
    /// Calls whose cost is unknown; `cost` is that of the others.
    package var unpricedCalls = 0
    package var usage = Usage()
    package var cost = PicoDollars.zero
    package var savedCache = PicoDollars.zero
    package var savedCompression = PicoDollars.zero
    package var savedRouting = PicoDollars.zero

    package init() {}

    package mutating func add(_ entry: LedgerEntry) {
        calls += 1
        if entry.cost == nil { unpricedCalls += 1 }
        if let usage = entry.usage { self.usage += usage }
        cost += entry.cost ?? .zero
        savedCache += entry.savedCache ?? .zero
        savedCompression += entry.savedCompression ?? .zero
        savedRouting += entry.savedRouting ?? .zero
    }
}

// MARK: - As stored

extension LedgerTotals {
    private static let version: UInt8 = 1

    private enum Field: Int {
        case calls = 1
        case unpricedCalls, usage, cost, savedCache, savedCompression, savedRouting
    }

    var encoded: [UInt8] {
        var record = FieldWriter(version: Self.version)
        record.put(Field.calls, calls)
        record.put(Field.unpricedCalls, unpricedCalls)
        record.put(Field.usage) { usage.encode(in: &$0) }
        record.put(Field.cost, cost.amount)
        record.put(Field.savedCache, savedCache.amount)
        record.put(Field.savedCompression, savedCompression.amount)
        record.put(Field.savedRouting, savedRouting.amount)
        return record.bytes
    }

    init(encoded bytes: RawSpan) throws(DamagedRecord) {
        var fields = try FieldReader(bytes, versions: 1...Self.version)
        while let number = try fields.next() {
            switch Field(rawValue: number) {
            case .calls: calls = try fields.number()
            case .unpricedCalls: unpricedCalls = try fields.number()
            case .usage: usage = try Usage(fields.fields())
            case .cost: cost = try fields.money()
            case .savedCache: savedCache = try fields.money()
            case .savedCompression: savedCompression = try fields.money()
            case .savedRouting: savedRouting = try fields.money()
            case nil: break
            }
        }
    }
}
