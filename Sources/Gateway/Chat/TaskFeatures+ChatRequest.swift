import HTTP
package import Routing

/// Reads the features of a request's body; keeps its scratch memory, so that a loop needs one.
package struct TaskFeatureReader: ~Copyable {
    /// Bytes of the last user message that are read: its beginning, where the instruction is, and its end.
    private static let headBytes = 3072
    private static let tailBytes = 1024
    /// Bytes that are read of all system prompts, of the schema, and of each tool's name and description.
    private static let systemBytes = 2048
    private static let schemaBytes = 1024
    private static let toolBytes = 192
    private static let toolsRead = 6
    private static let openingBytes = 320

    package let cues: CueReader
    private var plain = ByteBuffer(capacity: 4096)

    package init(_ cues: CueReader = CueReader()) { self.cues = cues }

    /// The features of a request that is not scanned yet; nil when the body is no JSON object.
    package mutating func features(of body: Span<UInt8>) -> TaskFeatures? {
        var tape = JSONScanner()
        do throws(JSONScanner.Failure) { try tape.scan(body) } catch { return nil }
        guard tape.values[0].kind == .object else { return nil }
        return features(tape, body)
    }

    /// The features of a request that `tape` has just scanned from `body`: of chat completions, messages, responses or
    /// completions, since their fields do not contradict each other.
    mutating func features(_ tape: borrowing JSONScanner, _ body: Span<UInt8>) -> TaskFeatures {
        var features = TaskFeatures()
        var systemLeft = Self.systemBytes
        var key = 1
        let end = Int(tape.values[0].next)
        guard tape.values[0].kind == .object else { return features }
        while key < end {
            let value = key &+ 1
            readMember(tape, key, value, body, &systemLeft, &features)
            key = Int(tape.values[value].next)
        }
        return features
    }

    private mutating func readMember(
        _ tape: borrowing JSONScanner, _ key: Int, _ value: Int, _ body: Span<UInt8>, _ systemLeft: inout Int,
        _ features: inout TaskFeatures
    ) {
        let name = tape.values[key].content
        func isNamed(_ text: StaticString) -> Bool { tape.equals(name, text, in: body) }
        switch name.count {
        case 5 where isNamed("tools"): readTools(tape, value, body, &features)
        case 5 where isNamed("input"): readMessages(tape, value, body, &systemLeft, &features)
        case 6 where isNamed("prompt"): readMessages(tape, value, body, &systemLeft, &features)
        case 6 where isNamed("system"): readSystem(tape, value, body, &systemLeft, &features)
        case 8 where isNamed("messages"): readMessages(tape, value, body, &systemLeft, &features)
        case 9 where isNamed("functions"): readTools(tape, value, body, &features)
        case 10 where isNamed("max_tokens"):
            features.outputLimit = features.outputLimit ?? tape.nonNegativeInteger(at: value, in: body)
        case 11 where isNamed("temperature"):
            features.isDeterministic = tape.values[value].kind == .number && isZero(body, tape.values[value].range)
        case 12 where isNamed("instructions"): readSystem(tape, value, body, &systemLeft, &features)
        case 15 where isNamed("response_format"): readFormat(tape, value, body, &features)
        case 16 where isNamed("reasoning_effort"):
            let effort = tape.values[value]
            features.asksReasoning =
                effort.kind == .string && !tape.equals(effort.content, "none", in: body)
                && !tape.equals(effort.content, "minimal", in: body) && !tape.equals(effort.content, "low", in: body)
        case 17 where isNamed("max_output_tokens"), 21 where isNamed("max_completion_tokens"):
            features.outputLimit = tape.nonNegativeInteger(at: value, in: body) ?? features.outputLimit
        default: break
        }
    }

    private func isZero(_ body: Span<UInt8>, _ range: Range<Int>) -> Bool {
        for offset in range where body[offset] != 0x30 && body[offset] != 0x2E { return false }
        return true
    }

    // MARK: Messages

    private mutating func readMessages(
        _ tape: borrowing JSONScanner, _ list: Int, _ body: Span<UInt8>, _ systemLeft: inout Int,
        _ features: inout TaskFeatures
    ) {
        guard tape.values[list].kind == .array else {
            features.messages = 1
            features.turns = 1
            readUser(tape, list, body, &features)
            return
        }
        var first: Int?
        var last: Int?
        var message = list &+ 1
        while message < Int(tape.values[list].next) {
            features.messages &+= 1
            let content = tape.member("content", of: message, in: body)
            if let content { features.textBytes &+= textBytes(tape, content, body, &features) }
            switch role(of: message, tape, body) {
            case .system: if let content { readSystem(tape, content, body, &systemLeft, &features) }
            case .user:
                features.turns &+= 1
                first = first ?? content
                last = content ?? last
            case .tool: features.toolResults &+= 1
            case .assistant:
                if let calls = tape.member("tool_calls", of: message, in: body) {
                    features.textBytes &+= tape.values[calls].range.count
                }
            }
            message = Int(tape.values[message].next)
        }
        if let last { readUser(tape, last, body, &features) }
        if let first, let last, first != last {
            readText(tape, firstText(tape, first, body), body, limit: Self.openingBytes, as: .opening, &features)
        }
    }

    private enum Role { case system, user, assistant, tool }

    private func role(of message: Int, _ tape: borrowing JSONScanner, _ body: Span<UInt8>) -> Role {
        guard let role = tape.member("role", of: message, in: body), tape.values[role].kind == .string else {
            return .user
        }
        let name = tape.values[role].content
        guard !name.isEmpty else { return .user }
        switch body[name.lowerBound] {
        case 0x73, 0x64: return .system  // system, developer
        case 0x61: return .assistant
        case 0x74, 0x66: return .tool  // tool, function
        default: return .user
        }
    }

    /// Bytes of a message's texts; its images are counted.
    private func textBytes(
        _ tape: borrowing JSONScanner, _ content: Int, _ body: Span<UInt8>, _ features: inout TaskFeatures
    ) -> Int {
        let value = tape.values[content]
        if value.kind == .string { return value.content.count }
        guard value.kind == .array else { return 0 }
        var bytes = 0
        var part = content &+ 1
        while part < Int(value.next) {
            if let text = tape.member("text", of: part, in: body) {
                if tape.values[text].kind == .string { bytes &+= tape.values[text].content.count }
            } else if let type = tape.member("type", of: part, in: body), tape.values[type].kind == .string {
                let name = tape.values[type].content
                if tape.equals(name, "image_url", in: body) || tape.equals(name, "image", in: body)
                    || tape.equals(name, "input_image", in: body)
                {
                    features.images &+= 1
                } else if tape.equals(name, "tool_result", in: body) {
                    features.toolResults &+= 1
                    bytes &+= tape.values[part].range.count
                }
            }
            part = Int(tape.values[part].next)
        }
        return bytes
    }

    /// The first text of a message's content: itself, or that of its first part that has one.
    private func firstText(_ tape: borrowing JSONScanner, _ content: Int, _ body: Span<UInt8>) -> Int? {
        guard tape.values[content].kind == .array else { return content }
        var part = content &+ 1
        while part < Int(tape.values[content].next) {
            if let text = tape.member("text", of: part, in: body) { return text }
            part = Int(tape.values[part].next)
        }
        return nil
    }

    private mutating func readUser(
        _ tape: borrowing JSONScanner, _ content: Int, _ body: Span<UInt8>, _ features: inout TaskFeatures
    ) {
        guard tape.values[content].kind == .array else {
            readUserText(tape, content, body, isFirst: true, &features)
            return
        }
        var isFirst = true
        var part = content &+ 1
        while part < Int(tape.values[content].next) {
            if let text = tape.member("text", of: part, in: body) {
                readUserText(tape, text, body, isFirst: isFirst, &features)
                isFirst = false
            }
            part = Int(tape.values[part].next)
        }
    }

    /// Reads a text of the last user message; of further parts only the last paragraph may be an instruction.
    private mutating func readUserText(
        _ tape: borrowing JSONScanner, _ text: Int, _ body: Span<UInt8>, isFirst: Bool, _ features: inout TaskFeatures
    ) {
        let value = tape.values[text]
        // What is read of a message with many parts is bounded too.
        guard value.kind == .string, features.userBytes < Self.headBytes else { return }
        let content = value.content
        features.userBytes &+= content.count
        if content.count <= Self.headBytes &+ Self.tailBytes {
            read(body.extracting(content), value.isEscaped, as: isFirst ? .user : .userEnd, &features)
        } else {
            let head = content.lowerBound..<content.lowerBound &+ Self.headBytes
            let tail = content.upperBound &- Self.tailBytes..<content.upperBound
            features.documentBytes &+= tail.lowerBound &- head.upperBound
            read(body.extracting(head), value.isEscaped, as: isFirst ? .user : .other(.document), &features)
            read(body.extracting(tail), value.isEscaped, as: .userEnd, &features)
        }
    }

    private mutating func readSystem(
        _ tape: borrowing JSONScanner, _ content: Int, _ body: Span<UInt8>, _ left: inout Int,
        _ features: inout TaskFeatures
    ) {
        let text = firstText(tape, content, body)
        readText(tape, text, body, limit: left, as: .system, &features)
        if let text, tape.values[text].kind == .string { left = max(left &- tape.values[text].content.count, 0) }
    }

    // MARK: The form of the answer, and tools

    private mutating func readFormat(
        _ tape: borrowing JSONScanner, _ format: Int, _ body: Span<UInt8>, _ features: inout TaskFeatures
    ) {
        guard let type = tape.member("type", of: format, in: body), tape.values[type].kind == .string else { return }
        if tape.equals(tape.values[type].content, "json_object", in: body) { features.asksJSON = true }
        guard tape.equals(tape.values[type].content, "json_schema", in: body) else { return }
        features.hasSchema = true
        features.textBytes &+= tape.values[format].range.count
        var index = format
        while index < Int(tape.values[format].next) {
            if tape.values[index].kind == .string, tape.equals(tape.values[index].content, "enum", in: body) {
                features.schemaChoices &+= 1
            }
            index &+= 1
        }
        let range = tape.values[format].range
        read(
            body.extracting(range.lowerBound..<min(range.upperBound, range.lowerBound &+ Self.schemaBytes)), false,
            as: .other(.shape), &features)
    }

    private mutating func readTools(
        _ tape: borrowing JSONScanner, _ list: Int, _ body: Span<UInt8>, _ features: inout TaskFeatures
    ) {
        guard tape.values[list].kind == .array else { return }
        features.textBytes &+= tape.values[list].range.count
        var tool = list &+ 1
        while tool < Int(tape.values[list].next) {
            features.tools &+= 1
            if features.tools <= Self.toolsRead {
                let function = tape.member("function", of: tool, in: body) ?? tool
                for key in ["name", "description"] as [StaticString] {
                    readText(
                        tape, tape.member(key, of: function, in: body), body, limit: Self.toolBytes, as: .shape,
                        &features)
                }
            }
            tool = Int(tape.values[tool].next)
        }
    }

    // MARK: Text

    /// Reads at most `limit` bytes of a string.
    private mutating func readText(
        _ tape: borrowing JSONScanner, _ text: Int?, _ body: Span<UInt8>, limit: Int, as place: TaskFeatures.Place,
        _ features: inout TaskFeatures
    ) {
        guard let text, tape.values[text].kind == .string, limit > 0 else { return }
        let content = tape.values[text].content
        let end = min(content.upperBound, content.lowerBound &+ limit)
        read(body.extracting(content.lowerBound..<end), tape.values[text].isEscaped, as: .other(place), &features)
    }

    private mutating func read(
        _ content: Span<UInt8>, _ isEscaped: Bool, as role: CueReader.Role, _ features: inout TaskFeatures
    ) {
        guard isEscaped else { return cues.read(content, as: role, into: &features) }
        plain.removeAll()
        // Half of a surrogate pair, or what is left of an escape that was cut, is no cue.
        _ = JSONString.decode(content, into: &plain)
        cues.read(Span<UInt8>(_unsafeBytes: plain.bytes), as: role, into: &features)
    }
}
