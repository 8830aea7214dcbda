import Cache
import Glibc
import LMDB
import Platform
import TestSupport

/// Whether the limit holds, and how large the file becomes, under entries from 100 bytes to 8 MB.
struct MixedSizes {
    /// To be stored in all.
    let bytes: Int
    let maxBytes: Int

    func measure(_ directory: String) throws -> Int32 {
        let time = SystemTime()
        let cache = try ResponseCache(
            directory: directory, maxBytes: maxBytes, maxEntryBytes: 8 << 20, time: time)
        let reader = cache.makeReader()
        let answers = Answers()
        let origin = Answers.origin(deal: "acme")
        var random = SeededRandom(11)
        let begun = time.monotonicNanoseconds()
        let (all, mine) = (cpuSeconds(), cpuSeconds(ofThread: true))
        var written = 0
        var stored: UInt64 = 0
        var most = 0
        var file = 0
        let large = Answers.body(0, version: 0, count: 8 << 20)
        while written < bytes {
            // As many bytes of each magnitude: many short ones, few long.
            let magnitude = Double.random(in: 0..<1, using: &random)
            let count = min(Int(100 / max(1 - magnitude, 100.0 / Double(8 << 20))), 8 << 20)
            let body = Array(large.prefix(count))
            cache.storeSurely(Answers.head(at: time.wallMicroseconds()), origin, body, for: answers.key(stored))
            written += count
            // One in four is asked for again, now and then.
            if stored % 4 == 0 {
                let earlier = UInt64.random(in: 0...stored, using: &random)
                _ = reader.lookUp(answers.key(earlier), now: time.wallMicroseconds()) { $1.byteCount }
            }
            stored += 1
            if stored % 1000 == 0 {
                most = max(most, cache.statistics.bytesInUse)
                file = max(file, (try? cache.contents.totals().fileBytes) ?? 0)
            }
        }
        cache.waitUntilWritten()
        let took = seconds(since: begun)
        let caller = cpuSeconds(ofThread: true) - mine
        let statistics = cache.statistics
        most = max(most, statistics.bytesInUse)
        let isSound = try cache.verify().isSound
        cache.close()
        say(
            """
            {"stored":\(stored),"written_bytes":\(written),"seconds":\(took),"max_bytes":\(maxBytes),\
            "most_bytes_in_use":\(most),"largest_file_bytes":\(file),"entries":\(statistics.entries),\
            "evicted":\(statistics.evictedLeastRecentlyUsed),"lost":\(statistics.lost),\
            "failures":\(statistics.failures),"last_error":"\(statistics.lastError ?? "")","sound":\(isSound),\
            "writer_us":\((cpuSeconds() - all - caller) * 1e6 / Double(stored))}
            """)
        return isSound && most <= maxBytes && statistics.failures == 0 ? 0 : 1
    }
}
