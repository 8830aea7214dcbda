import HTTP

extension ReplyForm {
    /// Assembles a stored stream into the completion that it tells in pieces; nil when anything in it is not
    /// understood, when it was cut short, or when a choice did not end.
    ///
    /// - Strings of a delta are concatenated as they are spelled, so that the halves of a surrogate pair meet again;
    ///   so are the arrays of `logprobs`; tool calls are merged by their index.
    /// - The role, ids and names are said once, or again alike. What identifies the answer comes from the first chunk
    ///   that has a choice. Other plain values count as they were said last.
    /// - Objects and arrays that nobody here knows are kept if no chunk contradicts another.
    static func completion(of events: Span<UInt8>, _ tape: inout JSONScanner) -> ByteBuffer? {
        var reply = StreamedReply()
        var stored = StoredEvents()
        var isDone = false
        // A byte order mark would hide the first line from the walk, and with it a chunk.
        guard events.count > 0, events[0] != 0xEF else { return nil }
        do throws(NotUnderstood) {
            while let event = stored.next(in: events) {
                guard let data = event.data else { continue }
                guard !isDone, !event.hasMoreData else { return nil }
                if tape.equals(data, "[DONE]", in: events) {
                    isDone = true
                } else {
                    try reply.add(data, of: events, &tape)
                }
            }
            guard stored.position == events.count else { return nil }
            return try reply.completion(of: events)
        } catch {
            return nil
        }
    }
}

/// What the chunks of a stream have said so far.
private struct StreamedReply {
    private var members = GatheredObject()
    private var choices: [StreamedChoice] = []
    private var usage: Range<Int>?

    mutating func add(
        _ data: Range<Int>, of events: Span<UInt8>, _ tape: inout JSONScanner
    ) throws(ReplyForm.NotUnderstood) {
        do throws(JSONScanner.Failure) { try tape.scan(events.extracting(data)) } catch {
            throw ReplyForm.NotUnderstood()
        }
        let chunk = try tape.members(of: 0, in: events, offset: data.lowerBound)
        guard let choices = chunk.first(where: { $0.isNamed("choices", in: events) }) else {
            throw ReplyForm.NotUnderstood()
        }
        let parts = try tape.items(of: choices.value.index, offset: data.lowerBound)
        for member in chunk { try add(member, hasChoice: !parts.isEmpty, events) }
        for part in parts {
            let place = try self.choices.place(of: part.index, events, tape, data)
            try self.choices[place].add(part.index, events, tape, data)
        }
    }

    /// A member that stands beside the choices.
    private mutating func add(
        _ member: SpelledMember, hasChoice: Bool, _ events: Span<UInt8>
    ) throws(ReplyForm.NotUnderstood) {
        let value = member.value
        if member.isNamed("choices", in: events) { return }
        // Padding against eavesdroppers who measure chunks; a completion has none.
        if member.isNamed("obfuscation", in: events) { return }
        if member.isNamed("usage", in: events) {
            guard value.kind == .object || value.kind == .null else { throw ReplyForm.NotUnderstood() }
            if value.kind == .object { usage = value.range }
        } else if member.isNamed("object", in: events) {
            // Azure's first chunk, which tells how the prompt was filtered, says "".
            guard value.isEmpty || value.isSpelled(#""chat.completion.chunk""#, in: events) else {
                throw ReplyForm.NotUnderstood()
            }
        } else if member.isNamed("error", in: events) {
            guard value.kind == .null else { throw ReplyForm.NotUnderstood() }
        } else if member.isNamed("id", in: events) || member.isNamed("created", in: events)
            || member.isNamed("model", in: events) || member.isNamed("service_tier", in: events)
            || member.isNamed("system_fingerprint", in: events)
        {
            if hasChoice { try members.add(member, .first, events) }
        } else {
            try members.add(member, value.isPlain ? .latest : .once, events)
        }
    }

