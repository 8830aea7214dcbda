import Tokens

extension TokenEstimate {
    /// Estimates the input tokens of a chat request: the texts of its messages, the calls in them and the tool
    /// definitions, and 4 tokens a message for its role and frame. 0 when the body is no JSON object.
    ///
    /// Texts are estimated as the model gets them, with their escapes decoded on the way; tool definitions as they
    /// are spelled. Images, sound and files are not counted: their price does not follow from their bytes.
    static func ofRequest(_ body: Span<UInt8>, _ tape: inout JSONScanner) -> Int {
        do throws(JSONScanner.Failure) { try tape.scan(body) } catch { return 0 }
        var hundredths = 0
        if let messages = tape.member("messages", of: 0, in: body), tape.values[messages].kind == .array {
            var message = messages &+ 1
            while message < Int(tape.values[messages].next) {
                hundredths &+= 400 &+ ofMessage(message, body, tape)
                message = Int(tape.values[message].next)
            }
        }
        // What the other dialects call their texts.
        for name in ["system", "instructions", "input", "prompt"] as [StaticString] {
            guard let member = tape.member(name, of: 0, in: body) else { continue }
            hundredths &+= ofTexts(within: member, body, tape)
        }
        if let tools = tape.member("tools", of: 0, in: body) {
            var estimate = TokenEstimate()
            estimate.add(body.extracting(tape.values[tools].range))
            hundredths &+= estimate.hundredths
        }
        return (hundredths &+ 50) / 100
    }

    private static func ofMessage(_ message: Int, _ body: Span<UInt8>, _ tape: borrowing JSONScanner) -> Int {
        var hundredths = 0
        if let content = tape.member("content", of: message, in: body) {
            hundredths &+= ofText(content, body, tape)
            if tape.values[content].kind == .array {
                var part = content &+ 1
                while part < Int(tape.values[content].next) {
                    if let text = tape.member("text", of: part, in: body) { hundredths &+= ofText(text, body, tape) }
                    part = Int(tape.values[part].next)
                }
            }
        }
        if let calls = tape.member("tool_calls", of: message, in: body), tape.values[calls].kind == .array {
            var call = calls &+ 1
            while call < Int(tape.values[calls].next) {
                if let function = tape.member("function", of: call, in: body) {
                    for name in ["name", "arguments"] as [StaticString] {
                        if let text = tape.member(name, of: function, in: body) {
                            hundredths &+= ofText(text, body, tape)
                        }
                    }
                }
                call = Int(tape.values[call].next)
            }
        }
        return hundredths
    }

    /// Hundredths of a token of a string, or of all strings that stand as elements or as `text` and `content` in it.
    private static func ofTexts(within index: Int, _ body: Span<UInt8>, _ tape: borrowing JSONScanner) -> Int {
        var hundredths = ofText(index, body, tape)
        switch tape.values[index].kind {
        case .array:
            var element = index &+ 1
            while element < Int(tape.values[index].next) {
                hundredths &+= ofTexts(within: element, body, tape)
                element = Int(tape.values[element].next)
            }
        case .object:
            for name in ["text", "content"] as [StaticString] {
                if let member = tape.member(name, of: index, in: body) {
                    hundredths &+= ofTexts(within: member, body, tape)
                }
            }
        default: break
        }
        return hundredths
    }

    /// Hundredths of a token of a string; 0 of any other value.
    private static func ofText(_ index: Int, _ body: Span<UInt8>, _ tape: borrowing JSONScanner) -> Int {
        let value = tape.values[index]
        guard value.kind == .string else { return 0 }
        var estimate = TokenEstimate()
        if value.isEscaped {
            estimate.add(escaped: body.extracting(value.content))
        } else {
            estimate.add(body.extracting(value.content))
        }
        return estimate.hundredths
    }

    /// Adds what the contents of a JSON string mean; a surrogate without its other half is left out.
    mutating func add(escaped content: Span<UInt8>) {
        var position = 0
        var high: UInt32 = 0
        while position < content.count {
            let byte = content[position]
            let unpaired = high
            high = 0
            guard byte == 0x5C, position &+ 1 < content.count else {
                add(byte)
                position &+= 1
                continue
            }
            let letter = content[position &+ 1]
            position &+= 2
            switch letter {
            case 0x62: add(0x08)
            case 0x66: add(0x0C)
            case 0x6E: add(0x0A)
            case 0x72: add(0x0D)
            case 0x74: add(0x09)
            case 0x75:
                let unit = Self.codeUnit(content, position)
                position &+= 4
                switch unit {
                case 0xD800..<0xDC00: high = unit
                case 0xDC00..<0xE000:
                    if unpaired > 0 { add(scalar: 0x10000 &+ (unpaired &- 0xD800) << 10 &+ (unit &- 0xDC00)) }
                default: add(scalar: unit)
                }
                continue
            default: add(letter)
            }
        }
    }

    private static func codeUnit(_ content: Span<UInt8>, _ start: Int) -> UInt32 {
        var unit: UInt32 = 0
        for position in start..<min(start &+ 4, max(start, content.count)) {
            let byte = content[position]
            unit = unit << 4 | UInt32((byte <= 0x39 ? byte &- 0x30 : (byte | 0x20) &- 0x57) & 15)
        }
        return unit
    }

    private mutating func add(scalar: UInt32) {
        guard let scalar = Unicode.Scalar(scalar) else { return }
        for byte in scalar.utf8 { add(byte) }
    }
}
