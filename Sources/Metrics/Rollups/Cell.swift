/// What some calls add up to: one entry of a roll-up, or one row of a report.
struct Cell: Sendable {
    var sums = CallSums()
    /// From a call's head to the last byte of its answer, in microseconds.
    var latency = Sketch()
    /// To the first byte.
    var firstByte = Sketch()
    /// How long calls to providers took that brought an answer, in microseconds.
    var attemptTime = Sketch()
    /// What calls cost, in pico-dollars, of those with a known price; only of roll-ups by deal.
    var callCost = Sketch()
    /// When the first and the last call began, in microseconds since 1970; 0 where there is none, or nobody asks.
    var firstTime: Int64 = 0
    var lastTime: Int64 = 0
    private(set) var facets: [Facet: FacetSums] = [:]

    init() {}

    mutating func add(_ sums: FacetSums, to facet: Facet) { facets[facet, default: FacetSums()].add(sums) }

    mutating func note(time: Int64) {
        firstTime = firstTime == 0 ? time : min(firstTime, time)
        lastTime = max(lastTime, time)
    }

    /// Makes it empty, with its memory kept.
    mutating func removeAll() {
        sums.removeAll()
        latency.removeAll()
        firstByte.removeAll()
        attemptTime.removeAll()
        callCost.removeAll()
        firstTime = 0
        lastTime = 0
        if !facets.isEmpty { facets.removeAll(keepingCapacity: true) }
    }

    /// Adds another one whole; facets beyond the limit become one.
    ///
    /// What is here has its places already, and what comes takes the rest in the order of names: which facets are told
    /// apart then depends on what came before alone, and once one is, all of its calls are counted there.
    mutating func add(_ other: Cell, names: NameTable) {
        addNumbers(other)
        guard !other.facets.isEmpty else { return }
        var counts = [Int](repeating: 0, count: Facet.Kind.allCases.count + 1)
        for facet in facets.keys where facet != facet.other { counts[facet.kind.rawValue] += 1 }
        for facet in other.facets.keys.sorted(by: { Self.precedes($0, $1, names) }) {
            let sums = other.facets[facet]!
            if facets[facet] == nil, facet != facet.other {
                guard counts[facet.kind.rawValue] < Facet.limit else {
                    add(sums, to: facet.other)
                    continue
                }
                counts[facet.kind.rawValue] += 1
            }
            add(sums, to: facet)
        }
    }

    /// Adds another one whole, with every facet of it told apart.
    mutating func add(unbounded other: Cell) {
        addNumbers(other)
        for (facet, sums) in other.facets { add(sums, to: facet) }
    }

    /// Adds all but the facets of another one.
    mutating func addNumbers(_ other: borrowing Cell) {
        sums.add(other.sums)
        latency.add(other.latency)
        firstByte.add(other.firstByte)
        attemptTime.add(other.attemptTime)
        callCost.add(other.callCost)
        if other.firstTime != 0 { note(time: other.firstTime) }
        if other.lastTime != 0 { note(time: other.lastTime) }
    }

    /// The same with those facets as one that another has not told apart either.
    func toldApart(as other: Cell) -> Cell {
        var cell = self
        cell.facets.removeAll()
        for (facet, sums) in facets { cell.add(sums, to: other.facets[facet] == nil ? facet.other : facet) }
        return cell
    }

    fileprivate static func precedes(_ left: Facet, _ right: Facet, _ names: NameTable) -> Bool {
        if left.kind != right.kind { return left.kind.rawValue < right.kind.rawValue }
        if left.first != right.first { return names.precedes(left.first, right.first) }
        if left.second != right.second { return names.precedes(left.second, right.second) }
        return left.number < right.number
    }
}

// MARK: - As stored

extension Cell {
    /// The layout of `encoded`; a later one is not guessed at.
    private static let version: UInt8 = 1
    /// Measures have the numbers from 1 on; sketches, times and facets these, out of their way.
    private enum Field: Int {
        case latency = 64
        case firstByte, attemptTime, callCost, firstTime, lastTime, facet
    }

    private struct MeasureField: RawRepresentable {
        let rawValue: Int
    }

    /// What of a stored cell is read.
    struct Parts: OptionSet {
        let rawValue: Int
        static let times = Parts(rawValue: 1)
        static let cost = Parts(rawValue: 2)
        static let facets = Parts(rawValue: 4)
        static let all: Parts = [.times, .cost, .facets]
    }

    /// The same bytes for the same calls, in whatever order they came.
    func encode(names: NameTable, in record: inout FieldWriter) {
        record.restart(version: Self.version)
        for measure in Measure.allCases {
            record.putNonzero(MeasureField(rawValue: measure.rawValue + 1), sums[measure])
        }
        put(latency, .latency, to: &record)
        put(firstByte, .firstByte, to: &record)
        put(attemptTime, .attemptTime, to: &record)
        put(callCost, .callCost, to: &record)
        record.putNonzero(Field.firstTime, firstTime)
        record.putNonzero(Field.lastTime, lastTime)
        for facet in facets.keys.sorted(by: { Self.precedes($0, $1, names) }) {
            record.put(Field.facet) { facet.write(facets[facet]!, names: names, to: &$0) }
        }
    }

    private func put(_ sketch: Sketch, _ field: Field, to record: inout FieldWriter) {
        if !sketch.isEmpty { record.put(field) { sketch.write(to: &$0) } }
    }

    /// Adds a stored cell.
    ///
    /// - Parameter kinds: The kinds of facets that are read; nil for every one.
    mutating func add(
        stored record: RawSpan, _ parts: Parts = .all, kinds: Set<Facet.Kind>? = nil, names: inout NameTable
    ) throws(DamagedRecord) {
        var fields = try FieldReader(record, versions: 1...Self.version)
        while let number = try fields.next() {
            if number < Field.latency.rawValue {
                // A measure of a later version is passed over.
                if let measure = Measure(rawValue: number - 1) { sums.add(try fields.number() as Int64, to: measure) }
                continue
            }
            switch Field(rawValue: number) {
            case .latency where parts.contains(.times): try latency.add(stored: record.extracting(fields.range()))
            case .firstByte where parts.contains(.times): try firstByte.add(stored: record.extracting(fields.range()))
            case .attemptTime where parts.contains(.times):
                try attemptTime.add(stored: record.extracting(fields.range()))
            case .callCost where parts.contains(.cost): try callCost.add(stored: record.extracting(fields.range()))
            case .firstTime: note(time: try fields.number())
            case .lastTime: note(time: try fields.number())
            case .facet where parts.contains(.facets):
                if let (facet, sums) = try Facet.read(fields.fields(), of: record, kinds: kinds, names: &names) {
                    add(sums, to: facet)
                }
            case .latency, .firstByte, .attemptTime, .callCost, .facet, nil: break
            }
        }
    }
}
