import Metrics
import Routing

/// Why a request goes past the cache.
enum CacheBypass: String, Sendable {
    case isOff = "the cache is switched off (cache.enabled)"
    case isOffForTask = "the cache is switched off for its task (cache.tasks)"
    case isPassedThrough = "the gateway only carries it (enabled, x-gateway-rollout)"
    case isStateful = "its answer depends on what the provider keeps, or is kept there"
    case isSampled = "its temperature is not 0, and cache.sampled is false"
    case isRefused = "it asks for that (x-gateway-cache: off, cache-control: no-store)"
    case isAmbiguous = "it names a member twice, so what it means is anyone's guess"
    case isEncoded = "its body is compressed"

    /// What the configuration and the request say; nil when the cache may be used.
    static func of(
        _ request: ChatRequest, task: LedgerEntry.TaskKind?, rollout: LedgerEntry.Arm, _ settings: CacheSettings
    ) -> CacheBypass? {
        if rollout == .off { return .isPassedThrough }
        if request.isStateful { return .isStateful }
        let own = settings.settings(for: task.map(TaskName.init))
        if !own.enabled { return settings.enabled ? .isOffForTask : .isOff }
        // Whoever samples may want another answer each time.
        return own.sampled || request.isDeterministic ? nil : .isSampled
    }
}
