import Cache
import Glibc
import LMDB
import Platform
import TestSupport

/// Stores, replaces, uses and removes answers as fast as they can be written, in a cache that is always full, until the
/// process kills itself at a moment that nothing foretells.
///
/// It says `round N` when everything of that round is written: from then on no crash may undo it.
struct Churn {
    let seed: UInt64

    static let maxBytes = 2 << 20
    /// Stored anew in each round, its version the round.
    static let marker: UInt64 = 1 << 40
    /// Stored and purged in each round, by its deal.
    static let victim: UInt64 = 1 << 41

    func run(_ directory: String) throws -> Never {
        let time = SystemTime()
        // So small a queue that the writer never waits for more.
        let cache = try ResponseCache(
            directory: directory, maxBytes: Self.maxBytes, maxEntryBytes: 1 << 20, queueBytes: 256 << 10, time: time)
        let reader = cache.makeReader()
        let answers = Answers()
        var random = SeededRandom(seed)
        let fuse = UInt32.random(in: 2000...60_000, using: &random)
        var round: UInt64 = 0
        func store(_ number: UInt64, version: UInt64, _ count: Int, deal: String) {
            let lifetime = Int64.random(in: 0...3, using: &random) == 0 ? 0 : Int64(3600)
            cache.storeSurely(
                Answers.head(at: time.wallMicroseconds(), lifetimeSeconds: number < Self.marker ? lifetime : 3600),
                Answers.origin(deal: deal), Answers.body(number, version: version, count: count),
                for: answers.key(number))
        }
        while true {
            round += 1
            for _ in 0..<40 {
                let number = UInt64.random(in: 0..<600, using: &random)
                let count = 16 << Int.random(in: 0...12, using: &random)
                store(number, version: UInt64.random(in: 0..<1000, using: &random), count, deal: "\(number)")
                let used = UInt64.random(in: 0..<600, using: &random)
                _ = reader.lookUp(answers.key(used), now: time.wallMicroseconds()) { $1.byteCount }
            }
            reader.sendUses()
            store(Self.victim + round, version: round, 2000, deal: "victim \(round)")
            _ = try cache.purge(CacheFilter(deal: "victim \(round)"))
            store(Self.marker, version: round, 100, deal: "\(Self.marker)")
            cache.waitUntilWritten()
            say("round \(round)")
            if round == 1 {
                _ = WorkerThread(name: "fuse") {
                    usleep(fuse)
                    kill(getpid(), SIGKILL)
                }
            }
        }
    }
}

/// Whether a cache that `Churn` left is whole, and every answer in it the right one.
struct ChurnCheck {
    /// The last that was said to be written.
    let round: Int

    func run(_ directory: String) throws -> Int32 {
        var problems: [String] = []
        let verification = try CacheVerification(directory: directory, isInUse: false)
        problems += verification.problems
        let time = SystemTime()
        let cache = try ResponseCache(
            directory: directory, maxBytes: Churn.maxBytes, maxEntryBytes: 1 << 20, time: time)
        if let notice = cache.notice { problems.append(notice) }
        let reader = cache.makeReader()
        let answers = Answers()
        let entries = try cache.contents.list(CacheFilter(), limit: .max)
        var right = 0
        for entry in entries {
            let deal = entry.origin.deal ?? ""
            let number = UInt64(deal) ?? UInt64(deal.dropFirst(7)).map { Churn.victim + $0 } ?? 0
            if number > Churn.victim, number <= Churn.victim + UInt64(round) {
                problems.append("\(deal) was purged, and is there")
            }
            if answers.key(number) != entry.key { problems.append("\(deal) stands under another key") }
            let isRight = reader.lookUp(entry.key, now: 0) { Answers.isRight($1, number) }
            if isRight == true { right += 1 } else { problems.append("\(deal) has a wrong answer") }
        }
        let version = reader.lookUp(answers.key(Churn.marker), now: 0) { Answers.version(of: $1) } ?? 0
        if version < UInt64(round) { problems.append("round \(round) was written, and the marker is of \(version)") }
        let statistics = cache.statistics
        if statistics.bytesInUse > Churn.maxBytes { problems.append("\(statistics.bytesInUse) bytes are in use") }
        if statistics.failures > 0 || statistics.damagedRecords > 0 { problems.append("\(statistics)") }
        cache.close()
        for problem in problems { say(problem) }
        say("\(problems.isEmpty ? "right" : "wrong"): \(right) answers")
        return problems.isEmpty ? 0 : 1
    }
}
