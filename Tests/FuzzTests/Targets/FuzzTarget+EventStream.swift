import TestSupport

@testable import Gateway

extension FuzzTarget {
    /// A stream of server-sent events, whole and in pieces.
    static let eventStream = FuzzTarget(
        name: "event-stream",
        seeds: [
            "data: {\"a\":1}\n\ndata: [DONE]\n\n", ": comment\n\nevent: x\ndata: a\nid: 8\n\n",
            "data: a\r\ndata: b\r\n\r\ndata\r\r",
            "id: 1\rdata: a\r\ndata: b\n\rdata: c\n\r\n", "data:\n\ndata: \n\n\n\n",
            "database: no\nDATA: no\n data: no\n\n",
            "\u{FEFF}data: a\n\n", "data: a\n", "retry: 10\r\n\r\ndata:  two\n\n",
        ],
        words: [
            "data: ", "data:", "data", "\n\n", "\r\n\r\n", "\r\r", "\n", "\r", "\r\n", ":", " ", "event: ", "[DONE]",
            "\0", "{}",
        ],
        check: { (bytes) throws(Violation) in
            var random = SeededRandom(of: bytes)
            let whole = try events(of: bytes)
            let pieces = try events(of: bytes, cuts: random.cuts(bytes.count))
            try require(whole == pieces, "the events of the whole are not those of its pieces")
            try require(whole.map(\.data) == plainData(of: bytes), "the data is not what the lines say")
            return !whole.isEmpty
        })
}

/// The data of one event, as far as an event stream tells it.
private struct EventData: Equatable {
    var first: [UInt8]?
    var hasMore = false
}

private struct SeenEvent: Equatable {
    let range: Range<Int>
    let data: EventData
}

/// Reads as a connection does: what is pending stays, what was given is dropped.
private func events(of bytes: [UInt8], cuts: [Int] = []) throws(FuzzTarget.Violation) -> [SeenEvent] {
    var stream = EventStream()
    var seen: [SeenEvent] = []
    var start = 0
    func note(_ event: EventStream.Event, _ pending: [UInt8]) throws(FuzzTarget.Violation) {
        let range = event.range
        try require(range.lowerBound == 0 && !range.isEmpty && range.upperBound <= pending.count, "bounds: \(range)")
        if let data = event.data {
            try require(data.lowerBound >= 0 && data.upperBound <= range.upperBound, "the data is out of bounds")
        }
        let data = EventData(first: event.data.map { Array(pending[$0]) }, hasMore: event.hasMoreData)
        seen.append(SeenEvent(range: start..<start + range.count, data: data))
        start += range.count
    }
    for end in cuts + [bytes.count] where end >= start {
        var pending = Array(bytes[start..<end])
        while let event = stream.next(in: pending.span) {
            try note(event, pending)
            pending = Array(bytes[start..<end])
        }
        try require(stream.pendingBytes <= pending.count, "more bytes are pending than there are")
    }
    let rest = Array(bytes[start...])
    if let event = stream.end(in: rest.span) { try note(event, rest) }
    return seen
}

/// The data of every whole event, read line by line (WHATWG HTML 9.2.6).
private func plainData(of bytes: [UInt8]) -> [EventData] {
    var events: [EventData] = []
    var event = EventData()
    var line: [UInt8] = []
    for (position, byte) in bytes.enumerated() {
        guard byte == 0x0A || byte == 0x0D else {
            line.append(byte)
            continue
        }
        // The LF of a CR LF ends nothing more.
        if byte == 0x0A, position > 0, bytes[position - 1] == 0x0D { continue }
        if line.isEmpty {
            events.append(event)
            event = EventData()
        } else if line == Array("data".utf8) || line.starts(with: "data:".utf8) {
            var value = line.dropFirst(5)
            if value.first == 0x20 { value = value.dropFirst() }
            event.hasMore = event.first != nil
            event.first = event.first ?? Array(value)
        }
        line = []
    }
    return events
}
