import HTTP

/// Ends an upstream call when its client leaves, so that nothing is generated, and billed, for no one; and when the
/// gateway, about to end, gives the call up.
///
/// A broken connection ends it at once. A client that has only shut its sending side may still be reading, and the
/// two look the same until something is written: it has 500 ms to be answered.
extension Call: ConnectionObserver {
    private static let graceNanoseconds: UInt64 = 500_000_000

    /// Ends `exchange` when the client leaves, until `endWatch`.
    func watch(_ exchange: any UpstreamExchange) {
        watched = exchange
        connection.observer = self
        if connection.socket.isPeerGone { startGrace() }
        if connection.isAbandoned { exchange.cancel() }
    }

    /// Ends the watch; must be called.
    func endWatch() {
        connection.observer = nil
        watched = nil
        if let grace { connection.socket.loop.remove(grace) }
        grace = nil
    }

    package func clientLeft(isBroken: Bool) {
        if isBroken { watched?.cancel() } else { startGrace() }
    }

    package func connectionAbandoned() { watched?.cancel() }

    private func startGrace() {
        guard grace == nil else { return }
        let grace = Deadline()
        grace.whenExpired { [unowned self] in watched?.cancel() }
        connection.socket.loop.arm(grace, nanoseconds: Self.graceNanoseconds)
        self.grace = grace
    }
}
