import Synchronization

/// What the gateway does by itself while too much is being spent; read on every request's way, by one atomic load.
final class SafeMode: Sendable {
    private let chosen: AlertSettings.SafeMode
    private let isOn = Atomic<Bool>(false)

    init(_ chosen: AlertSettings.SafeMode) { self.chosen = chosen }

    /// What is done now.
    var current: AlertSettings.SafeMode { isOn.load(ordering: .relaxed) ? chosen : .off }

    /// Begins to save, or ends it.
    func set(_ on: Bool) { isOn.store(on, ordering: .relaxed) }
}
