import Cache
import TestSupport
import Testing

struct EvictionTests {
    @Test func `entries of very different sizes never take more than the limit`() throws {
        let limit = 4 << 20
        let fixture = try CacheFixture(maxBytes: limit)
        var generator = SeededRandom(7)
        var stored = 0
        for group in 0..<60 {
            for entry in 0..<20 {
                fixture.clock.advance(by: .milliseconds(1))
                // From a hundred bytes to half a mebibyte, most of them short.
                let count = 100 << Int.random(in: 0...(entry == 0 ? 12 : 6), using: &generator)
                if fixture.store("\(group)/\(entry)", noise(count, seed: UInt64(count))) { stored += 1 }
            }
            fixture.cache.waitUntilWritten()
            let statistics = fixture.cache.statistics
            #expect(statistics.bytesInUse <= limit, "after group \(group)")
            #expect(statistics.entries + statistics.evictedLeastRecentlyUsed == stored)
        }
        let statistics = fixture.cache.statistics
        #expect(statistics.evictedLeastRecentlyUsed > 0 && statistics.bytesInUse > limit / 2)
        #expect(statistics.failures == 0, "\(statistics.lastError ?? "")")
        #expect(fixture.has("59/19"), "the latest is never the one to go")
    }

    @Test func `what was used longest ago goes first`() throws {
        let fixture = try CacheFixture(maxBytes: 1 << 20)
        for name in ["a", "b", "c", "d"] {
            fixture.store(name, noise(200_000))
            fixture.clock.advance(by: .seconds(1))
        }
        fixture.cache.waitUntilWritten()
        for name in ["a", "c"] { #expect(fixture.has(name)) }
        fixture.reader.sendUses()
        fixture.clock.advance(by: .seconds(1))
        // Five fit.
        for name in ["e", "f", "g"] { fixture.store(name, noise(200_000)) }
        fixture.cache.waitUntilWritten()
        #expect(["a", "b", "c", "d", "e", "f", "g"].filter(fixture.has) == ["a", "c", "e", "f", "g"])
    }

    @Test func `what has expired goes before anything that lives`() throws {
        let fixture = try CacheFixture(maxBytes: 1 << 20)
        fixture.store("old and living", noise(200_000))
        fixture.clock.advance(by: .seconds(1))
        fixture.store("new and short-lived", noise(200_000), for: .seconds(10))
        fixture.store("lasting", noise(400_000))
        fixture.cache.waitUntilWritten()
        fixture.clock.advance(by: .seconds(10))
        fixture.store("newest", noise(300_000))
        fixture.cache.waitUntilWritten()
        #expect(fixture.has("old and living") && fixture.has("lasting") && fixture.has("newest"))
        #expect(!fixture.has("new and short-lived"))
        #expect(fixture.cache.statistics.evictedExpired == 1)
        #expect(fixture.cache.statistics.evictedLeastRecentlyUsed == 0)
    }

    @Test func `all that has expired goes before anything that lives, however much it is`() throws {
        let fixture = try CacheFixture(maxBytes: 4 << 20)
        fixture.store("living", noise(1000))
        fixture.clock.advance(by: .seconds(1))
        for number in 0..<600 { fixture.store("dead \(number)", noise(3000), for: .seconds(10)) }
        fixture.cache.waitUntilWritten()
        fixture.clock.advance(by: .seconds(10))
        // Needs more room than the expired entries that go with every transaction anyway.
        for number in 0..<4 { fixture.store("large \(number)", noise(800_000)) }
        fixture.cache.waitUntilWritten()
        #expect(fixture.has("living"))
        #expect(fixture.cache.statistics.evictedLeastRecentlyUsed == 0)
    }

    @Test func `what has expired and is kept for bad times goes before anything that lives`() throws {
        let fixture = try CacheFixture(maxBytes: 1 << 20, keepsExpired: 3_600_000_000)
        fixture.store("living", noise(200_000))
        fixture.clock.advance(by: .seconds(1))
        fixture.store("expired", noise(200_000), for: .seconds(10))
        fixture.clock.advance(by: .seconds(10))
        fixture.store("small")
        fixture.cache.waitUntilWritten()
        #expect(fixture.cache.statistics.entries == 3, "there is room for it")
        fixture.store("large", noise(700_000))
        fixture.cache.waitUntilWritten()
        #expect(fixture.has("living") && fixture.has("large"))
        #expect(fixture.cache.statistics.evictedExpired == 1)
        #expect(fixture.cache.statistics.evictedLeastRecentlyUsed == 0)
    }

    @Test func `a lowered limit holds as soon as the cache is open`() throws {
        let fixture = try CacheFixture()
        for number in 0..<100 {
            fixture.store("answer \(number)", noise(20_000))
            fixture.clock.advance(by: .seconds(1))
        }
        fixture.cache.waitUntilWritten()
        #expect(fixture.cache.statistics.bytesInUse > 2_000_000)
        try fixture.reopen(maxBytes: 500_000)
        let statistics = fixture.cache.statistics
        #expect(statistics.bytesInUse <= 500_000 && statistics.entries > 10)
        #expect(fixture.has("answer 99") && !fixture.has("answer 0"))
    }

    @Test func `totals survive a restart`() throws {
        let fixture = try CacheFixture()
        for number in 0..<10 { fixture.store("answer \(number)", noise(5000)) }
        fixture.cache.remove(fixture.key("answer 3"))
        fixture.cache.waitUntilWritten()
        let before = fixture.cache.statistics
        #expect(before.entries == 9)
        try fixture.reopen()
        #expect(fixture.cache.statistics.entries == 9)
        #expect(fixture.cache.statistics.bytesInUse == before.bytesInUse)
    }
}
