import Compression
import HTTP
import Tokens

/// Makes the prompts of chat requests shorter, by edits of their bytes: what no edit touches stays as it was spelled.
///
/// It finds the texts of the messages and what of them must never change, decodes them, has them compressed, and spells
/// those that changed. A loop keeps one, as scratch: nothing of a request is left in it for the next.
struct PromptCompression: ~Copyable {
    private var compressor = PromptCompressor()
    /// The scanner of arguments, which are JSON within a string.
    private var argumentTape = JSONScanner()
    private var arguments = ByteBuffer()
    private var plain = ByteBuffer()
    private var spelled = ByteBuffer()
    /// Where the strings of the message at hand stand in the body, quotes included.
    private var strings: [Range<Int>] = []
    /// What the last request is sent without.
    private(set) var unsent = UnsentTokens()

    init() {}

    /// Finds the edits that compress a chat request.
    ///
    /// - Parameters:
    ///   - body: The request, in which no object names a member twice.
    ///   - tape: What a scan of it found.
    ///   - minTokens: Estimated tokens of all texts below which nothing is done.
    ///   - splice: Takes the edits.
    ///   - inspect: Is shown each text; nil on the way of a request.
    /// - Returns: What was saved.
    mutating func compress(
        _ body: Span<UInt8>, _ tape: borrowing JSONScanner, _ options: CompressionOptions, minTokens: Int,
        into splice: inout JSONSplice, inspect: ((CompressedText) -> Void)? = nil
    ) -> SavingsByKind {
        var savings = SavingsByKind()
        unsent = UnsentTokens(bytes: body.count)
        guard let messages = tape.member("messages", of: 0, in: body), tape.values[messages].kind == .array,
            hasTokens(minTokens, messages, body, tape)
        else { return savings }
        compressor.begin(options)
        let mayBePinned = body.contains("cache_control")
        var message = messages &+ 1
        var number = 0
        // What stands beside the messages, tools above all, comes before them in what a model reads.
        let around = body.count &- tape.values[messages].range.upperBound
        while message < Int(tape.values[messages].next) {
            number &+= 1
            let text = tape.values[message]
            let isPinned = mayBePinned && body.extracting(text.range).contains("cache_control")
            add(message, isPinned: isPinned, body, tape)
            var takenBytes = 0
            var takenHundredths = 0
            for index in compressor.results.indices {
                let result = compressor.results[index]
                if let inspect { inspect(describe(index, of: number, message, body, tape)) }
                if let kind = result.kind { savings.add(result.savings, in: kind) }
                guard let replacement = result.replacement else { continue }
                let output = compressor.output
                spelled.removeAll()
                spelled.append(0x22 as UInt8)
                JSONString.encode(output.span.extracting(replacement), into: &spelled)
                spelled.append(0x22 as UInt8)
                splice.replace(strings[index], with: spelled.span)
                takenBytes &+= strings[index].count &- spelled.count
                takenHundredths &+= result.savings.hundredths
            }
            let place = text.range.lowerBound &+ around..<text.range.upperBound &+ around
            unsent.add(message: place, bytes: takenBytes, hundredths: takenHundredths)
            message = Int(text.next)
        }
        return savings
    }

    /// What became of a text of the message at hand.
    private mutating func describe(
        _ index: Int, of number: Int, _ message: Int, _ body: Span<UInt8>, _ tape: borrowing JSONScanner
    ) -> CompressedText {
        let string = strings[index]
        Self.decode(body.extracting(string.lowerBound &+ 1..<string.upperBound &- 1), into: &plain)
        let before = Array(plain.bytes)
        let result = compressor.results[index]
        return CompressedText(
            message: number, role: tape.text("role", of: message, in: body) ?? "", kind: result.kind, before: before,
            after: result.replacement.map { Array(compressor.output[$0]) } ?? before, savings: result.savings)
    }

    /// Hands a message to the compressor.
    private mutating func add(_ message: Int, isPinned: Bool, _ body: Span<UInt8>, _ tape: borrowing JSONScanner) {
        strings.removeAll(keepingCapacity: true)
        let content = tape.member("content", of: message, in: body)
        if let content { findStrings(content, body, tape) }
        var isPinned = isPinned
        for string in strings where !isText(string, body) { isPinned = true }
        compressor.beginMessage(role(of: message, body, tape), isPinned: isPinned)
        noteArguments(of: message, body, tape)
        for string in strings {
            let content = body.extracting(string.lowerBound &+ 1..<string.upperBound &- 1)
            guard content.contains("\\") else {
                compressor.add(content)
                continue
            }
            Self.decode(content, into: &plain)
            Self.add(plain, to: &compressor)
        }
        compressor.endMessage()
    }

