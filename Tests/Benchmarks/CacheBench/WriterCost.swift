import Cache
import Glibc
import Platform

/// CPU time that a stored answer costs the writer's thread, and the one that hands it over.
struct WriterCost {
    let count: Int
    let bodyBytes: Int
    let maxBytes: Int
    /// How many are handed over a second.
    let perSecond: Int

    func measure(_ directory: String) throws -> Int32 {
        let time = SystemTime()
        let cache = try ResponseCache(
            directory: directory, maxBytes: maxBytes, maxEntryBytes: 8 << 20, time: time)
        let answers = Answers()
        let origin = Answers.origin(deal: "acme")
        let body = Answers.body(1, version: 1, count: bodyBytes)
        let begun = time.monotonicNanoseconds()
        let (all, mine) = (cpuSeconds(), cpuSeconds(ofThread: true))
        for number in 0..<count {
            while seconds(since: begun) < Double(number) / Double(perSecond) { usleep(1000) }
            cache.storeSurely(
                Answers.head(at: time.wallMicroseconds()), origin, body, for: answers.key(UInt64(number)))
        }
        cache.waitUntilWritten()
        let caller = cpuSeconds(ofThread: true) - mine
        let writer = cpuSeconds() - all - caller
        let statistics = cache.statistics
        cache.close()
        say(
            """
            {"writer_us":\(writer * 1e6 / Double(count)),"caller_us":\(caller * 1e6 / Double(count)),\
            "entries":\(statistics.entries),"bytes_in_use":\(statistics.bytesInUse),"failures":\(statistics.failures)}
            """)
        return statistics.failures == 0 ? 0 : 1
    }
}
