/// The rows of a report while its calls are being read.
///
/// Memory is bounded: whole sums with their sketches are kept of a few thousand rows. Where there are more, only what they
/// are ordered by is kept of each, and once it is known which rows will be shown, a second reading fills those.
struct Tally: SurveyVisitor {
    /// What rows are ordered by, and what is told of all of them together.
    struct Light {
        var calls: Int64 = 0
        var unpriced: Int64 = 0
        var cost: Int64 = 0
        var errors: Int64 = 0

        mutating func add(_ sums: CallSums) {
            calls = calls.saturatingAdd(sums[.calls])
            unpriced = unpriced.saturatingAdd(sums[.unpriced])
            cost = cost.saturatingAdd(sums[.cost])
            errors = errors.saturatingAdd(sums[.errors])
        }
    }

    private let dimensions: [Dimension]
    private let interval: Interval
    private let parts: Cell.Parts
    private let kinds: Set<Facet.Kind>
    /// Rows with whole sums.
    private(set) var cells: [RowKey: Cell] = [:]
    /// What every row is ordered by.
    private(set) var lights: [RowKey: Light] = [:]
    /// Nil while rows are found; then those that are filled.
    private var chosen: Set<RowKey>?
    private(set) var totals = Cell()
    /// Closer looks, in the order in which they are asked for.
    private(set) var facets: [FacetTally]
    /// The cycles of the rows of deals.
    private(set) var cycles: [RowKey: Set<UInt32>] = [:]
    private let countsCycles: Bool
    private var scratch = Cell()

    static let wholeRows = 2000
    /// Rows beyond are one together, by this key.
    static let lightRows = 300_000
    static let others = RowKey(repeating: NameTable.Name.other.number)

    init(
        _ dimensions: [Dimension], _ interval: Interval, _ parts: Cell.Parts, facets: [FacetTally] = [],
        countsCycles: Bool = false
    ) {
        self.dimensions = dimensions
        self.interval = interval
        self.parts = facets.isEmpty ? parts : parts.union(.facets)
        self.facets = facets
        kinds = Set(facets.map(\.kind))
        self.countsCycles = countsCycles
    }

    /// Whether the rows were too many for whole sums.
    var isLight: Bool { chosen == nil && cells.isEmpty && !lights.isEmpty }

    /// Begins the second reading, which fills these rows.
    mutating func choose(_ keys: [RowKey]) {
        chosen = Set(keys)
        facets.removeAll()
        cycles.removeAll()
    }

    mutating func visit(_ piece: Piece, stored: RawSpan, _ names: inout NameTable) throws(DamagedRecord) {
        let key = dimensions.key(of: piece, nil, interval)
        if let chosen {
            guard chosen.contains(key) else { return }
            note(piece, key)
            return try cells[key, default: Cell()].add(stored: stored, parts, kinds: kinds, names: &names)
        }
        scratch.removeAll()
        try scratch.add(stored: stored, parts, kinds: kinds, names: &names)
        add(piece, key, scratch)
    }

    mutating func visit(_ piece: Piece, _ cell: borrowing Cell) {
        let key = dimensions.key(of: piece, nil, interval)
        guard let chosen else { return add(piece, key, cell) }
        guard chosen.contains(key) else { return }
        note(piece, key)
        cells[key, default: Cell()].addNumbers(cell)
    }

    private mutating func add(_ piece: Piece, _ key: RowKey, _ cell: borrowing Cell) {
        totals.addNumbers(cell)
        for index in facets.indices { facets[index].add(piece, cell) }
        var key = key
        if lights[key] == nil, lights.count >= Self.lightRows { key = Self.others }
        lights[key, default: Light()].add(cell.sums)
        // The rows are few, or were so far.
        guard lights.count <= Self.wholeRows else {
            cells.removeAll()
            cycles.removeAll()
            return
        }
        cells[key, default: Cell()].addNumbers(cell)
        note(piece, key)
    }

    private mutating func note(_ piece: Piece, _ key: RowKey) {
        if countsCycles, piece.cycle != .none { cycles[key, default: []].insert(piece.cycle.number) }
    }
}

/// The rows of a closer look: calls by the code of their error, by the model asked for, …
struct FacetTally {
    let kind: Facet.Kind
    private let dimensions: [Dimension]
    private let interval: Interval
    private(set) var rows: [RowKey: FacetSums] = [:]

    private static let rowLimit = 20_000

    init(_ kind: Facet.Kind, by dimensions: [Dimension], _ interval: Interval) {
        self.kind = kind
        self.dimensions = dimensions
        self.interval = interval
    }

    fileprivate mutating func add(_ piece: Piece, _ cell: borrowing Cell) {
        for (facet, sums) in cell.facets where facet.kind == kind {
            var key = dimensions.key(of: piece, facet, interval)
            if rows[key] == nil, rows.count >= Self.rowLimit { key = Tally.others }
            rows[key, default: FacetSums()].add(sums)
        }
    }
}
