import Routing
import Testing

/// When a provider is asked, and when it is left alone.
struct CircuitBreakerTests {
    private static let second: Nanoseconds = 1_000_000_000
    private var breaker = CircuitBreaker(failureLimit: 3, cooldown: 15 * second)

    private mutating func fail(_ count: Int, at now: Nanoseconds) {
        for _ in 0..<count { breaker.failed(breaker.admit(now), now) }
    }

    @Test mutating func `failures in a row open it, and a success between them does not let them add up`() {
        fail(2, at: 0)
        breaker.succeeded(breaker.admit(0))
        fail(2, at: 0)
        #expect(breaker.state(0) == .closed)
        fail(1, at: 0)
        #expect(breaker.state(0) == .open)
    }

    @Test mutating func `open, it refuses until its cool-down is over`() {
        fail(3, at: 0)
        let early = breaker.admit(15 * Self.second - 1)
        #expect(early == .refused)
        #expect(breaker.opensIn(5 * Self.second) == 10 * Self.second)
        let probe = breaker.admit(15 * Self.second)
        #expect(probe == .probe)
    }

    @Test mutating func `one probe goes at a time, and its success lets everybody through`() {
        fail(3, at: 0)
        let probe = breaker.admit(20 * Self.second)
        let another = breaker.admit(20 * Self.second)
        #expect(another == .refused)
        #expect(breaker.state(20 * Self.second) == .halfOpen)
        breaker.succeeded(probe)
        let next = breaker.admit(20 * Self.second)
        #expect(next == .allowed)
    }

    @Test mutating func `a probe that fails begins the cool-down anew`() {
        fail(3, at: 0)
        let probe = breaker.admit(20 * Self.second)
        breaker.failed(probe, 21 * Self.second)
        let early = breaker.admit(36 * Self.second - 1)
        #expect(early == .refused)
        let probeAgain = breaker.admit(36 * Self.second)
        #expect(probeAgain == .probe)
    }

    @Test mutating func `a probe that a client gave up makes room for another at once`() {
        fail(3, at: 0)
        let probe = breaker.admit(20 * Self.second)
        breaker.abandoned(probe, 20 * Self.second)
        let another = breaker.admit(20 * Self.second)
        #expect(another == .probe)
    }

    @Test mutating func `a probe of which nothing is heard is given up after a cool-down`() {
        fail(3, at: 0)
        _ = breaker.admit(20 * Self.second)
        let early = breaker.admit(35 * Self.second - 1)
        #expect(early == .refused)
        let another = breaker.admit(35 * Self.second)
        #expect(another == .probe)
    }

    @Test mutating func `what was asked before it opened neither closes it nor keeps it open`() {
        let old = breaker.admit(0)
        fail(3, at: 0)
        breaker.succeeded(old)
        #expect(breaker.state(1) == .open)
        breaker.failed(old, 14 * Self.second)
        #expect(breaker.opensIn(14 * Self.second) == Self.second)
    }

    @Test mutating func `a rest that a provider asks for is kept, and never shortens another`() {
        breaker.rest(until: 40 * Self.second, 0)
        #expect(breaker.opensIn(0) == 40 * Self.second)
        breaker.rest(until: 10 * Self.second, 0)
        #expect(breaker.opensIn(0) == 40 * Self.second)
        breaker.rest(until: 60 * Self.second, 0)
        #expect(breaker.opensIn(0) == 60 * Self.second)
    }

    @Test func `no cool-down is ever shortened, whatever happens`() {
        for seed in 0..<200 as Range<UInt64> {
            var random = Dice(seed)
            var breaker = CircuitBreaker(failureLimit: 2, cooldown: 10 * Self.second)
            var now: Nanoseconds = 0
            var admissions: [CircuitBreaker.Admission] = []
            for _ in 0..<200 {
                let opens = breaker.opensIn(now)
                switch random.next() % 5 {
                case 0:
                    let admission = breaker.admit(now)
                    if admission != .refused { admissions.append(admission) }
                case 1: if let call = admissions.popLast() { breaker.failed(call, now) }
                case 2: breaker.rest(until: now + random.next() % (20 * Self.second), now)
                // While it is open, only the success of a call that was admitted since may end a cool-down early.
                case 3:
                    if opens == 0, let call = admissions.popLast() { breaker.succeeded(call) }
                default: now += random.next() % (5 * Self.second)
                }
                if breaker.state(now) == .open, opens > 0 {
                    #expect(breaker.opensIn(now) + 5 * Self.second >= opens, "seed \(seed)")
                }
            }
        }
    }
}

/// Numbers that look random and are the same each time.
struct Dice {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
