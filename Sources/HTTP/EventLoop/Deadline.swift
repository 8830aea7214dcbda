/// A point in time after which something waiting is told to stop.
///
/// One object is kept for as long as its owner lives and armed again and again: to move a deadline later, or to
/// cancel it, is one store; its place in the wheel is corrected when that place comes by. Belongs to one loop.
package final class Deadline {
    fileprivate(set) var expiresAt: UInt64 = .max
    fileprivate var linkedTick: UInt64 = .max
    fileprivate var index = 0
    fileprivate var onExpiry: (() -> Void)?

    package init() {}

    /// Whether it will fire unless cancelled.
    package var isArmed: Bool { expiresAt != .max }

    /// Says what to do when it expires; kept until `clear`.
    package func whenExpired(_ action: @escaping () -> Void) { onExpiry = action }

    /// Forgets the time, keeps the action.
    package func cancel() { expiresAt = .max }
}

/// Every deadline of a loop, in slots of 8 ms: arming, moving and cancelling take constant time.
struct TimerWheel {
    private static let nanosecondsPerTick: UInt64 = 8_000_000
    private static let slotCount: UInt64 = 1024

    private var slots = [[Deadline]](repeating: [], count: Int(slotCount))
    private var currentTick: UInt64
    private(set) var linkedCount = 0

    init(now: UInt64) { currentTick = now / Self.nanosecondsPerTick }

    /// Makes `deadline` expire at `time` (nanoseconds of the loop's monotonic clock).
    mutating func arm(_ deadline: Deadline, at time: UInt64) {
        deadline.expiresAt = time
        let tick = slotTick(for: time)
        if deadline.linkedTick != .max {
            if deadline.linkedTick <= tick { return }
            unlink(deadline)
        }
        link(deadline, at: tick)
    }

    /// Takes `deadline` out of the wheel, with its action.
    mutating func remove(_ deadline: Deadline) {
        if deadline.linkedTick != .max { unlink(deadline) }
        deadline.expiresAt = .max
        deadline.onExpiry = nil
    }

    /// Milliseconds until a slot with a deadline comes by; nil when there is none.
    func millisecondsToNext(now: UInt64) -> Int32? {
        guard linkedCount > 0 else { return nil }
        var tick = currentTick &+ 1
        while tick < currentTick &+ Self.slotCount, slots[Int(tick % Self.slotCount)].isEmpty { tick &+= 1 }
        let at = tick &* Self.nanosecondsPerTick
        return at <= now ? 0 : Int32(truncatingIfNeeded: (at &- now) / 1_000_000 &+ 1)
    }

    /// Expires what is due at `now`. Deadlines armed by an action are seen in a later slot.
    mutating func advance(to now: UInt64, expired: inout [Deadline]) {
        let target = now / Self.nanosecondsPerTick
        guard target > currentTick else { return }
        // A clock that jumped more than one turn of the wheel visits each slot once.
        let first = target &- currentTick > Self.slotCount ? target &- Self.slotCount &+ 1 : currentTick &+ 1
        currentTick = target
        guard linkedCount > 0 else { return }
        for tick in first...target {
            let slot = Int(tick % Self.slotCount)
            guard !slots[slot].isEmpty else { continue }
            let due = slots[slot]
            slots[slot].removeAll(keepingCapacity: true)
            linkedCount &-= due.count
            for deadline in due {
                deadline.linkedTick = .max
                if deadline.expiresAt == .max { continue }
                if deadline.expiresAt <= now {
                    deadline.expiresAt = .max
                    expired.append(deadline)
                } else {
                    link(deadline, at: slotTick(for: deadline.expiresAt))
                }
            }
        }
    }

    /// The slot at or after `time`, at most one turn of the wheel ahead: later ones are looked at again there.
    private func slotTick(for time: UInt64) -> UInt64 {
        let tick = time / Self.nanosecondsPerTick &+ 1
        return min(max(tick, currentTick &+ 1), currentTick &+ Self.slotCount &- 1)
    }

    private mutating func link(_ deadline: Deadline, at tick: UInt64) {
        let slot = Int(tick % Self.slotCount)
        deadline.linkedTick = tick
        deadline.index = slots[slot].count
        slots[slot].append(deadline)
        linkedCount &+= 1
    }

    private mutating func unlink(_ deadline: Deadline) {
        let slot = Int(deadline.linkedTick % Self.slotCount)
        let last = slots[slot].removeLast()
        if last !== deadline {
            slots[slot][deadline.index] = last
            last.index = deadline.index
        }
        deadline.linkedTick = .max
        linkedCount &-= 1
    }
}

extension Deadline {
    /// Runs the action of an expired deadline.
    func fire() { onExpiry?() }
}
