/// Why an upstream call brought no whole answer.
package struct UpstreamFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// The kinds, as the ledger names them.
    package enum Kind: String, Sendable {
        case unresolved, refused, tls
        case connectTimeout = "connect_timeout"
        case firstByteTimeout = "first_byte_timeout"
        case idleTimeout = "idle_timeout"
        case totalTimeout = "total_timeout"
        /// No connection to the upstream was free in time, and no further one may be made.
        case poolExhausted = "pool_exhausted"
        /// The answer broke HTTP's rules, or a limit on it.
        case invalidAnswer = "invalid_answer"
        /// The connection ended before the answer did.
        case closedEarly = "closed_early"
        /// Given up by our side, since the client had left.
        case cancelled
        /// The client's body never became whole.
        case requestIncomplete = "request_incomplete"
        case other
    }

    package let kind: Kind
    /// What happened, in words of ours or of the system; never a header or a body.
    package let detail: String

    package init(_ kind: Kind, _ detail: String) {
        self.kind = kind
        self.detail = detail
    }

    /// Whether the upstream is to blame, which its health should remember.
    package var countsAgainstUpstream: Bool {
        switch kind {
        case .cancelled, .requestIncomplete, .poolExhausted: false
        default: true
        }
    }

    /// Whether the call may be tried elsewhere: not when our own side ended it.
    package var permitsFallback: Bool { kind == .poolExhausted || countsAgainstUpstream }

    /// Whether the upstream may have begun to work, and so may bill: not when it was never reached.
    package var mayHaveBeenBilled: Bool {
        switch kind {
        case .unresolved, .refused, .tls, .connectTimeout, .poolExhausted: false
        default: true
        }
    }

    /// Whether time ran out.
    package var isTimeout: Bool {
        switch kind {
        case .connectTimeout, .firstByteTimeout, .idleTimeout, .totalTimeout: true
        default: false
        }
    }

    package var description: String { "\(kind.rawValue): \(detail)" }
}
