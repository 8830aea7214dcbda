import Cache
import Glibc
import LMDB
import Platform
import TestSupport

/// A cache in a directory of its own, with a clock that stands still, and short ways to use them.
final class CacheFixture {
    let directory = TemporaryDirectory()
    let clock = ManualClock()
    private(set) var cache: ResponseCache
    private(set) var reader: CacheReader

    init(
        maxBytes: Int = 16 << 20, maxEntryBytes: Int = 1 << 20, queueBytes: Int = 64 << 20,
        keepsExpired: Int64 = 0, reserveBytes: Int = 256 << 20
    ) throws {
        cache = try ResponseCache(
            directory: directory.path, maxBytes: maxBytes, maxEntryBytes: maxEntryBytes, queueBytes: queueBytes,
            keepsExpired: keepsExpired, reserveBytes: reserveBytes, time: clock)
        reader = cache.makeReader()
    }

    /// The directory that holds the cache's files.
    var path: String { "\(directory.path)/cache" }

    /// What lies in the data directory beside the cache, by name.
    var others: [String] {
        guard let stream = opendir(directory.path) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(cString: $0.bindMemory(to: CChar.self).baseAddress!)
            }
            if ![".", "..", "cache"].contains(name) { names.append(name) }
        }
        return names
    }

    /// Closes the cache, lets `change` do something to its files, and opens it again.
    func reopen(maxBytes: Int = 16 << 20, after change: (String) throws -> Void = { _ in }) throws {
        let directory = directory.path
        cache.close()
        // The last owners go here, and with them the environment: it may not be open twice.
        let spare = try ResponseCache(
            directory: makeSpareDirectory(), maxBytes: 1 << 20, maxEntryBytes: 1, time: clock)
        cache = spare
        reader = spare.makeReader()
        try change(path)
        cache = try ResponseCache(directory: directory, maxBytes: maxBytes, maxEntryBytes: 1 << 20, time: clock)
        reader = cache.makeReader()
    }

    private func makeSpareDirectory() -> String {
        let path = "\(directory.path)/spare-\(UInt32.random(in: 0...UInt32.max))"
        mkdir(path, 0o700)
        return path
    }

    @discardableResult
    func store(_ name: String, _ body: [UInt8], for lifetime: Duration = .seconds(3600)) -> Bool {
        let now = clock.wallMicroseconds()
        let head = CacheEntryHead(
            kind: .json, storedAt: now, expiresAt: now + lifetime.components.seconds * 1_000_000, counts: nil,
            cost: nil, model: "gpt-4o", provider: "openai")
        return cache.store(head, CacheEntryOrigin(), body: body.span.bytes, for: key(name))
    }

    @discardableResult
    func store(_ name: String, _ body: String = "answer", for lifetime: Duration = .seconds(3600)) -> Bool {
        store(name, Array(body.utf8), for: lifetime)
    }

    /// The body under a name, or nil.
    func body(_ name: String) -> String? {
        reader.lookUp(key(name), now: clock.wallMicroseconds()) { _, body in body.text }
    }

    func has(_ name: String) -> Bool {
        reader.lookUp(key(name), now: clock.wallMicroseconds()) { _, body in body.byteCount } != nil
    }

    func key(_ name: String) -> CacheKey {
        let digest = Digest()
        digest.update(Array(name.utf8).span.bytes)
        return digest.finish()
    }
}

extension RawSpan {
    var text: String { withUnsafeBytes { String(decoding: $0, as: UTF8.self) } }
}

/// Bytes that compress and repeat in no way, the same in every run.
func noise(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var generator = SeededRandom(seed)
    return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
}
