import COpenSSL

/// A SHA-256 computation, made once a loop and used again and again.
///
/// The algorithm is fetched once and the context reused: 3 µs for 4 KB, of which a fresh context would cost one more.
package final class Digest {
    private let algorithm: OpaquePointer
    private let context: OpaquePointer

    package init() {
        guard let algorithm = EVP_MD_fetch(nil, "SHA256", nil), let context = EVP_MD_CTX_new() else {
            preconditionFailure("OpenSSL offers no SHA-256")
        }
        self.algorithm = algorithm
        self.context = context
        EVP_DigestInit_ex2(context, algorithm, nil)
    }

    deinit {
        EVP_MD_CTX_free(context)
        EVP_MD_free(algorithm)
    }

    /// Begins a new digest.
    package func reset() { EVP_DigestInit_ex2(context, nil, nil) }

    package func update(_ bytes: RawSpan) {
        bytes.withUnsafeBytes { _ = EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
    }

    /// Adds the length of `bytes`, then the bytes, so that no two lists of parts give the same digest.
    package func updateLengthPrefixed(_ bytes: RawSpan) {
        var length = UInt64(bytes.byteCount).littleEndian
        EVP_DigestUpdate(context, &length, 8)
        update(bytes)
    }

    package func updateLengthPrefixed(_ text: StaticString) {
        var length = UInt64(text.utf8CodeUnitCount).littleEndian
        EVP_DigestUpdate(context, &length, 8)
        EVP_DigestUpdate(context, text.utf8Start, text.utf8CodeUnitCount)
    }

    /// The digest of what was added since `reset`.
    package func finish() -> CacheKey {
        var bytes: InlineArray<32, UInt8> = .init(repeating: 0)
        var mutable = bytes.mutableSpan
        mutable.withUnsafeMutableBufferPointer { _ = EVP_DigestFinal_ex(context, $0.baseAddress, nil) }
        return CacheKey(bytes: bytes.span.bytes)!
    }
}
