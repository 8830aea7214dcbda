import HTTP

extension JSONScanner {
    /// Texts of more spelled bytes are no keys.
    private static let keyLimit = 1024

    /// Appends what a text or a number says that some names lead to, one object after the other: a text's own bytes,
    /// however they are spelled, or the spelling of a number. Nothing where there is neither, or it is over 1024 bytes.
    func append(_ names: [[UInt8]], in bytes: Span<UInt8>, to output: inout [UInt8]) {
        var place = 0
        for name in names {
            guard let member = member(name, of: place, in: bytes) else { return }
            place = member
        }
        let value = values[place]
        guard value.range.count <= Self.keyLimit else { return }
        switch value.kind {
        case .string: append(value, in: bytes, to: &output)
        case .number: for offset in value.range { output.append(bytes[offset]) }
        default: break
        }
    }

    /// The value of the last member called `name`, nil when there is none.
    private func member(_ name: [UInt8], of object: Int, in bytes: Span<UInt8>) -> Int? {
        guard values[object].kind == .object else { return nil }
        var found: Int?
        var index = object &+ 1
        while index < Int(values[object].next) {
            if means(values[index], name, in: bytes) { found = index &+ 1 }
            index = Int(values[index &+ 1].next)
        }
        return found
    }

    private func means(_ string: Value, _ text: [UInt8], in bytes: Span<UInt8>) -> Bool {
        guard string.isEscaped else {
            guard string.content.count == text.count else { return false }
            for (offset, byte) in text.enumerated() where bytes[string.content.lowerBound &+ offset] != byte {
                return false
            }
            return true
        }
        // A byte is spelled with six at most.
        guard string.content.count <= text.count &* 6 else { return false }
        var plain: [UInt8] = []
        append(string, in: bytes, to: &plain)
        return plain == text
    }

    private func append(_ string: Value, in bytes: Span<UInt8>, to output: inout [UInt8]) {
        guard string.isEscaped else {
            for offset in string.content { output.append(bytes[offset]) }
            return
        }
        var plain = ByteBuffer(capacity: string.content.count &+ 8)
        _ = JSONString.decode(bytes.extracting(string.content), into: &plain)
        output += plain.bytes
    }
}
