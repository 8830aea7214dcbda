/// Which calls a report or an export is about; what is nil is not asked for.
package struct CallFilter: Sendable, Equatable {
    /// Microseconds since 1970; `from` inclusive, `to` exclusive.
    package var from: Int64?
    package var to: Int64?
    package var deal: String?
    package var task: LedgerEntry.TaskKind?
    package var model: String?
    package var provider: String?
    package var rollout: LedgerEntry.Arm?

    /// The parameters that it is read from.
    package static let parameters = ["from", "to", "deal", "task", "model", "provider", "rollout"]

    package init() {}

    /// - Parameters:
    ///   - parameters: By name; those that it does not know are others'.
    ///   - now: What relative times count from, in microseconds since 1970.
    package init(_ parameters: [String: String], now: Int64) throws(QueryProblem) {
        // An unset variable in a script must not mean everything.
        for name in Self.parameters where parameters[name]?.isEmpty == true {
            throw QueryProblem(parameter: name, reason: "is empty")
        }
        from = try Self.time("from", parameters, now)
        to = try Self.time("to", parameters, now)
        deal = parameters["deal"]
        task = try Self.choice("task", parameters)
        model = parameters["model"]
        provider = parameters["provider"]
        rollout = try Self.choice("rollout", parameters)
        if let from, let to, from >= to {
            throw QueryProblem(parameter: "to", reason: "is not after 'from'; expected a later time")
        }
    }

    /// Whether a call of the right time is one of them.
    package func admits(_ entry: LedgerEntry) -> Bool {
        (deal == nil || entry.deal == deal) && (task == nil || entry.task == task)
            && (model == nil || entry.model == model) && (provider == nil || entry.provider == provider)
            && (rollout == nil || entry.rollout == rollout)
    }

    private static func time(
        _ name: String, _ parameters: [String: String], _ now: Int64
    ) throws(QueryProblem) -> Int64? {
        guard let text = parameters[name] else { return nil }
        guard let time = Timestamp.parse(text, now: now) else {
            throw QueryProblem(
                parameter: name, reason: "is '\(text)'; expected a time like 2026-11-24T09:00:00Z, a day, or -24h")
        }
        return time
    }

    private static func choice<Named: NamedValue>(
        _ name: String, _ parameters: [String: String]
    ) throws(QueryProblem) -> Named? {
        guard let text = parameters[name] else { return nil }
        guard let value = Named(name: text) else {
            let names = Named.allCases.map(\.name).joined(separator: ", ")
            throw QueryProblem(parameter: name, reason: "is '\(text)'; expected one of \(names)")
        }
        return value
    }
}

/// A parameter that makes no sense.
package struct QueryProblem: Error, Sendable, Equatable {
    package let parameter: String
    /// Completes the sentence that begins with the parameter's name.
    package let reason: String
}
