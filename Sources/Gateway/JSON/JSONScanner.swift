/// Where the values of a JSON text stand: one strict pass over the bytes, no tree, no copy.
///
/// A value is an entry on a tape, in the order of the text; an object's members are pairs of entries, key then
/// value; `next` leads from a value over everything inside it. The tape's memory is reused from text to text, so a
/// scan allocates nothing once it has grown. The grammar is RFC 8259's, without leniency: what one parser would
/// accept and another refuse must not reach an upstream under a cache key.
struct JSONScanner: ~Copyable {
    enum Kind: UInt8 { case object, array, string, number, `true`, `false`, null }

    /// One value.
    struct Value {
        let kind: Kind
        /// Whether a string holds a backslash.
        fileprivate(set) var isEscaped = false
        fileprivate let start: UInt32
        fileprivate(set) var end: UInt32
        /// The index on the tape of what follows this value and all it holds.
        fileprivate(set) var next: UInt32

        /// The value's bytes as spelled, quotes and brackets included.
        var range: Range<Int> { Int(start)..<Int(end) }
        /// A string's bytes between its quotes; of what is no string nothing that means anything, but no trap either.
        var content: Range<Int> { Int(start) &+ 1..<max(Int(start) &+ 1, Int(end) &- 1) }
    }

    /// Why a text is not JSON, and where.
    struct Failure: Error, Equatable {
        let offset: Int
        let reason: String
    }

    /// Levels of nesting accepted: real requests nest 400 deep.
    static let depthLimit = 512
    /// Values and keys accepted of one text.
    static let valueLimit = 4_000_000
    /// Values whose memory is kept from text to text: 1 MB.
    static let keptValues = 65_536
    /// Characters accepted of one number.
    static let numberLimit = 1024

    private(set) var values = JSONTape(capacity: 256)
    private var open: [UInt32] = []

    init() {
        open.reserveCapacity(32)
    }

    /// Reads one JSON text of at most 4 GiB; its value is then `values[0]`.
    mutating func scan(_ bytes: Span<UInt8>) throws(Failure) {
        // What a hostile text of millions of values took is given back.
        values.removeAll(keeping: Self.keptValues)
        open.removeAll(keepingCapacity: true)
        guard bytes.count < UInt32.max else { throw Failure(offset: 0, reason: "the text is too large") }
        var position = skipBlanks(bytes, 0)
        var expectsValue = true
        while expectsValue || !open.isEmpty {
            if expectsValue {
                guard values.count < Self.valueLimit else { throw Failure(offset: position, reason: "too many values") }
                position = try value(bytes, position, &expectsValue)
            } else {
                position = try afterValue(bytes, position, &expectsValue)
            }
        }
        position = skipBlanks(bytes, position)
        guard position == bytes.count else { throw Failure(offset: position, reason: "text follows the JSON value") }
    }

    /// The index of a member's value, by its key, however that is spelled; the last one of that key counts, as it does
    /// for who reads the text next.
    ///
    /// - Parameter key: ASCII.
    func member(_ key: StaticString, of object: Int, in bytes: Span<UInt8>) -> Int? {
        guard values[object].kind == .object else { return nil }
        var found: Int?
        var index = object &+ 1
        let end = Int(values[object].next)
        while index < end {
            let name = values[index]
            if name.isEscaped ? means(name.content, key, in: bytes) : equals(name.content, key, in: bytes) {
                found = index &+ 1
            }
            index = Int(values[index &+ 1].next)
        }
        return found
    }

    /// Calls `body` with the index of each member's key and value, until it returns false.
    func forEachMember(of object: Int, _ body: (_ key: Int, _ value: Int) -> Bool) {
        var index = object &+ 1
        let end = Int(values[object].next)
        while index < end {
            guard body(index, index &+ 1) else { return }
            index = Int(values[index &+ 1].next)
        }
    }

    /// Calls `body` with the index of each element, until it returns false.
    func forEachElement(of array: Int, _ body: (Int) -> Bool) {
        var index = array &+ 1
        let end = Int(values[array].next)
        while index < end {
            guard body(index) else { return }
            index = Int(values[index].next)
        }
    }

    /// Whether the bytes of a range are `text`.
    func equals(_ range: Range<Int>, _ text: StaticString, in bytes: Span<UInt8>) -> Bool {
        guard range.count == text.utf8CodeUnitCount else { return false }
        for offset in 0..<range.count where bytes[range.lowerBound &+ offset] != text.utf8Start[offset] { return false }
        return true
    }

