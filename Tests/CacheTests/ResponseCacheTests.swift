import Cache
import LMDB
import TestSupport
import Testing

struct ResponseCacheTests {
    @Test func `a stored answer comes back with all that was known of it`() throws {
        let fixture = try CacheFixture()
        let head = CacheEntryHead(
            kind: .events, storedAt: 1_767_225_600_000_000, expiresAt: 1_767_229_200_000_000,
            counts: .init(uncachedInput: 10, cachedInput: 0, cacheWrite: 3, output: 7, reasoning: 2),
            cost: 123_456_789, model: "gpt-4o-2024-08-06", provider: "openai")
        let body = noise(100_000)
        let bare = CacheEntryHead(
            kind: .json, storedAt: 1_767_225_600_000_000, expiresAt: 1_767_229_200_000_000, counts: nil, cost: nil,
            model: "", provider: "")
        fixture.cache.store(head, CacheEntryOrigin(), body: body.span.bytes, for: fixture.key("full"))
        fixture.cache.store(bare, CacheEntryOrigin(), body: RawSpan(), for: fixture.key("bare"))
        for place in ["on its way", "written", "after a restart"] {
            if place == "written" { fixture.cache.waitUntilWritten() }
            if place == "after a restart" { try fixture.reopen() }
            let now = fixture.clock.wallMicroseconds()
            let full = fixture.reader.lookUp(fixture.key("full"), now: now) { found, bytes in
                found == head && bytes.withUnsafeBytes { $0.elementsEqual(body) }
            }
            #expect(full == true, "\(place)")
            let empty = fixture.reader.lookUp(fixture.key("bare"), now: now) { found, bytes in
                found == bare && bytes.byteCount == 0
            }
            #expect(empty == true, "\(place)")
        }
        #expect(fixture.cache.notice == nil)
        #expect(fixture.cache.statistics.entries == 2)
    }

    @Test func `an answer is found by every reader before it is written`() throws {
        let fixture = try CacheFixture()
        let other = fixture.cache.makeReader()
        fixture.store("old", "first")
        fixture.cache.waitUntilWritten()
        try fixture.cache.whileNothingIsWritten {
            fixture.store("new", "fresh")
            fixture.store("old", "second")
            #expect(fixture.body("new") == "fresh")
            #expect(fixture.body("old") == "second")
            let seen = other.lookUp(fixture.key("new"), now: fixture.clock.wallMicroseconds()) { $1.text }
            #expect(seen == "fresh")
            #expect(fixture.cache.statistics.entries == 1)
        }
        fixture.cache.waitUntilWritten()
        #expect(fixture.body("old") == "second")
        #expect(fixture.cache.statistics.entries == 2)
    }

    @Test func `a removed answer is gone before the removal is written`() throws {
        let fixture = try CacheFixture()
        for name in ["one", "two"] { fixture.store(name) }
        fixture.cache.waitUntilWritten()
        try fixture.cache.whileNothingIsWritten {
            fixture.cache.remove(fixture.key("one"))
            #expect(fixture.body("one") == nil)
            #expect(fixture.body("two") != nil)
            fixture.cache.removeAll()
            #expect(fixture.body("two") == nil)
            fixture.store("three")
            #expect(fixture.body("three") != nil)
        }
        fixture.cache.waitUntilWritten()
        #expect(["one", "two", "three"].map(fixture.has) == [false, false, true])
        #expect(fixture.cache.statistics.entries == 1)
    }

    @Test func `an answer reads as absent from the moment it expires`() throws {
        let fixture = try CacheFixture()
        fixture.store("short", for: .seconds(60))
        fixture.clock.advance(by: .seconds(59))
        #expect(fixture.has("short"))
        fixture.cache.waitUntilWritten()
        #expect(fixture.has("short"))
        fixture.clock.advance(by: .seconds(1))
        #expect(!fixture.has("short"))
        #expect(fixture.cache.statistics.damagedRecords == 0)
    }

    @Test func `an answer stored again has the later body and lifetime`() throws {
        let fixture = try CacheFixture()
        fixture.store("answer", "first", for: .seconds(60))
        fixture.cache.waitUntilWritten()
        fixture.clock.advance(by: .seconds(30))
        fixture.store("answer", "second", for: .seconds(60))
        fixture.clock.advance(by: .seconds(45))
        #expect(fixture.body("answer") == "second")
        fixture.cache.waitUntilWritten()
        fixture.store("something else")
        fixture.cache.waitUntilWritten()
        #expect(fixture.body("answer") == "second", "the first one's expiry must not remove it")
        #expect(fixture.cache.statistics.evictedExpired == 0)
    }

    @Test func `an answer over the limit of one entry is refused and counted`() throws {
        let fixture = try CacheFixture(maxEntryBytes: 1000)
        #expect(fixture.store("fits", noise(1000)))
        #expect(!fixture.store("too long", noise(1001)))
        #expect(!fixture.has("too long"))
        #expect(fixture.cache.statistics.dropped == 1)
    }

    @Test func `when too much waits to be written, an answer is dropped and counted, and nobody waits`() throws {
        let fixture = try CacheFixture(queueBytes: 3000)
        try fixture.cache.whileNothingIsWritten {
            #expect(fixture.store("first", noise(1000)))
            #expect(fixture.store("second", noise(1000)))
            #expect(!fixture.store("third", noise(1000)))
            #expect(!fixture.has("third"))
            fixture.cache.remove(fixture.key("first"))
            #expect(!fixture.has("first"), "a removal is taken all the same")
        }
        #expect(fixture.cache.statistics.dropped == 1)
        fixture.cache.waitUntilWritten()
        #expect(fixture.store("third", noise(1000)))
        #expect(fixture.has("second"))
    }

    @Test func `a closed cache takes nothing, and what it had taken is there when it opens again`() throws {
        let fixture = try CacheFixture()
        for number in 0..<100 { fixture.store("answer \(number)") }
        fixture.cache.close()
        fixture.cache.close()
        #expect(!fixture.store("late"))
        try fixture.reopen()
        #expect((0..<100).allSatisfy { fixture.has("answer \($0)") })
        #expect(!fixture.has("late"))
    }

    @Test func `a second cache in the directory is refused`() throws {
        let fixture = try CacheFixture()
        let refused = #expect(throws: StoreError.self) {
            try ResponseCache(
                directory: fixture.directory.path, maxBytes: 1 << 20, maxEntryBytes: 1, time: fixture.clock)
        }
        #expect(refused?.isInUse == true)
        fixture.store("still works")
        fixture.cache.waitUntilWritten()
        #expect(fixture.has("still works") && fixture.others.isEmpty)
    }
}
