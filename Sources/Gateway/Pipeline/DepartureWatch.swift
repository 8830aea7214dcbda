import HTTP

/// Ends an upstream call when its client leaves, so that nothing is generated, and billed, for no one; and when the
/// gateway, about to end, gives the call up.
///
/// A broken connection ends it at once. A client that has only shut its sending side may still be reading, and the
/// two look the same until something is written: it has 500 ms to be answered.
final class DepartureWatch {
    private let connection: Connection
    private let exchange: any UpstreamExchange
    private let grace = Deadline()
    private static let graceNanoseconds: UInt64 = 500_000_000

    init(_ connection: Connection, _ exchange: any UpstreamExchange) {
        self.connection = connection
        self.exchange = exchange
        grace.whenExpired { [exchange] in exchange.cancel() }
        if connection.socket.isPeerGone { startGrace() }
        connection.socket.onPeerGone = { [unowned self] broken in
            if broken { exchange.cancel() } else { startGrace() }
        }
        connection.onAbandon = { [exchange] in exchange.cancel() }
        if connection.isAbandoned { exchange.cancel() }
    }

    /// Ends the watch; must be called.
    func end() {
        connection.socket.onPeerGone = nil
        connection.onAbandon = nil
        connection.socket.loop.remove(grace)
    }

    private func startGrace() {
        if !grace.isArmed { connection.socket.loop.arm(grace, nanoseconds: Self.graceNanoseconds) }
    }
}
