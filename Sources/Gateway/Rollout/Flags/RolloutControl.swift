import LMDB
import Platform

/// Holds the flags: changes them, keeps them, and publishes the policy that follows from them to every loop.
///
/// What is written goes through a thread of its own, one change after the other; whoever asks on a loop sleeps meanwhile.
/// A request's way meets none of it but the snapshot of the policy.
package final class RolloutControl: Sendable {
    /// By what each call's treatment is decided.
    let policy: Snapshot<RolloutPolicy>
    let settings: Settings
    let time: any TimeSource
    private let store: FlagStore
    private let stored: Lock<[RolloutFlag: StoredFlag]>
    private let work: SerialWork

    /// Reads what a data directory keeps.
    ///
    /// - Throws: `StoreError` when that cannot be read; a person decides what to do about it.
    init(_ settings: Settings, directory: String, time: any TimeSource) throws(StoreError) {
        self.settings = settings
        self.time = time
        store = try FlagStore(directory: directory)
        let found = try store.stored()
        stored = Lock(found)
        policy = Snapshot(RolloutPolicy(settings, flags: found.mapValues(\.value)))
        work = SerialWork(name: "rollout")
    }

    deinit { close() }

    /// Ends the thread, once it has done what it was asked.
    func close() { work.close() }

    // MARK: Looking

    /// A flag as it is in force.
    struct State: Sendable {
        let flag: RolloutFlag
        let value: RolloutFlag.Value
        /// What the configuration says.
        let configured: RolloutFlag.Value
        /// Nil where the configuration decides.
        let stored: StoredFlag?
        /// Of the callers; 0 where the configuration's `enabled: false` switches everything off.
        let effectivePercent: Double
    }

    func state(of flag: RolloutFlag) -> State {
        let found = stored.withLock { $0[flag] }
        let configured = settings.value(of: flag)
        let value = found?.value ?? configured
        return State(
            flag: flag, value: value, configured: configured, stored: found,
            effectivePercent: settings.enabled ? value.effectivePercent : 0)
    }

    var states: [State] { RolloutFlag.allCases.map(state) }

    /// The latest changes as JSON objects, newest first.
    ///
    /// - Parameter flag: Of which; nil: of all.
    func changes(of flag: RolloutFlag?, limit: Int) async throws(StoreError) -> [[UInt8]] {
        let store = store
        return try await work.run { Result { () throws(StoreError) in try store.changes(of: flag, limit: limit) } }
            .get()
    }

    // MARK: Changing

    /// What is to become of a flag.
    enum Edit: Sendable {
        /// A JSON object of what changes; what it leaves out stays as it is.
        case change([UInt8])
        /// The configuration decides again.
        case delete
    }

    /// Changes flags, all or none: every call that begins after the return is treated by them.
    ///
    /// - Parameter by: Who changes them, for the log.
    /// - Returns: Why the change is in force but will be gone with the process: its store failed. Nil when all is well.
    /// - Throws: What is wrong with an edit.
    func change(_ edits: [RolloutFlag: Edit], by: String, reason: String?) async throws(SettingsErrors) -> StoreError? {
        try await work.run { [unowned self] in
            Result { () throws(SettingsErrors) in try self.apply(edits, by: by, reason: reason) }
        }.get()
    }

    /// The same, on the thread.
    private func apply(_ edits: [RolloutFlag: Edit], by: String, reason: String?) throws(SettingsErrors) -> StoreError?
    {
        let before = stored.withLock { $0 }
        var after = before
        var changes: [FlagChange] = []
        let now = time.wallMicroseconds()
        for flag in RolloutFlag.allCases {
            guard let edit = edits[flag] else { continue }
            let old = before[flag]?.value ?? settings.value(of: flag)
            switch edit {
            case .change(let json):
                var value = old
                try value.change(by: json)
                after[flag] = StoredFlag(value: value, at: now, by: by)
            case .delete: after[flag] = nil
            }
            // What changes nothing is no news, and leaves who set it, and when.
            if after[flag]?.value == before[flag]?.value {
                after[flag] = before[flag]
                continue
            }
            changes.append(
                FlagChange(
                    at: now, flag: flag, action: after[flag] == nil ? .delete : .set, old: old,
                    new: after[flag]?.value ?? settings.value(of: flag), by: by, reason: reason))
        }
        guard !changes.isEmpty else { return nil }
        var problem: StoreError?
        // On the disk first, so that no call is ever treated by what a crash undoes; and where there is no disk to have,
        // all the same: a switch that is needed in trouble must not fail for want of space.
        do throws(StoreError) { try store.keep(changes, stored: after) } catch { problem = error }
        let flags = after
        stored.withLock { $0 = flags }
        policy.publish(RolloutPolicy(settings, flags: flags.mapValues(\.value)))
        return problem
    }
}

extension RolloutControl.State {
    /// What an operator should know at the start; nil where the configuration decides.
    var notice: String? {
        stored.map { "the flag '\(flag.rawValue)' is \($0.value), \($0.origin), whatever the configuration says" }
    }
}
