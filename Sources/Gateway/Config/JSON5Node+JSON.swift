import Metrics

extension JSON5Node {
    /// The value again as JSON, where its numbers are spelled as JSON has them.
    var json: [UInt8] {
        var text = JSONText()
        write(to: &text)
        return text.bytes
    }

    private func write(to text: inout JSONText) {
        switch value {
        case .null: text.raw("null")
        case .bool(let value): text.raw(value ? "true" : "false")
        case .number(let spelling): text.raw(spelling)
        case .string(let value): text.string(value)
        case .array(let elements): text.array { array in for element in elements { element.write(to: &array) } }
        case .object(let members):
            text.object { object in
                for member in members {
                    object.name(member.name)
                    member.node.write(to: &object)
                }
            }
        }
    }
}
