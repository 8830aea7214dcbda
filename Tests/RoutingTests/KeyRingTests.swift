import Routing
import Testing

/// Which of a provider's keys is used.
struct KeyRingTests {
    private static let second: Nanoseconds = 1_000_000_000

    @Test func `one key is used until it is refused, then the next`() {
        var ring = KeyRing(count: 3)
        let first = ring.key(0)
        let again = ring.key(1)
        #expect(first == 0 && again == 0)
        let hasAnother = ring.refused(0, status: 429, asked: 10 * Self.second, 0)
        #expect(hasAnother)
        let second = ring.key(0)
        #expect(second == 1)
        // Rested, the first one is not gone back to: the cache of prompts is where the second one is.
        let later = ring.key(60 * Self.second)
        #expect(later == 1)
    }

    @Test(arguments: [401, 403]) func `a key that is not known rests for minutes`(status: Int) {
        var ring = KeyRing(count: 2)
        _ = ring.refused(0, status: status, 0)
        _ = ring.refused(1, status: 429, asked: 20 * Self.second, 0)
        let afterTwenty = ring.key(20 * Self.second)
        #expect(afterTwenty == 1)
        _ = ring.refused(1, status: 429, asked: 600 * Self.second, 20 * Self.second)
        let afterFiveMinutes = ring.key(300 * Self.second)
        #expect(afterFiveMinutes == 0)
    }

    @Test func `when all keys rest the one that is ready first is used`() {
        var ring = KeyRing(count: 3)
        var hasAnother = ring.refused(0, status: 429, asked: 30 * Self.second, 0)
        hasAnother = ring.refused(1, status: 429, asked: 10 * Self.second, 0)
        #expect(hasAnother)
        hasAnother = ring.refused(2, status: 429, asked: 20 * Self.second, 0)
        #expect(!hasAnother)
        let key = ring.key(Self.second)
        #expect(key == 1)
    }

    @Test func `a rest never gets shorter, and other answers begin none`() {
        var ring = KeyRing(count: 2)
        _ = ring.refused(0, status: 429, asked: 60 * Self.second, 0)
        _ = ring.refused(0, status: 429, asked: Self.second, 0)
        _ = ring.refused(1, status: 429, asked: 30 * Self.second, 0)
        let key = ring.key(10 * Self.second)
        #expect(key == 1)
        var other = KeyRing(count: 1)
        for status in [200, 400, 404, 500, 503] {
            let hasAnother = other.refused(0, status: status, 0)
            #expect(!hasAnother)
        }
        #expect(other.hasAnother(0))
        _ = other.refused(0, status: 429, asked: .max, 5)
        #expect(!other.hasAnother(.max - 1))
    }
}
