import HTTP
import Platform
import Testing

@testable import Gateway

/// A simulated upstream of its own loop.
struct SimulatedProvider {
    private let group: WorkerGroup
    let port: UInt16

    /// - Parameter faults: As `gateway simulate --fault` takes them.
    init(_ faults: String...) throws {
        var behaviour = Simulator.Behaviour()
        for fault in faults {
            let isKnown = behaviour.faults.add(fault)
            #expect(isKnown)
        }
        let behaviours = behaviour
        group = try WorkerGroup(
            SocketAddress(host: "127.0.0.1", port: 0), count: 1, name: "simulator", time: SystemTime()
        ) { Simulator(behaviours, on: $0) }
        port = group.address.port
    }

    func stop() { group.drain(patience: .milliseconds(1)) }
}
