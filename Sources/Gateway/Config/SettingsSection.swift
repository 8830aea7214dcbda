/// One object of the configuration while it is read.
///
/// A value of the wrong kind is noted and leaves the default in place, so that reading always goes on to the end.
/// `finish` complains about the keys that nobody asked for; sections handed out are finished by their giver.
final class SettingsSection {
    let reader: SettingsReader
    let path: String
    let origin: SettingsOrigin
    private let pattern: String
    private let members: [String: LayeredValue]
    private var known: [String] = []
    /// Whether the keys are names that a person chooses, which are not part of what is known.
    private var keysAreNames = false

    init(_ value: LayeredValue?, path: String, pattern: String, reader: SettingsReader) {
        self.reader = reader
        self.path = path
        self.pattern = pattern
        origin = value?.origin ?? .standard
        switch value?.content {
        case .object(let members): self.members = members
        case nil: members = [:]
        default:
            members = [:]
            if let value {
                reader.fail(path, at: value.origin, .wrongKind(found: value.found, expected: "an object { … }"))
            }
        }
    }

    /// Every key of the object, in a fixed order; for objects whose keys are names.
    var names: [String] { members.keys.sorted() }

    /// The full path of `key`, quoted where it would not read as one word.
    func path(of key: String) -> String {
        let isWord = key.unicodeScalars.allSatisfy {
            $0 == "_" || ("0"..."9").contains($0) || $0.properties.isAlphabetic
        }
        let shown = isWord && !key.isEmpty ? key : "\"\(key)\""
        return path.isEmpty ? shown : "\(path).\(shown)"
    }

    private func pattern(of key: String) -> String {
        let part = keysAreNames ? "*" : key
        return pattern.isEmpty ? part : "\(pattern).\(part)"
    }

    /// Where `key` was set, `.standard` when it was not.
    func origin(of key: String) -> SettingsOrigin { members[key]?.origin ?? .standard }

    func isSet(_ key: String) -> Bool { members[key] != nil }

    func fail(_ key: String, _ problem: SettingsError.Problem) {
        reader.fail(path(of: key), at: isSet(key) ? origin(of: key) : origin, problem)
    }

    func warn(_ key: String, _ problem: SettingsError.Problem) {
        reader.warn(path(of: key), at: isSet(key) ? origin(of: key) : origin, problem)
    }

    /// Notes that `key` exists and gives its value.
    func ask(_ key: String) -> LayeredValue? {
        known.append(key)
        reader.know(pattern(of: key))
        return members[key]
    }

    func record(_ key: String, _ text: String) { reader.record(path(of: key), text, origin(of: key)) }

    /// Complains about keys that were never asked for.
    func finish() {
        for (name, value) in members.sorted(by: { $0.key < $1.key }) where !known.contains(name) {
            let nearest = NearestName.of(name, among: known)
            reader.fail(path(of: name), at: value.keyOrigin, .unknownKey(nearest: nearest, known: known))
        }
    }

    /// Reads the object at `key`, empty when it is not set.
    func section(_ key: String, read: (SettingsSection) -> Void) {
        open(ask(key), path: path(of: key), pattern: pattern(of: key), read: read)
    }

    /// Reads the object at `key` unless it is null or not set; says whether it was there.
    func optionalSection(_ key: String, read: (SettingsSection) -> Void) {
        let value = ask(key)
        if let value, !value.isNull {
            open(value, path: path(of: key), pattern: pattern(of: key), read: read)
        } else {
            record(key, "null")
        }
    }

    /// Reads each entry of the object at `key`, whose keys are names; an entry that is null is left out.
    func entries(_ key: String, read: (String, SettingsSection) -> Void) {
        section(key) { entries in
            entries.keysAreNames = true
            for name in entries.names {
                guard let value = entries.ask(name), !value.isNull else { continue }
                entries.section(name) { read(name, $0) }
            }
        }
    }

    /// Reads the text of each entry of the object at `key`, whose keys are names.
    func texts(_ key: String, read: (String, String) -> Void) {
        section(key) { entries in
            entries.keysAreNames = true
            for name in entries.names {
                var text = ""
                entries.string(name, &text)
                read(name, text)
            }
        }
    }

    /// Lets every key pass, for an object that is refused as a whole.
    func ignore() { known += members.keys }

    /// Reads each element of the array of objects at `key`.
    func elements(_ key: String, read: (SettingsSection) -> Void) {
        guard let value = ask(key) else { return record(key, "[]") }
        guard case .array(let elements) = value.content else {
            return fail(key, .wrongKind(found: value.found, expected: "an array of objects [ { … } ]"))
        }
        if elements.isEmpty { record(key, "[]") }
        for (index, element) in elements.enumerated() {
            open(element, path: "\(path(of: key))[\(index)]", pattern: pattern(of: key) + "[]", read: read)
        }
    }

    private func open(
        _ value: LayeredValue?, path: String, pattern: String, read: (SettingsSection) -> Void
    ) {
        let section = SettingsSection(value, path: path, pattern: pattern, reader: reader)
        read(section)
        section.finish()
    }
}

extension LayeredValue {
    /// Null as written, or as the word of an environment variable or flag.
    var isNull: Bool {
        switch content {
        case .null: true
        case .plain(let text): text == "null"
        default: false
        }
    }
}
