import LMDB

extension Survey {
    /// Reads the sums of a time of whole units; nil where they do not tell apart what the query names.
    func readSums<Visitor: SurveyVisitor>(
        _ range: Range<Int64>, in transaction: borrowing ReadTransaction, _ tables: LedgerTables,
        _ visitor: inout Visitor, _ names: inout NameTable
    ) throws(StoreError) -> Account? {
        var account = Account()
        let wanted = Wanted(query, &names)
        var start: [UInt8] = []
        start.appendBigEndian(UInt32(clamping: range.lowerBound / unit))
        var end: [UInt8] = []
        end.appendBigEndian(UInt32(clamping: range.upperBound / unit))
        var cursor = try Cursor(base == .hours ? tables.hours : tables.deals, in: transaction)
        var isThere = try cursor.seek(start.span.bytes)
        while isThere, cursor.key.precedes(end.span.bytes) {
            do throws(DamagedRecord) {
                let piece = try base == .hours ? Piece(hour: cursor.key, &names) : Piece(deal: cursor.key, &names)
                if query.filter.model != nil, piece.model == .other { return nil }
                if wanted.admits(piece) {
                    account.sums += 1
                    try visitor.visit(piece, stored: cursor.value, &names)
                }
            } catch { throw .damagedRollup }
            isThere = try cursor.next()
        }
        return account
    }

    /// Calls of a scan after which the pages looked at are let go of: they would count as the process's memory.
    private static let callsKept = 100_000

    /// Reads a time call by call.
    func scan<Visitor: SurveyVisitor>(
        _ range: Range<Int64>, in transaction: borrowing ReadTransaction, _ tables: LedgerTables,
        _ visitor: inout Visitor, _ names: inout NameTable
    ) throws(StoreError) -> Account {
        var account = Account()
        guard !range.isEmpty else { return account }
        let wanted = Wanted(query, &names)
        let needs = Needs(query, base)
        let end = range.upperBound == .max ? nil : RecordID(notBefore: range.upperBound)
        var facts = CallFacts()
        var cell = Cell()
        var cursor = try Cursor(tables.calls, in: transaction)
        var isThere = try cursor.seek(RecordID(notBefore: range.lowerBound).bytes.span.bytes)
        while isThere {
            let id = RecordID(bytes: cursor.key)
            if let id, let end, id >= end { break }
            account.calls += 1
            if account.calls % Self.callsKept == 0 { environment.forgetMappedPages() }
            do throws(DamagedRecord) {
                guard let id else { throw DamagedRecord() }
                try facts.read(cursor.value, id: id)
                visit(facts, of: cursor.value, needs, wanted, &cell, &visitor, &names)
            } catch { account.unreadable += 1 }
            isThere = try cursor.next()
        }
        return account
    }

    private func visit<Visitor: SurveyVisitor>(
        _ facts: CallFacts, of record: RawSpan, _ needs: Needs, _ wanted: Wanted, _ cell: inout Cell,
        _ visitor: inout Visitor, _ names: inout NameTable
    ) {
        let own = Piece(facts, of: record, needs, &names)
        if wanted.admits(own) {
            cell.removeAll()
            if base == .deals {
                cell.add(deal: facts)
                visitor.visit(own, cell)
                return
            }
            cell.add(facts, of: record, kinds, names: &names)
            for (index, attempt) in facts.attempts.enumerated() where attempt.provider == nil && attempt.model == nil {
                cell.add(attempt, place: index + 1, of: facts, record: record, kinds, names: &names)
            }
            visitor.visit(own, cell)
        }
        guard base == .hours else { return }
        for (index, attempt) in facts.attempts.enumerated() where attempt.provider != nil || attempt.model != nil {
            let piece = own.with(attempt, of: facts, record: record, needs, &names)
            guard wanted.admits(piece) else { continue }
            cell.removeAll()
            cell.add(attempt, place: index + 1, of: facts, record: record, kinds, names: &names)
            visitor.visit(piece, cell)
        }
    }
}

/// What of a call's names a scan looks up.
struct Needs {
    let deal, cycle, clientKey, model, provider: Bool

    init(_ query: ReportQuery, _ base: Survey.Base) {
        deal = base == .deals || query.groupBy.contains(.deal) || query.filter.deal != nil
        cycle = base == .deals || query.groupBy.contains(.cycle)
        clientKey = query.groupBy.contains(.clientKey)
        model = query.groupBy.contains(.model) || query.filter.model != nil
        provider = query.groupBy.contains(.provider) || query.filter.provider != nil
    }
}

/// Which pieces a query is about, by the numbers of the names that it names.
private struct Wanted {
    private let deal, model, provider: NameTable.Name?
    private let task, arm: UInt8?

    init(_ query: ReportQuery, _ names: inout NameTable) {
        deal = query.filter.deal.map { StoredName.name($0, &names) }
        model = query.filter.model.map { StoredName.name($0, &names) }
        provider = query.filter.provider.map { StoredName.name($0, &names) }
        task = query.filter.task?.rawValue
        arm = query.filter.rollout?.rawValue
    }

    func admits(_ piece: Piece) -> Bool {
        (deal == nil || piece.deal == deal) && (task == nil || piece.task == task)
            && (model == nil || piece.model == model) && (provider == nil || piece.provider == provider)
            && (arm == nil || piece.arm == arm)
    }
}

extension Piece {
    fileprivate init(hour key: RawSpan, _ names: inout NameTable) throws(DamagedRecord) {
        let key = try HourKey(stored: key, names: &names)
        self.init(
            time: Int64(key.hour) * HourKey.microseconds, task: key.task, arm: key.arm, provider: key.provider,
            model: key.model)
    }

    fileprivate init(deal key: RawSpan, _ names: inout NameTable) throws(DamagedRecord) {
        let key = try DealKey(stored: key, names: &names)
        self.init(time: Int64(key.day) * DealKey.microseconds, deal: key.deal, cycle: key.cycle)
    }

    fileprivate init(_ facts: CallFacts, of record: RawSpan, _ needs: Needs, _ names: inout NameTable) {
        self.init(time: facts.time, task: facts.task, arm: facts.arm, endpoint: facts.endpoint)
        if needs.provider { provider = StoredName.name(facts.provider, of: record, &names) }
        if needs.model { model = StoredName.name(facts.model, of: record, &names) }
        if needs.deal { deal = StoredName.name(facts.deal, of: record, &names) }
        if needs.cycle { cycle = StoredName.name(facts.cycle, of: record, &names) }
        if needs.clientKey { clientKey = StoredName.name(facts.clientKey, of: record, &names) }
    }

    /// The same of an attempt that asked somebody else.
    fileprivate func with(
        _ attempt: CallFacts.Attempt, of facts: CallFacts, record: RawSpan, _ needs: Needs, _ names: inout NameTable
    ) -> Piece {
        var piece = self
        if needs.provider, let text = attempt.provider { piece.provider = StoredName.name(text, of: record, &names) }
        if needs.model, let text = attempt.model { piece.model = StoredName.name(text, of: record, &names) }
        return piece
    }
}
