import TestSupport

@testable import HTTP

extension FuzzTarget {
    /// The head of an upstream's answer, whole and in pieces.
    static let responseHead = FuzzTarget(
        name: "response-head",
        seeds: [
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: application/json\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX: \t a \r\n\r\n0\r\n\r\n",
            "HTTP/1.0 404 Not Found\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 204\r\n\r\n",
            "HTTP/1.1 429 \r\nRetry-After: 1\r\nConnection: close\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n",
            "HTTP/2 200\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 101 Switching Protocols\r\n\r\n",
            "SSH-2.0-x\r\n",
        ],
        words: [
            "\r\n", "\r\n\r\n", "\n", "\r", "\0", " ", "\t", ":", ",", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 100 \r\n\r\n",
            "HTTP/1.0 ",
            "HTTP/1.1 ", "999", "099", "101", "204", "304", "599", "Content-Length: ", "Transfer-Encoding: ", "chunked",
            "gzip", "Connection: ", "close", "keep-alive", "0", "5", "-1", "999999999999999999", "18446744073709551616",
            "\u{7F}", "\u{E9}",
        ],
        check: { (bytes) throws(Violation) in
            var random = SeededRandom(of: bytes)
            let whole = responseReading(bytes)
            let pieces = responseReading(bytes, cuts: random.cuts(bytes.count))
            try require(whole == pieces, "means one thing whole, another in pieces")
            guard case .accepted(let head) = whole else { return false }
            try require(head.length <= bytes.count, "it is longer than what was given")
            try require((200...599).contains(head.status), "its status is \(head.status)")
            try require(!head.isChunked || head.contentLength == nil, "the body has two ends")
            var end = 0
            for range in head.fields {
                try require(
                    range.lowerBound >= end && range.upperBound <= head.lines.count, "\(range) is out of bounds")
                end = range.upperBound
            }
            let prefix = Array(bytes.prefix(head.length))
            try require(responseReading(prefix) == whole, "what follows the head has changed what it says")
            try require(
                responseReading(Array(prefix.dropLast())) == .incomplete, "it is complete before its last byte")
            let respelled = Array("HTTP/1.1 \(head.status) \r\n".utf8) + head.lines + Array("\r\n".utf8)
            guard case .accepted(let again) = responseReading(respelled) else {
                throw Violation("its lines are refused as they are kept")
            }
            try require(
                again.lines == head.lines && again.fields == head.fields && again.body == head.body,
                "it means another thing as it is kept")
            return true
        })
}

private enum ResponseVerdict: Equatable {
    case accepted(Reading)
    case refused
    case incomplete

    struct Reading: Equatable {
        let length: Int
        let status: Int
        let lines: [UInt8]
        /// Names and values in turn.
        let fields: [Range<Int>]
        let contentLength: Int?
        let isChunked: Bool
        let keepsAlive: Bool
        let body: ResponseBody
    }
}

private func responseReading(_ bytes: [UInt8], cuts: [Int] = []) -> ResponseVerdict {
    var parser = ResponseParser()
    let head = ResponseHead()
    do throws(ProtocolError) {
        for end in cuts + [bytes.count] {
            let length = try Array(bytes.prefix(end)).span.bytes.withUnsafeBytes { (piece) throws(ProtocolError) in
                try parser.parse(piece, into: head)
            }
            guard let length else { continue }
            return .accepted(
                ResponseVerdict.Reading(
                    length: length, status: head.status, lines: Array(head.lines.bytes),
                    fields: head.fields.flatMap { [$0.name, $0.value] }, contentLength: head.contentLength,
                    isChunked: head.isChunked, keepsAlive: head.keepsAlive, body: head.body(forHead: false)))
        }
        return .incomplete
    } catch { return .refused }
}
