import HTTP
import Metrics
import Tokens

/// What the gateway reads of an answer: of a whole one, or gathered from the chunks of a stream.
struct ChatReply {
    var usage: Usage?
    var finishReason: String?
    /// Whether every choice that began has stated why it ended.
    var isFinished = false
    /// Whether the upstream reported an error within the answer.
    var hasError = false

    init() {}

    /// Reads a whole completion that `tape` has just scanned.
    init(completion tape: borrowing JSONScanner, _ bytes: Span<UInt8>) {
        guard tape.values[0].kind == .object else { return }
        if let usage = tape.member("usage", of: 0, in: bytes) { self.usage = UsageReader.read(tape, usage, bytes) }
        hasError = Self.hasError(tape, bytes)
        var choices = 0
        var finished = 0
        if let list = tape.member("choices", of: 0, in: bytes), tape.values[list].kind == .array {
            tape.forEachElement(of: list) { choice in
                choices &+= 1
                if let reason = Self.finishReason(tape, choice, bytes) {
                    finished &+= 1
                    finishReason = finishReason ?? reason
                }
                return true
            }
        }
        isFinished = choices > 0 && finished == choices
    }

    fileprivate static func hasError(_ tape: borrowing JSONScanner, _ bytes: Span<UInt8>) -> Bool {
        guard let error = tape.member("error", of: 0, in: bytes) else { return false }
        return tape.values[error].kind != .null
    }

    fileprivate static func finishReason(_ tape: borrowing JSONScanner, _ choice: Int, _ bytes: Span<UInt8>) -> String?
    {
        guard let reason = tape.member("finish_reason", of: choice, in: bytes),
            tape.values[reason].kind == .string
        else { return nil }
        return bytes.extracting(tape.values[reason].content).text
    }
}

/// Follows a stream of chat completion chunks: what each event is, and what they come to together.
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

    private(set) var reply = ChatReply()
    /// Whether `[DONE]` has come.
    private(set) var isDone = false
    /// Whether any event with data has come.
    private(set) var hasBegun = false
    private var content = TokenEstimate()
    private var begun: UInt64 = 0
    private var finished: UInt64 = 0

    init() {}

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
        let usage = tape.member("usage", of: 0, in: data).flatMap { UsageReader.read(tape, $0, data) }
        if let usage { reply.usage = usage }
        if ChatReply.hasError(tape, data) {
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
        while choice < Int(tape.values[choices].next) {
            noteChoice(tape, choice, data)
            choice = Int(tape.values[choice].next)
        }
        reply.isFinished = begun != 0 && begun == finished
        return .ordinary
    }

    private mutating func noteChoice(_ tape: borrowing JSONScanner, _ choice: Int, _ data: Span<UInt8>) {
        let index =
            tape.member("index", of: choice, in: data).flatMap { tape.nonNegativeInteger(at: $0, in: data) } ?? 0
        let bit = UInt64(1) << UInt64(min(index, 63))
        begun |= bit
        if let delta = tape.member("delta", of: choice, in: data),
            let content = tape.member("content", of: delta, in: data), tape.values[content].kind == .string
        {
            self.content.add(data.extracting(tape.values[content].content))
        }
        if let reason = ChatReply.finishReason(tape, choice, data) {
            finished |= bit
            reply.finishReason = reply.finishReason ?? reason
        }
    }
}
