import HTTP

/// What became of a chunked body: its data and the bytes left over, or the status that refuses it.
enum ChunkedReading: Equatable, Sendable {
    case whole(String, left: Int)
    /// More bytes are wanted; the data so far.
    case incomplete(String)
    case refused(Int)

    /// Feeds `bytes` to a decoder in pieces that end at each of `cuts` (ascending) and at the end.
    init(_ bytes: [UInt8], cuts: some Sequence<Int> = []) {
        var decoder = ChunkedDecoder()
        var output = ByteBuffer(capacity: 16)
        var start = 0
        do throws(ProtocolError) {
            for end in Array(cuts) + [bytes.count] where end >= start {
                let piece = Array(bytes[start..<end])
                start += try piece.span.bytes.withUnsafeBytes { (piece) throws(ProtocolError) in
                    try decoder.decode(piece, into: &output)
                }
                if decoder.isDone { break }
            }
            let text = String(decoding: output.bytes, as: UTF8.self)
            self = decoder.isDone ? .whole(text, left: bytes.count - start) : .incomplete(text)
        } catch { self = .refused(error.status) }
    }
}
