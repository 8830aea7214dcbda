import Synchronization

/// How many connections and requests are in hand, over all loops; read at each scrape.
final class ConnectionGauges: Sendable {
    private let connectionCount = Atomic<Int>(0)
    private let requestCount = Atomic<Int>(0)

    var connections: Int { connectionCount.load(ordering: .relaxed) }
    var requests: Int { requestCount.load(ordering: .relaxed) }

    /// Counts a connection; returns how many there are with it.
    func opened() -> Int { connectionCount.add(1, ordering: .relaxed).newValue }
    func closed() { connectionCount.subtract(1, ordering: .relaxed) }
    func began() { requestCount.add(1, ordering: .relaxed) }
    func ended() { requestCount.subtract(1, ordering: .relaxed) }
}
