import Metrics
import Routing

/// By what every call's treatment is decided: the configuration's rules and settings, and the flags in force.
///
/// Immutable; another takes its place when a flag changes.
final class RolloutPolicy: Sendable {
    private let settings: Settings
    private let rules: RuleBook
    /// Whether calls are worked on at all.
    private let isEnabled: Bool
    private let rollout: Draw
    private let shadow: Draw
    private let routing: Draw
    private let coalesce: Draw
    /// Nil where the configuration alone decides.
    private let cache: Draw?
    private let compression: Draw?

    /// - Parameter flags: Those that were set while the gateway ran, which outrank the configuration.
    init(_ settings: Settings, flags: [RolloutFlag: RolloutFlag.Value] = [:]) {
        self.settings = settings
        rules = RuleBook(settings.rules, settings.rollout)
        isEnabled = settings.enabled && flags[.rollout]?.isEnabled ?? true
        func draw(_ flag: RolloutFlag) -> Draw { Draw(flag, flags[flag] ?? settings.value(of: flag), settings.rollout) }
        rollout = draw(.rollout)
        shadow = draw(.shadow)
        routing = draw(.routing)
        coalesce = draw(.coalesce)
        cache = flags[.cache].map { Draw(.cache, $0, settings.rollout) }
        compression = flags[.compression].map { Draw(.compression, $0, settings.rollout) }
    }

    /// What is known before the request is read: whether it is certain to be carried only.
    func treatmentUnread(_ headers: CallHeaders) -> Treatment {
        var treatment = Treatment(provider: headers.provider, timeoutMilliseconds: headers.timeoutMilliseconds)
        let forced = settings.rollout.allowOverride ? headers.rollout : nil
        treatment.arm = isEnabled && forced ?? (rollout.share != .nobody) ? .on : .off
        return treatment
    }

    /// Decides; of a call that is to be shadowed, what would be done otherwise.
    ///
    /// - Parameter place: Where the caller stands in a draw.
    func treatment(_ headers: CallHeaders, _ call: CallTraits, place: (Draw) -> UInt64) -> Treatment {
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
            treatment.arm = rollout.includes(place) ? .on : .off
        }
        guard treatment.arm == .on else { return treatment }
        treatment.rule = rule?.name
        treatment.isShadow = shadow.includes(place)
        let changes = rule?.changes ?? RuleSettings.Changes()
        // What the client says of the task, or its endpoint leaves no doubt of, a rule does not.
        if call.task == nil { treatment.task = changes.task }
        let task = call.task ?? changes.task
        decideCache(&treatment, headers, changes, task, place)
        decideCompression(&treatment, headers, changes, task, place)
        treatment.routesByTask = routing.includes(place)
        treatment.coalesces =
            headers.timeoutMilliseconds == nil && changes.timeout == nil && coalesce.includes(place)
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

    private func decideCache(
        _ treatment: inout Treatment, _ headers: CallHeaders, _ changes: RuleSettings.Changes, _ task: TaskName?,
        _ place: (Draw) -> UInt64
    ) {
        let own = settings.cache.settings(for: task)
        if let cache {
            // A flag stands in for the general option; a task that was switched off by itself stays off.
            let isOn = changes.cache ?? (own.enabled || !settings.cache.enabled)
            treatment.caches = isOn && cache.includes(place)
        } else {
            treatment.caches = changes.cache ?? own.enabled
        }
        treatment.ttl = headers.cacheSeconds.map { .seconds($0) } ?? changes.ttl ?? own.ttl
        treatment.sampled = changes.sampled ?? own.sampled
    }

    private func decideCompression(
        _ treatment: inout Treatment, _ headers: CallHeaders, _ changes: RuleSettings.Changes, _ task: TaskName?,
        _ place: (Draw) -> UInt64
    ) {
        if let compression, !compression.includes(place) { return }
        let general = settings.compression.level == .off && compression != nil ? .safe : settings.compression.level
        treatment.compression =
            headers.compression ?? changes.compression ?? task.flatMap { settings.compression.tasks[$0] } ?? general
    }
}

extension Duration {
    fileprivate var wholeMilliseconds: Int { Int(nanoseconds / 1_000_000) }
}
