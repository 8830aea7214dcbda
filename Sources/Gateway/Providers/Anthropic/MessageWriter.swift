import HTTP

/// Writes the messages of a chat completion request as Anthropic's: the system prompt apart, roles in turns, each content
/// a list of blocks.
struct MessageWriter {
    private enum Role { case user, assistant }

    private var role: Role?
    private var scratch = JSONScratch()

    /// Appends `,"system":[…],"messages":[…]`.
    ///
    /// - Parameters:
    ///   - list: The messages' place on the tape; an array.
    ///   - asksObject: Whether the answer must be a JSON object, which Messages has no parameter for.
    mutating func write(
        _ tape: borrowing JSONScanner, _ list: Int, _ body: Span<UInt8>, asksObject: Bool,
        into output: inout ByteBuffer
    ) throws(TranslationProblem) {
        var hasTurns = false
        var message = list &+ 1
        while message < Int(tape.values[list].next) {
            if !isSystem(tape, message, body) { hasTurns = true }
            message = Int(tape.values[message].next)
        }
        // A conversation of system prompts alone is one of the user: Anthropic asks for a message of theirs.
        var hasSystem = false
        func begin(_ output: inout ByteBuffer) {
            output.append(hasSystem ? "," : #","system":["#)
            hasSystem = true
        }
        if hasTurns { try writeSystem(tape, list, body, into: &output, begin) }
        if asksObject {
            begin(&output)
            output.append(#"{"type":"text","text":"Answer with one JSON object and nothing else."}"#)
        }
        if hasSystem { output.append("]") }
        output.append(#","messages":["#)
        message = list &+ 1
        while message < Int(tape.values[list].next) {
            if !isSystem(tape, message, body) {
                try writeTurn(tape, message, body, into: &output)
            } else if !hasTurns, let content = tape.member("content", of: message, in: body) {
                try writeContent(tape, content, body, as: .user, into: &output)
            }
            message = Int(tape.values[message].next)
        }
        if role != nil { output.append("]}") }
        output.append("]")
        if role == nil { throw .malformed(parameter: "messages", expected: "a message with content") }
    }

    private func isSystem(_ tape: borrowing JSONScanner, _ message: Int, _ body: Span<UInt8>) -> Bool {
        tape.member("role", of: message, says: "system", in: body)
            || tape.member("role", of: message, says: "developer", in: body)
    }

    // MARK: Messages

    private mutating func writeSystem(
        _ tape: borrowing JSONScanner, _ list: Int, _ body: Span<UInt8>, into output: inout ByteBuffer,
        _ begin: (inout ByteBuffer) -> Void
    ) throws(TranslationProblem) {
        var message = list &+ 1
        while message < Int(tape.values[list].next) {
            if isSystem(tape, message, body), let content = tape.member("content", of: message, in: body) {
                try writeBlocks(tape, content, body, onlyText: true, into: &output, begin)
            }
            message = Int(tape.values[message].next)
        }
    }

    private mutating func writeTurn(
        _ tape: borrowing JSONScanner, _ message: Int, _ body: Span<UInt8>, into output: inout ByteBuffer
    ) throws(TranslationProblem) {
        func says(_ role: StaticString) -> Bool { tape.member("role", of: message, says: role, in: body) }
        let content = tape.member("content", of: message, in: body)
        if says("user") {
            if let content { try writeContent(tape, content, body, as: .user, into: &output) }
        } else if says("assistant") {
            if let content { try writeContent(tape, content, body, as: .assistant, into: &output) }
            try writeCalls(tape, message, body, into: &output)
        } else if says("tool") {
            try writeResult(tape, message, content, body, into: &output)
        } else if says("function") {
            throw .unsupported(parameter: "messages.role")
        } else {
            throw .malformed(
                parameter: "messages.role", expected: "system, developer, user, assistant or tool")
        }
    }

    private mutating func writeContent(
        _ tape: borrowing JSONScanner, _ content: Int, _ body: Span<UInt8>, as role: Role,
        into output: inout ByteBuffer
    ) throws(TranslationProblem) {
        var current = self.role
        try writeBlocks(tape, content, body, onlyText: role == .assistant, into: &output) { output in
            Self.begin(role, after: &current, &output)
        }
        self.role = current
    }

    /// Begins a block of a role: in the message at hand, or in a new one where the other role had it.
    private static func begin(_ role: Role, after current: inout Role?, _ output: inout ByteBuffer) {
        if current == role {
            output.append(",")
            return
        }
        if current != nil {
            output.append("]},")
        } else if role == .assistant {
            // Anthropic asks that the user speaks first.
            output.append(#"{"role":"user","content":[{"type":"text","text":"(The assistant began.)"}]},"#)
        }
        output.append(role == .user ? #"{"role":"user","content":["# : #"{"role":"assistant","content":["#)
        current = role
    }

    // MARK: Tools

    private mutating func writeCalls(
        _ tape: borrowing JSONScanner, _ message: Int, _ body: Span<UInt8>, into output: inout ByteBuffer
    ) throws(TranslationProblem) {
        guard let calls = tape.member("tool_calls", of: message, in: body), tape.values[calls].kind == .array else {
            return
        }
        var call = calls &+ 1
        while call < Int(tape.values[calls].next) {
            guard let function = tape.member("function", of: call, in: body),
                let name = tape.member("name", of: function, in: body), tape.values[name].kind == .string,
                let id = tape.member("id", of: call, in: body), tape.values[id].kind == .string
            else { throw .malformed(parameter: "messages.tool_calls", expected: "an id and a function with a name") }
            Self.begin(.assistant, after: &role, &output)
            output.append(#"{"type":"tool_use","id":"#)
            output.append(body.extracting(tape.values[id].range).bytes)
            output.append(#","name":"#)
            output.append(body.extracting(tape.values[name].range).bytes)
            output.append(#","input":"#)
            if let arguments = tape.member("arguments", of: function, in: body), tape.values[arguments].kind == .string
            {
                scratch.appendObject(spelledIn: body.extracting(tape.values[arguments].content), to: &output)
            } else {
                output.append("{}")
            }
            output.append("}")
            call = Int(tape.values[call].next)
        }
    }

    private mutating func writeResult(
        _ tape: borrowing JSONScanner, _ message: Int, _ content: Int?, _ body: Span<UInt8>,
        into output: inout ByteBuffer
    ) throws(TranslationProblem) {
        guard let id = tape.member("tool_call_id", of: message, in: body), tape.values[id].kind == .string else {
            throw .malformed(parameter: "messages.tool_call_id", expected: "the id of the call that is answered")
        }
        Self.begin(.user, after: &role, &output)
        output.append(#"{"type":"tool_result","tool_use_id":"#)
        output.append(body.extracting(tape.values[id].range).bytes)
        // A result may be empty, a text may not: then there is no content.
        if let content {
            output.append(#","content":["#)
            try writeBlocks(tape, content, body, onlyText: false, into: &output) { $0.appendComma() }
            output.append("]")
        }
        output.append("}")
    }

    // MARK: Blocks

    /// Appends the blocks of a message's content: a text, or the parts of a list. Texts of nothing but blanks are left
    /// out, since Anthropic refuses them.
    private mutating func writeBlocks(
        _ tape: borrowing JSONScanner, _ content: Int, _ body: Span<UInt8>, onlyText: Bool,
        into output: inout ByteBuffer, _ begin: (inout ByteBuffer) -> Void
    ) throws(TranslationProblem) {
        switch tape.values[content].kind {
        case .null: return
        case .string: writeText(tape, content, nil, body, into: &output, begin)
        case .array:
            var part = content &+ 1
            while part < Int(tape.values[content].next) {
                try writePart(tape, part, body, onlyText: onlyText, into: &output, begin)
                part = Int(tape.values[part].next)
            }
        default: throw .malformed(parameter: "messages.content", expected: "a string or an array of parts")
        }
    }

    private func writeText(
        _ tape: borrowing JSONScanner, _ text: Int, _ part: Int?, _ body: Span<UInt8>, into output: inout ByteBuffer,
        _ begin: (inout ByteBuffer) -> Void
    ) {
        guard !JSONString.isBlank(body.extracting(tape.values[text].content)) else { return }
        begin(&output)
        output.append(#"{"type":"text","text":"#)
        output.append(body.extracting(tape.values[text].range).bytes)
        if let part { output.appendCacheControl(tape, part, body) }
        output.append("}")
    }

    private mutating func writePart(
        _ tape: borrowing JSONScanner, _ part: Int, _ body: Span<UInt8>, onlyText: Bool,
        into output: inout ByteBuffer, _ begin: (inout ByteBuffer) -> Void
    ) throws(TranslationProblem) {
        func says(_ type: StaticString) -> Bool { tape.member("type", of: part, says: type, in: body) }
        func string(_ name: StaticString, of object: Int?) -> Int? {
            object.flatMap { tape.member(name, of: $0, in: body) }.flatMap {
                tape.values[$0].kind == .string ? $0 : nil
            }
        }
        if says("text"), let text = string("text", of: part) {
            writeText(tape, text, part, body, into: &output, begin)
        } else if says("refusal"), let text = string("refusal", of: part) {
            writeText(tape, text, nil, body, into: &output, begin)
        } else if !onlyText, says("image_url"),
            let url = string("url", of: tape.member("image_url", of: part, in: body))
        {
            begin(&output)
            output.append(#"{"type":"image","source":"#)
            try scratch.appendSource(
                tape.values[url], body, allowsURL: true, parameter: "messages.content.image_url", to: &output)
            output.appendCacheControl(tape, part, body)
            output.append("}")
        } else if !onlyText, says("file"), let data = string("file_data", of: tape.member("file", of: part, in: body)) {
            begin(&output)
            output.append(#"{"type":"document","source":"#)
            try scratch.appendSource(
                tape.values[data], body, allowsURL: false, parameter: "messages.content.file", to: &output)
            output.append("}")
        } else {
            throw .unsupported(parameter: "messages.content")
        }
    }
}

/// What a string within a request means where that is JSON, or data, of its own.
struct JSONScratch {
    /// Appends the object that a string's content spells, as a call's arguments do; one of the string where it spells
    /// anything else.
    func appendObject(spelledIn content: Span<UInt8>, to output: inout ByteBuffer) {
        guard !JSONString.isBlank(content) else {
            output.append("{}")
            return
        }
        var text = ByteBuffer(capacity: content.count &+ 8)
        var tape = JSONScanner()
        var isObject = JSONString.decode(content, into: &text)
        let decoded = Span<UInt8>(_bytes: text.span)
        do throws(JSONScanner.Failure) { try tape.scan(decoded) } catch { isObject = false }
        if isObject, tape.values[0].kind == .object {
            output.append(decoded.bytes)
        } else {
            output.append(#"{"arguments":""#)
            output.append(content.bytes)
            output.append("\"}")
        }
    }

    /// Appends the source of an image or document that a string names: `data:TYPE;base64,…`, or else a URL.
    func appendSource(
        _ value: JSONScanner.Value, _ body: Span<UInt8>, allowsURL: Bool, parameter: String,
        to output: inout ByteBuffer
    ) throws(TranslationProblem) {
        let content = body.extracting(value.content)
        guard value.isEscaped else {
            return try appendSource(content, body.extracting(value.range), allowsURL, parameter, to: &output)
        }
        // Escaped slashes are common; what they mean is shorter, and needs no escape.
        var decoded = ByteBuffer()
        guard JSONString.decode(content, into: &decoded) else {
            throw .malformed(parameter: parameter, expected: "text")
        }
        try appendSource(
            Span<UInt8>(_bytes: decoded.span), body.extracting(value.range), allowsURL, parameter, to: &output)
    }

    /// - Parameter spelled: The string as the request spells it, with its quotes.
    private func appendSource(
        _ url: Span<UInt8>, _ spelled: Span<UInt8>, _ allowsURL: Bool, _ parameter: String,
        to output: inout ByteBuffer
    ) throws(TranslationProblem) {
        guard url.count >= 5, url.hasBytes(0..<5, "data:") else {
            guard allowsURL else { throw .unsupported(parameter: parameter) }
            output.append(#"{"type":"url","url":"#)
            output.append(spelled.bytes)
            output.append("}")
            return
        }
        var mark = 5
        while mark < url.count, url[mark] != 0x3B, url[mark] != 0x2C { mark &+= 1 }
        guard mark &+ 8 <= url.count, url.hasBytes(mark..<mark &+ 8, ";base64,") else {
            throw .malformed(parameter: parameter, expected: "a URL, or data:TYPE;base64,DATA")
        }
        for position in 0..<url.count where url[position] < 0x20 || url[position] == 0x22 || url[position] == 0x5C {
            throw .malformed(parameter: parameter, expected: "base64 without blanks and quotes")
        }
        output.append(#"{"type":"base64","media_type":""#)
        output.append(url.extracting(5..<mark).bytes)
        output.append(#"","data":""#)
        output.append(url.extracting(mark &+ 8..<url.count).bytes)
        output.append("\"}")
    }
}
