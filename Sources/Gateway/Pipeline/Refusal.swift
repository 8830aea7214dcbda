import HTTP
import Routing

/// An attempt that brought nothing to pass on: why, and what the client is told if no other attempt does better.
struct Refusal {
    /// What the client may be told.
    enum Telling {
        /// The upstream's own answer.
        case answer(HeldAnswer)
        case error(GatewayError)
    }

    let failure: AttemptFailure
    /// How long the provider asked to wait, in nanoseconds.
    let asked: UInt64?
    let telling: Telling

    /// An upstream call that came to nothing.
    init(_ failure: UpstreamFailure, _ error: GatewayError) {
        self.failure = AttemptFailure(failure)
        asked = nil
        telling = .error(error)
    }

    /// An answer that cannot be passed on.
    init(_ failure: AttemptFailure, _ error: GatewayError) {
        self.failure = failure
        asked = nil
        telling = .error(error)
    }

    /// A request that cannot be told in the provider's dialect.
    init(_ problem: TranslationProblem) {
        self.init(.untranslatable, GatewayError(.invalidRequest, 400, problem.message, parameter: problem.parameter))
    }

    /// An answer that says what is wrong, or makes no sense.
    init(_ failure: AttemptFailure, _ answer: HeldAnswer, asked: UInt64?) {
        self.failure = failure
        self.asked = asked
        telling = .answer(answer)
    }
}

/// An upstream's whole answer, kept in case that no better one comes.
struct HeldAnswer {
    let head: Flight.Head
    let body: [UInt8]
}

extension AttemptFailure {
    /// A call that ended without a whole answer, before a byte of one was passed on.
    init(_ failure: UpstreamFailure) {
        switch failure.kind {
        case .unresolved, .refused, .tls, .connectTimeout: self = .connect
        case .poolExhausted: self = .poolExhausted
        case .firstByteTimeout, .idleTimeout, .totalTimeout: self = .timedOutWaiting
        case .invalidAnswer, .closedEarly, .other: self = .broken
        case .cancelled, .requestIncomplete: self = .ours
        }
    }
}

extension AttemptFailure {
    /// Whether the account is to blame that the call was made with: its key, its quota or its rate limit.
    var isOfAccount: Bool {
        switch self {
        case .status(let status, let error): [401, 402, 403, 429].contains(status) || error == .insufficientQuota
        case .errorEvent(let error): error == .insufficientQuota
        default: false
        }
    }
}

extension ProviderError {
    /// What the error in a scanned answer, or event, says; by its `code`, else by its `type`.
    init(in tape: borrowing JSONScanner, _ bytes: Span<UInt8>) {
        self = .other
        guard tape.values[0].kind == .object, let error = tape.member("error", of: 0, in: bytes),
            tape.values[error].kind == .object
        else { return }
        for name in ["code", "type"] as [StaticString] {
            guard let text = tape.text(name, of: error, in: bytes) else { continue }
            self = ProviderError(code: text)
            if self != .other { return }
        }
    }
}

extension ResponseHead {
    /// How long the upstream asks to wait, in nanoseconds; nil where it does not say.
    ///
    /// - Parameter wall: Microseconds since 1970.
    func retryTime(_ wall: Int64) -> UInt64? {
        func value(of name: StaticString, _ read: (Span<UInt8>) -> UInt64?) -> UInt64? {
            withValue(of: name) { read(Span<UInt8>(_unsafeBytes: $0)) } ?? nil
        }
        if let time = value(of: "retry-after-ms", RetryTime.retryAfterMilliseconds) { return time }
        if let time = value(of: "retry-after", { RetryTime.retryAfter($0, wall: wall) }) { return time }
        guard status == 429 else { return nil }
        // What is spent is what has to be waited for.
        let limits: [(StaticString, StaticString)] = [
            ("x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"),
            ("x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"),
        ]
        return limits.compactMap { remaining, reset in
            let isSpent = withValue(of: remaining) { $0.elementsEqual([UInt8(ascii: "0")]) } ?? false
            return isSpent ? value(of: reset) { RetryTime.reset($0, wall: wall) } : nil
        }.max()
    }
}
