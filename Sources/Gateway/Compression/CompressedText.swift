package import Compression

/// What became of one text of a request: for those who look at it. On a request's way none is made.
package struct CompressedText {
    /// The message's number, counted from 1.
    package let message: Int
    package let role: String
    /// What the text is; nil for one that must not change.
    package let kind: ContentKind?
    /// The text as UTF-8, as a model would read it.
    package let before: [UInt8]
    package let after: [UInt8]
    package let savings: Savings
}
