import Metrics

/// One change of a flag, as the audit log keeps it.
package struct FlagChange: Sendable, Equatable {
    package enum Action: String, Sendable {
        case set
        /// The configuration decides again.
        case delete
    }

    /// Microseconds since 1970.
    package let at: Int64
    package let flag: RolloutFlag
    package let action: Action
    /// What held before and what holds since, wherever it came from.
    package let old: RolloutFlag.Value
    package let new: RolloutFlag.Value
    /// Who changed it, as they said.
    package let by: String
    package let reason: String?

    /// As one JSON object.
    var json: [UInt8] {
        var text = JSONText()
        text.object { object in
            object.member("at", Timestamp.text(at))
            object.member("flag", flag.rawValue)
            object.member("action", action.rawValue)
            object.member("old", old)
            object.member("new", new)
            object.member("by", by)
            object.member("reason", reason)
        }
        return text.bytes
    }
}

/// A flag's value that was set while the gateway ran, and by whom.
package struct StoredFlag: Sendable, Equatable {
    package let value: RolloutFlag.Value
    /// Microseconds since 1970.
    package let at: Int64
    package let by: String

    init(value: RolloutFlag.Value, at: Int64, by: String) {
        self.value = value
        self.at = at
        self.by = by
    }

    var json: [UInt8] {
        var text = JSONText()
        text.object { object in
            value.writeMembers(to: &object)
            object.member("at", at)
            object.member("by", by)
        }
        return text.bytes
    }

    init?(json: [UInt8]) {
        guard let value = RolloutFlag.Value(stored: json), let root = JSON5Parser.parse(json).root,
            case .number(let time)? = root["at"]?.value, let at = Int64(time), case .string(let by)? = root["by"]?.value
        else { return nil }
        self.init(value: value, at: at, by: by)
    }

    /// Since when, and by whom, for people.
    package var origin: SettingsOrigin { .runTime(at: at, by: by) }
}
