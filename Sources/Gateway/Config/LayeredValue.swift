/// A value of the configuration while its layers are put on top of one another, each part with its origin.
struct LayeredValue: Sendable {
    enum Content: Sendable {
        case null
        case bool(Bool)
        case number(String)
        case string(String)
        /// Text of an environment variable or a flag, which is whatever its key expects.
        case plain(String)
        case array([LayeredValue])
        case object([String: LayeredValue])
    }

    var content: Content
    var origin: SettingsOrigin
    /// Where the key stands that has this value, for complaints about the key itself.
    var keyOrigin: SettingsOrigin

    init(_ content: Content, at origin: SettingsOrigin, key: SettingsOrigin? = nil) {
        self.content = content
        self.origin = origin
        keyOrigin = key ?? origin
    }

    /// Takes a parsed text; `origin` turns a place in it into where the value came from.
    init(_ node: JSON5Node, key: FilePosition? = nil, origin: (FilePosition) -> SettingsOrigin) {
        self.origin = origin(node.position)
        keyOrigin = origin(key ?? node.position)
        switch node.value {
        case .null: content = .null
        case .bool(let value): content = .bool(value)
        case .number(let text): content = .number(text)
        case .string(let text): content = .string(text)
        case .array(let elements): content = .array(elements.map { LayeredValue($0, origin: origin) })
        case .object(let members):
            var values: [String: LayeredValue] = [:]
            for member in members {
                values[member.name] = LayeredValue(member.node, key: member.position, origin: origin)
            }
            content = .object(values)
        }
    }

    /// Wraps this value into objects, so that it stands at `path`.
    func nested(at path: some BidirectionalCollection<String>) -> LayeredValue {
        path.reversed().reduce(self) { inner, name in LayeredValue(.object([name: inner]), at: origin) }
    }

    /// Puts `upper` on top: objects are merged key by key, everything else is replaced.
    mutating func overlay(_ upper: LayeredValue) {
        guard case .object(var members) = content, case .object(let others) = upper.content else {
            self = upper
            return
        }
        // Emptied first, so that the dictionary is changed in place.
        content = .null
        for (name, value) in others {
            if members[name] == nil { members[name] = value } else { members[name]?.overlay(value) }
        }
        content = .object(members)
    }

    subscript(_ name: String) -> LayeredValue? {
        guard case .object(let members) = content else { return nil }
        return members[name]
    }

    subscript(_ index: Int) -> LayeredValue? {
        guard case .array(let elements) = content, elements.indices.contains(index) else { return nil }
        return elements[index]
    }

    /// What a message says was found; never a long text, and never for secrets.
    var found: String {
        switch content {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .number(let text): text
        case .string(let text), .plain(let text): "'\(text.prefix(80))'"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
