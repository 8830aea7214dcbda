import Cache
import HTTP

/// What an answer says, in one spelling: without what names it and what it used, and however its stream is cut.
struct AnswerEssence: Equatable {
    private let bytes: [UInt8]

    /// Members that differ between two answers that say the same, at any depth.
    private static let names: [StaticString] = [
        "id", "call_id", "created", "created_at", "completed_at", "usage", "system_fingerprint", "service_tier",
        "logprobs", "sequence_number", "obfuscation", "metadata", "signature", "timings",
    ]

    /// Nil when the answer cannot be told as one value.
    init?(of answer: Span<UInt8>, isStream: Bool, _ dialect: Dialect, _ tape: inout JSONScanner) {
        switch dialect {
        case _ where !isStream: self.init(of: answer, &tape)
        case .chat:
            guard let whole = ReplyForm.completion(of: answer, &tape) else { return nil }
            self.init(of: Span<UInt8>(_unsafeBytes: whole.bytes), &tape)
        case .responses: self.init(ofResponseIn: answer, &tape)
        case .completions, .messages, .embeddings: self.init(ofPiecesIn: answer, &tape)
        }
    }

    private init?(of text: Span<UInt8>, _ tape: inout JSONScanner) {
        do throws(JSONScanner.Failure) { try tape.scan(text) } catch { return nil }
        bytes = Self.spelled(tape, 0, text)
    }

    private static func spelled(_ tape: borrowing JSONScanner, _ value: Int, _ text: Span<UInt8>) -> [UInt8] {
        var canonical = CanonicalJSON()
        canonical.write(tape, root: value, of: text, omittingEverywhere: names)
        return Array(canonical.output.bytes)
    }

    /// The last event of the Responses API that holds the response holds all of it.
    private init?(ofResponseIn answer: Span<UInt8>, _ tape: inout JSONScanner) {
        var last: [UInt8]?
        var events = StoredEvents()
        while let event = events.next(in: answer) {
            guard let data = event.data else { continue }
            let text = answer.extracting(data)
            do throws(JSONScanner.Failure) { try tape.scan(text) } catch { continue }
            if let response = tape.member("response", of: 0, in: text) { last = Self.spelled(tape, response, text) }
        }
        guard let last else { return nil }
        bytes = last
    }

    /// The pieces of completions and of messages, each joined to those before of the same choice or block.
    private init(ofPiecesIn answer: Span<UInt8>, _ tape: inout JSONScanner) {
        var pieces = Pieces()
        var events = StoredEvents()
        while let event = events.next(in: answer) {
            guard let data = event.data else { continue }
            let text = answer.extracting(data)
            do throws(JSONScanner.Failure) { try tape.scan(text) } catch { continue }
            if let choices = tape.member("choices", of: 0, in: text), tape.values[choices].kind == .array {
                tape.forEachElement(of: choices) { choice in
                    pieces.add(membersOf: choice, in: tape.index(of: choice, in: text), tape, text)
                    return true
                }
            }
            for name in ["delta", "content_block"] as [StaticString] {
                guard let part = tape.member(name, of: 0, in: text) else { continue }
                pieces.add(membersOf: part, in: tape.index(of: 0, in: text), tape, text)
            }
        }
        bytes = pieces.joined
    }

    /// Texts that grow, by where they belong and what they are called.
    private struct Pieces {
        private var texts: [String: [UInt8]] = [:]

        /// Adds what the members of an object say; what is no text counts as it is spelled.
        mutating func add(
            membersOf object: Int, in place: Int, _ tape: borrowing JSONScanner, _ text: Span<UInt8>
        ) {
            guard tape.values[object].kind == .object else { return }
            tape.forEachMember(of: object) { key, value in
                let name = tape.values[key].content
                if AnswerEssence.names.contains(where: { tape.equals(name, $0, in: text) }) { return true }
                // Which kind of piece it is says the name beside it.
                if tape.values[value].kind == .null || tape.equals(name, "type", in: text) { return true }
                let said =
                    tape.values[value].kind == .string
                    ? Self.decoded(text.extracting(tape.values[value].content))
                    : AnswerEssence.spelled(tape, value, text)
                texts["\(place) \(text.extracting(name).text)", default: []] += said
                return true
            }
        }

        private static func decoded(_ content: Span<UInt8>) -> [UInt8] {
            var plain = ByteBuffer()
            _ = JSONString.decode(content, into: &plain)
            return Array(plain.bytes)
        }

        var joined: [UInt8] {
            texts.sorted { $0.key < $1.key }.flatMap { Array("\($0.key)\n".utf8) + $0.value + [0x0A] }
        }
    }
}

extension JSONScanner {
    /// The `index` of a choice or an event; 0 where it has none.
    fileprivate func index(of object: Int, in bytes: Span<UInt8>) -> Int {
        member("index", of: object, in: bytes).flatMap { nonNegativeInteger(at: $0, in: bytes) } ?? 0
    }
}
