import LMDB

/// What a survey tells, sum by sum.
protocol SurveyVisitor {
    /// Sums of a roll-up.
    mutating func visit(_ piece: Piece, stored: RawSpan, _ names: inout NameTable) throws(DamagedRecord)
    /// A single call, or one of its attempts.
    mutating func visit(_ piece: Piece, _ cell: borrowing Cell)
}

/// A walk over the calls that a query is about: by what they add up to as far as that tells enough, and call by call where
/// it does not.
///
/// The sums know whole hours, or days for deals; what of the time asked for is no whole one, at its beginning and end, is
/// read call by call. So is everything where the query asks for more than the sums tell apart.
struct Survey {
    /// Which sums a report is made of.
    enum Base { case hours, deals }

    /// How the answer was found.
    struct Account: Sendable {
        /// Sums and calls that were read.
        var sums = 0
        var calls = 0
        /// Records that could not be read, and are in no sum.
        var unreadable = 0

        /// For whoever wonders why it took long.
        var source: String { calls == 0 ? "sums" : sums == 0 ? "scan" : "sums and scan" }

        mutating func add(_ other: Account) {
            sums += other.sums
            calls += other.calls
            unreadable += other.unreadable
        }
    }

    let environment: Environment
    private let tables: LedgerTables
    let base: Base
    let query: ReportQuery
    /// What of a call is looked at closer; it costs more than it tells where nobody asks.
    let kinds: Set<Facet.Kind>
    /// Whether the sums tell all that is asked.
    let usesSums: Bool

    init(_ query: ReportQuery, over store: LedgerStore, _ base: Base, kinds: Set<Facet.Kind> = []) {
        environment = store.environment
        tables = store.tables
        self.base = base
        self.query = query
        self.kinds = kinds
        let needs = query.groupBy.filter { !$0.isOfFacets } + query.filtered
        switch base {
        case .hours: usesSums = needs.allSatisfy(\.isOfHours) && query.interval.consists(of: HourKey.microseconds)
        case .deals: usesSums = needs.allSatisfy(\.isOfDeals) && query.interval.consists(of: DealKey.microseconds)
        }
    }

    /// The microseconds of one sum.
    var unit: Int64 { base == .hours ? HourKey.microseconds : DealKey.microseconds }

    /// Tells `visitor` of every call that the query is about, once.
    func run<Visitor: SurveyVisitor>(
        _ visitor: inout Visitor, _ names: inout NameTable
    ) throws(StoreError) -> Account {
        let transaction = try ReadTransaction(on: environment)
        // What is older is gone, even where some of it is left.
        let prunedBefore = try LedgerState(in: transaction, tables.state).prunedBefore
        let lower = max(query.filter.from ?? 0, prunedBefore)
        let asked = lower..<max(query.filter.to ?? .max, lower)
        defer { environment.forgetMappedPages() }
        if usesSums {
            let before = visitor
            let whole = try rounded(asked, in: transaction, tables)
            if let account = try addSums(whole, in: transaction, tables, &visitor, &names) { return account }
            visitor = before
        }
        return try scan(asked, in: transaction, tables, &visitor, &names)
    }

    /// A time that begins before the first record begins with the sum of that, and one that ends after the last one ends
    /// with the last sum.
    private func rounded(
        _ asked: Range<Int64>, in transaction: borrowing ReadTransaction, _ tables: LedgerTables
    ) throws(StoreError) -> Range<Int64> {
        var cursor = try Cursor(tables.calls, in: transaction)
        guard try cursor.first(), let first = RecordID(bytes: cursor.key)?.microseconds, try cursor.last(),
            let last = RecordID(bytes: cursor.key)?.microseconds
        else { return 0..<0 }
        var (lower, upper) = (asked.lowerBound, asked.upperBound)
        if lower <= first { lower = first.flooredDivision(by: unit) * unit }
        if upper > last { upper = (last.flooredDivision(by: unit) + 1) * unit }
        return lower..<max(lower, upper)
    }

    /// - Returns: Nil where the sums do not tell apart after all what the query names.
    private func addSums<Visitor: SurveyVisitor>(
        _ whole: Range<Int64>, in transaction: borrowing ReadTransaction, _ tables: LedgerTables,
        _ visitor: inout Visitor, _ names: inout NameTable
    ) throws(StoreError) -> Account? {
        let first = (whole.lowerBound + unit - 1).flooredDivision(by: unit) * unit
        let last = whole.upperBound.flooredDivision(by: unit) * unit
        guard first < last else { return try scan(whole, in: transaction, tables, &visitor, &names) }
        guard var account = try readSums(first..<last, in: transaction, tables, &visitor, &names) else { return nil }
        for edge in [whole.lowerBound..<first, last..<whole.upperBound] where !edge.isEmpty {
            account.add(try scan(edge, in: transaction, tables, &visitor, &names))
        }
        return account
    }
}

extension ReportQuery {
    /// The dimensions of which only one value is asked for.
    fileprivate var filtered: [Dimension] {
        var dimensions: [Dimension] = []
        if filter.deal != nil { dimensions.append(.deal) }
        if filter.task != nil { dimensions.append(.task) }
        if filter.model != nil { dimensions.append(.model) }
        if filter.provider != nil { dimensions.append(.provider) }
        if filter.rollout != nil { dimensions.append(.rollout) }
        return dimensions
    }
}

extension Int64 {
    /// The quotient rounded down, also below 0.
    func flooredDivision(by divisor: Int64) -> Int64 { (self - modulo(divisor)) / divisor }
}
