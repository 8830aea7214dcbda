import Cache
import Glibc
import LMDB
import TestSupport
import Testing

/// How the cache lies on the disk, as far as a user can tell.
struct LayoutTests {
    @Test func `a cache of an earlier version is replaced by an empty one, and nothing is kept of it`() throws {
        let fixture = try CacheFixture()
        fixture.store("answer")
        try fixture.reopen { path in
            for name in ["data.mdb", "lock.mdb", "clean"] { unlink("\(path)/\(name)") }
            // What the first version began a file with.
            let earlier = try Environment(path: path, mapBytes: 1 << 20, tables: 5)
            var transaction = try WriteTransaction(on: earlier)
            for name in ["entries", "states", "recency", "expiry"] {
                _ = try transaction.openTable(name, create: true)
            }
            let meta = try transaction.openTable("meta", create: true)
            let totals: InlineArray<3, Int64> = [1, 0, 0]
            try transaction.put(meta, key: Array("totals".utf8).span.bytes, value: totals.span.bytes)
            try transaction.commit()
        }
        #expect(fixture.cache.notice?.contains("its layout is number 1") == true, "\(fixture.cache.notice ?? "none")")
        #expect(fixture.others.allSatisfy { $0.hasPrefix("spare") })
        fixture.store("answer", "again")
        fixture.cache.waitUntilWritten()
        #expect(fixture.body("answer") == "again" && fixture.cache.statistics.failures == 0)
    }

    @Test func `of two keys that the index takes for one the later has an answer, and nobody gets the other's`() throws
    {
        let fixture = try CacheFixture()
        let keys = (0..<2 as Range<UInt64>).compactMap { last -> CacheKey? in
            let words: InlineArray<4, UInt64> = [7, 1, 1, last]
            return CacheKey(bytes: words.span.bytes)
        }
        let now = fixture.clock.wallMicroseconds()
        let head = CacheEntryHead(
            kind: .json, storedAt: now, expiresAt: now + 1_000_000, counts: nil, cost: nil, model: "", provider: "")
        for (number, key) in keys.enumerated() {
            fixture.cache.store(head, CacheEntryOrigin(), body: Array("answer \(number)".utf8).span.bytes, for: key)
            fixture.cache.waitUntilWritten()
        }
        let found = keys.map { key in fixture.reader.lookUp(key, now: now) { $1.text } }
        #expect(found == [nil, "answer 1"])
        #expect(fixture.cache.statistics.damagedRecords == 0 && fixture.cache.statistics.entries == 1)
    }

    @Test func `uses outlive a restart: what was used longest ago still goes first`() throws {
        let fixture = try CacheFixture(maxBytes: 1 << 20)
        for name in ["a", "b", "c", "d"] {
            fixture.store(name, noise(200_000))
            fixture.clock.advance(by: .seconds(1))
        }
        fixture.cache.waitUntilWritten()
        for name in ["a", "c"] { #expect(fixture.has(name)) }
        fixture.reader.sendUses()
        try fixture.reopen(maxBytes: 1 << 20)
        for name in ["e", "f", "g"] {
            fixture.clock.advance(by: .seconds(1))
            fixture.store(name, noise(200_000))
        }
        fixture.cache.waitUntilWritten()
        #expect(["a", "b", "c", "d", "e", "f", "g"].filter(fixture.has) == ["a", "c", "e", "f", "g"])
    }

    @Test func `an entry that is used all the time stays while hundreds pass through the cache`() throws {
        let fixture = try CacheFixture(maxBytes: 1 << 20)
        fixture.store("hot", [7])
        fixture.cache.waitUntilWritten()
        for number in 0..<300 {
            fixture.clock.advance(by: .seconds(2))
            try #require(fixture.has("hot"), "after \(number)")
            fixture.reader.sendUses()
            fixture.store("passing \(number)", [UInt8](repeating: 7, count: 20_000))
            fixture.cache.waitUntilWritten()
        }
        #expect(fixture.cache.statistics.evictedLeastRecentlyUsed > 200)
    }
}
