import HTTP

extension ReplyForm {
    /// Assembles a stored stream into the completion that it tells in pieces; nil when anything in it is not
    /// understood, when it was cut short, or when a choice did not end.
    ///
    /// - Strings of a delta are concatenated as they are spelled, so that the halves of a surrogate pair meet again;
    ///   so are the arrays of `logprobs` and of token ids; tool calls and the details of reasoning are merged by their
    ///   index.
    /// - The role, ids and names are said once, or again alike. What identifies the answer comes from the first chunk
    ///   that has a choice. Other plain values count as they were said last, and so does everything else that stands
    ///   beside the choices: what is told there grows (timings, sources).
    /// - Objects and arrays of a choice that nobody here knows are kept if no chunk contradicts another.
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
            try members.add(member, .latest, events)
        }
    }

    func completion(of events: Span<UInt8>) throws(ReplyForm.NotUnderstood) -> ByteBuffer {
        guard !choices.isEmpty else { throw ReplyForm.NotUnderstood() }
        var output = ByteBuffer(capacity: events.count / 8 &+ 1024)
        output.append("{")
        members.append(to: &output, events)
        output.appendComma()
        output.append(#""object":"chat.completion""#)
        try choices.append(to: &output, named: #","choices":["#, events)
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
    private var details: [StreamedDetail] = []
    private var logprobs: GatheredObject?
    /// Azure's verdicts on the text: a chunk need not repeat each.
    private var filterResults: GatheredObject?
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
            // Which piece of the text Azure's verdict is on; a completion has one verdict on all of it.
            if member.isNamed("content_filter_offsets", in: events) { continue }
            if member.isNamed("delta", in: events) {
                if value.kind == .null { continue }
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
            } else if member.isNamed("content_filter_results", in: events) {
                if value.kind == .null { continue }
                var gathered = filterResults ?? GatheredObject()
                for part in try tape.members(of: value.index, in: events, offset: data.lowerBound) {
                    try gathered.add(part, .once, events)
                }
                filterResults = gathered
            } else if member.isNamed("token_ids", in: events), value.kind == .array {
                try members.add(member, .joined, events)
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
        } else if member.isNamed("reasoning_details", in: events) {
            if value.kind == .null { return }
            for detail in try tape.items(of: value.index, offset: data.lowerBound) {
                let place = try details.place(of: detail.index, events, tape, data)
                try details[place].add(detail.index, events, tape, data)
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
        try calls.append(to: &output, named: #","tool_calls":["#, events)
        try details.append(to: &output, named: #","reasoning_details":["#, events)
        output.append("}")
        if let logprobs {
            output.append(#","logprobs":{"#)
            logprobs.append(to: &output, events)
            output.append("}")
        } else if saysLogprobs {
            output.append(#","logprobs":null"#)
        }
        members.append(to: &output, events)
        if let filterResults {
            output.append(#","content_filter_results":{"#)
            filterResults.append(to: &output, events)
            output.append("}")
        }
        output.append("}")
    }
}
