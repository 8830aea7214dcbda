import Foundation

/// Turns layered values into checked ones, and gathers on the way what is wrong, what is in force and what is known.
///
/// Each settings struct asks for its keys by name; so the list of known keys, the message for a wrong value and
/// the line that `gateway config` prints all come from the one place where the key is read.
final class SettingsReader {
    private(set) var errors: [SettingsError] = []
    private(set) var warnings: [SettingsError] = []
    private(set) var values: [SettingsValue] = []
    /// The keys asked for, with `*` for names and `[]` for elements: `providers.*.timeouts.connect_ms`.
    private(set) var patterns: Set<String> = []
    let environment: [String: String]
    /// All layers together, for checks that ask where something was said.
    var root: LayeredValue?

    init(environment: [String: String]) { self.environment = environment }

    func fail(_ path: String, at origin: SettingsOrigin, _ problem: SettingsError.Problem) {
        errors.append(SettingsError(path, at: origin, problem))
    }

    func warn(_ path: String, at origin: SettingsOrigin, _ problem: SettingsError.Problem) {
        warnings.append(SettingsError(path, at: origin, problem))
    }

    func record(_ path: String, _ text: String, _ origin: SettingsOrigin) {
        values.append(SettingsValue(path: path, text: text, origin: origin))
    }

    /// The merged value at `section.key`.
    func value(_ section: String, _ key: String) -> LayeredValue? { root?[section]?[key] }

    func know(_ pattern: String) { patterns.insert(pattern) }

    /// The secret that `text` names: `env:NAME`, `file:PATH`, or itself; nil when there is none, which was said.
    func secret(_ text: String, at path: String, _ origin: SettingsOrigin, unset: String) -> Secret? {
        if let name = text.removingPrefix("env:") {
            if let value = environment[name], !value.isEmpty { return checked(value, at: path, origin) }
            warn(path, at: origin, .secretUnset(variable: name, consequence: unset))
            return nil
        }
        guard let file = text.removingPrefix("file:") else { return checked(text, at: path, origin) }
        guard let data = FileManager.default.contents(atPath: file) else {
            let exists = FileManager.default.fileExists(atPath: file)
            fail(path, at: origin, .secretFile(path: file, why: exists ? "cannot be read" : "does not exist"))
            return nil
        }
        let value = String(decoding: data.prefix(65536), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard !value.isEmpty else {
            fail(path, at: origin, .secretFile(path: file, why: "is empty"))
            return nil
        }
        return checked(value, at: path, origin)
    }

    /// Refuses a secret that could not stand in a header line.
    private func checked(_ value: String, at path: String, _ origin: SettingsOrigin) -> Secret? {
        guard !value.isEmpty, value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            let problem = value.isEmpty ? "is empty; leave the key out instead" : "holds a control character"
            fail(path, at: origin, .unsound(problem))
            return nil
        }
        return Secret(value)
    }
}

extension String {
    /// What follows `prefix`, nil when the text does not begin with it.
    func removingPrefix(_ prefix: String) -> String? {
        hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
    }
}
