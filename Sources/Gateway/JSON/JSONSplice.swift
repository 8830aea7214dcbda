import HTTP

/// Changes to a text, by range: what no edit touches stays as it was spelled.
struct JSONSplice: ~Copyable {
    private struct Edit {
        let range: Range<Int>
        let replacement: [UInt8]
    }
    private var edits: [Edit] = []

    init() {}

    /// Whether the text stays as it is.
    var isEmpty: Bool { edits.isEmpty }

    /// Replaces the bytes of `range`, which no other edit may overlap; an empty range inserts.
    mutating func replace(_ range: Range<Int>, with text: RawSpan) {
        insert(Edit(range: range, replacement: text.withUnsafeBytes { Array($0) }))
    }

    mutating func replace(_ range: Range<Int>, with text: StaticString) {
        insert(Edit(range: range, replacement: text.withUTF8Buffer { Array($0) }))
    }

    private mutating func insert(_ edit: Edit) {
        // What is inserted where another edit begins comes before it.
        // Edits mostly come in the order of the text.
        let before = edits.lastIndex {
            ($0.range.lowerBound, $0.range.upperBound) <= (edit.range.lowerBound, edit.range.upperBound)
        }
        let place = before.map { $0 + 1 } ?? 0
        edits.insert(edit, at: place)
    }

    /// Appends the changed text to `output`.
    func apply(to bytes: Span<UInt8>, into output: inout ByteBuffer) {
        output.reserve(bytes.count &+ edits.reduce(0) { $0 &+ $1.replacement.count })
        var position = 0
        for edit in edits {
            output.append(bytes.extracting(position..<edit.range.lowerBound).bytes)
            output.append(edit.replacement)
            position = edit.range.upperBound
        }
        output.append(bytes.extracting(position..<bytes.count).bytes)
    }
}