    /// Whether a string means text: it has no surrogate without its other half.
    private mutating func isText(_ string: Range<Int>, _ body: Span<UInt8>) -> Bool {
        let content = body.extracting(string.lowerBound &+ 1..<string.upperBound &- 1)
        guard content.contains("\\ud") || content.contains("\\uD") else { return true }
        plain.removeAll(keep: 1 << 21)
        return JSONString.decode(content, into: &plain)
    }

    /// The strings of a message's content: itself, or the texts of its parts.
    private mutating func findStrings(_ content: Int, _ body: Span<UInt8>, _ tape: borrowing JSONScanner) {
        switch tape.values[content].kind {
        case .string: strings.append(tape.values[content].range)
        case .array:
            var part = content &+ 1
            while part < Int(tape.values[content].next) {
                if tape.member("type", of: part, says: "text", in: body),
                    let text = tape.member("text", of: part, in: body), tape.values[text].kind == .string
                {
                    strings.append(tape.values[text].range)
                }
                part = Int(tape.values[part].next)
            }
        default: break
        }
    }

    private func role(of message: Int, _ body: Span<UInt8>, _ tape: borrowing JSONScanner) -> PromptCompressor.Role {
        guard let role = tape.member("role", of: message, in: body), tape.values[role].kind == .string else {
            return .system
        }
        let name = tape.values[role].content
        if tape.equals(name, "user", in: body) { return .user }
        if tape.equals(name, "tool", in: body) || tape.equals(name, "function", in: body) { return .tool }
        if tape.equals(name, "assistant", in: body) { return .assistant }
        // System, developer, and whoever else may come: what they say is not ours to change.
        return .system
    }

    /// Tells the compressor what stands in the arguments of a message's tool calls, which models repeat.
    private mutating func noteArguments(of message: Int, _ body: Span<UInt8>, _ tape: borrowing JSONScanner) {
        guard let calls = tape.member("tool_calls", of: message, in: body), tape.values[calls].kind == .array else {
            return
        }
        var call = calls &+ 1
        while call < Int(tape.values[calls].next) {
            if let function = tape.member("function", of: call, in: body),
                let text = tape.member("arguments", of: function, in: body), tape.values[text].kind == .string
            {
                noteArguments(body.extracting(tape.values[text].content))
            }
            call = Int(tape.values[call].next)
        }
    }

    private mutating func noteArguments(_ content: Span<UInt8>) {
        Self.decode(content, into: &arguments)
        Self.noteArguments(arguments, &argumentTape, &plain, &compressor)
    }

    private static func noteArguments(
        _ text: borrowing ByteBuffer, _ tape: inout JSONScanner, _ plain: inout ByteBuffer,
        _ compressor: inout PromptCompressor
    ) {
        let text = Span<UInt8>(_bytes: text.span)
        do throws(JSONScanner.Failure) { try tape.scan(text) } catch { return }
        guard tape.values[0].kind == .object else { return }
        var member = 1
        while member < Int(tape.values[0].next) {
            let value = tape.values[member &+ 1]
            if value.kind == .string, value.isEscaped {
                decode(text.extracting(value.content), into: &plain)
                compressor.noteArgument(Span(_bytes: plain.span))
            }
            member = Int(value.next)
        }
    }

    private static func decode(_ content: Span<UInt8>, into plain: inout ByteBuffer) {
        plain.removeAll(keep: 1 << 21)
        _ = JSONString.decode(content, into: &plain)
    }

    private static func add(_ text: borrowing ByteBuffer, to compressor: inout PromptCompressor) {
        compressor.add(Span(_bytes: text.span))
    }

    /// Whether the texts of all messages have `limit` estimated tokens; counts no further than that.
    private mutating func hasTokens(
        _ limit: Int, _ messages: Int, _ body: Span<UInt8>, _ tape: borrowing JSONScanner
    ) -> Bool {
        var hundredths = 0
        var message = messages &+ 1
        while message < Int(tape.values[messages].next), hundredths < limit &* 100 {
            strings.removeAll(keepingCapacity: true)
            if let content = tape.member("content", of: message, in: body) { findStrings(content, body, tape) }
            for string in strings {
                let content = body.extracting(string.lowerBound &+ 1..<string.upperBound &- 1)
                // A token is 16 bytes at most on the average of any text.
                let part = content.extracting(0..<min(content.count, limit &* 16))
                var estimate = TokenEstimate()
                Self.decode(part, into: &plain)
                estimate.add(Span(_bytes: plain.span))
                hundredths &+= estimate.hundredths
            }
            message = Int(tape.values[message].next)
        }
        return hundredths >= limit &* 100
    }
}
