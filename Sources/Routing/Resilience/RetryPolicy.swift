/// Why an attempt brought no answer that could be passed on.
package enum AttemptFailure: Sendable, Equatable {
    /// No connection came about: nothing was sent.
    case connect
    /// No connection was free in time; the provider is not to blame.
    case poolExhausted
    /// The request was sent whole, and no answer began in time: the provider may be at work on it.
    case timedOutWaiting
    /// The connection ended, or what came was no answer, before a byte of it was passed on.
    case broken
    /// A stream of status 200 without any content.
    case emptyStream
    /// An error event in a stream of status 200, before any content.
    case errorEvent(ProviderError)
    /// An answer that says what is wrong.
    case status(Int, ProviderError)
    /// Our side ended it: the client left, or its request never became whole.
    case ours
    /// Nothing was sent: the provider has no counterpart for what the request asks.
    case untranslatable
}

/// What an error answer says, as far as it matters to who tries again.
package enum ProviderError: Sendable, Equatable {
    case other
    /// Money or quota is spent: waiting does not help.
    case insufficientQuota
    /// The prompt is longer than the model takes.
    case contextLengthExceeded
    /// The provider will not answer this, and another should not be asked to.
    case contentPolicy
    /// It has no such model.
    case modelNotFound
    /// It has too much to do.
    case overloaded

    /// By the `code` or `type` of an error, as OpenAI, Azure and Anthropic and those compatible spell them.
    package init(code: String) {
        switch code {
        case "insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "credit_balance_too_low",
            "billing_error":
            self = .insufficientQuota
        case "context_length_exceeded", "string_above_max_length", "request_too_large":
            self = .contextLengthExceeded
        case "content_policy_violation", "content_filter", "ResponsibleAIPolicyViolation":
            self = .contentPolicy
        case "model_not_found", "DeploymentNotFound", "not_found_error": self = .modelNotFound
        case "overloaded_error", "server_overloaded": self = .overloaded
        default: self = .other
        }
    }
}

/// What may follow a failed attempt (CONTRACT: retries), apart from whether there is time and budget for it.
package struct RetryPolicy: Sendable, Equatable {
    /// What a failure allows.
    package struct Verdict: Sendable, Equatable {
        /// Whether the same provider may be asked again.
        package var mayRetry: Bool
        /// Whether another candidate may be asked.
        package var mayFallBack: Bool
        /// Whether only one with a longer context may.
        package var needsLongerContext = false
        /// Whether another key of the same provider may be tried at once.
        package var rotatesKey = false
        /// Whether the provider is to blame, which its health remembers.
        package var countsAgainstProvider = false
    }

    /// What to do next.
    package enum Step: Sendable, Equatable {
        /// Ask the same provider again, after a wait in nanoseconds.
        case retry(after: Nanoseconds)
        case fallBack(needsLongerContext: Bool)
        case giveUp
    }

    private let retries: Int
    private let backoff: Backoff

    /// - Parameter retries: Attempts at one candidate after the first.
    package init(retries: Int, backoff: Backoff) {
        self.retries = retries
        self.backoff = backoff
    }

    package static func verdict(on failure: AttemptFailure) -> Verdict {
        switch failure {
        case .connect: Verdict(mayRetry: true, mayFallBack: true, countsAgainstProvider: true)
        case .poolExhausted: Verdict(mayRetry: false, mayFallBack: true)
        // It may be working, and billing, still: another one may be asked, not this one twice.
        case .timedOutWaiting: Verdict(mayRetry: false, mayFallBack: true, countsAgainstProvider: true)
        case .broken, .emptyStream: Verdict(mayRetry: true, mayFallBack: true, countsAgainstProvider: true)
        case .errorEvent(let error): verdict(on: error, otherwise: 500)
        case .status(let status, let error): verdict(on: error, otherwise: status)
        case .ours: Verdict(mayRetry: false, mayFallBack: false)
        case .untranslatable: Verdict(mayRetry: false, mayFallBack: true)
        }
    }

    private static func verdict(on error: ProviderError, otherwise status: Int) -> Verdict {
        switch error {
        case .contentPolicy: return Verdict(mayRetry: false, mayFallBack: false)
        case .contextLengthExceeded: return Verdict(mayRetry: false, mayFallBack: true, needsLongerContext: true)
        case .insufficientQuota: return Verdict(mayRetry: false, mayFallBack: true, rotatesKey: true)
        case .modelNotFound: return Verdict(mayRetry: false, mayFallBack: true)
        case .overloaded: return Verdict(mayRetry: true, mayFallBack: true, countsAgainstProvider: true)
        case .other: break
        }
        switch status {
        case 401, 403: return Verdict(mayRetry: false, mayFallBack: true, rotatesKey: true)
        case 408, 409, 425: return Verdict(mayRetry: true, mayFallBack: true)
        // Too many calls are no fault of the provider's, and no reason to keep other keys from it.
        case 429: return Verdict(mayRetry: true, mayFallBack: true, rotatesKey: true)
        case 500...599: return Verdict(mayRetry: true, mayFallBack: true, countsAgainstProvider: true)
        // The request itself is wrong, and would be anywhere.
        default: return Verdict(mayRetry: false, mayFallBack: false)
        }
    }

    /// What to do after a failed attempt, before a byte has gone to the client.
    ///
    /// A retry is preferred to a fallback as long as it is allowed, in the budget, and not to be waited for longer than
    /// there is patience; the wait for a provider that asks for more is spent at the fallback.
    ///
    /// - Parameters:
    ///   - attempt: Attempts at this candidate before this one.
    ///   - retries: What the call allows, where that is less.
    ///   - asked: How long the provider asked to wait.
    ///   - timeLeft: What the call has left of its own time; a retry that would have none is not waited for.
    ///   - hasFallback: Whether a candidate is left.
    ///   - isLastResort: Whether its breaker was open already: then it is not asked twice.
    package func step(
        after failure: AttemptFailure, attempt: Int, retries allowed: Int? = nil, asked: Nanoseconds? = nil,
        timeLeft: Nanoseconds = .max, hasFallback: Bool, isLastResort: Bool = false, budget: inout RetryBudget,
        random: UInt64, _ now: Nanoseconds
    ) -> Step {
        let verdict = Self.verdict(on: failure)
        let limit = min(retries, allowed ?? retries)
        if verdict.mayRetry, !isLastResort, attempt < limit,
            case .wait(let wait) = backoff.wait(beforeRetry: attempt, asked: asked, random: random), wait < timeLeft,
            budget.takeRetry(now)
        {
            return .retry(after: wait)
        }
        guard verdict.mayFallBack, hasFallback else { return .giveUp }
        return .fallBack(needsLongerContext: verdict.needsLongerContext)
    }
}
