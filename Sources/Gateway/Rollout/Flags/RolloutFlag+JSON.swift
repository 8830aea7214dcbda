import Metrics

extension RolloutFlag.Value {
    /// Takes over what a JSON object says of it; what the object leaves out stays as it is.
    ///
    /// - Throws: everything that is wrong with the object, told as of a configuration.
    mutating func change(by json: [UInt8]) throws(SettingsErrors) {
        var changed = self
        try Self.read(json) { keys in
            changed.read(keys)
            keys.finish()
        }
        self = changed
    }

    /// A value as it was stored; nil where the bytes are none of ours. A later version's members are passed over.
    init?(stored json: [UInt8]) {
        var value = Self(isEnabled: false)
        do throws(SettingsErrors) { try Self.read(json) { value.read($0) } } catch { return nil }
        self = value
    }

    private mutating func read(_ keys: SettingsSection) {
        keys.bool("enabled", &isEnabled)
        keys.number("percent", &percent, in: 0...100)
        keys.callerKeys("key", &key)
        keys.string("salt", &salt)
    }

    private static func read(_ json: [UInt8], _ body: (SettingsSection) -> Void) throws(SettingsErrors) {
        let reader = SettingsReader(environment: [:])
        let outcome = JSON5Parser.parse(json)
        for problem in outcome.problems { reader.fail("", at: .standard, .syntax(problem.description)) }
        if let root = outcome.root {
            body(SettingsSection(LayeredValue(root) { _ in .standard }, path: "", pattern: "", reader: reader))
        }
        guard reader.errors.isEmpty else { throw SettingsErrors(errors: reader.errors, warnings: []) }
    }

    /// As one JSON object.
    var text: String {
        var text = JSONText()
        text.object { writeMembers(to: &$0) }
        return text.text
    }

    /// Writes its members into an object that has been begun.
    func writeMembers(to object: inout JSONText) {
        object.member("enabled", isEnabled)
        object.name("percent")
        object.raw(percent.shortText)
        object.name("key")
        if let key {
            object.array { array in for source in key { array.string(source.name) } }
        } else {
            object.raw("null")
        }
        object.member("salt", salt)
    }
}

extension JSONText {
    /// Writes a flag's value as an object.
    mutating func member(_ name: String, _ value: RolloutFlag.Value) {
        self.name(name)
        object { value.writeMembers(to: &$0) }
    }
}
