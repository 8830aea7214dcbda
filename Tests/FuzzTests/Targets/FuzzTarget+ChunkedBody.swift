import HTTP
import TestSupport

extension FuzzTarget {
    /// A body in the chunked coding, whole, in pieces, and into a buffer that is full again and again.
    static let chunkedBody = FuzzTarget(
        name: "chunked-body",
        seeds: [
            "5\r\nhello\r\n0\r\n\r\n", "0\r\n\r\nGET / HTTP/1.1\r\n", "1\r\na\r\n2\r\nbc\r\n3\r\ndef\r\n0\r\n\r\n",
            "a\r\n0123456789\r\nB\r\n0123456789a\r\n000\r\n\r\n", "4\r\n\r\n\r\n\r\n0\r\n\r\n",
            "7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n", "2 \t;n=\"a;b\";m\r\nab\r\n0;x\r\n\r\n",
            "1\r\na\r\n0\r\nX: y\r\nZ:\r\n\r\n",
            "FFFFFFFFFFFFFFF\r\nabc", "10000000000000005\r\nhello", "5\nhello\n0\n\n", "5\r\nhello!\r\n0\r\n\r\n",
        ],
        words: [
            "\r\n", "\n", "\r", "0\r\n\r\n", "0\r\n", "1\r\nx\r\n", "\r\n\r\n", ";", "a", "F", "f", "10", " ", "\t",
            "\0", "-", "+", "0x",
            "FFFFFFFFFFFFFFF", "000000000000000", "X: y\r\n", ":", "\"", "G",
        ],
        check: { (bytes) throws(Violation) in
            var random = SeededRandom(of: bytes)
            let whole = try decoded(bytes)
            let pieces = try decoded(bytes, cuts: random.cuts(bytes.count))
            try require(whole == pieces, "means one thing whole, another in pieces")
            let limited = try decoded(bytes, cuts: random.cuts(bytes.count), limit: 1 + random.below(7))
            try require(whole == limited, "means another thing when its data is taken in small bits")
            guard case .whole(let data, let used) = whole else { return false }
            try require(dataOfWholeBody(bytes, upTo: used) == data, "its data is not what its chunks hold")
            return true
        })
}

private enum ChunkedVerdict: Equatable {
    case whole([UInt8], used: Int)
    case incomplete([UInt8])
    case refused(Int)
}

/// Feeds `bytes` to a decoder in pieces that end at each of `cuts` (ascending) and at the end.
private func decoded(
    _ bytes: [UInt8], cuts: [Int] = [], limit: Int = .max
) throws(FuzzTarget.Violation) -> ChunkedVerdict {
    var decoder = ChunkedDecoder()
    var buffer = ByteBuffer(capacity: 1)
    var data: [UInt8] = []
    var used = 0
    for end in cuts + [bytes.count] {
        while used < end, !decoder.isDone {
            let piece = Array(bytes[used..<end])
            let count: Int
            do throws(ProtocolError) {
                count = try piece.span.bytes.withUnsafeBytes { (piece) throws(ProtocolError) in
                    try decoder.decode(piece, into: &buffer, limit: limit)
                }
            } catch { return .refused(error.status) }
            let held = buffer.count
            try require(count >= 0 && count <= piece.count, "\(count) bytes of \(piece.count) were used")
            try require(held <= limit, "more was put out than the limit")
            try require(count > 0 || held > 0, "it stands still")
            data += Array(buffer.bytes)
            buffer.removeAll()
            used += count
            let isDone = decoder.isDone
            try require(isDone || limit < .max || used == end, "bytes were left for no reason")
        }
    }
    return decoder.isDone ? .whole(data, used: used) : .incomplete(data)
}

/// The data of a body that is known to be whole, read line by line.
private func dataOfWholeBody(_ bytes: [UInt8], upTo end: Int) -> [UInt8]? {
    var data: [UInt8] = []
    var position = 0
    while let lineEnd = bytes[position..<end].firstIndex(of: 0x0D) {
        let digits = bytes[position..<lineEnd].prefix { UnicodeScalar($0).properties.isASCIIHexDigit }
        guard let size = Int(String(decoding: digits, as: UTF8.self), radix: 16) else { return nil }
        if size == 0 { return data }
        let start = lineEnd + 2
        guard start + size + 2 <= end else { return nil }
        data += bytes[start..<start + size]
        position = start + size + 2
    }
    return nil
}
