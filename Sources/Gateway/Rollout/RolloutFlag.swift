/// What can be switched while the gateway runs.
package enum RolloutFlag: String, Sendable, CaseIterable {
    /// Whether calls are worked on at all, or only carried and metered.
    case rollout
    case cache, compression, routing, coalesce
    /// Decide and price everything, change nothing.
    case shadow

    /// On or off, and for how many callers.
    package struct Value: Sendable, Equatable {
        package var isEnabled: Bool
        /// Of the callers, 0 to 100.
        package var percent: Double

        package init(isEnabled: Bool, percent: Double) {
            self.isEnabled = isEnabled
            self.percent = percent
        }

        /// What the percentage comes to.
        package var effectivePercent: Double { isEnabled ? percent : 0 }

        var share: Share { Share(percent: effectivePercent) }
    }
}

extension Settings {
    /// What the configuration says of a flag.
    package func value(of flag: RolloutFlag) -> RolloutFlag.Value {
        switch flag {
        case .rollout: .init(isEnabled: enabled, percent: rollout.percent)
        case .cache: .init(isEnabled: cache.enabled, percent: 100)
        case .compression: .init(isEnabled: compression.level != .off, percent: 100)
        case .routing: .init(isEnabled: true, percent: 100)
        case .coalesce: .init(isEnabled: cache.coalesce, percent: 100)
        case .shadow: .init(isEnabled: rollout.shadow, percent: 100)
        }
    }
}
