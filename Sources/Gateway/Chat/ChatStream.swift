import HTTP
import Metrics
import Tokens

/// Follows the events of a stream: what each one is, and what they come to together.
struct ChatStream: ~Copyable {
    /// What one event means to the relay.
    enum Meaning: Equatable {
        /// Passed on like any other.
        case ordinary
        /// The chunk that states the usage and no choice: kept from a client who did not ask for it.
        case usageOnly
        case done
        case error
        /// No JSON object.
        case unread
    }

    let dialect: Dialect
    var reply = ChatReply()
    /// Whether the event that ends every stream has come.
    var isDone = false
    /// Whether any event with data has come.
    private(set) var hasBegun = false
    var content = TokenEstimate()
    /// The choices that have begun, and those that are finished, a bit each.
    private var begun: UInt64 = 0
    private var finished: UInt64 = 0
    /// Whether there are more choices than are followed: then nobody knows when all are finished.
    private var hasMoreChoices = false

    init(_ dialect: Dialect) { self.dialect = dialect }

    /// Tokens of the text generated so far, estimated; for when the usage never comes.
    var contentTokens: Int { content.tokens }

    /// Takes note of one event's data, scanned with `tape`.
    mutating func note(_ data: Span<UInt8>, _ tape: inout JSONScanner) -> Meaning {
        hasBegun = true
        if data.count == 6, data.text == "[DONE]" {
            isDone = true
            return .done
        }
        do throws(JSONScanner.Failure) { try tape.scan(data) } catch { return .unread }
        guard tape.values[0].kind == .object else { return .unread }
        switch dialect {
        case .chat, .completions, .embeddings: return noteChunk(data, tape)
        case .responses: return noteResponseEvent(data, tape)
        case .messages: return noteMessageEvent(data, tape)
        }
    }

    // MARK: Chunks of chat completions and of completions

    private mutating func noteChunk(_ data: Span<UInt8>, _ tape: borrowing JSONScanner) -> Meaning {
        let usage = tape.member("usage", of: 0, in: data).flatMap { UsageReader.read(tape, $0, data, dialect) }
        if let usage {
            reply.usage = usage
            reply.usageIsFinal = true
            reply.readServiceTier(tape, of: 0, data)
        }
        if ChatReply.hasError(tape, 0, data) {
            reply.hasError = true
            return .error
        }
        guard let choices = tape.member("choices", of: 0, in: data), tape.values[choices].kind == .array else {
            return .ordinary
        }
        if Int(tape.values[choices].next) == choices &+ 1 {
            return usage == nil ? .ordinary : .usageOnly
        }
        var choice = choices &+ 1
        var hasFailed = false
        while choice < Int(tape.values[choices].next) {
            noteChoice(tape, choice, data)
            if ChatReply.hasFailed(choice, tape, data) { hasFailed = true }
            choice = Int(tape.values[choice].next)
        }
        reply.isFinished = begun != 0 && begun == finished && !hasMoreChoices
        guard hasFailed else { return .ordinary }
        reply.hasError = true
        return .error
    }

    private mutating func noteChoice(_ tape: borrowing JSONScanner, _ choice: Int, _ data: Span<UInt8>) {
        let index =
            tape.member("index", of: choice, in: data).flatMap { tape.nonNegativeInteger(at: $0, in: data) } ?? 0
        let bit = index < 64 ? UInt64(1) << UInt64(index) : 0
        begun |= bit
        if index >= 64 { hasMoreChoices = true }
        if let delta = tape.member("delta", of: choice, in: data) {
            countDelta(delta, tape, data)
        } else {
            count("text", of: choice, tape, data)
        }
        if let reason = tape.text("finish_reason", of: choice, in: data) {
            if !ChatReply.isInterrupted(reason) { finished |= bit }
            reply.finishReason = reply.finishReason ?? reason
        }
    }

    /// Counts what a delta adds: text, what was thought, and what tools are called with.
    private mutating func countDelta(_ delta: Int, _ tape: borrowing JSONScanner, _ data: Span<UInt8>) {
        count("content", of: delta, tape, data)
        // Some say the same under both names.
        if !count("reasoning_content", of: delta, tape, data) { count("reasoning", of: delta, tape, data) }
        count("refusal", of: delta, tape, data)
        if let function = tape.member("function_call", of: delta, in: data) { countFunction(function, tape, data) }
        guard let calls = tape.member("tool_calls", of: delta, in: data), tape.values[calls].kind == .array else {
            return
        }
        var call = calls &+ 1
        while call < Int(tape.values[calls].next) {
            if let function = tape.member("function", of: call, in: data) { countFunction(function, tape, data) }
            call = Int(tape.values[call].next)
        }
    }

    private mutating func countFunction(_ function: Int, _ tape: borrowing JSONScanner, _ data: Span<UInt8>) {
        count("name", of: function, tape, data)
        count("arguments", of: function, tape, data)
    }

    /// Counts a piece of generated text; false where there is none.
    @discardableResult
    mutating func count(
        _ name: StaticString, of object: Int, _ tape: borrowing JSONScanner, _ data: Span<UInt8>
    ) -> Bool {
        guard let text = tape.member(name, of: object, in: data), tape.values[text].kind == .string else {
            return false
        }
        content.add(data.extracting(tape.values[text].content))
        return true
    }
}
