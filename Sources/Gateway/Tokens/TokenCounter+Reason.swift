import Tokens

extension TokenCounter.Basis {
    /// The encoding that the number speaks of.
    var encoding: TokenEncoding {
        switch self {
        case .exact(let encoding), .noRanks(let encoding), .otherRanks(_, let encoding), .standIn(let encoding):
            encoding
        }
    }

    /// Why the number is an estimate; nil where it is exact.
    func reason(for model: String?) -> String? {
        let model = model ?? ""
        return switch self {
        case .exact: nil
        case .noRanks: "tokens.ranks names no rank file"
        case .otherRanks(let loaded, let wanted):
            "tokens.ranks is of \(loaded.rawValue), while \(model) counts in \(wanted.rawValue)"
        case .standIn(let encoding):
            "\(model) has an encoding of its own, which is not published; counted in \(encoding.rawValue)"
        }
    }
}
