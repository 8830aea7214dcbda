import Metrics
import Routing

/// By what every call's treatment is decided: the configuration's rules and settings, and the flags in force.
///
/// Immutable; another takes its place when a flag changes.
final class RolloutPolicy: Sendable {
    private let settings: Settings
    private let rules: RuleBook
    /// What a caller's sticky key is taken from, best first.
    let keySources: [StickySource]
    /// Whether calls are worked on at all.
    private let isEnabled: Bool
    private let rollout: Share
    private let shadow: Share
    private let routing: Share
    private let coalesce: Share
    /// Nil where the configuration alone decides.
    private let cache: Share?
    private let compression: Share?

    /// - Parameter flags: Those that were set while the gateway ran, which outrank the configuration.
    init(_ settings: Settings, flags: [RolloutFlag: RolloutFlag.Value] = [:]) {
        self.settings = settings
        rules = RuleBook(settings.rules)
        keySources = settings.rollout.key.map(StickySource.init)
        isEnabled = settings.enabled && flags[.rollout]?.isEnabled ?? true
        func share(_ flag: RolloutFlag) -> Share { (flags[flag] ?? settings.value(of: flag)).share }
        rollout = share(.rollout)
        shadow = share(.shadow)
        routing = share(.routing)
        coalesce = share(.coalesce)
        cache = flags[.cache]?.share
        compression = flags[.compression]?.share
    }

    var salt: String { settings.rollout.salt }

    /// What is known before the request is read: whether it is certain to be carried only.
    func treatmentUnread(_ headers: CallHeaders) -> Treatment {
        var treatment = Treatment(provider: headers.provider, timeoutMilliseconds: headers.timeoutMilliseconds)
        let forced = settings.rollout.allowOverride ? headers.rollout : nil
        treatment.arm = isEnabled && forced ?? (rollout != .nobody) ? .on : .off
        return treatment
    }

    /// Decides.
    ///
    /// - Parameter place: Where the caller stands in what a flag or a rule draws.
    func treatment(
        _ headers: CallHeaders, _ call: CallTraits, place: (_ drawing: String) -> UInt64
    ) -> Treatment {
        var treatment = Treatment(provider: headers.provider, timeoutMilliseconds: headers.timeoutMilliseconds)
        guard isEnabled else { return treatment }
        let forced = settings.rollout.allowOverride ? headers.rollout : nil
        let rule = forced == false || rules.isEmpty ? nil : rules.first(matching: call, place: place)
        if let forced {
            treatment.arm = forced ? .on : .off
        } else if let arm = rule?.changes.rollout {
            treatment.arm = arm == .on ? .on : .off
            treatment.rule = rule?.name
        } else {
            treatment.arm = rollout.includes(place(RolloutFlag.rollout.rawValue)) ? .on : .off
        }
        guard treatment.arm == .on else { return treatment }
        treatment.rule = rule?.name
        treatment.isShadow = shadow.includes(place(RolloutFlag.shadow.rawValue))
        let changes = rule?.changes ?? RuleSettings.Changes()
        // What the client says of the task, or its endpoint leaves no doubt of, a rule does not.
        if call.task == nil { treatment.task = changes.task }
        let task = call.task ?? changes.task
        decideCache(&treatment, headers, changes, task) { $0.includes(place(RolloutFlag.cache.rawValue)) }
        decideCompression(&treatment, headers, changes, task) { $0.includes(place(RolloutFlag.compression.rawValue)) }
        treatment.routesByTask = routing.includes(place(RolloutFlag.routing.rawValue))
        treatment.coalesces =
            !treatment.isShadow && headers.timeoutMilliseconds == nil && changes.timeout == nil
            && coalesce.includes(place(RolloutFlag.coalesce.rawValue))
        guard treatment.changesBytes else { return treatment }
        treatment.timeoutMilliseconds = headers.timeoutMilliseconds ?? changes.timeout?.wholeMilliseconds
        // Who insists on a provider gets what that one serves: another's model would be none of its.
        if headers.provider == nil {
            treatment.provider = changes.provider
            treatment.isProviderByRule = changes.provider != nil
            // A request that names no model, as with a stored prompt, has no place for one.
            if call.model?.isEmpty == false { treatment.model = changes.model }
        }
        return treatment
    }

    /// - Parameter isIn: Whether the caller is in a share of callers whose calls are cached.
    private func decideCache(
        _ treatment: inout Treatment, _ headers: CallHeaders, _ changes: RuleSettings.Changes, _ task: TaskName?,
        _ isIn: (Share) -> Bool
    ) {
        let own = settings.cache.settings(for: task)
        if let cache {
            // A flag stands in for the general option; a task that was switched off by itself stays off.
            let isOn = changes.cache ?? (own.enabled || !settings.cache.enabled)
            treatment.caches = isOn && isIn(cache)
        } else {
            treatment.caches = changes.cache ?? own.enabled
        }
        treatment.ttl = headers.cacheSeconds.map { .seconds($0) } ?? changes.ttl ?? own.ttl
        treatment.sampled = changes.sampled ?? own.sampled
    }

    /// - Parameter isIn: Whether the caller is in a share of callers whose prompts are compressed.
    private func decideCompression(
        _ treatment: inout Treatment, _ headers: CallHeaders, _ changes: RuleSettings.Changes, _ task: TaskName?,
        _ isIn: (Share) -> Bool
    ) {
        if let compression, !isIn(compression) { return }
        let general = settings.compression.level == .off && compression != nil ? .safe : settings.compression.level
        treatment.compression =
            headers.compression ?? changes.compression ?? task.flatMap { settings.compression.tasks[$0] } ?? general
    }
}

extension Duration {
    fileprivate var wholeMilliseconds: Int { Int(nanoseconds / 1_000_000) }
}
