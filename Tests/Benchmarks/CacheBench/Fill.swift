import Cache
import Glibc
import Platform
import TestSupport

/// What a look-up takes as a cache grows tenfold and again, and what an entry takes of the disk.
struct Fill {
    let count: Int
    let bodyBytes: Int
    let maxBytes: Int

    /// Look-ups measured at each size.
    private static let lookUps = 200_000

    func measure(_ directory: String) throws -> Int32 {
        let time = SystemTime()
        let cache = try ResponseCache(
            directory: directory, maxBytes: maxBytes, maxEntryBytes: 8 << 20, queueBytes: 64 << 20, time: time)
        let answers = Answers()
        let origin = Answers.origin(deal: "acme")
        var stored = 0
        var size = 10_000
        var isRight = true
        while size <= count {
            let begun = time.monotonicNanoseconds()
            let first = stored
            while stored < size {
                cache.storeSurely(
                    Answers.head(at: time.wallMicroseconds()), origin,
                    Answers.body(UInt64(stored), version: 0, count: bodyBytes), for: answers.key(UInt64(stored)))
                stored += 1
            }
            cache.waitUntilWritten()
            let rate = Double(stored - first) / seconds(since: begun)
            let found = measureLookUps(cache, answers, size)
            isRight = isRight && found.hits == Self.lookUps
            let statistics = cache.statistics
            isRight = isRight && statistics.entries == size && statistics.failures == 0
            say(
                """
                {"entries":\(statistics.entries),"look_up_us":\(found.median),"p99_us":\(found.p99),\
                "stored_per_second":\(rate),"bytes_per_entry":\(Double(statistics.bytesInUse) / Double(size))}
                """)
            size *= 10
        }
        cache.close()
        return isRight ? 0 : 1
    }

    private func measureLookUps(
        _ cache: ResponseCache, _ answers: Answers, _ size: Int
    ) -> (hits: Int, median: Double, p99: Double) {
        let reader = cache.makeReader()
        var random = SeededRandom(7)
        // What is timed is the look-up, not the making of a key.
        let numbers = (0..<Self.lookUps).map { _ in UInt64.random(in: 0..<UInt64(size), using: &random) }
        let keys = numbers.map { answers.key($0) }
        let now = SystemTime().wallMicroseconds()
        for key in keys { _ = reader.lookUp(key, now: now) { $1.byteCount } }
        var hits = 0
        var times: [Double] = []
        times.reserveCapacity(keys.count)
        for (place, key) in keys.enumerated() {
            let begun = SystemTime().monotonicNanoseconds()
            let right = reader.lookUp(key, now: now) { head, body in
                body.unsafeLoadUnaligned(as: UInt64.self) == numbers[place]
            }
            let took = seconds(since: begun) * 1e6
            if right == true { hits += 1 }
            times.append(took)
        }
        times.sort()
        return (hits, times[times.count / 2], times[times.count * 99 / 100])
    }
}
