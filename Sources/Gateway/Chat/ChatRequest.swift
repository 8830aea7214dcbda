import HTTP

/// What the gateway reads of a request, in whatever dialect; where things stand is kept as ranges into the body's bytes.
struct ChatRequest: Sendable {
    let dialect: Dialect
    /// The model asked for; empty where the provider is to know it from elsewhere, as from a stored prompt.
    let model: String
    /// Where the model's value stands, quotes included.
    let modelRange: Range<Int>
    let isStream: Bool
    /// Whether the caller asked for the usage of a stream.
    let asksUsage: Bool
    /// Whether the caller's sampling is fixed: a temperature of 0 was given, or nothing is sampled.
    let isDeterministic: Bool
    /// Whether the provider keeps something of the call, or continues from something that it kept: whoever asks again
    /// means another call.
    let isStateful: Bool
    /// What has to change so that a stream states its usage; nil when the caller asked already.
    let usageEdit: UsageEdit?

    /// An edit of the body that asks for a stream's usage.
    struct UsageEdit: Sendable {
        let range: Range<Int>
        let text: StaticString
    }

    /// Why a body is no request that the gateway can send on.
    enum Problem: Error, Equatable {
        case notJSON(offset: Int, reason: String)
        case notAnObject
        case noModel
        case modelTooLong
    }

    /// Bytes of a model's name accepted: it stands in a header, in the ledger and in metrics.
    static let modelLimit = 256

    /// Reads the request that `tape` has just scanned from `bytes`.
    init(_ dialect: Dialect, _ tape: borrowing JSONScanner, _ bytes: Span<UInt8>) throws(Problem) {
        guard tape.values[0].kind == .object else { throw .notAnObject }
        self.dialect = dialect
        if let model = tape.member("model", of: 0, in: bytes), tape.values[model].kind == .string {
            guard tape.values[model].content.count <= Self.modelLimit else { throw .modelTooLong }
            self.model = Self.text(of: tape.values[model], in: bytes)
            modelRange = tape.values[model].range
        } else {
            guard dialect == .responses else { throw .noModel }
            model = ""
            modelRange = 0..<0
        }
        isStream = tape.member("stream", of: 0, in: bytes).map { tape.values[$0].kind == .true } ?? false
        isStateful = Self.isStateful(dialect, tape, bytes)
        isDeterministic =
            dialect.isDeterministic
            || tape.member("temperature", of: 0, in: bytes).map { temperature in
                let value = tape.values[temperature]
                guard value.kind == .number else { return false }
                for offset in value.range where bytes[offset] != 0x30 && bytes[offset] != 0x2E { return false }
                return true
            } ?? false

        let options = tape.member("stream_options", of: 0, in: bytes)
        let asked = options.flatMap { tape.member("include_usage", of: $0, in: bytes) }
        asksUsage = asked.map { tape.values[$0].kind == .true } ?? false
        usageEdit =
            dialect.asksForUsage && isStream && !asksUsage
            ? Self.usageEdit(tape, options: options, asked: asked) : nil
    }

    private static func isStateful(_ dialect: Dialect, _ tape: borrowing JSONScanner, _ bytes: Span<UInt8>) -> Bool {
        func kind(_ name: StaticString) -> JSONScanner.Kind? {
            tape.member(name, of: 0, in: bytes).map { tape.values[$0].kind }
        }
        switch dialect {
        case .chat: return kind("store") == .true
        case .responses:
            // Stored unless it says otherwise.
            if kind("store") != .false || kind("background") == .true { return true }
            return [kind("previous_response_id"), kind("conversation")].contains { $0 != nil && $0 != .null }
        case .completions, .embeddings, .messages: return false
        }
    }

    /// What a string means, where it is spelled with escapes; control characters, which no name has, stay escaped.
    private static func text(of value: JSONScanner.Value, in bytes: Span<UInt8>) -> String {
        guard value.isEscaped else { return bytes.extracting(value.content).text }
        var plain = ByteBuffer(capacity: Self.modelLimit)
        JSONString.normalize(bytes.extracting(value.range), into: &plain)
        return Span<UInt8>(_bytes: plain.span).extracting(1..<plain.count &- 1).text
    }

    private static func usageEdit(_ tape: borrowing JSONScanner, options: Int?, asked: Int?) -> UsageEdit? {
        guard let options else {
            // After the opening brace: an object with a model has members, so a comma follows.
            let start = tape.values[0].range.lowerBound &+ 1
            return UsageEdit(range: start..<start, text: #""stream_options":{"include_usage":true},"#)
        }
        if let asked { return UsageEdit(range: tape.values[asked].range, text: "true") }
        let value = tape.values[options]
        switch value.kind {
        case .null: return UsageEdit(range: value.range, text: #"{"include_usage":true}"#)
        case .object:
            let start = value.range.lowerBound &+ 1
            let isEmpty = Int(value.next) == options &+ 1
            return UsageEdit(
                range: start..<start, text: isEmpty ? #""include_usage":true"# : #""include_usage":true,"#)
        default: return nil  // The upstream will say what is wrong with it.
        }
    }
}

extension Span where Element == UInt8 {
    /// The bytes as text; what is not UTF-8 is replaced.
    var text: String {
        var result = ""
        result.reserveCapacity(count)
        return unsafe withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }
}
