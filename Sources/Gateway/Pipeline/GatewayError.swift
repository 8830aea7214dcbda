/// An answer that the gateway makes itself because it has none to pass on.
struct GatewayError: Error, Equatable, Sendable {
    /// The code in `x-gateway-error` and in the body, which clients may rely on.
    enum Code: String, Sendable {
        case invalidRequest = "invalid_request"
        case invalidJSON = "invalid_json"
        case requestTooLarge = "request_too_large"
        case headersTooLarge = "headers_too_large"
        case missingKey = "missing_key"
        case invalidKey = "invalid_key"
        case budgetExceeded = "budget_exceeded"
        case rateLimited = "rate_limited"
        case unknownRoute = "unknown_route"
        case modelNotFound = "model_not_found"
        case methodNotAllowed = "method_not_allowed"
        case notSupported = "not_supported"
        case requestTimeout = "request_timeout"
        case upstreamUnavailable = "upstream_unavailable"
        case upstreamTimeout = "upstream_timeout"
        case noHealthyUpstream = "no_healthy_upstream"
        case cacheMiss = "cache_miss"
        case loopDetected = "loop_detected"
        case overloaded
    }

    let code: Code
    let status: Int
    /// What happened and what to do, for the person who reads the client's log. Never a key, never prompt text.
    let message: String
    /// The part of the request that is at fault, where there is one.
    var parameter: String?
    /// Seconds after which it may be worth another try, where waiting helps.
    var retryAfterSeconds: Int?

    /// Nothing is stored for a request that asked for a stored answer only.
    static let cacheMiss = GatewayError(
        .cacheMiss, 504, "Nothing is stored for this request, and it asked for a stored answer only.")

    /// The requests in hand hold as much as all together may.
    static let overloaded = GatewayError(
        .overloaded, 503,
        "The gateway holds as many bytes as limits.buffered_bytes allows; send the request again later.")

    /// No call may go unrecorded, and the ledger cannot be written.
    static let ledgerFull = GatewayError(
        .overloaded, 503,
        "The gateway's ledger cannot be written, and ledger.on_full lets no call go unrecorded; send the request again later."
    )

    /// The gateway ends before the call has.
    static let stopping = GatewayError(
        .overloaded, 503, "The gateway is stopping and could not finish this call; send it again.")

    /// Whoever could answer was down already, and still is.
    ///
    /// - Parameter opensIn: Nanoseconds until one is asked again.
    static func noHealthyUpstream(opensIn: UInt64) -> GatewayError {
        var error = GatewayError(
            .noHealthyUpstream, 503,
            "Every provider that could answer this has failed several times in a row; send the request again later.")
        error.retryAfterSeconds = Int(clamping: max(opensIn / 1_000_000_000, 1))
        return error
    }

    /// A client key has made as many calls as it may in a minute.
    ///
    /// - Parameter wait: Nanoseconds until one may be made again.
    static func rateLimited(limit: Int, wait: UInt64) -> GatewayError {
        var error = GatewayError(
            .rateLimited, 429, "This key may make \(limit) calls a minute (auth.keys.requests_per_minute).")
        error.retryAfterSeconds = Int(clamping: wait / 1_000_000_000 &+ 1)
        return error
    }

    /// What a call may cost is more than what its key, or everybody, may still spend.
    ///
    /// - Parameter retryAfter: Seconds until there is more.
    static func budgetExceeded(_ message: String, retryAfter: Int) -> GatewayError {
        var error = GatewayError(.budgetExceeded, 429, message)
        error.retryAfterSeconds = retryAfter
        return error
    }

    /// An alert's limit is passed, and `alerts.safe_mode` says that such calls are not made.
    static let tooMuchSpent = GatewayError.budgetExceeded(
        "More is being spent than alerts in the gateway's configuration allows, and its safe_mode stops calls meanwhile; "
            + "/api/v1/alerts on the admin port tells the amounts.",
        retryAfter: 60)

    /// Whether another who asks the same might be let in.
    var concernsCallerAlone: Bool { code == .budgetExceeded }

    /// A protocol that the gateway does not carry was asked for.
    static let noWebSockets = GatewayError(
        .notSupported, 501, "The gateway does not carry WebSockets; call the provider directly.")

    init(_ code: Code, _ status: Int, _ message: String, parameter: String? = nil) {
        self.code = code
        self.status = status
        self.message = message
        self.parameter = parameter
        retryAfterSeconds = code == .overloaded ? 1 : nil
    }
}
