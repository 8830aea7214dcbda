import Metrics

/// Where a value of the configuration came from.
package enum SettingsOrigin: Sendable, Equatable, CustomStringConvertible {
    /// What the program does when nothing is said.
    case standard
    /// The model catalogue that comes with the program.
    case bundled
    case file(path: String, FilePosition)
    case environment(String)
    case flag(String)
    /// Set while the gateway ran, by the admin API.
    case runTime(at: Int64, by: String)

    package var description: String {
        switch self {
        case .standard: "default"
        case .bundled: "bundled catalogue"
        case .file(let path, let position): "\(path):\(position)"
        case .environment(let name): "environment \(name)"
        case .flag(let name): "flag \(name)"
        case .runTime(let time, let name): "set at run time, \(Timestamp.text(time)) by \(name)"
        }
    }
}

/// One value in force, as `gateway config` prints it; a secret is shown as the kind of its source only.
package struct SettingsValue: Sendable, Equatable {
    /// The key's full path, such as `cache.ttl_s` or `models."gpt-4o".tier`.
    package let path: String
    package let text: String
    package let origin: SettingsOrigin
}
