import Routing

extension ProviderError {
    /// What the error in a scanned answer, or event, says: by its `code`, else by its `type`, else by the words of its
    /// message. Some give the error as a text, or its members beside each other without an `error`.
    init(in tape: borrowing JSONScanner, _ bytes: Span<UInt8>) {
        self = .other
        guard tape.values[0].kind == .object else { return }
        let found = tape.member("error", of: 0, in: bytes)
        if let found, tape.values[found].kind == .string {
            self = ProviderError(message: bytes.extracting(tape.values[found].content))
            return
        }
        let error = found.flatMap { tape.values[$0].kind == .object ? $0 : nil } ?? 0
        for name in ["code", "type"] as [StaticString] {
            guard let text = tape.text(name, of: error, in: bytes) else { continue }
            self = ProviderError(code: text)
            if self != .other { return }
        }
        if let message = tape.member("message", of: error, in: bytes), tape.values[message].kind == .string {
            self = ProviderError(message: bytes.extracting(tape.values[message].content))
        }
    }

    /// By the words of a message, as it is spelled.
    private init(message: Span<UInt8>) {
        self =
            Self.phrases.first { phrase in phrase.words.allSatisfy { message.contains($0) } }?.meaning ?? .other
    }
}
