/// A connection between two requests.
///
/// One that rests for longer than a moment gives back all it can: its buffers to the loop, and its task with the frames
/// that its requests took; so ten thousand clients that keep a connection open cost little more than their descriptors.
extension Connection {
    /// Long enough that a busy client hardly ever pays for a new task (2 µs), short enough that many that come at once
    /// do not all hold one.
    private static let napNanoseconds: UInt64 = 100_000_000

    /// Waits a moment for the next request, and falls asleep when none comes: whoever serves the connection lets go of
    /// it until `onWake` is called.
    ///
    /// - Returns: Whether it sleeps; else there is something for `nextRequest` to look at.
    package func fallsAsleep() async -> Bool {
        guard socket.inbound.isEmpty, mayRest, limits.idleTimeout > Self.napNanoseconds else { return false }
        let began = socket.loop.now
        socket.expire(after: Self.napNanoseconds)
        isNapping = true
        let isStirred = await socket.waitForBytes()
        isNapping = false
        // A drain that began meanwhile has its own times for who rests.
        guard !isStirred, mayRest else { return false }
        let rested = socket.loop.now &- began
        hasOverslept = rested >= limits.idleTimeout
        if hasOverslept { return false }
        socket.outbound.removeAll(keep: 0)
        head.release()
        isAsleep = true
        socket.onReadable = { [weak self] in self?.wakeUp() }
        socket.onExpiry = { [weak self] in
            self?.hasOverslept = true
            self?.wakeUp()
        }
        socket.expire(after: limits.idleTimeout &- rested)
        return true
    }

    private var mayRest: Bool { drain == nil && !isAbandoned && !hasOverslept && socket.isOpen }

    /// Has whoever serves the connection look at it again, if it sleeps.
    func wakeUp() {
        guard isAsleep else { return }
        isAsleep = false
        socket.onReadable = nil
        socket.onExpiry = nil
        onWake?()
    }
}
