/// The options that are read and checked, but on which this version does not act yet: who sets one is told so.
enum NotYetInForce {
    /// Beginnings of key paths; `*` stands for one name.
    private static let prefixes: [[String]] = [
        "routing.hedge", "export", "cache_remote",
        "rollout.shadow", "rollout.guard",
        "fallback", "log.bodies",
    ].map { $0.split(separator: ".").map(String.init) }

    /// Warns of each such option that was given another value than its default.
    static func warn(_ reader: SettingsReader) {
        let given = reader.values.filter { value in
            value.origin != .standard && value.origin != .bundled && matches(value.path)
        }
        guard !given.isEmpty, let defaults = try? SettingsSource().load() else { return }
        let texts = Dictionary(defaults.values.map { ($0.path, $0.text) }, uniquingKeysWith: { first, _ in first })
        for value in given where texts[value.path] != value.text {
            reader.warn(value.path, at: value.origin, .unsound("is accepted, but this version does not act on it yet"))
        }
    }

    private static func matches(_ path: String) -> Bool {
        let words = words(path)
        return prefixes.contains { prefix in
            prefix.count <= words.count && zip(prefix, words).allSatisfy { $0 == "*" || $0 == $1 }
        }
    }

    /// The names of a path, without quotes and without the places in lists: `auth.keys[0].name` is three.
    private static func words(_ path: String) -> [String] {
        var words = [""]
        var isQuoted = false
        var isIndex = false
        for character in path {
            switch character {
            case "\"": isQuoted.toggle()
            case "[" where !isQuoted: isIndex = true
            case "]" where !isQuoted: isIndex = false
            case "." where !isQuoted: words.append("")
            case _ where !isIndex: words[words.count - 1].append(character)
            default: break
            }
        }
        return words
    }
}
