/// The values of one JSON text as entries in the order of the text, each knowing how long it is without blanks.
///
/// The grammar is RFC 8259's, without leniency. An object's members are pairs of entries, name then value.
struct JSONTree: ~Copyable {
    enum Kind: UInt8 { case object, array, string, other }

    struct Node {
        let kind: Kind
        let start: Int32
        fileprivate(set) var end: Int32
        /// The entry after this one and all that it holds.
        fileprivate(set) var next: Int32 = 0
        /// Bytes without the blanks between lexemes.
        fileprivate(set) var length: Int32 = 0
        /// Members or elements.
        fileprivate(set) var count: Int32 = 0

        var range: Range<Int> { Int(start)..<Int(end) }
    }

    /// Levels of nesting; deeper texts are left as they are.
    static let depthLimit = 200

    private(set) var nodes: [Node] = []
    private var open: [Int32] = []

    init() {}

    /// Reads the value that begins at `start`, an object or an array.
    ///
    /// - Returns: Where it ends, and whether it is JSON at all; if not, where that was seen.
    mutating func read(_ text: Span<UInt8>, from start: Int) -> (end: Int, isValue: Bool) {
        nodes.removeAll(keepingCapacity: nodes.capacity <= 1 << 16)
        open.removeAll(keepingCapacity: true)
        var position = start
        repeat {
            guard let value = readValue(text, position) else { return (failure, false) }
            position = value
            // Close what ends here, or go on to the next value.
            while let container = open.last {
                position = Self.skipBlanks(text, position)
                let isObject = nodes[Int(container)].kind == .object
                let byte = text.at(position)
                if byte == 0x2C, position < text.count, nodes[Int(container)].count > 0 {
                    position = Self.skipBlanks(text, position &+ 1)
                    if isObject {
                        guard let name = readName(text, position) else { return (failure, false) }
                        position = name
                    }
                    break
                }
                guard position < text.count, byte == (isObject ? 0x7D : 0x5D) else { return (position, false) }
                position &+= 1
                close(container, position)
            }
        } while !open.isEmpty
        return (position, true)
    }

    private var failure = 0

    private mutating func close(_ container: Int32, _ end: Int) {
        open.removeLast()
        let index = Int(container)
        nodes[index].end = Int32(truncatingIfNeeded: end)
        nodes[index].next = Int32(truncatingIfNeeded: nodes.count)
        // Brackets, and the commas between.
        nodes[index].length &+= 2 &+ max(0, nodes[index].count &- 1)
        countIntoParent(nodes[index].length)
    }

    private mutating func countIntoParent(_ length: Int32) {
        guard let parent = open.last else { return }
        nodes[Int(parent)].length &+= length
        nodes[Int(parent)].count &+= 1
    }

    /// Reads one value; of a container, only what opens it, and the containers that end at once.
    private mutating func readValue(_ text: Span<UInt8>, _ start: Int) -> Int? {
        failure = start
        switch text.at(start) {
        case 0x7B, 0x5B:
            let isObject = text[start] == 0x7B
            guard open.count < Self.depthLimit else { return nil }
            open.append(Int32(truncatingIfNeeded: nodes.count))
            nodes.append(
                Node(kind: isObject ? .object : .array, start: Int32(truncatingIfNeeded: start), end: 0))
            let inside = Self.skipBlanks(text, start &+ 1)
            if inside < text.count, text[inside] == (isObject ? 0x7D : 0x5D) {
                close(Int32(truncatingIfNeeded: nodes.count &- 1), inside &+ 1)
                return inside &+ 1
            }
            if isObject {
                guard let name = readName(text, inside) else { return nil }
                return readValue(text, name)
            }
            return readValue(text, inside)
        case 0x22:
            guard let end = JSONString.end(text, start) else { return nil }
            append(.string, start, end)
            countIntoParent(Int32(truncatingIfNeeded: end &- start))
            return end
        default:
            guard let end = Self.endOfScalar(text, start) else { return nil }
            append(.other, start, end)
            countIntoParent(Int32(truncatingIfNeeded: end &- start))
            return end
        }
    }

    /// Reads a member's name and its colon; returns where the value begins.
    private mutating func readName(_ text: Span<UInt8>, _ start: Int) -> Int? {
        failure = start
        guard text.at(start) == 0x22, let end = JSONString.end(text, start) else { return nil }
        append(.string, start, end)
        if let object = open.last { nodes[Int(object)].length &+= Int32(truncatingIfNeeded: end &- start &+ 1) }
        let colon = Self.skipBlanks(text, end)
        failure = colon
        guard text.at(colon) == 0x3A else { return nil }
        return Self.skipBlanks(text, colon &+ 1)
    }

    private mutating func append(_ kind: Kind, _ start: Int, _ end: Int) {
        nodes.append(
            Node(
                kind: kind, start: Int32(truncatingIfNeeded: start), end: Int32(truncatingIfNeeded: end),
                next: Int32(truncatingIfNeeded: nodes.count &+ 1), length: Int32(truncatingIfNeeded: end &- start)))
    }

    static func skipBlanks(_ text: Span<UInt8>, _ start: Int) -> Int {
        var position = start
        while position < text.count {
            switch text[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position &+= 1
            default: return position
            }
        }
        return position
    }

    /// The end of a number, `true`, `false` or `null`.
    private static func endOfScalar(_ text: Span<UInt8>, _ start: Int) -> Int? {
        switch text.at(start) {
        case 0x74: return text.has("true", at: start) ? start &+ 4 : nil
        case 0x66: return text.has("false", at: start) ? start &+ 5 : nil
        case 0x6E: return text.has("null", at: start) ? start &+ 4 : nil
        default: break
        }
        var position = start
        if text.at(position) == 0x2D { position &+= 1 }
        let integer = position
        position = skipDigits(text, position)
        guard position > integer, position == integer &+ 1 || text[integer] != 0x30 else { return nil }
        if text.at(position) == 0x2E {
            let fraction = position &+ 1
            position = skipDigits(text, fraction)
            guard position > fraction else { return nil }
        }
        if text.at(position) | 0x20 == 0x65 {
            position &+= 1
            if text.at(position) == 0x2B || text.at(position) == 0x2D { position &+= 1 }
            let exponent = position
            position = skipDigits(text, exponent)
            guard position > exponent else { return nil }
        }
        return position
    }

    private static func skipDigits(_ text: Span<UInt8>, _ start: Int) -> Int {
        var position = start
        while position < text.count, text[position] &- 0x30 <= 9 { position &+= 1 }
        return position
    }
}

/// Strings as JSON spells them.
enum JSONString {
    /// Where the string that begins with the quote at `start` ends; nil when it is not spelled as JSON asks.
    static func end(_ text: Span<UInt8>, _ start: Int) -> Int? {
        var position = start &+ 1
        while position < text.count {
            switch text[position] {
            case 0x22: return position &+ 1
            case 0x5C:
                switch text.at(position &+ 1) {
                case 0x22, 0x5C, 0x2F, 0x62, 0x66, 0x6E, 0x72, 0x74: position &+= 2
                case 0x75:
                    for offset in 2...5 {
                        let byte = text.at(position &+ offset)
                        guard byte &- 0x30 <= 9 || (byte | 0x20) &- 0x61 <= 5 else { return nil }
                    }
                    position &+= 6
                default: return nil
                }
            case ..<0x20: return nil
            default: position &+= 1
            }
        }
        return nil
    }
}
