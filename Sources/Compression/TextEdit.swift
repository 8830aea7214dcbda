/// A piece of a text that something else takes the place of.
struct TextEdit {
    /// Where it stands in the text.
    let range: Range<Int>
    /// Where its replacement stands among the replacements.
    let replacement: Range<Int>
}
