import HTTP
import TestSupport

extension FuzzTarget {
    /// A request's head, whole and in pieces.
    static let requestHead = FuzzTarget(
        name: "request-head",
        seeds: [
            "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "POST /v1/chat/completions?x=%2e HTTP/1.1\r\nHost: a:80\r\nContent-Length: 5\r\nX:\r\n\r\nhello",
            "POST /v1/files HTTP/1.1\r\nhost: [::1]\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n0\r\n",
            "OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close, x\r\nConnection: keep-alive\r\n\r\n",
            "GET http://b:8/?q HTTP/1.1\r\nHost: b\r\nUpgrade: h2c\r\n\r\n",
            "\r\nGET /a HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nX-Long: \t a b \u{E9} \t\r\nCookie: a=b; c=d\r\n\r\n",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET /\r\n", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\nHost: a\n\n", "GET / HTTP/1.1\r\nHost : a\r\n folded\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        ],
        words: [
            "\r\n", "\r\n\r\n", "\n", "\r", "\0", " ", "\t", ":", ",", ";", "%", "%2e", "#", "*", "[", "]", "@", "/",
            "//",
            "http://", "https://", "GET ", "POST ", "OPTIONS ", "CONNECT ", "HEAD ", " HTTP/1.1", " HTTP/1.0",
            " HTTP/2.0",
            "Host: ", "Content-Length: ", "Transfer-Encoding: ", "chunked", "gzip", "Connection: ", "close",
            "keep-alive",
            "Expect: ", "100-continue", "Upgrade: ", "websocket", "h2c", "0", "5", "+", "-1", "999999999999999999",
            "18446744073709551616", "\u{7F}", "\u{E9}",
        ],
        check: { (bytes) throws(Violation) in
            var random = SeededRandom(of: bytes)
            // A URL of https is another matter on a connection of TLS.
            let isSecured = random.below(2) == 0
            let whole = RequestVerdict(bytes, isSecured: isSecured)
            let pieces = RequestVerdict(bytes, isSecured: isSecured, cuts: random.cuts(bytes.count))
            try require(whole == pieces, "means one thing whole, another in pieces: \(whole), \(pieces)")
            // Where both the limit and a line refuse, pieces may meet the one first and the whole the other.
            let limit = random.below(bytes.count + 8)
            let bounded = RequestVerdict(bytes, isSecured: isSecured, limit: limit)
            let boundedPieces = RequestVerdict(
                bytes, isSecured: isSecured, limit: limit, cuts: random.cuts(bytes.count))
            try require(bounded.isLike(boundedPieces), "means another thing in pieces, up to \(limit) bytes")
            guard case .accepted(let head) = whole else { return false }
            try require(bounded.isAccepted == (head.length <= limit), "the limit of \(limit) bytes is not kept")
            try head.requireSound(in: bytes)
            let prefix = Array(bytes.prefix(head.length))
            try require(
                RequestVerdict(prefix, isSecured: isSecured) == whole, "what follows the head has changed what it says")
            try require(
                RequestVerdict(prefix.dropLast(), isSecured: isSecured) == .incomplete,
                "it is complete before its last byte")
            guard case .accepted(let again) = RequestVerdict(head.respelled(bytes), isSecured: isSecured) else {
                throw Violation("it is refused as it would be sent on")
            }
            try require(
                again.told(head.respelled(bytes)) == head.told(bytes) && again.framing == head.framing,
                "it means another thing as sent on")
            return true
        })
}

/// What became of a request's head.
private enum RequestVerdict: Equatable {
    case accepted(Reading)
    case refused(Int)
    case incomplete

    /// Everything that a parsed head says, where it says it.
    struct Reading: Equatable {
        let length: Int
        let method: Range<Int>
        let target: Range<Int>
        let pathAndQuery: Range<Int>
        let names: [Range<Int>]
        let values: [Range<Int>]
        let framing: Framing
    }

    struct Framing: Equatable {
        let contentLength: Int?
        let isChunked: Bool
        let isHTTP10: Bool
        let keepsAlive: Bool
        let expectsContinue: Bool
        let asksUpgrade: Bool
    }

    var isAccepted: Bool {
        guard case .accepted = self else { return false }
        return true
    }

    /// Whether both accept the same, or neither accepts.
    func isLike(_ other: RequestVerdict) -> Bool {
        switch (self, other) {
        case (.refused, .refused): true
        default: self == other
        }
    }

    /// Feeds `bytes` to a parser: first the bytes up to each of `cuts` (ascending), at last all.
    init(_ bytes: some Collection<UInt8>, isSecured: Bool, limit: Int = 65536, cuts: [Int] = []) {
        var parser = RequestParser(headLimit: limit, isSecured: isSecured)
        var head = RequestHead()
        do throws(ProtocolError) {
            for end in cuts + [bytes.count] {
                // A copy of its own, so that a read past the end would be one past an allocation.
                let isWhole = try Array(bytes.prefix(end)).span.bytes.withUnsafeBytes { (piece) throws(ProtocolError) in
                    try parser.parse(piece, into: &head)
                }
                guard isWhole else { continue }
                self = .accepted(
                    Reading(
                        length: head.length, method: head.method, target: head.target,
                        pathAndQuery: head.pathAndQuery, names: head.fields.map(\.name),
                        values: head.fields.map(\.value),
                        framing: Framing(
                            contentLength: head.contentLength, isChunked: head.isChunked, isHTTP10: head.isHTTP10,
                            keepsAlive: head.keepsAlive, expectsContinue: head.expectsContinue,
                            asksUpgrade: head.asksUpgrade)))
                return
            }
            self = .incomplete
        } catch { self = .refused(error.status) }
    }
}

extension RequestVerdict.Reading {
    func requireSound(in bytes: [UInt8]) throws(FuzzTarget.Violation) {
        try require(length <= bytes.count, "it is longer than what was given")
        var end = 0
        for range in [method, target] + zip(names, values).flatMap({ [$0, $1] }) {
            try require(range.lowerBound >= end && range.upperBound <= length, "\(range) is out of order, or bounds")
            end = range.upperBound
        }
        try require(!method.isEmpty && !target.isEmpty && names.allSatisfy { !$0.isEmpty }, "a part is empty")
        try require(
            pathAndQuery.lowerBound >= target.lowerBound && pathAndQuery.upperBound == target.upperBound,
            "the path is not the target's end")
        try require(!framing.isChunked || framing.contentLength == nil, "the body has two ends")
        for value in values {
            let isClean = bytes[value].allSatisfy { $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7F) }
            try require(isClean, "a control byte came through in a value")
        }
    }

    /// The head as it would be sent on: one spelling of blanks and line ends.
    func respelled(_ bytes: [UInt8]) -> [UInt8] {
        var text = bytes[method] + [0x20] + bytes[target]
        text += (framing.isHTTP10 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n").utf8
        for (name, value) in zip(names, values) {
            text += bytes[name]
            text += ": ".utf8
            text += bytes[value]
            text += "\r\n".utf8
        }
        return Array(text + Array("\r\n".utf8))
    }

    /// Its parts, wherever they stand.
    func told(_ bytes: [UInt8]) -> [[UInt8]] {
        ([method, target, pathAndQuery] + names + values).map { Array(bytes[$0]) }
    }
}
