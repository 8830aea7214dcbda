import Metrics
import Routing

/// What is done for one call, decided once, before anything of it is done.
///
/// What the call's own headers ask outranks a rule, a rule outranks the task's settings, and those outrank the general
/// ones. Nothing but the provider that the client named is taken over in the `off` arm.
struct Treatment: Equatable {
    var arm = LedgerEntry.Arm.off
    /// The rule that applied.
    var rule: String?
    /// The model that a rule puts in the place of the client's.
    var model: String?
    /// The one provider to ask, named by the client or by a rule.
    var provider: String?
    var isProviderByRule = false
    /// The task that a rule says the call has.
    var task: TaskName?
    /// Whether stored answers may be used, and this one stored.
    var caches = false
    /// How long its answer may be used.
    var ttl = Duration.zero
    /// Whether it is cached though its answer may be another each time.
    var sampled = false
    /// Whether it may join, or lead, calls in flight.
    var coalesces = false
    var compression = CompressionSettings.Level.off
    /// Whether a model may be chosen by the task.
    var routesByTask = false
    /// The longest that it may take, below the provider's own time.
    var timeoutMilliseconds: Int?
    /// Everything is decided and priced, nothing changed.
    var isShadow = false

    /// Whether anything of the request or the answer may be another than without the gateway.
    var changesBytes: Bool { arm == .on && !isShadow }

    /// Whether a rule says who is to answer.
    var setsRoute: Bool { model != nil || isProviderByRule }

    /// The same for a call that is not only shadowed.
    var done: Treatment {
        var done = self
        done.isShadow = false
        return done
    }

    /// What is done for a call that is only shadowed: it is carried as in the `off` arm, and its answer stored.
    func carriedOnly(_ headers: CallHeaders) -> Treatment {
        var carried = self
        carried.model = nil
        carried.provider = headers.provider
        carried.isProviderByRule = false
        carried.coalesces = false
        carried.compression = .off
        carried.routesByTask = false
        carried.timeoutMilliseconds = headers.timeoutMilliseconds
        return carried
    }

    /// Why the route is what it is, where a rule says so.
    var routeReason: String? {
        guard let rule, model != nil || isProviderByRule else { return nil }
        return "\(model == nil ? "provider" : "model") set by rule '\(rule)'"
    }
}
