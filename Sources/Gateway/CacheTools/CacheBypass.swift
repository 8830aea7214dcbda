import Metrics
import Routing

/// Why a request goes past the cache.
enum CacheBypass: String, Sendable {
    case isOff = "the cache is switched off (cache.enabled)"
    case isOffForTask = "the cache is switched off for its task (cache.tasks)"
    case isOffForCaller = "a rule, or the flag 'cache', keeps its caller from the cache"
    case isPassedThrough = "the gateway only carries it (enabled, rollout, a rule, x-gateway-rollout)"
    case isShadowed = "its caller is in the shadow: answers are stored, and none is used (rollout.shadow)"
    case isStateful = "its answer depends on what the provider keeps, or is kept there"
    case isSampled = "its temperature is not 0, and cache.sampled is false"
    case isRefused = "it asks for that (x-gateway-cache: off, cache-control: no-store)"
    case isAmbiguous = "it names a member twice, so what it means is anyone's guess"
    case isEncoded = "its body is compressed"

    /// What follows from the treatment that was decided for a request; nil when the cache may be used.
    ///
    /// - Parameter task: What is known of it without a look at its messages.
    static func of(
        _ request: ChatRequest, _ treatment: Treatment, task: TaskName?, _ settings: CacheSettings
    ) -> CacheBypass? {
        if treatment.arm == .off { return .isPassedThrough }
        if request.isStateful { return .isStateful }
        if !treatment.caches {
            if settings.settings(for: task).enabled { return .isOffForCaller }
            return settings.enabled ? .isOffForTask : .isOff
        }
        // Whoever samples may want another answer each time.
        if !treatment.sampled, !request.isDeterministic { return .isSampled }
        return treatment.isShadow ? .isShadowed : nil
    }
}