    func completion(of events: Span<UInt8>) throws(ReplyForm.NotUnderstood) -> ByteBuffer {
        guard !choices.isEmpty else { throw ReplyForm.NotUnderstood() }
        var output = ByteBuffer(capacity: events.count / 8 &+ 1024)
        output.append("{")
        members.append(to: &output, events)
        output.appendComma()
        output.append(#""object":"chat.completion","choices":["#)
        for choice in choices.sorted(by: { $0.index < $1.index }) {
            output.appendComma()
            try choice.append(to: &output, events)
        }
        output.append("]")
        if let usage {
            output.append(#","usage":"#)
            output.append(events.extracting(usage).bytes)
        }
        output.append("}")
        return output
    }
}

/// What the chunks of a stream have said of one choice.
private struct StreamedChoice: StreamedItem {
    let index: Int
    private var members = GatheredObject()
    private var message = GatheredObject()
    /// What came before tools, and is told in the same way.
    private var functionCall: GatheredObject?
    private var calls: [StreamedCall] = []
    private var logprobs: GatheredObject?
    private var saysLogprobs = false
    private var hasDelta = false
    private var hasEnded = false

    init(index: Int) { self.index = index }

    mutating func add(
        _ choice: Int, _ events: Span<UInt8>, _ tape: borrowing JSONScanner, _ data: Range<Int>
    ) throws(ReplyForm.NotUnderstood) {
        for member in try tape.members(of: choice, in: events, offset: data.lowerBound) {
            let value = member.value
            if member.isNamed("index", in: events) { continue }
            if member.isNamed("delta", in: events) {
                hasDelta = true
                for part in try tape.members(of: value.index, in: events, offset: data.lowerBound) {
                    try addDelta(part, events, tape, data)
                }
            } else if member.isNamed("logprobs", in: events) {
                saysLogprobs = true
                if value.kind == .null { continue }
                var gathered = logprobs ?? GatheredObject()
                for part in try tape.members(of: value.index, in: events, offset: data.lowerBound) {
                    try gathered.add(part, part.value.kind == .array ? .joined : .once, events)
                }
                logprobs = gathered
            } else if member.isNamed("finish_reason", in: events) {
                guard value.kind == .string || value.kind == .null else { throw ReplyForm.NotUnderstood() }
                hasEnded = hasEnded || !value.isEmpty
                try members.add(member, .once, events)
            } else if member.isNamed("message", in: events) {
                throw ReplyForm.NotUnderstood()
            } else {
                try members.add(member, value.isPlain ? .latest : .once, events)
            }
        }
    }

    private mutating func addDelta(
        _ member: SpelledMember, _ events: Span<UInt8>, _ tape: borrowing JSONScanner, _ data: Range<Int>
    ) throws(ReplyForm.NotUnderstood) {
        let value = member.value
        if member.isNamed("tool_calls", in: events) {
            if value.kind == .null { return }
            for call in try tape.items(of: value.index, offset: data.lowerBound) {
                let place = try calls.place(of: call.index, events, tape, data)
                try calls[place].add(call.index, events, tape, data)
            }
        } else if member.isNamed("function_call", in: events) {
            if value.kind == .null { return }
            var gathered = functionCall ?? GatheredObject()
            try gathered.addFunction(value.index, events, tape, data)
            functionCall = gathered
        } else if member.isNamed("role", in: events) {
            if !value.isEmpty { try message.add(member, .once, events) }
        } else if value.kind == .string {
            try message.add(member, .joined, events)
        } else {
            try message.add(member, value.isPlain ? .latest : .once, events)
        }
    }

    func append(to output: inout ByteBuffer, _ events: Span<UInt8>) throws(ReplyForm.NotUnderstood) {
        guard hasDelta, hasEnded else { throw ReplyForm.NotUnderstood() }
        output.append(#"{"index":"#)
        output.append(decimal: index)
        output.append(#","message":{"#)
        // An assistant is the only one who answers, and clients read both fields without asking whether they are there.
        if !message.contains("role", events) { output.append(#""role":"assistant""#) }
        message.append(to: &output, events)
        if !message.contains("content", events) { output.append(#","content":null"#) }
        if let functionCall {
            output.append(#","function_call":{"#)
            functionCall.append(to: &output, events)
            output.append("}")
        }
        if !calls.isEmpty {
            output.append(#","tool_calls":["#)
            for call in calls.sorted(by: { $0.index < $1.index }) { call.append(to: &output, events) }
            output.append("]")
        }
        output.append("}")
        if let logprobs {
            output.append(#","logprobs":{"#)
            logprobs.append(to: &output, events)
            output.append("}")
        } else if saysLogprobs {
            output.append(#","logprobs":null"#)
        }
        members.append(to: &output, events)
        output.append("}")
    }
}

/// What the chunks of a stream have said of one tool call.
private struct StreamedCall: StreamedItem {
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
        output.appendComma()
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

/// Something of which a stream tells several at a time, each with its index.
private protocol StreamedItem {
    var index: Int { get }
    init(index: Int)
}

extension Array where Element: StreamedItem {
    /// The place of the item whose index the object at `object` states; a new one when it is the first of it.
    fileprivate mutating func place(
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
}

extension GatheredObject {
    /// Adds a piece of a call: the name is said once, the arguments come in pieces.
    fileprivate mutating func addFunction(
        _ function: Int, _ events: Span<UInt8>, _ tape: borrowing JSONScanner, _ data: Range<Int>
    ) throws(ReplyForm.NotUnderstood) {
        for member in try tape.members(of: function, in: events, offset: data.lowerBound) {
            let isJoined = member.isNamed("arguments", in: events) && member.value.kind == .string
            try add(member, isJoined ? .joined : .once, events)
        }
    }
}
