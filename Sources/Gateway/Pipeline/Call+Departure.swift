import HTTP
import Metrics

/// Ends an upstream call when its client leaves, so that nothing is generated, and billed, for no one; and when the
/// gateway, about to end, gives the call up.
///
/// A broken connection ends it at once. A client that has only shut its sending side may still be reading, and the
/// two look the same until something is written: it has 500 ms to be answered. A call that others listen to goes on
/// for them.
extension Call: ConnectionObserver {
    private static let graceNanoseconds: UInt64 = 500_000_000

    /// Ends `wait` when the client leaves, until `endWatch`.
    func watch(_ wait: any Cancellable) {
        watched = wait
        connection.observer = self
        if connection.socket.isPeerGone { startGrace() }
        if connection.isAbandoned { wait.cancel() }
    }

    /// Ends the watch; must be called.
    func endWatch() {
        connection.observer = nil
        watched = nil
        if let grace { connection.socket.loop.remove(grace) }
        grace = nil
    }

    package func clientLeft(isBroken: Bool) {
        if isBroken { depart() } else { startGrace() }
    }

    package func connectionAbandoned() { watched?.cancel() }

    /// The client is gone; what it waited for ends, unless others wait for it too.
    private func depart() {
        if flight?.goesOnWithoutLeader() ?? false { clientLeft() } else { watched?.cancel() }
    }

    /// Others have begun to listen to this call, or none does any more, or the answer is held no longer: they are not kept
    /// waiting by a client that is slow, as long as what it has not accepted is no more than is held anyway.
    func followersChanged() { connection.mayLag = flight.map { $0.isShared && $0.isHeld } ?? false }

    /// Whether anyone waits for more of the answer.
    var isListenedTo: Bool { !entry.clientDisconnected || flight?.goesOnWithoutLeader() ?? false }

    /// The connection to write to; nil once its client has left.
    var listener: Connection? { entry.clientDisconnected ? nil : connection }

    /// Ends what this call leads; from now on only its own client is waited for.
    func endFlight(_ end: Flight.End) {
        flight?.end(end)
        flight = nil
        connection.mayLag = false
    }

    private func startGrace() {
        guard grace == nil else { return }
        let grace = Deadline()
        grace.whenExpired { [unowned self] in depart() }
        connection.socket.loop.arm(grace, nanoseconds: Self.graceNanoseconds)
        self.grace = grace
    }
}
