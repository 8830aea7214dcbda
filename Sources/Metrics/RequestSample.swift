/// What one finished client call adds to the metrics.
///
/// Of fixed size and without references, so that handing it over allocates nothing.
package struct RequestSample: Sendable {
    /// The call's name in the ledger, an exemplar of how long such calls take.
    package var id: RecordID?
    package var endpoint: LedgerEntry.Endpoint
    package var model: Label = .other
    package var provider: Label = .other
    package var task: LedgerEntry.TaskKind?
    /// The status that the client was sent; 0 when it was sent none.
    package var status = 0
    package var cache: LedgerEntry.CacheOutcome = .bypass
    package var rollout: LedgerEntry.Arm = .on
    package var durationNanoseconds: UInt64 = 0
    package var firstByteNanoseconds: UInt64?
    package var overheadNanoseconds: UInt64?
    /// Attempts beyond the first at the same provider.
    package var retries = 0
    /// Whether another than the first choice answered.
    package var fallback = false
    /// What the provider billed, so `nil` for an answer from the cache.
    package var usage: Usage?
    package var usageSource: UsageSource = .unpriced
    package var cost: PicoDollars?
    package var savedCache: PicoDollars?
    package var savedCompression: PicoDollars?
    /// Estimated tokens of a prompt that was made shorter; 0 of any other.
    package var tokensBeforeCompression = 0
    package var tokensAfterCompression = 0
    package var savedRouting: PicoDollars?
    /// Of a call that was only shadowed.
    package var shadow: ShadowSavings?

    package init(endpoint: LedgerEntry.Endpoint) { self.endpoint = endpoint }
}

/// What a call that was only shadowed would have cost less, by means.
package struct ShadowSavings: Sendable {
    var cache = PicoDollars.zero
    var compression = PicoDollars.zero
    var routing = PicoDollars.zero

    init() {}

    package init(_ shadow: LedgerEntry.Shadow) {
        cache = shadow.savedCache ?? .zero
        compression = shadow.savedCompression ?? .zero
        routing = shadow.savedRouting ?? .zero
    }

    /// A counter never goes down, so what would have cost more counts as nothing.
    mutating func add(_ other: ShadowSavings) {
        cache += max(other.cache, .zero)
        compression += max(other.compression, .zero)
        routing += max(other.routing, .zero)
    }
}

/// How one call to a provider ended.
package enum AttemptOutcome: UInt8, NamedValue {
    case ok = 0
    case clientError = 1
    case rateLimited = 2
    case serverError = 3
    case connectError = 4
    case timeout = 5
    /// The connection or the answer broke off, or made no sense.
    case broken = 6
    /// The client went away first.
    case cancelled = 7

    package var name: String {
        switch self {
        case .clientError: "client_error"
        case .rateLimited: "rate_limited"
        case .serverError: "server_error"
        case .connectError: "connect_error"
        case .ok, .timeout, .broken, .cancelled: String(describing: self)
        }
    }

    /// The outcome of an attempt whose head had `status`.
    package init(status: Int) {
        self =
            switch status {
            case 429: .rateLimited
            case 500...: .serverError
            case 400...: .clientError
            default: .ok
            }
    }
}

/// The labels of `gateway_requests_total`, packed into one number: one hash a request.
struct RequestLabels: Hashable {
    private var packed: UInt64

    init(_ sample: RequestSample) {
        // A status that is none of HTTP's would be a label out of bounds.
        let status = (100..<600).contains(sample.status) ? UInt64(sample.status) : 0
        packed =
            UInt64(sample.model.index) | UInt64(sample.provider.index) << 16 | status << 32
            | UInt64(sample.endpoint.rawValue) << 42 | UInt64(sample.task?.rawValue ?? 0) << 47
            | UInt64(sample.cache.rawValue) << 52 | UInt64(sample.rollout.rawValue) << 57
    }

    /// The same with the model left open.
    var anyModel: RequestLabels {
        var labels = self
        labels.packed &= ~0xFFFF
        return labels
    }

    var model: Int { field(0, bits: 16) }
    var provider: Int { field(16, bits: 16) }
    var status: Int { field(32, bits: 10) }
    var endpoint: LedgerEntry.Endpoint? { .init(rawValue: UInt8(field(42, bits: 5))) }
    /// `nil` where the call has no task: it was forwarded as it came.
    var task: LedgerEntry.TaskKind? { .init(rawValue: UInt8(field(47, bits: 5))) }
    var cache: LedgerEntry.CacheOutcome? { .init(rawValue: UInt8(field(52, bits: 5))) }
    var rollout: LedgerEntry.Arm? { .init(rawValue: UInt8(field(57, bits: 1))) }

    private func field(_ shift: UInt64, bits: UInt64) -> Int { Int((packed >> shift) & ((1 << bits) - 1)) }
}

/// What the calls with the same labels add up to.
struct RequestTotals {
    var calls: UInt64 = 0
    var unpriced: UInt64 = 0
    var usage = Usage()
    var cost = PicoDollars.zero

    mutating func add(_ sample: RequestSample) {
        calls &+= 1
        if sample.usageSource == .unpriced { unpriced &+= 1 }
        if let usage = sample.usage { self.usage += usage }
        if let cost = sample.cost { self.cost += cost }
    }

    static func += (left: inout Self, right: Self) {
        left.calls &+= right.calls
        left.unpriced &+= right.unpriced
        left.usage += right.usage
        left.cost += right.cost
    }
}
