import Testing

/// One request head, the clause of RFC 9110 or 9112 that decides about it, and what must become of it.
struct HeadCase: Sendable, CustomTestStringConvertible {
    let clause: String
    let bytes: [UInt8]
    let limit: Int
    /// The summary of what is read, or the status of the refusal.
    let expected: Expectation

    /// What the gateway takes unless it is told otherwise, and so the limit of every case that is not about limits.
    static let usualLimit = 65536

    enum Expectation: Sendable {
        case reads(String)
        case refuses(Int)
    }

    init(_ clause: String, _ text: String, limit: Int = usualLimit, _ expected: Expectation) {
        self.init(clause, bytes: Array(text.utf8), limit: limit, expected)
    }

    init(_ clause: String, bytes: [UInt8], limit: Int = usualLimit, _ expected: Expectation) {
        self.clause = clause
        self.bytes = bytes
        self.limit = limit
        self.expected = expected
    }

    /// A GET of `/` with a Host and then `lines`, each of which ends itself.
    static func fields(_ clause: String, _ lines: String, _ expected: Expectation) -> HeadCase {
        HeadCase(clause, "GET / HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n", expected)
    }

    /// A request line that is right in everything but perhaps its target.
    static func target(_ clause: String, _ target: String, method: String = "GET", _ expected: Expectation) -> HeadCase
    {
        HeadCase(clause, "\(method) \(target) HTTP/1.1\r\nHost: a\r\n\r\n", expected)
    }

    /// The only line that matters is the first.
    static func line(_ clause: String, _ line: String, _ expected: Expectation) -> HeadCase {
        HeadCase(clause, line + "\r\nHost: a\r\n\r\n", expected)
    }

    var testDescription: String {
        let shown = bytes.prefix(80).map {
            $0 < 0x20 || $0 > 0x7E ? "\\x" + String($0, radix: 16) : String(UnicodeScalar($0))
        }
        return "RFC \(clause): \(shown.joined())"
    }

    /// What must be read, whatever pieces the bytes come in.
    var reading: HeadReading {
        switch expected {
        case .reads(let summary): .accepted(summary, length: bytes.count)
        case .refuses(let status): .refused(status)
        }
    }
}
