/// A connection between two requests.
///
/// One that rests for longer than a moment gives back all it can: its buffers to the loop, and its task, whose frames
/// alone take 13 KB; so ten thousand clients that keep a connection open cost little more than their descriptors.
extension Connection {
    /// Long enough that a client which goes on asking never pays for a new task.
    private static let napNanoseconds: UInt64 = 1_000_000_000

    /// Waits a moment for the next request, and falls asleep when none comes: whoever serves the connection lets go of
    /// it until `wake` is called, once, on the loop.
    ///
    /// - Returns: Whether it sleeps; else there is something for `nextRequest` to look at.
    package func fallsAsleep(wake: @escaping () -> Void) async -> Bool {
        guard socket.inbound.isEmpty, mayRest, limits.idleTimeout > Self.napNanoseconds else { return false }
        socket.expire(after: Self.napNanoseconds)
        isNapping = true
        let isStirred = await socket.waitForBytes()
        isNapping = false
        // A drain that began meanwhile has its own times for who rests.
        guard !isStirred, mayRest else { return false }
        socket.outbound.removeAll(keep: 0)
        head.release()
        onWake = wake
        socket.onReadable = { [unowned self] in wakeUp() }
        socket.onExpiry = { [unowned self] in
            hasOverslept = true
            wakeUp()
        }
        socket.expire(after: limits.idleTimeout &- Self.napNanoseconds)
        return true
    }

    package var isAsleep: Bool { onWake != nil }

    private var mayRest: Bool { drain == nil && !isAbandoned && socket.isOpen }

    /// Has whoever serves the connection look at it again, if it sleeps.
    func wakeUp() {
        guard let wake = onWake.take() else { return }
        socket.onReadable = nil
        socket.onExpiry = nil
        wake()
    }
}
