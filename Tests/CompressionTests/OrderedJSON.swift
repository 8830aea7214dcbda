/// A JSON value as it is spelled, members in their order, read the plain way.
indirect enum OrderedJSON: Equatable {
    case object([Member])
    case array([OrderedJSON])
    /// A string with its quotes, a number, or a word.
    case scalar(String)

    struct Member: Equatable {
        let name: String
        let value: OrderedJSON
    }

    /// nil for a text that is not one value.
    init?(_ text: String) {
        var rest = Array(text.unicodeScalars)[...]
        guard let value = Self.value(&rest) else { return nil }
        Self.skipBlanks(&rest)
        guard rest.isEmpty else { return nil }
        self = value
    }

    /// The value without its blanks.
    var text: String {
        switch self {
        case .object(let members): "{" + members.map { $0.name + ":" + $0.value.text }.joined(separator: ",") + "}"
        case .array(let elements): "[" + elements.map(\.text).joined(separator: ",") + "]"
        case .scalar(let text): text
        }
    }

    /// With columns and rows read as objects, and what is named again read as what it names.
    var expanded: OrderedJSON {
        var last: [String: OrderedJSON] = [:]
        return expanded(name: nil, &last)
    }

    private func expanded(name: String?, _ last: inout [String: OrderedJSON]) -> OrderedJSON {
        let value: OrderedJSON
        switch self {
        case .scalar(let text):
            guard let name, text == "\"[… same value as the last full \(name.dropFirst().dropLast()) above …]\"" else {
                return self
            }
            return last[name] ?? self
        case .array(let elements): value = .array(elements.map { $0.expanded(name: nil, &last) })
        case .object(let members):
            if members.map(\.name) == ["\"#cols\"", "\"#rows\""], case .array(let names) = members[0].value,
                case .array(let rows) = members[1].value
            {
                value = .array(
                    rows.map { row in
                        guard case .array(let cells) = row, cells.count == names.count else { return row }
                        return .object(
                            zip(names, cells).map { Member(name: $0.text, value: $1.expanded(name: $0.text, &last)) })
                    })
            } else {
                value = .object(members.map { Member(name: $0.name, value: $0.value.expanded(name: $0.name, &last)) })
            }
        }
        if let name, value.text.unicodeScalars.count >= 200 { last[name] = value }
        return value
    }

    // MARK: Reading

    private static func skipBlanks(_ rest: inout ArraySlice<Unicode.Scalar>) {
        while let first = rest.first, " \t\r\n".unicodeScalars.contains(first) { rest.removeFirst() }
    }

    private static func value(_ rest: inout ArraySlice<Unicode.Scalar>) -> OrderedJSON? {
        skipBlanks(&rest)
        switch rest.first {
        case "{":
            var members: [Member] = []
            guard
                list(
                    "}", &rest,
                    { rest in
                        skipBlanks(&rest)
                        guard rest.first == "\"", let name = scalar(&rest) else { return false }
                        skipBlanks(&rest)
                        guard rest.popFirst() == ":", let value = value(&rest) else { return false }
                        members.append(Member(name: name, value: value))
                        return true
                    })
            else { return nil }
            return .object(members)
        case "[":
            var elements: [OrderedJSON] = []
            guard
                list(
                    "]", &rest,
                    { rest in
                        guard let value = value(&rest) else { return false }
                        elements.append(value)
                        return true
                    })
            else { return nil }
            return .array(elements)
        default: return scalar(&rest).map { .scalar($0) }
        }
    }

    private static func list(
        _ end: Unicode.Scalar, _ rest: inout ArraySlice<Unicode.Scalar>,
        _ read: (inout ArraySlice<Unicode.Scalar>) -> Bool
    ) -> Bool {
        rest.removeFirst()
        skipBlanks(&rest)
        if rest.first == end {
            rest.removeFirst()
            return true
        }
        while read(&rest) {
            skipBlanks(&rest)
            switch rest.popFirst() {
            case ",": continue
            case end: return true
            default: return false
            }
        }
        return false
    }

    private static func scalar(_ rest: inout ArraySlice<Unicode.Scalar>) -> String? {
        var text = String.UnicodeScalarView()
        if rest.first == "\"" {
            text.append(rest.removeFirst())
            while let next = rest.popFirst() {
                text.append(next)
                if next == "\"" { return String(text) }
                if next == "\\", let escaped = rest.popFirst() { text.append(escaped) }
            }
            return nil
        }
        while let first = rest.first, first.properties.isAlphabetic || "0123456789+-.".unicodeScalars.contains(first) {
            text.append(rest.removeFirst())
        }
        return text.isEmpty ? nil : String(text)
    }
}
