import Glibc

/// Reads the head of an upstream's answer, strictly by RFC 9112, from bytes that arrive in any pieces.
///
/// As strict as the server's own parser: no bare LF, no folded lines, no control bytes, no contradiction about where
/// the body ends. Interim answers (1xx) are read over. Each line is looked at once, when it is whole.
struct ResponseParser {
    /// Bytes of the lines already taken.
    private var position = 0
    private var searched = 0
    private var sawStatusLine = false
    private var interimAnswers = 0

    /// Interim answers accepted before the answer.
    private static let interimLimit = 16

    init() {}

    /// Looks at `bytes`, all that came of the answer so far; the length of its head, with interim answers before it,
    /// once that is whole, else nil.
    mutating func parse(_ bytes: UnsafeRawBufferPointer, into head: ResponseHead) throws(ProtocolError) -> Int? {
        while let line = try nextLine(bytes) {
            let content = UnsafeRawBufferPointer(rebasing: bytes[line])
            if !sawStatusLine {
                try head.begin(statusLine: content)
                sawStatusLine = true
            } else if !content.isEmpty {
                try head.add(line: content)
            } else if head.status >= 200 {
                return position
            } else {
                interimAnswers &+= 1
                guard interimAnswers <= Self.interimLimit else {
                    throw ProtocolError(502, "it sent too many interim answers")
                }
                sawStatusLine = false
            }
        }
        return nil
    }

    /// The next line without its end; nil when it has not come whole.
    private mutating func nextLine(_ bytes: UnsafeRawBufferPointer) throws(ProtocolError) -> Range<Int>? {
        guard searched < bytes.count, let base = bytes.baseAddress else { return nil }
        guard let found = memchr(base + searched, 0x0A, bytes.count &- searched) else {
            searched = bytes.count
            guard bytes.count &- position <= ResponseHead.byteLimit else {
                throw ProtocolError(502, "its header fields are too large")
            }
            // What speaks another protocol is refused as soon as that shows.
            if !sawStatusLine { try checkBeginning(bytes) }
            return nil
        }
        let lineFeed = base.distance(to: UnsafeRawPointer(found))
        guard lineFeed > position, bytes[lineFeed &- 1] == 0x0D else {
            throw ProtocolError(502, "a line of its head ends without a carriage return")
        }
        let line = position..<(lineFeed &- 1)
        position = lineFeed &+ 1
        searched = position
        return line
    }

    private func checkBeginning(_ bytes: UnsafeRawBufferPointer) throws(ProtocolError) {
        let expected: StaticString = "HTTP/1."
        for offset in 0..<min(bytes.count &- position, 7) where bytes[position &+ offset] != expected.utf8Start[offset]
        { throw ProtocolError(502, "it does not speak HTTP/1") }
    }
}
