// Values, arrays, objects, blanks and comments; strings, names and numbers are in files of their own.

extension JSON5Parser {
    /// One value of any kind, the blanks before it already skipped.
    mutating func value() throws(Spoiled) -> JSON5Node {
        let start = position
        switch next {
        case UInt8(ascii: "{"): return JSON5Node(.object(try object()), at: start)
        case UInt8(ascii: "["): return JSON5Node(.array(try array()), at: start)
        case UInt8(ascii: "\""), UInt8(ascii: "'"): return JSON5Node(.string(try string()), at: start)
        case _ where startsNumber: return JSON5Node(.number(try number()), at: start)
        default: break
        }
        guard startsName else { try fail("expected a value, found \(found)") }
        let word = try name()
        switch word {
        case "null": return JSON5Node(.null, at: start)
        case "true": return JSON5Node(.bool(true), at: start)
        case "false": return JSON5Node(.bool(false), at: start)
        case "Infinity", "NaN": return JSON5Node(.number(word), at: start)
        default: try fail("\(word) is not a value; a text needs quotes: \"\(word)\"", at: start)
        }
    }

    private mutating func array() throws(Spoiled) -> [JSON5Node] {
        var elements: [JSON5Node] = []
        try list(from: UInt8(ascii: "["), to: UInt8(ascii: "]")) { parser throws(Spoiled) in
            elements.append(try parser.value())
        }
        return elements
    }

    private mutating func object() throws(Spoiled) -> [JSON5Member] {
        var members: [JSON5Member] = []
        var places: [String: FilePosition] = [:]
        try list(from: UInt8(ascii: "{"), to: UInt8(ascii: "}")) { parser throws(Spoiled) in
            let start = parser.position
            let name = try parser.key()
            if let first = places[name] {
                parser.note("\(name) stands here for the second time; the first is at \(first)", at: start)
            }
            try parser.skipBlanks()
            guard parser.take(UInt8(ascii: ":")) else {
                try parser.fail("expected ':' after \(name), found \(parser.found)")
            }
            try parser.skipBlanks()
            let node = try parser.value()
            guard places[name] == nil else { return }
            places[name] = start
            members.append(JSON5Member(name, at: start, node))
        }
        return members
    }

    private mutating func key() throws(Spoiled) -> String {
        if next == UInt8(ascii: "\"") || next == UInt8(ascii: "'") { return try string() }
        guard startsName else { try fail("expected a key, found \(found)") }
        return try name()
    }

    /// What arrays and objects have in common: brackets, commas, and going on after a spoiled element.
    private mutating func list(
        from open: UInt8, to close: UInt8, element: (inout JSON5Parser) throws(Spoiled) -> Void
    ) throws(Spoiled) {
        let start = position
        try descend()
        defer { ascend() }
        step()
        while !gaveUp {
            try skipBlanks()
            if take(close) { return }
            if atEnd { break }
            do throws(Spoiled) {
                try element(&self)
                try skipBlanks()
            } catch {
                skipToEndOfElement()
            }
            if take(UInt8(ascii: ",")) { continue }
            if take(close) { return }
            if atEnd { break }
            // What begins the next element shows that only the comma is missing; anything else is out of place.
            note("expected ',' or '\(Unicode.Scalar(close))', found \(found)")
            if next == UInt8(ascii: "]") || next == UInt8(ascii: "}") { throw Spoiled() }
            if !startsElement { skipToEndOfElement() }
            _ = take(UInt8(ascii: ","))
        }
        if gaveUp { throw Spoiled() }
        try fail("the '\(Unicode.Scalar(open))' of \(start) is never closed")
    }

    private var startsElement: Bool {
        switch next {
        case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "\""), UInt8(ascii: "'"): true
        default: startsNumber || startsName
        }
    }

    /// Moves to the comma or closing bracket that ends the current element, over strings, comments and brackets.
    private mutating func skipToEndOfElement() {
        var open = 0
        while let byte = next {
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["): open += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if open == 0 { return }
                open -= 1
            case UInt8(ascii: ","):
                if open == 0 { return }
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                skipString(byte)
                continue
            case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "/") || peek(1) == UInt8(ascii: "*"):
                if (try? comment()) == nil { return }
                continue
            default: break
            }
            step()
        }
    }

    /// Steps over a string without reading it; one that is not closed ends with its line.
    private mutating func skipString(_ quote: UInt8) {
        step()
        while let byte = next, byte != 0x0A {
            step()
            if byte == quote { return }
            if byte == UInt8(ascii: "\\") { step() }
        }
    }

    /// Steps over white space, line ends and comments.
    mutating func skipBlanks() throws(Spoiled) {
        while let byte = next {
            switch byte {
            case 0x09...0x0D, 0x20: step()
            case UInt8(ascii: "/"): try comment()
            case 0x80...:
                guard let (scalar, length) = scalar(), Self.isBlank(scalar) else { return }
                step(length)
            default: return
            }
        }
    }

    /// White space beyond ASCII: the byte order mark, the two line separators, and Unicode's space separators.
    static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0xA0, 0xFEFF, 0x2028, 0x2029: true
        default: scalar.properties.generalCategory == .spaceSeparator
        }
    }

    private mutating func comment() throws(Spoiled) {
        let start = position
        switch peek(1) {
        case UInt8(ascii: "/"):
            while let byte = next, byte != 0x0A, byte != 0x0D { step() }
        case UInt8(ascii: "*"):
            step(2)
            while !(next == UInt8(ascii: "*") && peek(1) == UInt8(ascii: "/")) {
                if atEnd { try fail("the comment of \(start) is never closed") }
                step()
            }
            step(2)
        default: try fail("a comment begins with // or /*, found \(found)")
        }
    }
}
