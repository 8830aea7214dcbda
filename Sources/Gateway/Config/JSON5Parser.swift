/// Reads JSON5 (spec.json5.org) and remembers where everything stood.
///
/// Written here because Foundation's parser gives no line, stops at the first error and lets unknown and duplicate
/// keys pass. This one goes on after an error where it can: it skips to the next comma or closing bracket of the
/// same level, so that a file with three mistakes is told of all three. It accepts the whole specification with one
/// exception: a lone surrogate escape, which no Swift string can hold, is an error.
package struct JSON5Parser {
    /// What came of a text. `root` is there when something could be read; it is sound when `problems` is empty.
    package struct Outcome: Sendable {
        package let root: JSON5Node?
        package let problems: [JSON5Problem]
    }

    /// Bytes above which a text is refused unread. A large configuration has some tens of thousands.
    package static let sizeLimitBytes = 16 << 20
    /// Nesting above which a text is refused, since each level takes stack.
    package static let depthLimit = 64
    /// Problems after which reading stops: what follows is likely noise made by the first ones.
    package static let problemLimit = 20

    private let bytes: [UInt8]
    private var offset = 0
    private var line = 1
    private var column = 1
    private var depth = 0
    private var problems: [JSON5Problem] = []

    /// Thrown at a problem, which is already noted, to leave the value that it spoils.
    struct Spoiled: Error {}

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Reads `bytes`, which should be UTF-8, as one JSON5 value.
    package static func parse(_ bytes: [UInt8]) -> Outcome {
        guard bytes.count <= sizeLimitBytes else {
            let start = FilePosition(line: 1, column: 1)
            let message = "the text has \(bytes.count) bytes; at most \(sizeLimitBytes) are read"
            return Outcome(root: nil, problems: [JSON5Problem(position: start, message: message)])
        }
        var parser = JSON5Parser(bytes)
        let root = parser.document()
        return Outcome(root: root, problems: parser.problems)
    }

    /// Reads `text` as one JSON5 value.
    package static func parse(_ text: String) -> Outcome { parse(Array(text.utf8)) }

    private mutating func document() -> JSON5Node? {
        do throws(Spoiled) {
            try skipBlanks()
            let root = try value()
            try skipBlanks()
            if !atEnd { try fail("nothing may follow the value, found \(found)") }
            return root
        } catch {
            return nil
        }
    }
}

// Where the parser stands, and how it moves.
extension JSON5Parser {
    var position: FilePosition { FilePosition(line: line, column: column) }
    var atEnd: Bool { offset >= bytes.count }
    var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }
    func peek(_ distance: Int) -> UInt8? { offset + distance < bytes.count ? bytes[offset + distance] : nil }

    /// Steps over one byte, counting lines and columns.
    mutating func step() {
        guard let byte = next else { return }
        offset += 1
        if byte == 0x0A || (byte == 0x0D && next != 0x0A) {
            line += 1
            column = 1
        } else if byte & 0xC0 != 0x80 {
            // A continuation byte belongs to a scalar already counted.
            column += 1
        }
    }

    mutating func step(_ count: Int) { for _ in 0..<count { step() } }

    /// Steps over `byte` if it is next.
    mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        step()
        return true
    }

    /// The scalar at the current place and its length in bytes, nil at the end or where the bytes are not UTF-8.
    func scalar() -> (Unicode.Scalar, Int)? {
        guard let first = next else { return nil }
        if first < 0x80 { return (Unicode.Scalar(first), 1) }
        let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
        guard first >= 0xC2, first <= 0xF4, offset + length <= bytes.count,
            let text = String(validating: bytes[offset..<offset + length], as: UTF8.self),
            let scalar = text.unicodeScalars.first
        else { return nil }
        return (scalar, length)
    }

    /// What is next, as a message shows it.
    var found: String {
        guard let byte = next else { return "the end of the text" }
        guard let (scalar, _) = scalar() else { return "byte 0x\(String(byte, radix: 16)), which is not UTF-8" }
        return scalar.value < 0x20 || scalar.value == 0x7F ? "U+\(hex(scalar.value))" : "'\(scalar)'"
    }

    private func hex(_ value: UInt32) -> String {
        let digits = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    /// Notes a problem, by default at the current place.
    mutating func note(_ message: String, at place: FilePosition? = nil) {
        guard problems.count < Self.problemLimit else { return }
        problems.append(JSON5Problem(position: place ?? position, message: message))
    }

    /// Notes a problem and leaves the value.
    mutating func fail(_ message: String, at place: FilePosition? = nil) throws(Spoiled) -> Never {
        note(message, at: place)
        throw Spoiled()
    }

    /// Whether so much went wrong that the rest is left unread.
    var gaveUp: Bool { problems.count >= Self.problemLimit }

    mutating func descend() throws(Spoiled) {
        depth += 1
        if depth > Self.depthLimit { try fail("nested deeper than \(Self.depthLimit) levels") }
    }

    mutating func ascend() { depth -= 1 }

    /// The bytes from `start` to here as text.
    func text(from start: Int) -> String { String(decoding: bytes[start..<offset], as: UTF8.self) }

    /// The current place in bytes, for `text(from:)`.
    var mark: Int { offset }
}
