import Testing

@testable import Gateway

/// One event as a reader sees it.
private struct Seen: Equatable {
    let text: String
    let data: String?
    var hasMoreData = false
}

struct EventStreamTests {
    /// Events as they come from upstreams, with LF; `data` is what each must give.
    private static let events: [Seen] = [
        Seen(text: ": OPENROUTER PROCESSING\n\n", data: nil),
        Seen(text: "data: {\"a\":1}\n\n", data: "{\"a\":1}"),
        Seen(text: "data:without a blank\n\n", data: "without a blank"),
        Seen(text: "data:  two blanks \n\n", data: " two blanks "),
        Seen(text: "event: ping\nid: 7\nretry: 10\n\n", data: nil),
        Seen(text: "event: x\ndata: f\u{FC}r \u{1F389}\nid: 8\n\n", data: "f\u{FC}r \u{1F389}"),
        Seen(text: "data: first\ndata: second\ndata: third\n\n", data: "first", hasMoreData: true),
        Seen(text: "data:\n\n", data: ""),
        Seen(text: "data: \n\n", data: ""),
        Seen(text: "data\n\n", data: ""),
        Seen(text: "database: no\nDATA: no\n data: no\ndat\nd\n\n", data: nil),
        Seen(text: "\n", data: nil),
        Seen(text: "data: [DONE]\n\n", data: "[DONE]"),
    ]

    @Test(arguments: ["\n", "\r\n", "\r"]) func `events are the same in whatever two pieces they come`(end: String) {
        let expected = Self.spelled(with: end)
        let bytes = Array(expected.map(\.text).joined().utf8)
        for cut in 0...bytes.count {
            #expect(read([Array(bytes[..<cut]), Array(bytes[cut...])]) == expected, "cut at \(cut)")
        }
    }

    @Test(arguments: ["\n", "\r\n", "\r"]) func `events are the same when they come by the byte`(end: String) {
        let expected = Self.spelled(with: end)
        #expect(read(expected.map(\.text).joined().utf8.map { [$0] }) == expected)
    }

    @Test func `line ends may be mixed within one event`() {
        #expect(
            read([Array("id: 1\rdata: a\r\ndata: b\n\rdata: c\n\r\n".utf8)]) == [
                Seen(text: "id: 1\rdata: a\r\ndata: b\n\r", data: "a", hasMoreData: true),
                Seen(text: "data: c\n\r\n", data: "c"),
            ])
    }

    @Test func `an event is given as soon as its empty line has come, and no earlier`() {
        let bytes = Array("data: a\n\n".utf8)
        var stream = EventStream()
        for count in 0..<bytes.count {
            let early = stream.next(in: bytes.span.extracting(0..<count))
            #expect(early == nil)
            #expect(stream.pendingBytes == count)
        }
        let event = stream.next(in: bytes.span)
        #expect(event == EventStream.Event(range: 0..<9, data: 6..<7, hasMoreData: false))
        #expect(stream.pendingBytes == 0)
    }

    @Test(arguments: ["data: a", "data: a\n", "data: a\r", "data: a\r\n", "data: a\n\ndata: b\n", ""])
    func `the end of a stream makes no event of one that came in part`(text: String) {
        let bytes = Array(text.utf8)
        var stream = EventStream()
        var start = 0
        while let event = stream.next(in: bytes.span.extracting(start..<bytes.count)) {
            start += event.range.upperBound
        }
        let last = stream.end(in: bytes.span.extracting(start..<bytes.count))
        #expect(last == nil)
    }

    // MARK: What the tests share

    private static func spelled(with end: String) -> [Seen] {
        events.map {
            Seen(
                text: $0.text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: end),
                data: $0.data, hasMoreData: $0.hasMoreData)
        }
    }

    /// Reads as a connection does: what is pending stays, what was given is dropped.
    private func read(_ pieces: [[UInt8]]) -> [Seen] {
        var stream = EventStream()
        var seen: [Seen] = []
        var pending: [UInt8] = []
        func note(_ event: EventStream.Event) {
            seen.append(
                Seen(
                    text: String(decoding: pending[event.range], as: UTF8.self),
                    data: event.data.map { String(decoding: pending[$0], as: UTF8.self) },
                    hasMoreData: event.hasMoreData))
            pending.removeFirst(event.range.upperBound)
        }
        for piece in pieces {
            pending += piece
            while let event = stream.next(in: pending.span) { note(event) }
        }
        if let event = stream.end(in: pending.span) { note(event) }
        return seen + (pending.isEmpty ? [] : [Seen(text: "left over", data: nil)])
    }
}
