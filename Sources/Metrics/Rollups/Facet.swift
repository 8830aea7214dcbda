/// A closer look at some of the calls that a `Cell` adds up: those with an error of this code, those asked for as that
/// model, …
struct Facet: Hashable, Sendable {
    /// Raw values are in ledgers on disk: add, never renumber.
    enum Kind: Int, CaseIterable, Sendable {
        /// Calls that failed, by the code of their error.
        case error = 1
        /// Failed calls to providers, by what went wrong, and which attempt of the call it was.
        case attemptError
        /// Calls by the model asked for and the reason of the route.
        case selection
        /// Calls whose prompt was looked at, by the level of compression.
        case level
        /// What compression took off prompts, by kind of text and transform.
        case transform
        /// Calls answered from the cache, by the age of the answer.
        case age
        /// The calls of a deal by their task; only of roll-ups by deal.
        case task
    }

    var kind: Kind
    var first = NameTable.Name.none
    var second = NameTable.Name.none
    /// The attempt, the age's bucket, the task.
    var number = 0

    /// Facets of one kind and cell that are told apart; those that come later are one together.
    static let limit = 32

    /// What those beyond the limit are.
    var other: Facet { Facet(kind: kind, first: .other, second: .other, number: 0) }
}

/// What the calls of a facet come to.
struct FacetSums: Hashable, Sendable {
    /// Calls, failed attempts, or uses.
    var count: Int64 = 0
    var cost: Int64 = 0
    var saved: Int64 = 0
    /// Tokens, or hundredths of one, before and after.
    var before: Int64 = 0
    var after: Int64 = 0
    /// Of `count`: those of unknown cost.
    var unpriced: Int64 = 0
    /// Microseconds since 1970; 0 where it is not asked.
    var firstTime: Int64 = 0
    var lastTime: Int64 = 0
    /// The latest few calls, the latest first.
    private(set) var examples: [RecordID] = []

    static let exampleLimit = 3

    mutating func add(example id: RecordID) {
        guard examples.count < Self.exampleLimit || examples.last! < id, !examples.contains(id) else { return }
        examples.insert(id, at: examples.firstIndex { $0 < id } ?? examples.endIndex)
        if examples.count > Self.exampleLimit { examples.removeLast() }
    }

    mutating func add(_ other: FacetSums) {
        count = count.saturatingAdd(other.count)
        cost = cost.saturatingAdd(other.cost)
        saved = saved.saturatingAdd(other.saved)
        before = before.saturatingAdd(other.before)
        after = after.saturatingAdd(other.after)
        unpriced = unpriced.saturatingAdd(other.unpriced)
        if other.firstTime != 0 { firstTime = firstTime == 0 ? other.firstTime : min(firstTime, other.firstTime) }
        lastTime = max(lastTime, other.lastTime)
        for id in other.examples { add(example: id) }
    }
}

// MARK: - As stored

extension Facet {
    private enum Field: Int {
        case kind = 1
        case first, second, number
        case isOther = 5
        case count = 8
        case cost, saved, before, after, unpriced, firstTime, lastTime, example
    }

    /// Writes the facet with what it comes to.
    func write(_ sums: FacetSums, names: NameTable, to fields: inout FieldWriter) {
        fields.put(Field.kind, kind.rawValue)
        if first == .other {
            fields.put(Field.isOther, 1)
        } else {
            if first != .none { fields.put(Field.first, names.text(first)) }
            if second != .none { fields.put(Field.second, names.text(second)) }
        }
        fields.putNonzero(Field.number, number)
        fields.putNonzero(Field.count, sums.count)
        fields.putNonzero(Field.cost, sums.cost)
        fields.putNonzero(Field.saved, sums.saved)
        fields.putNonzero(Field.before, sums.before)
        fields.putNonzero(Field.after, sums.after)
        fields.putNonzero(Field.unpriced, sums.unpriced)
        fields.putNonzero(Field.firstTime, sums.firstTime)
        fields.putNonzero(Field.lastTime, sums.lastTime)
        for id in sums.examples { fields.put(Field.example, bytes: id.bytes) }
    }

    /// Reads a facet of one of `kinds`; nil for another, or for one of a later version's.
    static func read(
        _ fields: consuming FieldReader, of record: RawSpan, kinds: Set<Kind>?, names: inout NameTable
    ) throws(DamagedRecord) -> (Facet, FacetSums)? {
        var facet = Facet(kind: .error)
        var sums = FacetSums()
        while let number = try fields.next() {
            switch Field(rawValue: number) {
            case .kind:
                // It stands first, so that facets that nobody asks for are not read.
                guard let kind = Kind(rawValue: try fields.number()), kinds?.contains(kind) ?? true else { return nil }
                facet.kind = kind
            case .first: facet.first = names.name(record.extracting(try fields.range()))
            case .second: facet.second = names.name(record.extracting(try fields.range()))
            case .number: facet.number = try fields.number()
            case .isOther: facet = facet.other
            case .count: sums.count = try fields.number()
            case .cost: sums.cost = try fields.number()
            case .saved: sums.saved = try fields.number()
            case .before: sums.before = try fields.number()
            case .after: sums.after = try fields.number()
            case .unpriced: sums.unpriced = try fields.number()
            case .firstTime: sums.firstTime = try fields.number()
            case .lastTime: sums.lastTime = try fields.number()
            case .example:
                guard let id = RecordID(bytes: record.extracting(try fields.range())) else { throw DamagedRecord() }
                sums.add(example: id)
            case nil: break
            }
        }
        return (facet, sums)
    }
}
