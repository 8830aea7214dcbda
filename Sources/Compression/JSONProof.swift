/// The proof that two JSON texts say the same: a reading of its own, which knows strings and blanks and nothing else.
enum JSONProof {
    /// Whether two texts are the same bytes once the blanks outside of strings are gone.
    ///
    /// Where both are JSON, their data is then equal: blanks never part two lexemes that would join.
    static func sameLexemes(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
        var i = 0
        var j = 0
        var isString = false
        while true {
            if !isString {
                while i < left.count, isBlank(left[i]) { i &+= 1 }
                while j < right.count, isBlank(right[j]) { j &+= 1 }
            }
            if i == left.count || j == right.count { return i == left.count && j == right.count && !isString }
            let byte = left[i]
            guard byte == right[j] else { return false }
            i &+= 1
            j &+= 1
            if byte == 0x22 {
                isString.toggle()
            } else if byte == 0x5C, isString {
                // What is escaped neither ends the string nor escapes.
                guard i < left.count, j < right.count, left[i] == right[j] else { return false }
                i &+= 1
                j &+= 1
            }
        }
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }

    // MARK: Columns and values named again

    /// Whether `after`, read as a reader of the conversation would, holds the data of `before`.
    ///
    /// - Parameters:
    ///   - text: What `tree` was read from.
    ///   - tree: The value as it was.
    ///   - scratch: Takes the value as it is spelled now.
    static func sameData(
        _ text: Span<UInt8>, _ tree: borrowing JSONTree, _ after: Span<UInt8>, _ scratch: inout JSONTree
    ) -> Bool {
        let start = JSONTree.skipBlanks(after, 0)
        let (end, isValue) = scratch.read(after, from: start)
        guard isValue, JSONTree.skipBlanks(after, end) == after.count else { return false }
        var reading = Reading()
        return reading.isSame(0, 0, nil, text, tree, after, scratch)
    }

    /// A walk through both at once, in the order of the text.
    private struct Reading {
        /// The last value of 200 characters or more, by its name: entries of the tree as it was.
        private var values: [(name: Int, value: Int)] = []

        mutating func isSame(
            _ old: Int, _ new: Int, _ name: Int?, _ text: Span<UInt8>, _ tree: borrowing JSONTree,
            _ after: Span<UInt8>, _ spelled: borrowing JSONTree
        ) -> Bool {
            let before = tree.nodes[old]
            let node = spelled.nodes[new]
            if before.kind == .string || before.kind == .other {
                return before.kind == node.kind && text.extracting(before.range).equals(after.extracting(node.range))
            }
            let isLong = name != nil && characters(of: old, text, tree) >= 200
            if node.kind == .string {
                guard isLong, let name, Markers.isValue(after.extracting(node.range), of: name, text, tree) else {
                    return false
                }
                guard let last = values.first(where: { isName($0.name, name, text, tree) }) else { return false }
                return sameLexemes(
                    text.extracting(tree.nodes[last.value].range), text.extracting(before.range))
            }
            let isRight =
                before.kind == node.kind
                ? hasSameContents(old, new, text, tree, after, spelled)
                : before.kind == .array && hasSameRows(old, new, text, tree, after, spelled)
            guard isRight else { return false }
            if isLong, let name {
                if let place = values.firstIndex(where: { isName($0.name, name, text, tree) }) {
                    values[place].value = old
                } else {
                    values.append((name, old))
                }
            }
            return true
        }

        private mutating func hasSameContents(
            _ old: Int, _ new: Int, _ text: Span<UInt8>, _ tree: borrowing JSONTree, _ after: Span<UInt8>,
            _ spelled: borrowing JSONTree
        ) -> Bool {
            guard tree.nodes[old].count == spelled.nodes[new].count else { return false }
            let isObject = tree.nodes[old].kind == .object
            var ours = old &+ 1
            var theirs = new &+ 1
            while ours < Int(tree.nodes[old].next) {
                var name: Int?
                if isObject {
                    guard
                        text.extracting(tree.nodes[ours].range).equals(
                            after.extracting(spelled.nodes[theirs].range))
                    else { return false }
                    name = ours
                    ours &+= 1
                    theirs &+= 1
                }
                guard isSame(ours, theirs, name, text, tree, after, spelled) else { return false }
                ours = Int(tree.nodes[ours].next)
                theirs = Int(spelled.nodes[theirs].next)
            }
            return true
        }

        /// Whether an array of objects is what an object of columns and rows says.
        private mutating func hasSameRows(
            _ old: Int, _ new: Int, _ text: Span<UInt8>, _ tree: borrowing JSONTree, _ after: Span<UInt8>,
            _ spelled: borrowing JSONTree
        ) -> Bool {
            guard spelled.nodes[new].kind == .object, spelled.nodes[new].count == 2 else { return false }
            let columns = new &+ 2
            let rowsName = Int(spelled.nodes[columns].next)
            let rows = rowsName &+ 1
            guard after.extracting(spelled.nodes[new &+ 1].range).has("\"#cols\"", at: 0),
                after.extracting(spelled.nodes[rowsName].range).has("\"#rows\"", at: 0),
                spelled.nodes[columns].kind == .array, spelled.nodes[rows].kind == .array,
                spelled.nodes[rows].count == tree.nodes[old].count
            else { return false }
            var object = old &+ 1
            var row = rows &+ 1
            while object < Int(tree.nodes[old].next) {
                guard tree.nodes[object].kind == .object, spelled.nodes[row].kind == .array,
                    spelled.nodes[row].count == tree.nodes[object].count,
                    spelled.nodes[columns].count == tree.nodes[object].count
                else { return false }
                var member = object &+ 1
                var column = columns &+ 1
                var cell = row &+ 1
                while member < Int(tree.nodes[object].next) {
                    guard
                        text.extracting(tree.nodes[member].range).equals(
                            after.extracting(spelled.nodes[column].range)),
                        isSame(member &+ 1, cell, member, text, tree, after, spelled)
                    else { return false }
                    member = Int(tree.nodes[member &+ 1].next)
                    column = Int(spelled.nodes[column].next)
                    cell = Int(spelled.nodes[cell].next)
                }
                object = Int(tree.nodes[object].next)
                row = Int(spelled.nodes[row].next)
            }
            return true
        }

        private func isName(_ one: Int, _ other: Int, _ text: Span<UInt8>, _ tree: borrowing JSONTree) -> Bool {
            text.extracting(tree.nodes[one].range).equals(text.extracting(tree.nodes[other].range))
        }

        private func characters(of value: Int, _ text: Span<UInt8>, _ tree: borrowing JSONTree) -> Int {
            let node = tree.nodes[value]
            guard node.length >= 200, node.length < 800 else { return Int(node.length) }
            var characters = Int(node.length)
            for offset in node.range where text[offset] & 0xC0 == 0x80 { characters &-= 1 }
            return characters
        }
    }
}
