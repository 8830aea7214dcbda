import Cache
import LMDB
import TestSupport
import Testing

/// What operators see of the cache, and remove from it.
struct ContentsTests {
    private let fixture: CacheFixture

    init() throws {
        fixture = try CacheFixture()
        for number in 0..<10 {
            fixture.clock.advance(by: .seconds(1))
            let now = fixture.clock.wallMicroseconds()
            let head = CacheEntryHead(
                kind: .json, storedAt: now, expiresAt: now + 3_600_000_000, counts: nil, cost: 5,
                model: number % 2 == 0 ? "even" : "odd", provider: "openai")
            let origin = CacheEntryOrigin(
                endpoint: "chat/completions", task: "chat", deal: number < 4 ? "acme" : nil,
                tags: ["team": number == 9 ? "blue" : "red"], tenant: "01234567")
            fixture.cache.store(head, origin, body: [UInt8(number)].span.bytes, for: fixture.key("\(number)"))
        }
        fixture.cache.waitUntilWritten()
    }

    private func names(_ filter: CacheFilter, limit: Int = 100) throws -> [String] {
        let found = try fixture.cache.contents.list(filter, limit: limit)
        return found.map { entry in (0..<10).first { fixture.key("\($0)") == entry.key }.map { "\($0)" } ?? "?" }
    }

    @Test func `entries are listed by deal, model and tag, the latest first`() throws {
        #expect(try names(CacheFilter()) == ["9", "8", "7", "6", "5", "4", "3", "2", "1", "0"])
        #expect(try names(CacheFilter(), limit: 3) == ["9", "8", "7"])
        #expect(try names(CacheFilter(deal: "acme")) == ["3", "2", "1", "0"])
        #expect(try names(CacheFilter(deal: "acme", model: "odd")) == ["3", "1"])
        #expect(try names(CacheFilter(tag: .init("team=blue"))) == ["9"])
        #expect(try names(CacheFilter(tag: .init("team")), limit: 2) == ["9", "8"])
        #expect(try names(CacheFilter(tag: .init("other"))) == [])
        #expect(try names(CacheFilter(deal: "acm")) == [])
    }

    @Test func `a listed entry has all that was known of its call, and when it was used`() throws {
        fixture.clock.advance(by: .seconds(9))
        #expect(fixture.has("9"))
        fixture.reader.sendUses()
        try fixture.reopen()
        let entry = try #require(try fixture.cache.contents.entry(fixture.key("9")))
        #expect(entry.head.model == "odd" && entry.head.cost == 5 && entry.bodyBytes == 1)
        #expect(entry.origin.endpoint == "chat/completions" && entry.origin.task == "chat" && entry.origin.deal == nil)
        #expect(entry.origin.tags == ["team": "blue"] && entry.origin.tenant == "01234567")
        #expect(entry.usedAt == entry.head.storedAt + 9_000_000)
        #expect(try fixture.cache.contents.entry(fixture.key("unknown")) == nil)
    }

    @Test func `a purge removes what it means, whether or not it is written, and nothing else`() throws {
        #expect(try fixture.cache.purge(CacheFilter(deal: "acme")) == 4)
        #expect((0..<10).filter { fixture.has("\($0)") } == Array(4..<10))
        fixture.store("on its way")
        #expect(try fixture.cache.purge(CacheFilter(model: "gpt-4o")) == 1)
        #expect(!fixture.has("on its way"))
        #expect(try fixture.cache.purge(fixture.key("5")))
        #expect(try !fixture.cache.purge(fixture.key("5")))
        #expect(try fixture.cache.purgeAll() == 5)
        #expect((0..<10).allSatisfy { !fixture.has("\($0)") })
        #expect(fixture.cache.statistics.purged == 11 && fixture.cache.statistics.entries == 0)
        #expect(try fixture.cache.verify().isSound)
    }

    @Test func `more entries than one step are listed and purged, each once`() throws {
        for number in 0..<9000 { fixture.store("more \(number)", [1]) }
        fixture.cache.waitUntilWritten()
        let found = try fixture.cache.contents.list(CacheFilter(), limit: .max)
        #expect(found.count == 9010 && Set(found.map(\.key)).count == 9010)
        #expect(try fixture.cache.verify().entries == 9010)
        #expect(try fixture.cache.purge(CacheFilter(model: "gpt-4o")) == 9000)
        #expect(try names(CacheFilter()).count == 10)
    }

