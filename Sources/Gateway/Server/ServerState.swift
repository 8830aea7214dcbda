import Synchronization

/// Whether the gateway is serving or on its way out; asked by readiness probes.
final class ServerState: Sendable {
    private let draining = Atomic<Bool>(false)

    var isDraining: Bool { draining.load(ordering: .relaxed) }
    func beginDraining() { draining.store(true, ordering: .relaxed) }
}
