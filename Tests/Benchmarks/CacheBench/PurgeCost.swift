import Cache
import Glibc
import Platform

/// What it takes to find and remove the answers of one deal among many, and what look-ups take meanwhile.
struct PurgeCost {
    let count: Int

    func measure(_ directory: String) throws -> Int32 {
        let time = SystemTime()
        let cache = try ResponseCache(
            directory: directory, maxBytes: 16 << 30, maxEntryBytes: 8 << 20, time: time)
        let answers = Answers()
        let origins = [Answers.origin(deal: "acme"), Answers.origin(deal: "zenith")]
        let body = Answers.body(1, version: 1, count: 1000)
        for number in 0..<count {
            cache.storeSurely(
                Answers.head(at: time.wallMicroseconds()), origins[number % 1000 == 0 ? 1 : 0], body,
                for: answers.key(UInt64(number)))
        }
        cache.waitUntilWritten()
        let begun = time.monotonicNanoseconds()
        let none = try cache.purge(CacheFilter(deal: "nobody"))
        let scan = seconds(since: begun)
        let again = time.monotonicNanoseconds()
        let removed = try cache.purge(CacheFilter(deal: "zenith"))
        let purge = seconds(since: again)
        let third = time.monotonicNanoseconds()
        let nearest = try cache.contents.nearest(to: CacheKeyParts())
        let explain = seconds(since: third)
        let fourth = time.monotonicNanoseconds()
        let isSound = try cache.verify().isSound
        say(
            """
            {"entries":\(count),"scan_seconds":\(scan),"purge_seconds":\(purge),"removed":\(removed),\
            "nearest_seconds":\(explain),"verify_seconds":\(seconds(since: fourth)),"sound":\(isSound)}
            """)
        cache.close()
        return none == 0 && removed == (count + 999) / 1000 && nearest != nil && isSound ? 0 : 1
    }
}
