/// One thing wrong (or, as a warning, doubtful) in the configuration: what, where, and how to mend it, in one line.
package struct SettingsError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The key's full path; empty when the whole file is meant.
    package let path: String
    package let origin: SettingsOrigin
    package let problem: Problem

    package enum Problem: Sendable, Equatable {
        case unreadable(String)
        case syntax(String)
        case unknownKey(nearest: String?, known: [String])
        case missing(expected: String)
        case wrongKind(found: String, expected: String)
        case outOfRange(found: String, expected: String)
        case notOneOf(found: String, choices: [String])
        /// A name that refers to nothing.
        case namesNothing(found: String, kind: String, nearest: String?, mend: String)
        case tooFine(found: String, unit: String)
        case secretFile(path: String, why: String)
        case secretUnset(variable: String, consequence: String)
        /// Anything that several values together bring about.
        case unsound(String)
    }

    package init(_ path: String, at origin: SettingsOrigin, _ problem: Problem) {
        self.path = path
        self.origin = origin
        self.problem = problem
    }

    package var description: String {
        let place = origin == .standard ? "" : "\(origin): "
        return place + (path.isEmpty ? "" : "\(path): ") + problem.description
    }
}

extension SettingsError.Problem: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unreadable(let why): "cannot be read: \(why)"
        case .syntax(let message), .unsound(let message): message
        case .unknownKey(let nearest?, _): "unknown key; did you mean \(nearest)?"
        case .unknownKey(nil, let known): "unknown key; known here: \(known.sorted().joined(separator: ", "))"
        case .missing(let expected): "is missing; expected \(expected)"
        case .wrongKind(let found, let expected): "is \(found); expected \(expected)"
        case .outOfRange(let found, let expected): "is \(found); expected \(expected)"
        case .notOneOf(let found, let choices):
            if let nearest = NearestName.of(found, among: choices) {
                "is '\(found)'; did you mean '\(nearest)'?"
            } else {
                "is '\(found)'; expected one of \(choices.joined(separator: ", "))"
            }
        case .namesNothing(let found, let kind, let nearest?, _):
            "names '\(found)', which is not \(kind); did you mean '\(nearest)'?"
        case .namesNothing(let found, let kind, nil, let mend): "names '\(found)', which is not \(kind); \(mend)"
        case .tooFine(let found, let unit): "is \(found), which has more digits than \(unit) can hold exactly"
        case .secretFile(let path, let why):
            "names the file \(path), which \(why); make the file, or remove the key"
        case .secretUnset(let variable, let consequence): "\(variable) is not set, so \(consequence)"
        }
    }
}

extension SettingsError.Problem {
    /// Whether all that is wrong is a secret that the environment does not have, which a simulated upstream can spare.
    var isUnsetSecret: Bool { if case .secretUnset = self { true } else { false } }
}

/// Everything wrong at once, so that a person mends a configuration in one round.
package struct SettingsErrors: Error, Sendable, CustomStringConvertible {
    package let errors: [SettingsError]
    package let warnings: [SettingsError]

    package var description: String { errors.map(\.description).joined(separator: "\n") }
}
