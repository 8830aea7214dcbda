import HTTP
import Testing

struct RequestParserTests {
    @Test(arguments: HeadCase.accepted) func `a head that follows the rules is read`(head: HeadCase) {
        #expect(HeadReading(head.bytes, limit: head.limit) == head.reading)
    }

    @Test(arguments: HeadCase.refused) func `a head that breaks a rule is refused with its status`(head: HeadCase) {
        #expect(HeadReading(head.bytes, limit: head.limit) == head.reading)
    }

    @Test(arguments: HeadCase.accepted + HeadCase.refused)
    func `a head means the same in whatever pieces it comes`(head: HeadCase) {
        let byteByByte = HeadReading(head.bytes, limit: head.limit, cuts: 0...head.bytes.count)
        #expect(byteByByte == head.reading, "byte by byte")
        let oddCut = (1..<head.bytes.count).first { cut in
            HeadReading(head.bytes, limit: head.limit, cuts: [cut]) != head.reading
        }
        #expect(oddCut == nil)
    }

    @Test(arguments: HeadCase.accepted) func `no head is complete before its last byte`(head: HeadCase) {
        let oddCount = head.bytes.indices.first { count in
            HeadReading(Array(head.bytes.prefix(count)), limit: head.limit) != .incomplete
        }
        #expect(oddCount == nil)
    }

    @Test(arguments: HeadCase.accepted) func `what follows a head is left alone`(head: HeadCase) {
        let reading = HeadReading(head.bytes + Array("\0garbage\nGET".utf8), limit: head.bytes.count)
        #expect(reading == head.reading)
    }

    @Test func `a head may be as large as the limit, and no larger`() {
        let head = Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
        #expect(HeadReading(head, limit: head.count) == .accepted("GET / Host=a", length: head.count))
        #expect(HeadReading(head, limit: head.count - 1) == .refused(431))
        #expect(HeadReading(head, limit: head.count - 1, cuts: 0...head.count) == .refused(431))
    }

    @Test func `a head may have as many fields as the limit`() {
        let fields = String(repeating: "X:\r\n", count: RequestParser.fieldLimit - 1)
        let reading = HeadReading(Array("GET / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n".utf8))
        guard case .accepted = reading else {
            Issue.record("\(reading)")
            return
        }
    }

    @Test func `garbage is refused at its first byte, not when it is long enough`() {
        #expect(HeadReading([0x16]) == .refused(400))
        #expect(HeadReading(Array("\0".utf8)) == .refused(400))
        #expect(HeadReading(Array("\"".utf8)) == .refused(400))
    }

    @Test func `one request's fields and framing do not colour the next one's`() {
        var parser = RequestParser(headLimit: 1024)
        var head = RequestHead()
        for (first, summary) in [
            (
                "POST /a HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\n",
                "POST /a Connection=keep-alive Content-Length=3 +1.0 +length:3"
            ),
            (
                "PUT /a HTTP/1.1\r\nHost: b\r\nTransfer-Encoding: chunked\r\nUpgrade: x\r\nExpect: 100-continue\r\n\r\n",
                "PUT /a Host=b Transfer-Encoding=chunked Upgrade=x Expect=100-continue +chunked +expects +upgrade"
            ),
        ] {
            let reading = HeadReading(Array(first.utf8), by: &parser, into: &head)
            #expect(reading == .accepted(summary, length: first.utf8.count))
            parser.reset()
        }
        let second = HeadReading(Array("GET /b HTTP/1.1\r\nHost: a\r\n\r\n".utf8), by: &parser, into: &head)
        #expect(second == .accepted("GET /b Host=a", length: 28))
    }
}
