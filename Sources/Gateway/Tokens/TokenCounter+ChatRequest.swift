import HTTP
import Tokens

extension TokenCounter {
    /// The input tokens of a request for `model`: of the texts of its messages, the calls in them and the tool
    /// definitions, and 4 tokens a message for its role and frame. 0 when the body is no JSON object.
    ///
    /// Texts are counted as the model gets them, with their escapes decoded; tool definitions as they are spelled.
    /// Images, sound and files are not counted: their price does not follow from their bytes.
    ///
    /// - Parameter model: nil for whichever model has the encoding that is loaded.
    func ofRequest(_ body: Span<UInt8>, model: String?, _ tape: inout JSONScanner) -> Int {
        do throws(JSONScanner.Failure) { try tape.scan(body) } catch { return 0 }
        var sum = RequestTokens(counter: self, basis: basis(for: model))
        sum.addRequest(body, tape)
        return (sum.hundredths &+ 50) / 100
    }
}

/// The tokens of a request's texts, as they are added up.
private struct RequestTokens: ~Copyable {
    let counter: TokenCounter
    let basis: TokenCounter.Basis
    var hundredths = 0
    /// A text with its escapes decoded.
    private var plain = ByteBuffer()

    init(counter: TokenCounter, basis: TokenCounter.Basis) {
        self.counter = counter
        self.basis = basis
    }

    mutating func addRequest(_ body: Span<UInt8>, _ tape: borrowing JSONScanner) {
        if let messages = tape.member("messages", of: 0, in: body), tape.values[messages].kind == .array {
            var message = messages &+ 1
            while message < Int(tape.values[messages].next) {
                hundredths &+= 400
                addMessage(message, body, tape)
                message = Int(tape.values[message].next)
            }
        }
        // What the other dialects call their texts.
        for name in ["system", "instructions", "input", "prompt"] as [StaticString] {
            if let member = tape.member(name, of: 0, in: body) { addTexts(within: member, body, tape) }
        }
        if let tools = tape.member("tools", of: 0, in: body) {
            hundredths &+= counter.hundredths(body.extracting(tape.values[tools].range), by: basis)
        }
    }

    private mutating func addMessage(_ message: Int, _ body: Span<UInt8>, _ tape: borrowing JSONScanner) {
        if let content = tape.member("content", of: message, in: body) {
            addText(content, body, tape)
            if tape.values[content].kind == .array {
                var part = content &+ 1
                while part < Int(tape.values[content].next) {
                    if let text = tape.member("text", of: part, in: body) { addText(text, body, tape) }
                    part = Int(tape.values[part].next)
                }
            }
        }
        guard let calls = tape.member("tool_calls", of: message, in: body), tape.values[calls].kind == .array else {
            return
        }
        var call = calls &+ 1
        while call < Int(tape.values[calls].next) {
            if let function = tape.member("function", of: call, in: body) {
                for name in ["name", "arguments"] as [StaticString] {
                    if let text = tape.member(name, of: function, in: body) { addText(text, body, tape) }
                }
            }
            call = Int(tape.values[call].next)
        }
    }

    /// Adds a string, or all strings that stand as elements or as `text` and `content` in a value.
    private mutating func addTexts(within index: Int, _ body: Span<UInt8>, _ tape: borrowing JSONScanner) {
        addText(index, body, tape)
        switch tape.values[index].kind {
        case .array:
            var element = index &+ 1
            while element < Int(tape.values[index].next) {
                addTexts(within: element, body, tape)
                element = Int(tape.values[element].next)
            }
        case .object:
            for name in ["text", "content"] as [StaticString] {
                if let member = tape.member(name, of: index, in: body) { addTexts(within: member, body, tape) }
            }
        default: break
        }
    }

    /// Adds a string; any other value has no tokens.
    private mutating func addText(_ index: Int, _ body: Span<UInt8>, _ tape: borrowing JSONScanner) {
        let value = tape.values[index]
        guard value.kind == .string else { return }
        let content = body.extracting(value.content)
        guard value.isEscaped else {
            hundredths &+= counter.hundredths(content, by: basis)
            return
        }
        plain.removeAll()
        _ = JSONString.decode(content, into: &plain)
        hundredths &+= counter.hundredths(Span(_bytes: plain.span), by: basis)
    }
}
