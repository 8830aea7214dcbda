import Testing

@testable import HTTP

/// How long a peer is waited for, as a list of calls. Times are in seconds here.
@Suite struct TransferPaceTests {
    private static let second: UInt64 = 1_000_000_000

    private static func pace(_ floor: Int) -> TransferPace {
        TransferPace(floor: floor, grace: 30 * second, idleLimit: 75 * second)
    }

    @Test func `without a least pace a peer has the idle limit, again and again`() {
        var pace = Self.pace(0)
        for _ in 0..<10 {
            #expect(pace.nextWait == 75 * Self.second)
            pace.note(bytes: 1, waited: 74 * Self.second)
        }
    }

    @Test func `a peer that dribbles has its grace and what its bytes are worth`() {
        var pace = Self.pace(1024)
        #expect(pace.nextWait == 30 * Self.second)
        for _ in 0..<30 { pace.note(bytes: 1, waited: Self.second) }
        #expect(pace.nextWait == 30 * Self.second / 1024)
        pace.note(bytes: 0, waited: Self.second)
        #expect(pace.nextWait == 0)
    }

    @Test func `a peer at the least pace may go on for ever, and one that was fast may not rest for ever`() {
        var pace = Self.pace(1024)
        for _ in 0..<10_000 { pace.note(bytes: 1024, waited: Self.second) }
        #expect(pace.nextWait == 30 * Self.second)
        pace.note(bytes: 1 << 30, waited: 0)
        #expect(pace.nextWait == 75 * Self.second)
    }

    @Test func `no number of bytes is too large to reckon with`() {
        var pace = Self.pace(1)
        for _ in 0..<10 { pace.note(bytes: .max, waited: .max / 16) }
        #expect(pace.nextWait <= 75 * Self.second)
    }
}