    /// Whether a string's content with escapes, which the scan has checked, means `text`.
    private func means(_ range: Range<Int>, _ text: StaticString, in bytes: Span<UInt8>) -> Bool {
        var position = range.lowerBound
        for offset in 0..<text.utf8CodeUnitCount {
            guard position < range.upperBound else { return false }
            var unit = UInt32(bytes[position])
            position &+= 1
            if unit == 0x5C {
                unit = UInt32(bytes[position])
                position &+= 1
                switch unit {
                case 0x75:
                    unit = JSONString.codeUnit(bytes, position, range.upperBound)
                    position &+= 4
                // A control character, which no name has that is asked for.
                case 0x62, 0x66, 0x6E, 0x72, 0x74: return false
                default: break
                }
            }
            guard unit == UInt32(text.utf8Start[offset]) else { return false }
        }
        return position == range.upperBound
    }

    /// A number of 0 or more spelled as an integer, at most 15 digits; nil for anything else.
    func nonNegativeInteger(at index: Int, in bytes: Span<UInt8>) -> Int? {
        let value = values[index]
        guard value.kind == .number, value.range.count <= 15 else { return nil }
        var result = 0
        for offset in value.range {
            let digit = bytes[offset] &- 48
            guard digit <= 9 else { return nil }
            result = result &* 10 &+ Int(digit)
        }
        return result
    }

    // MARK: The grammar

