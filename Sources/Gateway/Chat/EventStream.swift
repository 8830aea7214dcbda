import HTTP

/// Finds the events of a server-sent event stream in bytes that arrive in any pieces.
///
/// Line ends may be LF, CR LF or CR; an event ends with an empty line (WHATWG HTML 9.2.6). The bytes themselves are
/// never changed: an event is a range, to be relayed as it came.
struct EventStream {
    /// One event: its bytes with the empty line that ends it, and its data.
    struct Event: Equatable {
        let range: Range<Int>
        /// The bytes after the first `data:`, without a leading blank; nil when the event has no data (a comment).
        let data: Range<Int>?
        /// Whether there is more than one `data:` line, so that `data` is only the first.
        let hasMoreData: Bool
    }

    private var lineStart = 0
    private var position = 0
    private var data: Range<Int>?
    private var hasMoreData = false

    init() {}

    /// Bytes looked at that belong to an event whose end has not come.
    var pendingBytes: Int { position }

    /// The next whole event of `bytes`, which begin where the last event ended; nil until it has come whole.
    ///
    /// The caller drops an event's bytes before it asks again, and hands over what follows together with what is
    /// still pending: nothing is looked at twice.
    mutating func next(in bytes: Span<UInt8>) -> Event? {
        while true {
            position = Self.skipText(bytes, position)
            guard position < bytes.count else { return nil }
            let byte = bytes[position]
            // A CR at the very end may be half of a CR LF: wait for what follows.
            if byte == 0x0D, position &+ 1 == bytes.count { return nil }
            let lineEnd = position
            position &+= byte == 0x0D && bytes[position &+ 1] == 0x0A ? 2 : 1
            if lineEnd == lineStart {
                let event = Event(range: 0..<position, data: data, hasMoreData: hasMoreData)
                self = EventStream()
                return event
            }
            noteData(bytes, lineStart..<lineEnd)
            lineStart = position
        }
    }

    /// The place of the next CR or LF; the end of what has come when there is none.
    @inline(__always)
    private static func skipText(_ bytes: Span<UInt8>, _ start: Int) -> Int {
        WordSearch.first(in: bytes, from: start) { word in
            WordSearch.marks(of: 0x0A, in: word) | WordSearch.marks(of: 0x0D, in: word)
        } isFound: {
            $0 == 0x0A || $0 == 0x0D
        }
    }

    /// The event that the end of the stream makes whole: one whose empty line ends with a CR, which `next` holds back
    /// because a LF might have followed. Asked once no more bytes can come; `bytes` as for `next`, which gave nil.
    mutating func end(in bytes: Span<UInt8>) -> Event? {
        guard position &+ 1 == bytes.count, position == lineStart, bytes[position] == 0x0D else { return nil }
        let event = Event(range: 0..<bytes.count, data: data, hasMoreData: hasMoreData)
        self = EventStream()
        return event
    }

    private mutating func noteData(_ bytes: Span<UInt8>, _ line: Range<Int>) {
        guard line.count >= 4, bytes[line.lowerBound] == 0x64, bytes[line.lowerBound &+ 1] == 0x61,
            bytes[line.lowerBound &+ 2] == 0x74, bytes[line.lowerBound &+ 3] == 0x61,
            line.count == 4 || bytes[line.lowerBound &+ 4] == 0x3A
        else { return }
        if data != nil {
            hasMoreData = true
            return
        }
        // A field's name may stand alone; its value is then empty.
        var start = min(line.lowerBound &+ 5, line.upperBound)
        if start < line.upperBound, bytes[start] == 0x20 { start &+= 1 }
        data = start..<line.upperBound
    }
}