    @Test func `the nearest entry is the one with most parts in common, and what differs is named`() throws {
        func parts(_ all: [String: String]) -> CacheKeyParts {
            var parts = CacheKeyParts()
            for (name, content) in all.sorted(by: { $0.key < $1.key }) {
                parts.add(Array(name.utf8).span.bytes, Array(content.utf8).span.bytes)
            }
            return parts
        }
        let stored: [[String: String]] = [
            ["model": "a", "messages": "x", "n": "1"], ["model": "b", "messages": "x"],
            ["model": "a", "messages": "y", "seed": "7", "n": "1"],
        ]
        for (number, all) in stored.enumerated() {
            let now = fixture.clock.wallMicroseconds()
            let head = CacheEntryHead(
                kind: .json, storedAt: now, expiresAt: now + 1, counts: nil, cost: nil, model: "\(number)",
                provider: "")
            fixture.cache.store(
                head, CacheEntryOrigin(parts: parts(all)), body: RawSpan(), for: fixture.key("near \(number)"))
        }
        fixture.cache.waitUntilWritten()
        func nearest(_ all: [String: String]) throws -> (String, Set<UInt64>) {
            let found = try #require(try fixture.cache.contents.nearest(to: parts(all)))
            return (found.entry.head.model, Set(found.differing))
        }
        func names(_ names: String...) -> Set<UInt64> {
            Set(names.map { CacheKeyParts.nameWord(Array($0.utf8).span.bytes) })
        }
        #expect(try nearest(["model": "a", "messages": "x", "n": "2"]) == ("0", names("n")))
        #expect(try nearest(["model": "a", "messages": "y", "n": "1"]) == ("2", names("seed")))
        #expect(try nearest(["model": "c", "messages": "x"]) == ("1", names("model")))
        #expect(try nearest(["model": "b", "messages": "x", "top_p": "1"]) == ("1", names("top_p")))
    }

    @Test func `a sound cache is verified whole, and beside one that writes entry by entry`() throws {
        let alive = try fixture.cache.verify()
        #expect(alive.isSound && alive.entries == 10 && !alive.sawPages, "\(alive.problems)")
        var idle: CacheVerification?
        try fixture.reopen { _ in
            idle = try CacheVerification(directory: fixture.directory.path, isInUse: false)
        }
        #expect(idle?.isSound == true && idle?.entries == 10 && idle?.sawPages == true)
    }

    @Test func `a damaged answer, head, page and lost rows are each found by a verification`() throws {
        let body = noise(3000, seed: 4)
        fixture.store("noise", body)
        var found: [String: CacheVerification] = [:]
        try fixture.reopen { path in
            let directory = fixture.directory.path
            func verify(_ name: String) throws {
                found[name] = try CacheVerification(directory: directory, isInUse: false)
            }
            let file = "\(path)/data.mdb"
            let place = try #require(find(Array(body[1000..<1032]), in: file))
            overwrite(file, with: [~body[1000]], at: place)
            try verify("answer")
            overwrite(file, with: [body[1000]], at: place)
            let model = try #require(find(Array("gpt-4o".utf8), in: file))
            overwrite(file, with: [0x47], at: model)
            try verify("head")
            overwrite(file, with: [0x67], at: model)
            try verify("mended")
            do {
                let store = try Environment(path: path, mapBytes: 64 << 20, tables: 6)
                var transaction = try WriteTransaction(on: store)
                for name in ["index", "expiry"] {
                    let table = try transaction.openTable(name, create: false)
                    let first = try Self.firstKey(of: table, in: transaction)
                    try transaction.delete(table, key: first.span.bytes)
                }
                try transaction.commit()
            }
            try verify("rows")
            overwrite(file, with: noise(4096), at: 2 * 4096)
            for page in 2..<(fileSize(file) / 4096) { overwrite(file, with: [0xFF], at: page * 4096) }
            try verify("page")
        }
        #expect(found["answer"]?.problems.contains { $0.contains("its answer is damaged") } == true)
        #expect(found["answer"]?.problemCount == 1)
        #expect(found["head"]?.problems.contains { $0.contains("its head is damaged") } == true)
        #expect(found["mended"]?.isSound == true)
        let rows = found["rows"]?.problems.joined(separator: "\n") ?? ""
        #expect(rows.contains("the index does not lead to it") && rows.contains("no place in the order of expiry"))
        #expect(rows.contains("'index' has 10 rows for 11 entries"))
        #expect(found["page"]?.problemCount == 1 && found["page"]?.problems.first?.contains("page ") == true)
    }

    private static func firstKey(of table: Table, in transaction: borrowing WriteTransaction) throws -> [UInt8] {
        var cursor = try Cursor(table, in: transaction)
        _ = try cursor.first()
        return cursor.key.withUnsafeBytes { Array($0) }
    }
}
