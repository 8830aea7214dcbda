/// By what a report's rows are told apart.
package enum Dimension: String, CaseIterable, Sendable {
    /// Intervals of time.
    case time
    case task, model, provider, rollout, deal, cycle, endpoint
    /// The client's key, as the ledger names it.
    case clientKey = "client_key"
    case requestedModel = "requested_model"
    /// Why a call went where it did.
    case reason
    /// What went wrong.
    case code
    /// Attempts of the call: how many it had, or which one it was.
    case attempt
    /// The level of compression; the kind of text; what was done to it.
    case level, kind, transform
    /// Of an answer out of the cache.
    case age

    var title: String {
        switch self {
        case .clientKey: "Client key"
        case .requestedModel: "Requested"
        case .level: "Level"
        case .kind: "Kind of text"
        default: rawValue.prefix(1).uppercased() + rawValue.dropFirst()
        }
    }

    /// Whether the sums by hour tell it apart; of time down to an hour.
    var isOfHours: Bool { [.time, .task, .model, .provider, .rollout].contains(self) }
    /// Whether the sums by deal do; of time down to a day.
    var isOfDeals: Bool { [.time, .deal, .cycle].contains(self) }
    /// Whether it is within a call's sums, as facets of them.
    var isOfFacets: Bool {
        [.requestedModel, .reason, .code, .attempt, .level, .kind, .transform, .age].contains(self)
    }
}

/// What a sum is about: one call, one attempt, or the calls that a roll-up has added up.
struct Piece {
    /// When it began: a call, an hour or a day, in microseconds since 1970.
    var time: Int64 = 0
    var task: UInt8 = 0
    var arm: UInt8 = 0
    var endpoint: UInt8 = 0
    var provider = NameTable.Name.none
    var model = NameTable.Name.none
    var deal = NameTable.Name.none
    var cycle = NameTable.Name.none
    var clientKey = NameTable.Name.none
}

/// The values of up to four dimensions, each as a number: a row is found by one hash.
typealias RowKey = SIMD4<UInt32>

extension Dimension {
    static let limit = RowKey.scalarCount

    /// The piece's value.
    func value(of piece: Piece, _ facet: Facet?, _ interval: Interval) -> UInt32 {
        switch self {
        // A minute is the shortest interval, and fits until the year 10136.
        case .time: UInt32(clamping: interval.start(of: piece.time) / 60_000_000)
        case .task: UInt32(facet?.kind == .task ? UInt8(clamping: facet!.number) : piece.task)
        case .rollout: UInt32(piece.arm)
        case .endpoint: UInt32(piece.endpoint)
        case .provider: piece.provider.number
        case .model: piece.model.number
        case .deal: piece.deal.number
        case .cycle: piece.cycle.number
        case .clientKey: piece.clientKey.number
        case .requestedModel, .code, .level, .kind: (facet?.first ?? .none).number
        case .reason, .transform: (facet?.second ?? .none).number
        case .attempt, .age: UInt32(clamping: facet?.number ?? 0)
        }
    }

    /// The value as a report shows it; null where there is none.
    func cell(_ value: UInt32, _ names: NameTable) -> ReportTable.Cell {
        switch self {
        case .time: .time(Int64(value) * 60_000_000)
        case .task: .text(LedgerEntry.TaskKind(rawValue: UInt8(clamping: value))?.name)
        case .rollout: .text(LedgerEntry.Arm(rawValue: UInt8(clamping: value))?.name)
        case .endpoint: .text(LedgerEntry.Endpoint(rawValue: UInt8(clamping: value))?.name)
        case .attempt: .count(Int(value))
        case .age: .text(CacheAge.names.indices.contains(Int(value)) ? CacheAge.names[Int(value)] : nil)
        default: .text(NameTable.Name(number: value) == .other ? "other" : names.text(NameTable.Name(number: value)))
        }
    }
}

extension [Dimension] {
    func key(of piece: Piece, _ facet: Facet?, _ interval: Interval) -> RowKey {
        var key = RowKey()
        for index in indices { key[index] = self[index].value(of: piece, facet, interval) }
        return key
    }
}
