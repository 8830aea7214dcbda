import Cache
import Glibc
import TestSupport
import Testing

struct DigestTests {
    @Test func `a digest is the SHA-256 of its pieces since it was reset`() {
        let digest = Digest()
        for _ in 0..<2 {
            digest.update(Array("nonsense".utf8).span.bytes)
            digest.reset()
            digest.update(Array("a".utf8).span.bytes)
            digest.update(Array("bc".utf8).span.bytes)
            let abc = digest.finish().description
            #expect(abc == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        }
        digest.reset()
        #expect(digest.finish().description == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }

    @Test func `fields with their lengths cannot be shifted into one another`() {
        let digest = Digest()
        func key(_ fields: [String]) -> CacheKey {
            digest.reset()
            for field in fields { digest.updateLengthPrefixed(Array(field.utf8).span.bytes) }
            return digest.finish()
        }
        #expect(key(["ab", "c"]) != key(["a", "bc"]))
        #expect(key(["ab", "c"]) == key(["ab", "c"]))
    }

    @Test func `a key reads what it writes, and nothing else`() {
        let digest = Digest()
        digest.update(Array("abc".utf8).span.bytes)
        let key = digest.finish()
        #expect(CacheKey(hex: key.description) == key)
        for wrong in ["", "ba78", key.description + "00", String(key.description.dropLast()) + "g"] {
            #expect(CacheKey(hex: wrong) == nil)
        }
    }

    @Test func `tenants differ by credential and by data directory, and stay the same over a restart`() throws {
        let digest = Digest()
        let here = TemporaryDirectory()
        let elsewhere = TemporaryDirectory()
        func tenant(_ credential: String, _ directory: TemporaryDirectory) throws -> Tenant {
            try TenantDigester(directory: directory.path).tenant(using: digest) {
                $0.updateLengthPrefixed(Array(credential.utf8).span.bytes)
            }
        }
        let one = try tenant("sk-one", here)
        #expect(try tenant("sk-one", here) == one)
        #expect(try tenant("sk-two", here) != one)
        #expect(try tenant("sk-one", elsewhere) != one)
        #expect(one.label.utf8.count == 8 && !one.label.contains("sk"))
        var status = stat()
        #expect(stat("\(here.path)/secret", &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600 && status.st_size == 32)
    }

    @Test func `a damaged secret stops the start rather than making every caller a stranger`() throws {
        let directory = TemporaryDirectory()
        _ = try TenantDigester(directory: directory.path)
        truncate("\(directory.path)/secret", 5)
        let error = #expect(throws: CacheFault.self) { try TenantDigester(directory: directory.path) }
        #expect(error?.description.contains("\(directory.path)/secret") == true)
    }
}
