import HTTP
import Routing

/// What stands at the beginning of a stream, before anything that a client waits for: while nothing else has come, another
/// provider could still answer.
struct StreamPreface {
    enum Finding {
        /// Comments, a role, an announcement.
        case nothingYet
        case content
        case error(ProviderError)
    }

    private let dialect: Dialect
    private var events = EventStream()
    private var position = 0
    /// Whether any event with data has come.
    private(set) var hasBegun = false

    init(_ dialect: Dialect) { self.dialect = dialect }

    /// Looks at what of the stream has come since the last look; it is not consumed.
    mutating func look(at received: borrowing ByteBuffer, _ tape: inout JSONScanner) -> Finding {
        let bytes = Span<UInt8>(_unsafeBytes: received.bytes)
        while let event = events.next(in: bytes.extracting(position..<bytes.count)) {
            let start = position
            position &+= event.range.upperBound
            guard let data = event.data else { continue }
            hasBegun = true
            let text = bytes.extracting(start &+ data.lowerBound..<start &+ data.upperBound)
            do throws(JSONScanner.Failure) { try tape.scan(text) } catch { return .content }
            guard tape.values[0].kind == .object else { return .content }
            if ChatReply.hasError(tape, 0, text) || tape.member("type", of: 0, says: "error", in: text) {
                return .error(ProviderError(in: tape, text))
            }
            if hasFailedChoice(tape, text) { return .error(.other) }
            if !isPrefatory(tape, text) { return .content }
        }
        return .nothingYet
    }

    private func hasFailedChoice(_ tape: borrowing JSONScanner, _ data: Span<UInt8>) -> Bool {
        guard let choices = tape.member("choices", of: 0, in: data), tape.values[choices].kind == .array else {
            return false
        }
        var hasFailed = false
        tape.forEachElement(of: choices) { choice in
            hasFailed = ChatReply.hasFailed(choice, tape, data)
            return !hasFailed
        }
        return hasFailed
    }

    private func isPrefatory(_ tape: borrowing JSONScanner, _ data: Span<UInt8>) -> Bool {
        switch dialect {
        case .responses, .messages:
            return Self.announcements.contains { tape.member("type", of: 0, says: $0, in: data) }
        case .chat, .completions, .embeddings:
            guard let choices = tape.member("choices", of: 0, in: data), tape.values[choices].kind == .array else {
                return false
            }
            var isPrefatory = true
            tape.forEachElement(of: choices) { choice in
                isPrefatory = !Self.hasContent(tape, choice, data)
                return isPrefatory
            }
            // Azure's first chunk has no choice; a last one, with the usage, is no beginning.
            return isPrefatory && tape.member("usage", of: 0, in: data).map { tape.values[$0].kind == .null } ?? true
        }
    }

    private static let announcements: [StaticString] = [
        "response.created", "response.queued", "response.in_progress", "response.output_item.added",
        "response.content_part.added", "message_start", "content_block_start", "ping",
    ]

    /// Whether a choice says more than whose turn it is.
    private static func hasContent(_ tape: borrowing JSONScanner, _ choice: Int, _ data: Span<UInt8>) -> Bool {
        var found = false
        tape.forEachMember(of: choice) { key, value in
            let name = tape.values[key].content
            if tape.equals(name, "index", in: data) || tape.equals(name, "content_filter_results", in: data) {
                return true
            }
            if tape.equals(name, "delta", in: data) {
                tape.forEachMember(of: value) { key, value in
                    found = !tape.equals(tape.values[key].content, "role", in: data) && tape.saysSomething(value)
                    return !found
                }
            } else {
                found = tape.saysSomething(value)
            }
            return !found
        }
        return found
    }
}

extension JSONScanner {
    /// Whether a value is neither null nor an empty string, array or object.
    fileprivate func saysSomething(_ index: Int) -> Bool {
        let value = values[index]
        return switch value.kind {
        case .null: false
        case .string: value.range.count > 2
        case .array, .object: Int(value.next) > index &+ 1
        default: true
        }
    }
}
