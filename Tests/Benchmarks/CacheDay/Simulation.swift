import Cache
import Platform
import TestSupport

/// The last day of the traffic through the real cache, its file included, under a clock that is moved by hand.
struct Simulation {
    struct Tally {
        var requests = 0
        var hits = 0
        /// Pico-dollars.
        var cost: Int64 = 0
        var saved: Int64 = 0

        static func + (left: Tally, right: Tally) -> Tally {
            Tally(
                requests: left.requests + right.requests, hits: left.hits + right.hits, cost: left.cost + right.cost,
                saved: left.saved + right.saved)
        }
    }

    private(set) var byKind: [Traffic.Kind: Tally] = [:]
    /// Bytes of pages in use, at most.
    private(set) var peakBytes = 0

    var total: Tally { byKind.values.reduce(Tally(), +) }

    /// Begins as long before the day as an answer lives: what was stored earlier can no longer answer.
    init(of traffic: Traffic, ttl: Duration, maxBytes: Int) throws {
        let directory = TemporaryDirectory()
        let clock = ManualClock()
        let cache = try ResponseCache(
            directory: directory.path, maxBytes: maxBytes, maxEntryBytes: 8 << 20, time: clock)
        defer { cache.close() }
        let reader = cache.makeReader()
        let origin = clock.wallMicroseconds()
        let measured = Traffic.day * Double(Traffic.dayCount - 1)
        let answer = [UInt8](repeating: 0x78, count: 1 << 20)
        // The writer gathers what comes within 50 ms of its own clock, which is hours here. So it is waited for before what
        // it holds matters: answers are found in it that would be gone by then, and what expired goes with each commit.
        let unwrittenLimit = min(maxBytes / 64, 64 << 10)
        var unwritten = 0
        for request in traffic.requests where request.time >= measured - Double(ttl.components.seconds) {
            let now = origin + Int64(request.time * 1_000_000)
            clock.advance(by: .microseconds(now - clock.wallMicroseconds()))
            let key = request.key
            let isHit = reader.lookUp(key, now: now) { _, _ in true } ?? false
            if !isHit {
                let bytes = min(request.answerBytes, answer.count)
                let head = CacheEntryHead(
                    kind: .json, storedAt: now, expiresAt: now + ttl.components.seconds * 1_000_000, counts: nil,
                    cost: request.cost, model: "gpt-4o", provider: "openai")
                cache.store(head, CacheEntryOrigin(), body: answer.span.bytes.extracting(first: bytes), for: key)
                unwritten += bytes
                if unwritten >= unwrittenLimit {
                    reader.sendUses()
                    cache.waitUntilWritten()
                    peakBytes = max(peakBytes, cache.statistics.bytesInUse)
                    unwritten = 0
                }
            }
            if request.time >= measured { note(request, isHit: isHit) }
        }
        precondition(cache.statistics.failures == 0, "\(cache.statistics.lastError ?? "")")
    }

    private mutating func note(_ request: Traffic.Request, isHit: Bool) {
        byKind[request.kind, default: Tally()].requests += 1
        byKind[request.kind]!.cost += request.cost
        guard isHit else { return }
        byKind[request.kind]!.hits += 1
        byKind[request.kind]!.saved += request.cost
    }
}
