import HTTP
import Testing

struct ChunkedDecoderTests {
    @Test(arguments: ChunkedCase.accepted + ChunkedCase.refused)
    func `a chunked body is read, or refused, by the clause`(body: ChunkedCase) {
        #expect(ChunkedReading(body.bytes) == body.reading)
    }

    @Test(arguments: ChunkedCase.accepted + ChunkedCase.refused)
    func `a chunked body means the same in whatever pieces it comes`(body: ChunkedCase) {
        #expect(ChunkedReading(body.bytes, cuts: 0...body.bytes.count) == body.reading, "byte by byte")
        // The two that are long are so for their length alone.
        let places = 0...(body.bytes.count > 200 ? 10 : body.bytes.count)
        let oddCuts = places.lazy.flatMap { first in (first...places.upperBound).lazy.map { [first, $0] } }
            .first { ChunkedReading(body.bytes, cuts: $0) != body.reading }
        #expect(oddCuts == nil)
    }

    @Test(arguments: ChunkedCase.accepted) func `a chunked body cut short is never taken as whole`(body: ChunkedCase) {
        for count in 0..<body.bytes.count {
            guard case .incomplete = ChunkedReading(Array(body.bytes.prefix(count))) else {
                Issue.record("\(count) bytes of it are not incomplete")
                return
            }
        }
    }

    @Test(arguments: ChunkedCase.accepted) func `what follows the body is left for the next request`(body: ChunkedCase)
    {
        let next = Array("GET / HTTP/1.1\r\n".utf8)
        let expected = ChunkedReading.whole(body.data ?? "", left: next.count)
        #expect(ChunkedReading(body.bytes + next) == expected)
    }

    @Test func `data comes out as soon as it is there, not when its chunk ends`() {
        #expect(ChunkedReading(Array("FFFFFF\r\nabc".utf8)) == .incomplete("abc"))
    }

    @Test func `a decoder stops at the limit and goes on where it stopped`() throws {
        let bytes = Array("a\r\n0123456789\r\n3\r\nabc\r\n0\r\n\r\n".utf8)
        var decoder = ChunkedDecoder()
        var output = ByteBuffer(capacity: 1)
        var used = 0
        var pieces: [String] = []
        while !decoder.isDone {
            used += try bytes[used...].withUnsafeBytes { try decoder.decode($0, into: &output, limit: 4) }
            pieces.append(String(decoding: output.bytes, as: UTF8.self))
            output.removeAll()
        }
        #expect(pieces == ["0123", "4567", "89ab", "c"])
        #expect(used == bytes.count)
    }

    @Test func `a chunk as large as can be announced is believed no further than it came`() throws {
        var decoder = ChunkedDecoder()
        var output = ByteBuffer(capacity: 16)
        let bytes = Array("FFFFFFFFFFFFFFF\r\nabc".utf8)
        let used = try bytes.withUnsafeBytes { try decoder.decode($0, into: &output) }
        let isDone = decoder.isDone
        let memory = output.allocatedBytes
        #expect(used == bytes.count)
        #expect(!isDone)
        #expect(memory < 1024)
    }
}
