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
    private var proofTree = JSONTree()

    init() {}

    /// Writes `text` to `output` with each JSON value that is a line or several spelled compactly.
    ///
    /// - Returns: Whether anything changed, and how many bytes of the text are JSON.
    mutating func rewrite(
        _ text: Span<UInt8>, _ index: borrowing TextLines, _ form: Form, into output: inout [UInt8],
        _ savings: inout Savings
    ) -> (changed: Bool, bytesOfJSON: Int) {
        var copied = 0
        var changed = false
        var bytesOfJSON = 0
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
            bytesOfJSON &+= end &- start
            guard Self.isBlank(text, end, lineEnd) else { continue }
            let isWhole = Self.isBlank(text, 0, start) && Self.isBlank(text, end, text.count)
            output.append(text.extracting(copied..<start))
            let written = output.count
            var form = form
            form.hasValueReferences = form.hasValueReferences && isWhole
            if spell(text, start..<end, form, into: &output, &savings) {
                changed = true
                copied = end
            } else {
                output.removeLast(output.count &- written)
                copied = start
            }
            if isWhole { break }
        }
        output.append(text.extracting(copied..<text.count))
        return (changed, bytesOfJSON)
    }

    /// Writes a text that is one JSON value in lines, whether that makes it shorter or not; false for any other text.
    mutating func layOut(_ text: Span<UInt8>, into output: inout [UInt8]) -> Bool {
        let start = JSONTree.skipBlanks(text, 0)
        guard text.at(start) == 0x7B || text.at(start) == 0x5B else { return false }
        let (end, isValue) = tree.read(text, from: start)
        guard isValue, Self.isBlank(text, end, text.count) else { return false }
        let first = output.count
        _ = write(text, Form(hasLines: true, hasValueReferences: false, hasColumns: false), into: &output)
        return JSONProof.sameLexemes(text, output.span.extracting(first..<output.count))
    }

    /// Appends the value just read, if that makes it shorter and the proof holds.
    private mutating func spell(
        _ text: Span<UInt8>, _ range: Range<Int>, _ form: Form, into output: inout [UInt8], _ savings: inout Savings
    ) -> Bool {
        let before = text.extracting(range)
        let start = output.count
        var hundredths = -1
        for hasLines in form.hasLines ? [true, false] : [false] {
            output.removeLast(output.count &- start)
            var form = form
            form.hasLines = hasLines
            let uses = write(text, form, into: &output)
            let after = output.span.extracting(start..<output.count)
            if after.equals(before) { return false }
            if hundredths < 0 { hundredths = before.hundredths }
            let afterwards = after.hundredths
            guard afterwards &+ 100 < hundredths else { continue }
            let transform: Transform = uses.columns > 0 ? .columns : uses.values > 0 ? .valueReference : .json
            guard
                transform == .json
                    ? JSONProof.sameLexemes(before, after) : JSONProof.sameData(text, tree, after, &proofTree)
            else {
                savings[transform].failedProofs &+= 1
                return false
            }
            savings[transform].uses &+= 1
            savings[transform].bytesBefore &+= before.count
            savings[transform].bytesAfter &+= after.count
            savings[transform].hundredthsBefore &+= hundredths
            savings[transform].hundredthsAfter &+= afterwards
            return true
        }
        return false
    }

    // MARK: Writing

    /// How a value is spelled.
    struct Form {
        /// Whether what is long gets a line of its own.
        var hasLines: Bool
        /// Whether an object or array that repeats the last one of its name is named instead.
        var hasValueReferences: Bool
        /// Whether a list of objects with the same names becomes the names and rows of values.
        var hasColumns: Bool
    }

    /// What else than blanks went.
    private struct Uses {
        var columns = 0
        var values = 0
    }

    /// Writes the value just read.
    private mutating func write(_ text: Span<UInt8>, _ form: Form, into output: inout [UInt8]) -> Uses {
        lastValues.removeAll(keepingCapacity: true)
        var uses = Uses()
        _ = write(0, name: nil, text, form, into: &output, &uses)
        return uses
    }

    /// Writes an entry of the tree; returns the one after it. The tree's depth bounds the recursion.
    ///
    /// - Parameter name: The entry of the member's name, where it is a member's value.
    private mutating func write(
        _ index: Int, name: Int?, _ text: Span<UInt8>, _ form: Form, into output: inout [UInt8], _ uses: inout Uses
    ) -> Int {
        let node = tree.nodes[index]
        guard node.kind == .object || node.kind == .array else {
            output.append(text.extracting(node.range))
            return index &+ 1
        }
        let isNamed = form.hasValueReferences && name != nil && isLongValue(node, text)
        if isNamed, let name, repeatsLast(index, name, text) {
            Markers.appendValue(named: text.extracting(tree.nodes[name].range), to: &output)
            uses.values &+= 1
            return Int(node.next)
        }
        if form.hasColumns, node.kind == .array, hasColumns(index, text) {
            writeColumns(index, text, form, into: &output, &uses)
            uses.columns &+= 1
        } else {
            writeContents(index, text, form, into: &output, &uses)
        }
        if isNamed, let name { note(index, name, text) }
        return Int(node.next)
    }

    private mutating func writeContents(
        _ index: Int, _ text: Span<UInt8>, _ form: Form, into output: inout [UInt8], _ uses: inout Uses
    ) {
        let node = tree.nodes[index]
        let isObject = node.kind == .object
        output.append(isObject ? 0x7B : 0x5B)
        var child = index &+ 1
        let end = Int(node.next)
        var isLineStart = false
        if form.hasLines, node.length >= Self.longContainer {
            output.append(0x0A)
            isLineStart = true
        }
        while child < end {
            let value = isObject ? child &+ 1 : child
            let length = tree.nodes[value].length &+ (isObject ? tree.nodes[child].length &+ 1 : 0)
            let isLong = form.hasLines && length >= (isObject ? Self.longMember : Self.longElement)
            if isLong, child > index &+ 1, !isLineStart { output.append(0x0A) }
            if isObject {
                output.append(text.extracting(tree.nodes[child].range))
                output.append(0x3A)
            }
            child = write(value, name: isObject ? child : nil, text, form, into: &output, &uses)
            isLineStart = false
            if child < end {
                output.append(0x2C)
                if isLong {
                    output.append(0x0A)
                    isLineStart = true
                }
            }
        }
        output.append(isObject ? 0x7D : 0x5D)
    }

    // MARK: Values named again

    /// The last long values, by their names.
    private struct NamedValue {
        let hash: UInt64
        let name: Int
        var value: Int
    }
    private var lastValues: [NamedValue] = []
    /// Names that are remembered; a text with more of them that are long is seldom met.
    private static let nameLimit = 64
    /// Characters from which on a value is long.
    private static let longValue = 200

    private func isLongValue(_ node: JSONTree.Node, _ text: Span<UInt8>) -> Bool {
        guard node.length >= Self.longValue else { return false }
        // Four bytes a character are the most that UTF-8 has.
        guard node.length < 4 &* Self.longValue else { return true }
        var characters = Int(node.length)
        for offset in node.range where text[offset] & 0xC0 == 0x80 { characters &-= 1 }
        return characters >= Self.longValue
    }

    private func place(of name: Int, _ text: Span<UInt8>) -> (hash: UInt64, place: Int?) {
        let spelled = text.extracting(tree.nodes[name].range)
        let hash = TextLines.hash(spelled)
        let place = lastValues.firstIndex {
            $0.hash == hash && text.extracting(tree.nodes[$0.name].range).equals(spelled)
        }
        return (hash, place)
    }

    private func repeatsLast(_ value: Int, _ name: Int, _ text: Span<UInt8>) -> Bool {
        guard let place = place(of: name, text).place else { return false }
        let last = tree.nodes[lastValues[place].value]
        let node = tree.nodes[value]
        return last.length == node.length && last.kind == node.kind
            && JSONProof.sameLexemes(text.extracting(last.range), text.extracting(node.range))
    }

    private mutating func note(_ value: Int, _ name: Int, _ text: Span<UInt8>) {
        let (hash, place) = place(of: name, text)
        if let place {
            lastValues[place].value = value
        } else if lastValues.count < Self.nameLimit {
            lastValues.append(NamedValue(hash: hash, name: name, value: value))
        }
    }

    // MARK: Columns

    /// Whether an array is three objects or more with the same names in the same order.
    private func hasColumns(_ array: Int, _ text: Span<UInt8>) -> Bool {
        let node = tree.nodes[array]
        guard node.count >= 3, tree.nodes[array &+ 1].kind == .object, tree.nodes[array &+ 1].count >= 2 else {
            return false
        }
        let first = array &+ 1
        var row = first
        while row < Int(node.next) {
            guard tree.nodes[row].kind == .object, tree.nodes[row].count == tree.nodes[first].count else {
                return false
            }
            var ours = row &+ 1
            var theirs = first &+ 1
            while ours < Int(tree.nodes[row].next) {
                guard text.extracting(tree.nodes[ours].range).equals(text.extracting(tree.nodes[theirs].range)) else {
                    return false
                }
                ours = Int(tree.nodes[ours &+ 1].next)
                theirs = Int(tree.nodes[theirs &+ 1].next)
            }
            row = Int(tree.nodes[row].next)
        }
        return !hasNameTwice(first, text)
    }

    private func hasNameTwice(_ object: Int, _ text: Span<UInt8>) -> Bool {
        guard tree.nodes[object].count <= 64 else { return true }
        var name = object &+ 1
        while name < Int(tree.nodes[object].next) {
            var other = Int(tree.nodes[name &+ 1].next)
            while other < Int(tree.nodes[object].next) {
                if text.extracting(tree.nodes[name].range).equals(text.extracting(tree.nodes[other].range)) {
                    return true
                }
                other = Int(tree.nodes[other &+ 1].next)
            }
            name = Int(tree.nodes[name &+ 1].next)
        }
        return false
    }

    private mutating func writeColumns(
        _ array: Int, _ text: Span<UInt8>, _ form: Form, into output: inout [UInt8], _ uses: inout Uses
    ) {
        output.append("{\"#cols\":[")
        let first = array &+ 1
        var name = first &+ 1
        while name < Int(tree.nodes[first].next) {
            if name > first &+ 1 { output.append(0x2C) }
            output.append(text.extracting(tree.nodes[name].range))
            name = Int(tree.nodes[name &+ 1].next)
        }
        output.append("],\"#rows\":[\n")
        var row = first
        while row < Int(tree.nodes[array].next) {
            output.append(row > first ? ",\n[" : "[")
            var member = row &+ 1
            while member < Int(tree.nodes[row].next) {
                if member > row &+ 1 { output.append(0x2C) }
                member = write(member &+ 1, name: member, text, form, into: &output, &uses)
            }
            output.append(0x5D)
            row = Int(tree.nodes[row].next)
        }
        output.append("]}")
    }

    private static func isBlank(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        JSONTree.skipBlanks(text, start) >= end
    }
}
