import HTTP

/// Something of which a stream tells several at a time, each with its index.
protocol StreamedItem {
    var index: Int { get }
    init(index: Int)
    /// Writes it as a completion has it; refused when it was not told whole.
    func append(to output: inout ByteBuffer, _ events: Span<UInt8>) throws(ReplyForm.NotUnderstood)
}

/// What the chunks of a stream have said of one tool call.
struct StreamedCall: StreamedItem {
    let index: Int
    private var members = GatheredObject()
    private var function: GatheredObject?

    init(index: Int) { self.index = index }

    mutating func add(
        _ call: Int, _ events: Span<UInt8>, _ tape: borrowing JSONScanner, _ data: Range<Int>
    ) throws(ReplyForm.NotUnderstood) {
        for member in try tape.members(of: call, in: events, offset: data.lowerBound) {
            if member.isNamed("index", in: events) { continue }
            if member.isNamed("function", in: events) {
                if member.value.kind == .null { continue }
                var gathered = function ?? GatheredObject()
                try gathered.addFunction(member.value.index, events, tape, data)
                function = gathered
            } else {
                try members.add(member, .once, events)
            }
        }
    }

    func append(to output: inout ByteBuffer, _ events: Span<UInt8>) {
        output.append("{")
        members.append(to: &output, events)
        if let function {
            output.appendComma()
            output.append(#""function":{"#)
            function.append(to: &output, events)
            output.append("}")
        }
        output.append("}")
    }
}

/// What the chunks of a stream have said of one detail of the reasoning, as OpenRouter tells it.
struct StreamedDetail: StreamedItem {
    let index: Int
    private var members = GatheredObject()

    init(index: Int) { self.index = index }

    /// The text comes in pieces, or its summary does; the rest, a signature or what is encrypted, is said once.
    mutating func add(
        _ detail: Int, _ events: Span<UInt8>, _ tape: borrowing JSONScanner, _ data: Range<Int>
    ) throws(ReplyForm.NotUnderstood) {
        for member in try tape.members(of: detail, in: events, offset: data.lowerBound) {
            let isText = member.isNamed("text", in: events) || member.isNamed("summary", in: events)
            try members.add(member, isText && member.value.kind == .string ? .joined : .once, events)
        }
    }

    func append(to output: inout ByteBuffer, _ events: Span<UInt8>) {
        output.append("{")
        members.append(to: &output, events)
        output.append("}")
    }
}

extension Array where Element: StreamedItem {
    /// The place of the item whose index the object at `object` states; a new one when it is the first of it.
    mutating func place(
        of object: Int, _ events: Span<UInt8>, _ tape: borrowing JSONScanner, _ data: Range<Int>
    ) throws(ReplyForm.NotUnderstood) -> Int {
        let chunk = events.extracting(data)
        guard let member = tape.member("index", of: object, in: chunk),
            let index = tape.nonNegativeInteger(at: member, in: chunk)
        else { throw ReplyForm.NotUnderstood() }
        if let place = firstIndex(where: { $0.index == index }) { return place }
        guard count < ReplyForm.itemLimit else { throw ReplyForm.NotUnderstood() }
        append(Element(index: index))
        return count &- 1
    }

    /// Writes the items in their order, after `name` and before the bracket that closes them; nothing when there are none.
    func append(
        to output: inout ByteBuffer, named name: StaticString, _ events: Span<UInt8>
    ) throws(ReplyForm.NotUnderstood) {
        if isEmpty { return }
        output.append(name)
        for item in sorted(by: { $0.index < $1.index }) {
            output.appendComma()
            try item.append(to: &output, events)
        }
        output.append("]")
    }
}

extension GatheredObject {
    /// Adds a piece of a call: the name is said once, the arguments come in pieces.
    mutating func addFunction(
        _ function: Int, _ events: Span<UInt8>, _ tape: borrowing JSONScanner, _ data: Range<Int>
    ) throws(ReplyForm.NotUnderstood) {
        for member in try tape.members(of: function, in: events, offset: data.lowerBound) {
            let isJoined = member.isNamed("arguments", in: events) && member.value.kind == .string
            try add(member, isJoined ? .joined : .once, events)
        }
    }
}