    private func skipBlanks(_ bytes: Span<UInt8>, _ start: Int) -> Int {
        var position = start
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position &+= 1
            default: return position
            }
        }
        return position
    }

    private mutating func append(_ kind: Kind, _ start: Int, _ end: Int, isEscaped: Bool = false) {
        values.append(
            Value(
                kind: kind, isEscaped: isEscaped, start: UInt32(truncatingIfNeeded: start),
                end: UInt32(truncatingIfNeeded: end), next: UInt32(truncatingIfNeeded: values.count &+ 1)))
    }

    private mutating func value(
        _ bytes: Span<UInt8>, _ position: Int, _ expectsValue: inout Bool
    ) throws(Failure) -> Int {
        guard position < bytes.count else { throw Failure(offset: position, reason: "the text ends too early") }
        expectsValue = false
        switch bytes[position] {
        case 0x22:
            return try string(bytes, position)
        case 0x7B, 0x5B:
            let isObject = bytes[position] == 0x7B
            guard open.count < Self.depthLimit else { throw Failure(offset: position, reason: "nested too deep") }
            open.append(UInt32(truncatingIfNeeded: values.count))
            append(isObject ? .object : .array, position, position)
            let inside = skipBlanks(bytes, position &+ 1)
            if inside < bytes.count, bytes[inside] == (isObject ? 0x7D : 0x5D) { return close(inside) }
            expectsValue = true
            return isObject ? try key(bytes, inside) : inside
        case 0x2D, 0x30...0x39:
            return try number(bytes, position)
        case 0x74: return try literal(bytes, position, "true", .true)
        case 0x66: return try literal(bytes, position, "false", .false)
        case 0x6E: return try literal(bytes, position, "null", .null)
        default: throw Failure(offset: position, reason: "a value was expected")
        }
    }

    /// What may follow a value: a comma and another one, or the end of what it stands in.
    private mutating func afterValue(
        _ bytes: Span<UInt8>, _ start: Int, _ expectsValue: inout Bool
    ) throws(Failure) -> Int {
        let position = skipBlanks(bytes, start)
        guard position < bytes.count, let container = open.last else {
            throw Failure(offset: position, reason: "the text ends too early")
        }
        let isObject = values[Int(container)].kind == .object
        switch bytes[position] {
        case 0x2C:
            expectsValue = true
            let following = skipBlanks(bytes, position &+ 1)
            return isObject ? try key(bytes, following) : following
        case 0x7D where isObject, 0x5D where !isObject:
            return close(position)
        default:
            throw Failure(
                offset: position, reason: "a comma or the end of the \(isObject ? "object" : "array") was expected")
        }
    }

    /// Closes the innermost container, whose last byte is at `position`.
    private mutating func close(_ position: Int) -> Int {
        let container = Int(open.removeLast())
        values[container].end = UInt32(truncatingIfNeeded: position &+ 1)
        values[container].next = UInt32(truncatingIfNeeded: values.count)
        return position &+ 1
    }

    private mutating func key(_ bytes: Span<UInt8>, _ start: Int) throws(Failure) -> Int {
        guard start < bytes.count, bytes[start] == 0x22 else {
            throw Failure(offset: start, reason: "a member's name was expected")
        }
        let end = skipBlanks(bytes, try string(bytes, start))
        guard end < bytes.count, bytes[end] == 0x3A else {
            throw Failure(offset: end, reason: "a colon was expected")
        }
        return skipBlanks(bytes, end &+ 1)
    }

    private mutating func string(_ bytes: Span<UInt8>, _ start: Int) throws(Failure) -> Int {
        var position = start &+ 1
        var isEscaped = false
        while true {
            position = Self.skipPlain(bytes, position)
            guard position < bytes.count else { throw Failure(offset: position, reason: "a string does not end") }
            switch bytes[position] {
            case 0x22:
                append(.string, start, position &+ 1, isEscaped: isEscaped)
                return position &+ 1
            case 0x5C:
                isEscaped = true
                position = try escape(bytes, position)
            default: throw Failure(offset: position, reason: "a string holds a control character")
            }
        }
    }

    /// The place of the next quote, backslash or control character; the text's end when there is none.
    @inline(__always)
    private static func skipPlain(_ bytes: Span<UInt8>, _ start: Int) -> Int {
        WordSearch.first(in: bytes, from: start) { word in
            WordSearch.marks(of: 0x22, in: word) | WordSearch.marks(of: 0x5C, in: word)
                | WordSearch.marks(below: 0x20, in: word)
        } isFound: {
            $0 == 0x22 || $0 == 0x5C || $0 < 0x20
        }
    }

    private func escape(_ bytes: Span<UInt8>, _ backslash: Int) throws(Failure) -> Int {
        guard backslash &+ 1 < bytes.count else { throw Failure(offset: backslash, reason: "a string does not end") }
        switch bytes[backslash &+ 1] {
        case 0x22, 0x5C, 0x2F, 0x62, 0x66, 0x6E, 0x72, 0x74: return backslash &+ 2
        case 0x75:
            guard backslash &+ 5 < bytes.count else {
                throw Failure(offset: backslash, reason: "a string does not end")
            }
            for offset in 2...5 {
                let byte = bytes[backslash &+ offset]
                guard byte &- 48 <= 9 || (byte | 0x20) &- 97 <= 5 else {
                    throw Failure(offset: backslash, reason: "\\u is not followed by four hex digits")
                }
            }
            return backslash &+ 6
        default: throw Failure(offset: backslash, reason: "an escape that JSON does not know")
        }
    }

    private mutating func number(_ bytes: Span<UInt8>, _ start: Int) throws(Failure) -> Int {
        var position = start
        if bytes[position] == 0x2D { position &+= 1 }
        let integer = position
        position = skipDigits(bytes, position)
        let malformed = Failure(offset: start, reason: "a number is malformed")
        guard position > integer, position == integer &+ 1 || bytes[integer] != 0x30 else { throw malformed }
        if position < bytes.count, bytes[position] == 0x2E {
            let fraction = position &+ 1
            position = skipDigits(bytes, fraction)
            guard position > fraction else { throw malformed }
        }
        if position < bytes.count, bytes[position] | 0x20 == 0x65 {
            position &+= 1
            if position < bytes.count, bytes[position] == 0x2B || bytes[position] == 0x2D { position &+= 1 }
            let exponent = position
            position = skipDigits(bytes, exponent)
            guard position > exponent else { throw malformed }
        }
        guard position &- start <= Self.numberLimit else {
            throw Failure(offset: start, reason: "a number has too many digits")
        }
        append(.number, start, position)
        return position
    }

    private func skipDigits(_ bytes: Span<UInt8>, _ start: Int) -> Int {
        var position = start
        while position < bytes.count, bytes[position] &- 48 <= 9 { position &+= 1 }
        return position
    }

    private mutating func literal(
        _ bytes: Span<UInt8>, _ start: Int, _ text: StaticString, _ kind: Kind
    ) throws(Failure) -> Int {
        let end = start &+ text.utf8CodeUnitCount
        guard end <= bytes.count, equals(start..<end, text, in: bytes) else {
            throw Failure(offset: start, reason: "a value was expected")
        }
        append(kind, start, end)
        return end
    }
}
