import HTTP
import Metrics

/// What the gateway reads of an answer: of a whole one, or gathered from the events of a stream.
struct ChatReply {
    var usage: Usage?
    /// Whether that usage is of the whole answer: Anthropic's streams state one at their beginning too.
    var usageIsFinal = false
    /// What the provider says it bills the call as.
    var serviceTier: String?
    var finishReason: String?
    /// Whether the answer says of itself that it is whole.
    var isFinished = false
    /// Whether the upstream reported an error within the answer.
    var hasError = false

    init() {}

    /// Reads a whole answer that `tape` has just scanned.
    init(whole dialect: Dialect, _ tape: borrowing JSONScanner, _ bytes: Span<UInt8>) {
        guard tape.values[0].kind == .object else { return }
        if let usage = tape.member("usage", of: 0, in: bytes) {
            self.usage = UsageReader.read(tape, usage, bytes, dialect)
            usageIsFinal = self.usage != nil
            readServiceTier(tape, of: dialect == .messages ? usage : 0, bytes)
        }
        hasError = Self.hasError(tape, 0, bytes)
        switch dialect {
        case .chat, .completions: readChoices(tape, bytes)
        case .responses: readResponse(tape, 0, bytes)
        case .embeddings: isFinished = Self.hasElements("data", tape, bytes)
        case .messages:
            finishReason = tape.text("stop_reason", of: 0, in: bytes)
            isFinished = finishReason != nil
        }
    }

    private mutating func readChoices(_ tape: borrowing JSONScanner, _ bytes: Span<UInt8>) {
        guard let list = tape.member("choices", of: 0, in: bytes), tape.values[list].kind == .array else { return }
        var choices = 0
        var finished = 0
        tape.forEachElement(of: list) { choice in
            choices &+= 1
            if Self.hasFailed(choice, tape, bytes) { hasError = true }
            if let reason = tape.text("finish_reason", of: choice, in: bytes) {
                if !Self.isInterrupted(reason) { finished &+= 1 }
                finishReason = finishReason ?? reason
            }
            return true
        }
        isFinished = choices > 0 && finished == choices
    }

    /// Reads the object that the Responses API answers with, whole or within an event.
    mutating func readResponse(_ tape: borrowing JSONScanner, _ response: Int, _ bytes: Span<UInt8>) {
        finishReason = tape.text("status", of: response, in: bytes)
        isFinished = finishReason == "completed"
        if Self.hasError(tape, response, bytes) { hasError = true }
        if let usage = tape.member("usage", of: response, in: bytes),
            let read = UsageReader.read(tape, usage, bytes, .responses)
        {
            self.usage = read
            usageIsFinal = true
            readServiceTier(tape, of: response, bytes)
        }
    }

    /// Longer ones are none that anybody has a price for.
    private static let tierLimit = 32

    /// Reads what the call is billed as, where `object` says it.
    mutating func readServiceTier(_ tape: borrowing JSONScanner, of object: Int, _ bytes: Span<UInt8>) {
        guard tape.values[object].kind == .object, let tier = tape.text("service_tier", of: object, in: bytes),
            tier.utf8.count <= Self.tierLimit
        else { return }
        serviceTier = tier
    }

    private static func hasElements(
        _ name: StaticString, _ tape: borrowing JSONScanner, _ bytes: Span<UInt8>
    ) -> Bool {
        guard let list = tape.member(name, of: 0, in: bytes), tape.values[list].kind == .array else { return false }
        return Int(tape.values[list].next) > list &+ 1
    }

    /// Whether a choice says that it failed, as OpenRouter tells of an error at the provider it had asked.
    static func hasFailed(_ choice: Int, _ tape: borrowing JSONScanner, _ bytes: Span<UInt8>) -> Bool {
        hasError(tape, choice, bytes) || tape.member("finish_reason", of: choice, says: "error", in: bytes)
    }

    /// Whether a finish reason means that the answer was cut off by the provider's own need, as DeepSeek says.
    static func isInterrupted(_ finishReason: String) -> Bool { finishReason == "insufficient_system_resource" }

    static func hasError(_ tape: borrowing JSONScanner, _ object: Int, _ bytes: Span<UInt8>) -> Bool {
        guard let error = tape.member("error", of: object, in: bytes) else { return false }
        return tape.values[error].kind != .null
    }
}

extension JSONScanner {
    /// What a member that is a string says, as it is spelled; nil where there is none.
    func text(_ name: StaticString, of object: Int, in bytes: Span<UInt8>) -> String? {
        guard let member = member(name, of: object, in: bytes), values[member].kind == .string else { return nil }
        return bytes.extracting(values[member].content).text
    }

    /// Whether a member is the string `text`.
    func member(_ name: StaticString, of object: Int, says text: StaticString, in bytes: Span<UInt8>) -> Bool {
        guard let member = member(name, of: object, in: bytes), values[member].kind == .string else { return false }
        return equals(values[member].content, text, in: bytes)
    }
}
