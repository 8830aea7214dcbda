/// What can be switched while the gateway runs.
package enum RolloutFlag: String, Sendable, CaseIterable {
    /// Whether calls are worked on at all, or only carried and metered.
    case rollout
    case cache, compression, routing, coalesce
    /// Decide and price everything, change nothing.
    case shadow

    /// On or off, for how many callers, and by what these are told apart.
    package struct Value: Sendable, Equatable {
        package var isEnabled: Bool
        /// Of the callers, 0 to 100.
        package var percent: Double
        /// Where a caller's sticky key is looked for, best first; nil: in `rollout.key`.
        package var key: [RolloutSettings.Key]?
        /// Draws the callers anew where it is another; nil: `rollout.salt`.
        package var salt: String?

        package init(
            isEnabled: Bool, percent: Double = 100, key: [RolloutSettings.Key]? = nil, salt: String? = nil
        ) {
            self.isEnabled = isEnabled
            self.percent = percent
            self.key = key
            self.salt = salt
        }

        /// What the percentage comes to.
        package var effectivePercent: Double { isEnabled ? percent : 0 }
    }
}

extension Settings {
    /// What the configuration says of a flag.
    package func value(of flag: RolloutFlag) -> RolloutFlag.Value {
        switch flag {
        case .rollout: .init(isEnabled: enabled, percent: rollout.percent)
        case .cache: .init(isEnabled: cache.enabled)
        case .compression: .init(isEnabled: compression.level != .off)
        case .routing: .init(isEnabled: true)
        case .coalesce: .init(isEnabled: cache.coalesce)
        case .shadow: .init(isEnabled: rollout.shadow)
        }
    }
}

extension RolloutFlag {
    /// The option of the configuration that it outranks; nil where there is none.
    var outrankedOption: String? {
        switch self {
        case .rollout: "rollout.percent"
        case .cache: "cache.enabled"
        case .compression: "compression.level"
        case .routing: nil
        case .coalesce: "cache.coalesce"
        case .shadow: "rollout.shadow"
        }
    }

    /// What that option comes to under a flag's value, as the configuration spells it.
    func optionText(of value: Value, configured: String) -> String {
        let isOn = value.effectivePercent > 0
        return switch self {
        case .rollout: value.effectivePercent.shortText
        case .compression: !isOn ? #""off""# : configured == #""off""# ? #""safe""# : configured
        case .cache, .routing, .coalesce, .shadow: "\(isOn)"
        }
    }
}

extension RolloutFlag.Value: CustomStringConvertible {
    /// For people: `on`, `off`, `on for 10 % of the callers`.
    package var description: String {
        guard isEnabled, percent > 0 else { return "off" }
        return percent >= 100 ? "on" : "on for \(percent.shortText) % of the callers"
    }
}
