import Cache
import Glibc
import Platform
import TestSupport

/// Stored answers that tell which they are, so that a wrong one is seen for what it is.
struct Answers {
    private let digest = Digest()

    /// The key of that number.
    func key(_ number: UInt64) -> CacheKey {
        digest.reset()
        let words: InlineArray<1, UInt64> = [number]
        digest.update(words.span.bytes)
        return digest.finish()
    }

    /// Bytes that follow from a number and a version, both of which they begin with.
    static func body(_ number: UInt64, version: UInt64, count: Int) -> [UInt8] {
        var words = [number, version]
        var random = SeededRandom(number &* 0x9E37_79B9 &+ version)
        while words.count * 8 < count { words.append(random.next()) }
        return Array(words.withUnsafeBytes { $0 }.prefix(max(count, 16)))
    }

    /// Whether bytes are what `body` makes of the number and the version that they name.
    static func isRight(_ bytes: RawSpan, _ number: UInt64) -> Bool {
        guard bytes.byteCount >= 16, bytes.unsafeLoadUnaligned(as: UInt64.self) == number else { return false }
        let expected = body(number, version: version(of: bytes), count: bytes.byteCount)
        return bytes.withUnsafeBytes { $0.elementsEqual(expected) }
    }

    static func version(of bytes: RawSpan) -> UInt64 { bytes.unsafeLoadUnaligned(fromByteOffset: 8, as: UInt64.self) }

    /// A head as a small request's answer has it.
    static func head(at now: Int64, lifetimeSeconds: Int64 = 86_400) -> CacheEntryHead {
        CacheEntryHead(
            kind: .json, storedAt: now, expiresAt: now + lifetimeSeconds * 1_000_000,
            counts: .init(uncachedInput: 900, cachedInput: 0, cacheWrite: 0, output: 10, reasoning: 0),
            cost: 1_234_567, model: "gpt-4o-mini", provider: "openai")
    }

    /// An origin with the parts that a request of three fields has.
    static func origin(deal: String) -> CacheEntryOrigin {
        var parts = CacheKeyParts()
        for part in 0..<9 as Range<UInt64> {
            let word: InlineArray<1, UInt64> = [part]
            parts.add(word.span.bytes, word.span.bytes)
        }
        return CacheEntryOrigin(
            endpoint: "chat/completions", task: "chat", deal: deal, tenant: "01234567", parts: parts)
    }
}

/// CPU seconds of the process, or of the calling thread alone.
func cpuSeconds(ofThread: Bool = false) -> Double {
    var used = rusage()
    // RUSAGE_SELF and RUSAGE_THREAD, which Glibc's module hides.
    getrusage(ofThread ? 1 : 0, &used)
    return Double(used.ru_utime.tv_sec + used.ru_stime.tv_sec)
        + Double(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6
}

func seconds(since start: UInt64) -> Double { Double(SystemTime().monotonicNanoseconds() &- start) / 1e9 }

/// A line on standard output, whole and at once.
func say(_ line: String) {
    var line = line + "\n"
    line.withUTF8 { _ = write(STDOUT_FILENO, $0.baseAddress, $0.count) }
}

extension ResponseCache {
    /// Hands an answer over, again and again until there is room.
    func storeSurely(_ head: CacheEntryHead, _ origin: CacheEntryOrigin, _ body: [UInt8], for key: CacheKey) {
        while !store(head, origin, body: body.span.bytes, for: key) { usleep(500) }
    }
}
