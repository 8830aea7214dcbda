/// Spells JSON without the blanks between its lexemes.
///
/// Every lexeme stays as it is spelled, in its place: numbers, escapes and members of the same name too. A member or an
/// element of some length gets a line of its own, which costs a token at most, so that what was sent before can be found
/// again line by line.
struct JSONCompaction: ~Copyable {
    /// Bytes from which on a member of an object gets a line.
    private static let longMember = 40
    /// Bytes from which on an element of an array does: the rows of a list seldom come again one by one.
    private static let longElement = 160
    /// Bytes from which on what an object or an array holds begins on a line of its own.
    private static let longContainer = 200
    /// Values below which it is not worth looking: `[1]` is a footnote.
    private static let leastNodes = 3

    private var tree = JSONTree()

    init() {}

    /// Writes `text` to `output` with each JSON value that is a line or several spelled compactly.
    ///
    /// - Returns: Whether anything changed, and whether the text is JSON from its first to its last byte.
    mutating func rewrite(
        _ text: Span<UInt8>, _ index: borrowing TextLines, _ options: CompressionOptions, into output: inout [UInt8],
        _ savings: inout Savings
    ) -> (changed: Bool, isWhole: Bool, holdsJSON: Bool) {
        var copied = 0
        var changed = false
        var holdsJSON = false
        var line = 0
        while line < index.count {
            let place = index[line]
            let start = text.skipBlanks(place.lowerBound)
            guard start < place.upperBound, text[start] == 0x7B || text[start] == 0x5B else {
                line &+= 1
                continue
            }
            let (end, isValue) = tree.read(text, from: start)
            // What was read in vain is not read again.
            while line < index.count, index[line].upperBound < end { line &+= 1 }
            guard isValue else {
                line &+= 1
                continue
            }
            let lineEnd = line < index.count ? index[line].upperBound : text.count
            line &+= 1
            guard tree.nodes.count >= Self.leastNodes else { continue }
            holdsJSON = true
            guard Self.isBlank(text, end, lineEnd) else { continue }
            let isWhole = Self.isBlank(text, 0, start) && Self.isBlank(text, end, text.count)
            output.append(text.extracting(copied..<start))
            let written = output.count
            if spell(text, start..<end, options, into: &output, &savings) {
                changed = true
                copied = end
            } else {
                output.removeLast(output.count &- written)
                copied = start
            }
            if isWhole {
                output.append(text.extracting(copied..<text.count))
                return (changed, true, true)
            }
        }
        output.append(text.extracting(copied..<text.count))
        return (changed, false, holdsJSON)
    }

    /// Writes a text that is one JSON value in lines, whether that makes it shorter or not; false for any other text.
    mutating func layOut(_ text: Span<UInt8>, into output: inout [UInt8]) -> Bool {
        let start = JSONTree.skipBlanks(text, 0)
        guard text.at(start) == 0x7B || text.at(start) == 0x5B else { return false }
        let (end, isValue) = tree.read(text, from: start)
        guard isValue, Self.isBlank(text, end, text.count) else { return false }
        let first = output.count
        _ = write(0, text, true, into: &output)
        return JSONProof.sameLexemes(text, output.span.extracting(first..<output.count))
    }

    /// Appends the value just read, if that makes it shorter and the proof holds.
    private mutating func spell(
        _ text: Span<UInt8>, _ range: Range<Int>, _ options: CompressionOptions, into output: inout [UInt8],
        _ savings: inout Savings
    ) -> Bool {
        let before = text.extracting(range)
        let hundredths = before.hundredths
        let start = output.count
        for hasLines in options.usesReferences ? [true, false] : [false] {
            output.removeLast(output.count &- start)
            _ = write(0, text, hasLines, into: &output)
            let after = output.span.extracting(start..<output.count)
            if after.equals(before) { return false }
            let afterwards = after.hundredths
            guard afterwards &+ 100 < hundredths else { continue }
            guard JSONProof.sameLexemes(before, after) else {
                savings[.json].failedProofs &+= 1
                return false
            }
            savings[.json].uses &+= 1
            savings[.json].bytesBefore &+= before.count
            savings[.json].bytesAfter &+= after.count
            savings[.json].hundredthsBefore &+= hundredths
            savings[.json].hundredthsAfter &+= afterwards
            return true
        }
        return false
    }

    /// Writes an entry of the tree; returns the one after it. The tree's depth bounds the recursion.
    private func write(_ index: Int, _ text: Span<UInt8>, _ hasLines: Bool, into output: inout [UInt8]) -> Int {
        let node = tree.nodes[index]
        guard node.kind == .object || node.kind == .array else {
            output.append(text.extracting(node.range))
            return index &+ 1
        }
        let isObject = node.kind == .object
        output.append(isObject ? 0x7B : 0x5B)
        var child = index &+ 1
        let end = Int(node.next)
        var isFirst = true
        var isLineStart = false
        while child < end {
            let value = isObject ? child &+ 1 : child
            let length = tree.nodes[value].length &+ (isObject ? tree.nodes[child].length &+ 1 : 0)
            let isLong = hasLines && length >= (isObject ? Self.longMember : Self.longElement)
            if isLong && !isFirst || isFirst && hasLines && node.length >= Self.longContainer, !isLineStart { output.append(0x0A) }
            if isObject {
                output.append(text.extracting(tree.nodes[child].range))
                output.append(0x3A)
            }
            child = write(value, text, hasLines, into: &output)
            isLineStart = false
            isFirst = false
            if child < end {
                output.append(0x2C)
                if isLong {
                    output.append(0x0A)
                    isLineStart = true
                }
            }
        }
        output.append(isObject ? 0x7D : 0x5D)
        return end
    }

    private static func isBlank(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        JSONTree.skipBlanks(text, start) >= end
    }
}
