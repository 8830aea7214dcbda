/// Counts tokens: exactly, where the rank file of the model's encoding is loaded, else by `TokenEstimate`.
package struct TokenCounter: Sendable {
    /// How a number of tokens was come by.
    package enum Basis: Sendable, Equatable {
        case exact(TokenEncoding)
        /// No rank file is loaded.
        case noRanks(wanted: TokenEncoding)
        /// The rank file that is loaded is of another encoding than the model's.
        case otherRanks(TokenEncoding, wanted: TokenEncoding)
        /// Counted in an encoding that need not be the model's, whose own is not known.
        case standIn(TokenEncoding)

        /// Whether the model sees just as many.
        package var isExact: Bool { if case .exact = self { true } else { false } }
    }

    private let tokenizer: Tokenizer?

    /// - Parameter tokenizer: What counts exactly; nil when no rank file is named.
    package init(_ tokenizer: Tokenizer? = nil) { self.tokenizer = tokenizer }

    /// How the tokens of texts for `model` are counted; nil for whichever model has the encoding that is loaded.
    package func basis(for model: String?) -> Basis {
        guard let model else { return tokenizer.map { .exact($0.encoding) } ?? .noRanks(wanted: .o200kBase) }
        let wanted = TokenEncoding(model: model)
        guard let loaded = tokenizer?.encoding else { return .noRanks(wanted: wanted) }
        if loaded != wanted { return .otherRanks(loaded, wanted: wanted) }
        return TokenEncoding.isKnown(for: model) ? .exact(wanted) : .standIn(wanted)
    }

    /// The tokens of `text` in the way that `basis` says.
    ///
    /// - Parameter text: UTF-8; what is not valid counts as replaced (see `Tokenizer.count`), or is estimated somehow.
    package func count(_ text: Span<UInt8>, by basis: Basis) -> Int { (hundredths(text, by: basis) &+ 50) / 100 }

    /// The same in hundredths of a token, so that estimates of many texts add up before they are rounded.
    package func hundredths(_ text: Span<UInt8>, by basis: Basis) -> Int {
        switch basis {
        case .exact, .standIn:
            if let tokenizer { return tokenizer.count(text) &* 100 }
        case .noRanks, .otherRanks: break
        }
        var estimate = TokenEstimate()
        estimate.add(text)
        return estimate.hundredths
    }
}
