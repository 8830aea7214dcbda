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

    mutating func add(_ call: CallFacts) {
        calls += 1
        if call.cost == nil { unpricedCalls += 1 }
        usage += call.usage
        cost += PicoDollars(call.cost ?? 0)
        savedCache += PicoDollars(call.savedCache)
        savedCompression += PicoDollars(call.savedCompression)
        savedRouting += PicoDollars(call.savedRouting)
    }

    static func += (left: inout LedgerTotals, right: LedgerTotals) {
        left.calls += right.calls
        left.unpricedCalls += right.unpricedCalls
        left.usage += right.usage
        left.cost += right.cost
        left.savedCache += right.savedCache
        left.savedCompression += right.savedCompression
        left.savedRouting += right.savedRouting
    }

    static func -= (left: inout LedgerTotals, right: LedgerTotals) {
        left.calls -= right.calls
        left.unpricedCalls -= right.unpricedCalls
        left.usage -= right.usage
        left.cost = left.cost - right.cost
        left.savedCache = left.savedCache - right.savedCache
        left.savedCompression = left.savedCompression - right.savedCompression
        left.savedRouting = left.savedRouting - right.savedRouting
    }
}

// MARK: - As stored

extension LedgerTotals {
    private enum Field: Int {
        case calls = 1
        case unpricedCalls, usage, cost, savedCache, savedCompression, savedRouting
    }

    func encode(in record: inout FieldWriter) {
        record.put(Field.calls, calls)
        record.put(Field.unpricedCalls, unpricedCalls)
        record.put(Field.usage) { usage.encode(in: &$0) }
        record.put(Field.cost, cost.amount)
        record.put(Field.savedCache, savedCache.amount)
        record.put(Field.savedCompression, savedCompression.amount)
        record.put(Field.savedRouting, savedRouting.amount)
    }

    init(_ fields: consuming FieldReader) throws(DamagedRecord) {
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
