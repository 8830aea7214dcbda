/// Whether a peer that is waited for goes on fast enough: it may take a grace and what its bytes are worth at the least
/// pace, and may not pause for longer than the idle limit.
///
/// Only the time counts in which the peer was waited for, so that nobody is blamed for the slowness of the other side.
struct TransferPace {
    /// Bytes a second on average; 0 asks for none.
    private let floor: UInt64
    private let grace: UInt64
    let idleLimit: UInt64
    private var waited: UInt64 = 0
    private var bytes: UInt64 = 0

    /// - Parameters: the least pace in bytes a second, times in nanoseconds.
    init(floor: Int, grace: UInt64, idleLimit: UInt64) {
        self.floor = UInt64(max(floor, 0))
        self.grace = grace
        self.idleLimit = idleLimit
    }

    /// How long the next wait may last, in nanoseconds; 0 when the peer has been too slow.
    var nextWait: UInt64 {
        guard floor > 0 else { return idleLimit }
        let (seconds, rest) = bytes.quotientAndRemainder(dividingBy: floor)
        // Bytes worth a century are worth any wait. The rest is below the floor, which the configuration bounds to 2^30.
        guard seconds < 1 << 32 else { return idleLimit }
        let allowed = grace &+ seconds &* 1_000_000_000 &+ rest &* 1_000_000_000 / floor
        return allowed > waited ? min(allowed &- waited, idleLimit) : 0
    }

    /// Takes note of bytes that came or were accepted, and of the time waited for them.
    mutating func note(bytes: Int, waited nanoseconds: UInt64) {
        self.bytes &+= UInt64(max(bytes, 0))
        waited &+= nanoseconds
    }
}
