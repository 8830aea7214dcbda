import Compression

/// What became of one text of a request: for those who look at it. On a request's way none is made.
struct CompressedText {
    /// The message's number, counted from 1.
    let message: Int
    let role: String
    /// What the text is; nil for one that must not change.
    let kind: ContentKind?
    /// The text as UTF-8, as a model would read it.
    let before: [UInt8]
    let after: [UInt8]
    let savings: Savings
}
