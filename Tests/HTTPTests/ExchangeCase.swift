import Testing

/// All that one client sends on one connection, and all that it must see there; by the clause that decides.
///
/// The heads and the chunked bodies of the parser's tables are exchanges too, so that each rule is stated once and
/// tried twice: on the parser, and over a socket.
struct ExchangeCase: Sendable, CustomTestStringConvertible {
    let clause: String
    let bytes: [UInt8]
    let answers: [WireAnswer]
    /// How the connection goes on.
    let end: End
    var headLimit = 4096

    enum End: Sendable {
        /// Another request is served.
        case staysOpen
        /// The server closes and reads no further request, whatever follows.
        case closes
        /// The client shuts its sending side, and so ends it.
        case clientEnds
    }

    /// The request that tries whether anything is read after the exchange, and its answer.
    static let probe = "GET /next HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    static let probeAnswer = WireAnswer.ok("GET /next ", connection: "close")

    init(_ clause: String, _ text: String, _ end: End, _ answers: [WireAnswer]) {
        self.clause = "RFC " + clause
        bytes = Array(text.utf8)
        self.answers = answers
        self.end = end
    }

    var testDescription: String { "\(clause): \(String(decoding: bytes.prefix(80), as: UTF8.self).debugDescription)" }

    /// Every answer that must come, that to the probe included.
    var allAnswers: [WireAnswer] { end == .staysOpen ? answers + [Self.probeAnswer] : answers }

    /// The bytes one by one; of what is long for its length alone, the middle in larger pieces.
    var pieces: [ArraySlice<UInt8>] {
        guard bytes.count > 1000 else { return bytes.indices.map { bytes[$0...$0] } }
        let middle = stride(from: 200, to: bytes.count - 200, by: 97).map {
            bytes[$0..<min($0 + 97, bytes.count - 200)]
        }
        let ends = [0..<200, (bytes.count - 200)..<bytes.count].map { $0.map { bytes[$0...$0] } }
        return ends[0] + middle + ends[1]
    }

    static let all =
        (HeadCase.accepted + HeadCase.refused).map { ExchangeCase($0) }
        + (ChunkedCase.accepted + ChunkedCase.refused).map { ExchangeCase($0) }
        + bodies + pipelines + persistence + expectations + halfClosed
}

extension ExchangeCase {
    /// A head of the parser's table, with a body where it announces one.
    init(_ head: HeadCase) {
        clause = "RFC " + head.clause
        headLimit = head.limit
        guard case .reads(let summary) = head.expected else {
            guard case .refuses(let status) = head.expected else { preconditionFailure("a head is read or refused") }
            bytes = head.bytes
            answers = [.refusal(status)]
            end = .closes
            return
        }
        let words = summary.split(separator: " ", omittingEmptySubsequences: false)
        let isHTTP10 = words.contains("+1.0")
        let closes = words.contains("+close")
        let connection = closes ? "close" : isHTTP10 ? "keep-alive" : nil
        var body = ""
        if let length = words.last(where: { $0.hasPrefix("+length:") }).flatMap({ Int($0.dropFirst(8)) }) {
            guard length < 100 else {
                bytes = head.bytes
                answers = [.refusal(413)]
                end = .closes
                return
            }
            body = String(repeating: "b", count: length)
        }
        let isChunked = words.contains("+chunked")
        bytes = head.bytes + Array((isChunked ? "1\r\nc\r\n0\r\n\r\n" : body).utf8)
        answers = [.ok("\(words[0]) \(words[1]) \(isChunked ? "c" : body)", connection: connection)]
        end = closes ? .closes : .staysOpen
    }

    /// A chunked body of the decoder's table, behind a head that is right.
    init(_ body: ChunkedCase) {
        clause = "RFC 9112 " + body.clause
        bytes = Array("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n".utf8) + body.bytes
        answers = body.data.map { [.ok("POST / " + $0)] } ?? [.refusal(400)]
        end = body.data == nil ? .closes : .staysOpen
    }
}
