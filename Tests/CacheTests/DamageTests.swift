import Cache
import Glibc
import LMDB
import TestSupport
import Testing

struct DamageTests {
    /// A closed cache whose files `damage` has changed, opened again: it must be empty, say so, and work.
    private func expectMovedAside(_ damage: (String) throws -> Void, sourceLocation: SourceLocation = #_sourceLocation)
        throws
    {
        let fixture = try CacheFixture()
        for number in 0..<200 { fixture.store("answer \(number)", noise(3000)) }
        try fixture.reopen(after: damage)
        let aside = fixture.others.filter { $0.hasPrefix("cache.damaged-") }
        #expect(aside.count == 1, sourceLocation: sourceLocation)
        let notice = fixture.cache.notice ?? ""
        #expect(notice.contains(aside.first ?? "?") && notice.contains("starts empty"), sourceLocation: sourceLocation)
        #expect(!fixture.has("answer 0") && fixture.cache.statistics.entries == 0, sourceLocation: sourceLocation)
        fixture.store("answer 0", "again")
        fixture.cache.waitUntilWritten()
        #expect(fixture.body("answer 0") == "again", sourceLocation: sourceLocation)
        try fixture.reopen()
        #expect(fixture.cache.notice == nil && fixture.has("answer 0"), sourceLocation: sourceLocation)
    }

    @Test func `an overwritten file is moved aside`() throws {
        try expectMovedAside { overwrite("\($0)/data.mdb", with: noise(20_000), at: 0) }
    }

    @Test func `a torn page deep in the file is moved aside before it can do harm`() throws {
        try expectMovedAside { path in
            // Every page from the third on loses its header, whatever it is.
            let pages = fileSize("\(path)/data.mdb") / 4096
            for page in 2..<pages { overwrite("\(path)/data.mdb", with: noise(16), at: page * 4096) }
        }
    }

    @Test func `a file cut short is moved aside`() throws {
        try expectMovedAside { truncate("\($0)/data.mdb", off_t(fileSize("\($0)/data.mdb") / 2)) }
    }

    @Test func `a file of a few bytes is moved aside`() throws {
        try expectMovedAside { truncate("\($0)/data.mdb", 100) }
    }

    @Test func `another program's store is moved aside, not added to`() throws {
        try expectMovedAside { path in
            unlink("\(path)/data.mdb")
            let foreign = try Environment(path: path, mapBytes: 1 << 20, tables: 1)
            var transaction = try WriteTransaction(on: foreign)
            let table = try transaction.openTable("theirs", create: true)
            try transaction.put(table, key: [1, 2, 3 as UInt8].span.bytes, value: RawSpan())
            try transaction.commit()
        }
    }

    @Test func `a file in the place of the directory is moved aside`() throws {
        try expectMovedAside { path in
            for name in ["data.mdb", "lock.mdb", "clean"] { unlink("\(path)/\(name)") }
            rmdir(path)
            close(open(path, O_CREAT | O_WRONLY, 0o600))
        }
    }

    @Test func `only the latest damaged cache is kept`() throws {
        let fixture = try CacheFixture()
        for _ in 0..<3 {
            fixture.clock.advance(by: .seconds(60))
            try fixture.reopen { overwrite("\($0)/data.mdb", with: noise(9000), at: 0) }
        }
        #expect(fixture.others.filter { $0.hasPrefix("cache.damaged-") }.count == 1)
    }

    @Test func `an empty file is a new cache, with nothing to say`() throws {
        let fixture = try CacheFixture()
        try fixture.reopen { truncate("\($0)/data.mdb", 0) }
        #expect(fixture.cache.notice == nil && fixture.others.allSatisfy { $0.hasPrefix("spare") })
    }

    @Test func `a damaged answer reads as absent, is counted and goes, and the others stay`() throws {
        let fixture = try CacheFixture()
        let body = noise(50_000, seed: 9)
        fixture.store("good", noise(50_000, seed: 8))
        fixture.store("bad", body)
        try fixture.reopen { path in
            let file = "\(path)/data.mdb"
            let found = find(Array(body[30_000..<30_032]), in: file)
            overwrite(file, with: [body[30_000] ^ 1], at: try #require(found))
        }
        #expect(fixture.cache.notice == nil)
        #expect(!fixture.has("bad") && fixture.has("good"))
        #expect(fixture.cache.statistics.damagedRecords == 1)
        fixture.cache.waitUntilWritten()
        #expect(fixture.cache.statistics.entries == 1)
        #expect(!fixture.has("bad") && fixture.cache.statistics.damagedRecords == 1)
    }

    @Test func `files copied while the cache is open, as a killed process leaves them, open with all that was written`()
        throws
    {
        let fixture = try CacheFixture()
        for number in 0..<300 { fixture.store("answer \(number)", noise(100 * number)) }
        fixture.cache.waitUntilWritten()
        let copy = TemporaryDirectory()
        mkdir("\(copy.path)/cache", 0o700)
        for name in ["data.mdb", "lock.mdb"] {
            write(bytes(of: "\(fixture.path)/\(name)"), to: "\(copy.path)/cache/\(name)")
        }
        let again = try ResponseCache(
            directory: copy.path, maxBytes: 16 << 20, maxEntryBytes: 1 << 20, time: fixture.clock)
        #expect(again.notice == nil && again.statistics.entries == 300)
        let reader = again.makeReader()
        let lengths = (0..<300).map { number in
            reader.lookUp(fixture.key("answer \(number)"), now: fixture.clock.wallMicroseconds()) { $1.byteCount }
        }
        #expect(lengths == (0..<300).map { $0 * 100 })
        let head = CacheEntryHead(
            kind: .json, storedAt: 0, expiresAt: .max, counts: nil, cost: nil, model: "", provider: "")
        let isTaken = again.store(head, CacheEntryOrigin(), body: RawSpan(), for: fixture.key("new"))
        #expect(isTaken)
        again.waitUntilWritten()
        #expect(again.statistics.entries == 301 && again.statistics.failures == 0)
    }

    @Test func `a full map ends in a fresh cache that has what was on its way, not in a stop`() throws {
        let fixture = try CacheFixture(maxBytes: 1 << 20, reserveBytes: 0)
        let other = fixture.cache.makeReader()
        for number in 0..<4 { fixture.store("old \(number)", noise(200_000)) }
        fixture.cache.waitUntilWritten()
        #expect(other.lookUp(fixture.key("old 0"), now: 0) { $1.byteCount } == 200_000)
        // One transaction that fits the map only when nothing else is in it.
        try fixture.cache.whileNothingIsWritten {
            for number in 0..<13 {
                fixture.clock.advance(by: .seconds(1))
                fixture.store("new \(number)", noise(200_000))
            }
        }
        fixture.cache.waitUntilWritten()
        let statistics = fixture.cache.statistics
        #expect(statistics.failures == 1 && statistics.lastError?.contains("MDB_MAP_FULL") == true)
        #expect(statistics.bytesInUse <= 1 << 20 && statistics.entries == 5)
        #expect(fixture.has("new 12") && !fixture.has("old 0"))
        #expect(other.lookUp(fixture.key("new 12"), now: 0) { $1.byteCount } == 200_000)
        #expect(fixture.others.isEmpty, "what was full is deleted")
    }

    @Test func `a directory that cannot be used stops the start with a reason, and moves nothing`() throws {
        let clock = ManualClock()
        let error = #expect(throws: StoreError.self) {
            try ResponseCache(directory: "/proc/self/none", maxBytes: 1 << 20, maxEntryBytes: 1, time: clock)
        }
        #expect(error?.isCorrupt == false && error?.description.contains("/proc/self/none/cache") == true)
    }
}
