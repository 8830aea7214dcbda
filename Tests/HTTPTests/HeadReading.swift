import HTTP

/// What became of a request's head: what was read from it, or the status that refuses it.
enum HeadReading: Equatable, Sendable, CustomStringConvertible {
    /// Method, path, `name=value` of each field and the framing, in words; and the bytes that the head took.
    case accepted(String, length: Int)
    case refused(Int)
    /// More bytes are wanted.
    case incomplete

    var description: String {
        switch self {
        case .accepted(let summary, let length): "accepted '\(summary)' (\(length) bytes)"
        case .refused(let status): "refused with \(status)"
        case .incomplete: "incomplete"
        }
    }

    /// Feeds `bytes` to a parser: first the bytes up to each of `cuts` (ascending), at last all.
    init(_ bytes: [UInt8], limit: Int = 65536, cuts: some Sequence<Int> = []) {
        var parser = RequestParser(headLimit: limit)
        var head = RequestHead()
        self.init(bytes, cuts: cuts, by: &parser, into: &head)
    }

    /// Feeds `bytes` to a parser that may have read other heads before, as a connection's does.
    init(
        _ bytes: [UInt8], cuts: some Sequence<Int> = [], by parser: inout RequestParser, into head: inout RequestHead
    ) {
        do throws(ProtocolError) {
            for cut in cuts where try Self.parse(bytes.prefix(cut), &parser, &head) {
                self = .accepted(Self.summary(of: head, in: bytes), length: head.length)
                return
            }
            guard try Self.parse(bytes[...], &parser, &head) else {
                self = .incomplete
                return
            }
            self = .accepted(Self.summary(of: head, in: bytes), length: head.length)
        } catch { self = .refused(error.status) }
    }

    private static func parse(
        _ bytes: ArraySlice<UInt8>, _ parser: inout RequestParser, _ head: inout RequestHead
    ) throws(ProtocolError) -> Bool {
        // A copy of its own, so that a read past the end would be one past an allocation.
        try Array(bytes).span.bytes.withUnsafeBytes { (bytes) throws(ProtocolError) in
            try parser.parse(bytes, into: &head)
        }
    }

    private static func summary(of head: borrowing RequestHead, in bytes: [UInt8]) -> String {
        func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
        var words = [text(head.method), text(head.pathAndQuery)]
        if head.target != head.pathAndQuery { words.append("target=\(text(head.target))") }
        for field in head.fields { words.append("\(text(field.name))=\(text(field.value))") }
        if head.isHTTP10 { words.append("+1.0") }
        if let length = head.contentLength { words.append("+length:\(length)") }
        if head.isChunked { words.append("+chunked") }
        if head.expectsContinue { words.append("+expects") }
        if head.asksUpgrade { words.append("+upgrade") }
        if !head.keepsAlive { words.append("+close") }
        return words.joined(separator: " ")
    }
}
