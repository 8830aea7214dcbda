import HTTP

/// Tells a stored chat answer in the form that is asked for: a stream as one completion, a completion as a stream.
///
/// Values are moved, never read into numbers or text: everything is told as the upstream spelled it, fields that
/// nobody here knows too. What is not understood for certain is not told at all; the caller treats it as a miss.
/// The rules for whole completions and for streams stand in files of their own.
enum ReplyForm {
    /// The stored form means something that is not certain.
    struct NotUnderstood: Error {}

    /// The choices of an answer, and the calls of a choice, that are told; OpenAI's `n` ends here too.
    static let itemLimit = 128

    /// A stored stream without the usage event that was asked of the upstream but not by this client: the one whose
    /// `choices` is empty and whose `usage` has the counts. Everything else stays byte for byte.
    static func withoutUsageEvent(_ events: Span<UInt8>, _ tape: inout JSONScanner) -> ByteBuffer {
        var output = ByteBuffer(capacity: events.count)
        var stored = StoredEvents()
        var kept = 0
        while let event = stored.next(in: events) {
            guard let data = event.data, !event.hasMoreData, statesOnlyUsage(events.extracting(data), &tape) else {
                continue
            }
            output.append(events.extracting(kept..<event.range.lowerBound).bytes)
            kept = event.range.upperBound
        }
        output.append(events.extracting(kept..<events.count).bytes)
        return output
    }

    /// As `ChatStream.note` sees it, so that a replay hides what was hidden when it came.
    private static func statesOnlyUsage(_ chunk: Span<UInt8>, _ tape: inout JSONScanner) -> Bool {
        do throws(JSONScanner.Failure) { try tape.scan(chunk) } catch { return false }
        guard let choices = tape.member("choices", of: 0, in: chunk), let usage = tape.member("usage", of: 0, in: chunk)
        else { return false }
        return tape.values[choices].kind == .array && Int(tape.values[choices].next) == choices &+ 1
            && UsageReader.read(tape, usage, chunk) != nil
    }
}

/// A walk over the events of a stream that has been stored whole.
struct StoredEvents {
    private var stream = EventStream()
    /// Where the next event begins; the end of the stream, unless its last event was cut short.
    private(set) var position = 0

    /// The next event, its ranges counted from the beginning of the stream.
    mutating func next(in events: Span<UInt8>) -> EventStream.Event? {
        let rest = events.extracting(position..<events.count)
        guard let event = stream.next(in: rest) ?? stream.end(in: rest) else { return nil }
        let start = position
        position &+= event.range.upperBound
        return EventStream.Event(
            range: start..<position,
            data: event.data.map { start &+ $0.lowerBound..<start &+ $0.upperBound },
            hasMoreData: event.hasMoreData)
    }
}

/// A value of a stored answer: what it is, and where it is spelled.
struct SpelledValue {
    /// Its place on the tape.
    let index: Int
    let kind: JSONScanner.Kind
    /// Its bytes, counted from the beginning of what is stored.
    let range: Range<Int>
    /// Whether it says nothing: null, or a string, array or object with nothing in it.
    let isEmpty: Bool

    /// Whether it is neither an object nor an array.
    var isPlain: Bool { kind != .object && kind != .array }
    /// The bytes between a string's quotes or an array's brackets.
    var inside: Range<Int> { range.lowerBound &+ 1..<range.upperBound &- 1 }

    /// - Parameter offset: Where the scanned text begins in what is stored.
    init(_ index: Int, of tape: borrowing JSONScanner, offset: Int) {
        let value = tape.values[index]
        self.index = index
        kind = value.kind
        range = offset &+ value.range.lowerBound..<offset &+ value.range.upperBound
        isEmpty =
            switch kind {
            case .null: true
            case .string: value.range.count == 2
            case .array, .object: Int(value.next) == index &+ 1
            default: false
            }
    }

    func isSpelled(_ text: StaticString, in stored: Span<UInt8>) -> Bool { stored.hasBytes(range, text) }
}

/// A member of an object of a stored answer.
struct SpelledMember {
    /// Its name's bytes, without the quotes.
    let name: Range<Int>
    let value: SpelledValue

    func isNamed(_ text: StaticString, in stored: Span<UInt8>) -> Bool { stored.hasBytes(name, text) }
}

extension JSONScanner {
    /// Members of one object that are told: comparing their names takes the square of it.
    static let memberLimit = 64

    /// The members of the object at `index` of a text that begins at `offset` of what is stored.
    ///
    /// Refused are what is no object, a name that is met twice, and one with an escape, which might be either.
    func members(
        of index: Int, in stored: Span<UInt8>, offset: Int = 0
    ) throws(ReplyForm.NotUnderstood) -> [SpelledMember] {
        guard values[index].kind == .object else { throw ReplyForm.NotUnderstood() }
        var members: [SpelledMember] = []
        var key = index &+ 1
        while key < Int(values[index].next) {
            let name = SpelledValue(key, of: self, offset: offset).inside
            guard !values[key].isEscaped, members.count < Self.memberLimit else { throw ReplyForm.NotUnderstood() }
            for member in members where stored.hasSameBytes(member.name, name) { throw ReplyForm.NotUnderstood() }
            members.append(SpelledMember(name: name, value: SpelledValue(key &+ 1, of: self, offset: offset)))
            key = Int(values[key &+ 1].next)
        }
        return members
    }

    /// The elements of the array at `index`; refused is what is no array, and one of too many.
    func items(of index: Int, offset: Int = 0) throws(ReplyForm.NotUnderstood) -> [SpelledValue] {
        guard values[index].kind == .array else { throw ReplyForm.NotUnderstood() }
        var items: [SpelledValue] = []
        var item = index &+ 1
        while item < Int(values[index].next) {
            guard items.count < ReplyForm.itemLimit else { throw ReplyForm.NotUnderstood() }
            items.append(SpelledValue(item, of: self, offset: offset))
            item = Int(values[item].next)
        }
        return items
    }
}

extension Span<UInt8> {
    /// Whether the bytes of a range are `text`.
    func hasBytes(_ range: Range<Int>, _ text: StaticString) -> Bool {
        guard range.count == text.utf8CodeUnitCount else { return false }
        for offset in 0..<range.count where self[range.lowerBound &+ offset] != text.utf8Start[offset] { return false }
        return true
    }

    /// Whether two of its ranges hold the same bytes.
    func hasSameBytes(_ left: Range<Int>, _ right: Range<Int>) -> Bool {
        guard left.count == right.count else { return false }
        for offset in 0..<left.count where self[left.lowerBound &+ offset] != self[right.lowerBound &+ offset] {
            return false
        }
        return true
    }
}

extension ByteBuffer {
    /// Appends a comma, unless the object or array that is being written has only just begun.
    mutating func appendComma() {
        if let last = bytes.last, last != 0x7B, last != 0x5B { append(",") }
    }

    /// Appends a member's name and the colon, after a comma where one belongs.
    mutating func appendName(_ name: Range<Int>, of stored: Span<UInt8>) {
        appendComma()
        append("\"")
        append(stored.extracting(name).bytes)
        append("\":")
    }
}
