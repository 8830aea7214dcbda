import Cache
import Glibc
import Platform

func main() throws {
    let arguments = CommandLine.arguments
    let directory = arguments[1], count = Int(arguments[2])!, bytes = Int(arguments[3])!, maxBytes = Int(arguments[4])!
    let perSecond = Int(arguments[5])!
    mkdir(directory, 0o700)
    func cpu(_ who: Int32) -> Double {
        var u = rusage(); getrusage(who, &u)
        return Double(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + Double(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6
    }
    let time = SystemTime()
    let cache = try ResponseCache(
        directory: directory, maxBytes: maxBytes, maxEntryBytes: 8 << 20, queueBytes: 64 << 20, time: time)
    let body = [UInt8](repeating: 0x61, count: bytes)
    var parts = CacheKeyParts()
    for n in 0..<9 as Range<UInt8> { parts.add([n].span.bytes, [n].span.bytes) }
    let digest = Digest()
    func key(_ n: Int) -> CacheKey {
        digest.reset(); var m = n; withUnsafeBytes(of: &m) { digest.update(RawSpan(_unsafeBytes: $0)) }
        return digest.finish()
    }
    let all0 = cpu(0), me0 = cpu(1), t0 = time.monotonicNanoseconds()
    for n in 0..<count {
        let now = time.wallMicroseconds()
        while time.monotonicNanoseconds() &- t0 < UInt64(n) * 1_000_000_000 / UInt64(perSecond) { usleep(1000) }
        let head = CacheEntryHead(
            kind: .json, storedAt: now, expiresAt: now + 86_400_000_000,
            counts: .init(uncachedInput: 900, cachedInput: 0, cacheWrite: 0, output: 10, reasoning: 0), cost: 1234567,
            model: "gpt-4o-mini", provider: "openai")
        while !cache.store(
            head,
            CacheEntryOrigin(
                endpoint: "chat/completions", task: "chat", deal: "acme", tenant: "01234567", parts: parts),
            body: body.span.bytes, for: key(n))
        { usleep(500) }
    }
    cache.waitUntilWritten()
    let wall = Double(time.monotonicNanoseconds() - t0) / 1e9
    let me = cpu(1) - me0
    let s = cache.statistics
    print(
        "writer \(Int((cpu(0) - all0 - me) * 1e9 / Double(count))) ns/entry, caller \(Int(me * 1e9 / Double(count))) ns, wall \(wall) s, \(s.entries) entries, \(s.bytesInUse / max(s.entries, 1)) B/entry, fail \(s.failures) \(s.lastError ?? "")"
    )
    cache.close()
}
try main()
