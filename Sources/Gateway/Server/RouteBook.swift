import Metrics
import Platform
import Routing

/// What all loops' calls have shown of tasks and models, and how routes see it: a snapshot that is made anew now and then,
/// so that a choice looks at no lock.
final class RouteBook: Sendable {
    private struct State {
        var history: RouteHistory
        /// Calls that the snapshot does not know of.
        var unpublished = 0
        var publishedAt: UInt64 = 0
    }

    /// Conditions under which every provider is up.
    let conditions: Snapshot<RouteConditions>
    private let table: RoutingTable
    private let state: Lock<State>

    /// The snapshot is made anew after so many calls, or after the first one when it is so old.
    private static let callsAtMost = 64
    private static let nanosecondsAtMost: UInt64 = 10_000_000_000

    init(_ table: RoutingTable) {
        self.table = table
        conditions = Snapshot(table.conditions())
        state = Lock(State(history: table.history()))
    }

    /// Takes note of a finished call, where it tells something: answered whole by a provider that stated its usage.
    func note(_ record: borrowing LedgerEntry, _ now: UInt64) {
        let fresh = state.withLock { state -> RouteConditions? in
            guard state.history.note(record) else { return nil }
            state.unpublished += 1
            guard state.unpublished >= Self.callsAtMost || now &- state.publishedAt >= Self.nanosecondsAtMost else {
                return nil
            }
            state.unpublished = 0
            state.publishedAt = now
            return told(state.history)
        }
        if let fresh { conditions.publish(fresh) }
    }

    /// Reads what the ledger has of the last day, to begin with. Blocks: not for a loop.
    ///
    /// - Parameter goesOn: Asked at each record.
    func recall(_ reader: LedgerReader, now: Int64, while goesOn: () -> Bool) {
        var history = table.history()
        var count = 0
        // What cannot be read is not known: the choice then goes by what is usual.
        _ = try? reader.forEach(from: now &- Self.recalledMicroseconds) { record in
            if history.note(record) { count += 1 }
            return count < Self.recalledCalls && goesOn()
        }
        guard count > 0 else { return }
        let recalled = history
        conditions.publish(
            state.withLock { state in
                // The few calls since the start are too few to be missed.
                state.history = recalled
                return told(recalled)
            })
    }

    private static let recalledMicroseconds: Int64 = 86_400_000_000
    private static let recalledCalls = 200_000

    private func told(_ history: RouteHistory) -> RouteConditions {
        var conditions = table.conditions()
        history.tell(&conditions)
        return conditions
    }
}

extension RouteHistory {
    /// Takes note of a record; false where it tells nothing.
    fileprivate mutating func note(_ record: borrowing LedgerEntry) -> Bool {
        guard record.status == 200, record.usageSource == .reported, record.cache == .miss || record.cache == .bypass,
            record.errorCode == nil, let model = record.model, let usage = record.usage, !record.attempts.isEmpty
        else { return false }
        note(
            record.task.map(TaskName.init), model: model, outputTokens: usage.output,
            microseconds: record.upstreamMicroseconds ?? 0)
        return true
    }
}
