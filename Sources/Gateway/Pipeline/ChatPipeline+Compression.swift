import Compression
import HTTP
import Metrics

extension ChatPipeline {
    /// Finds the edits that compress a call's prompt, and notes what they save; nothing for a request of which it is not
    /// plain what it means, or that is too short for it.
    func compress(_ request: ChatRequest, _ call: Call, into splice: inout JSONSplice) {
        guard call.treatment.changesBytes,
            let options = context.settings.compression.options(for: request, call.treatment)
        else {
            return
        }
        call.entry.compressionLevel = options.level.rawValue
        guard let tokens = compress(request, options, call, into: &splice) else { return }
        call.entry.tokensBeforeCompression = tokens.before
        call.entry.tokensAfterCompression = tokens.after
        call.entry.compressionSavings = tokens.savings
        call.unsent = compression.unsent
    }

    /// Finds the edits that compress a call's prompt.
    ///
    /// - Returns: The prompt's tokens before and after them, estimated, and what saved them; nil where it stays as it is.
    func compress(
        _ request: ChatRequest, _ options: CompressionOptions, _ call: Call, into splice: inout JSONSplice
    ) -> (before: Int, after: Int, savings: [LedgerEntry.CompressionSaving])? {
        call.connection.withBody { body in
            let bytes = Span<UInt8>(_unsafeBytes: body)
            // Answers have been scanned since, where this is not the first attempt.
            do throws(JSONScanner.Failure) { try tape.scan(bytes) } catch { return nil }
            if namesMemberTwice(bytes, call) { return nil }
            let savings = compression.compress(
                bytes, tape, options, minTokens: context.settings.compression.minTokens, into: &splice)
            let saved = compression.unsent.tokens
            guard saved > 0 else { return nil }
            let before = context.tokens.ofRequest(bytes, model: request.model, &tape)
            return (
                before, max(before &- saved, 0),
                savings.entries.filter { $0.saving.hundredths != 0 }.map { entry in
                    .init(kind: entry.kind.name, transform: entry.transform.name, hundredths: entry.saving.hundredths)
                }
            )
        }
    }

    /// Whether an object of the request names a member twice: what it means is then anyone's guess.
    private func namesMemberTwice(_ body: Span<UInt8>, _ call: Call) -> Bool {
        if let known = call.namesMemberTwice { return known }
        canonical.write(tape, of: body)
        call.namesMemberTwice = canonical.hasDuplicateKeys
        return canonical.hasDuplicateKeys
    }
}

extension CompressionSettings {
    /// How a request's prompt is compressed; nil where it is not.
    func options(for request: ChatRequest, _ treatment: Treatment) -> CompressionOptions? {
        guard request.dialect == .chat, let level = CompressionOptions.Level(treatment.compression) else { return nil }
        return CompressionOptions(level: level, usesReferences: references, dropsComments: comments)
    }
}

extension CompressionOptions.Level {
    fileprivate init?(_ level: CompressionSettings.Level) {
        switch level {
        case .off: return nil
        case .safe: self = .safe
        case .aggressive: self = .aggressive
        }
    }
}

extension CompressionOptions? {
    /// What a cache key says of it: every option that changes what a provider is sent.
    var keyPart: StaticString {
        guard let self else { return "compression:off" }
        return switch (self.level, self.usesReferences, self.dropsComments) {
        case (.safe, false, false): "compression:safe"
        case (.safe, true, false): "compression:safe+references"
        case (.safe, false, true): "compression:safe+comments"
        case (.safe, true, true): "compression:safe+references+comments"
        case (.aggressive, false, false): "compression:aggressive"
        case (.aggressive, true, false): "compression:aggressive+references"
        case (.aggressive, false, true): "compression:aggressive+comments"
        case (.aggressive, true, true): "compression:aggressive+references+comments"
        }
    }
}
