import Cache

/// The keys that `auth.keys` let in, kept as digests.
///
/// A credential is digested and looked up among digests: how long that takes tells nothing of a key.
struct ClientKeys: Sendable {
    private let keys: [CacheKey: ClientKey]

    init(_ auth: AuthSettings) {
        let digest = Digest()
        var keys: [CacheKey: ClientKey] = [:]
        for key in auth.keys {
            guard let secret = key.key else { continue }
            digest.reset()
            digest.update(Array(secret.value.utf8).span.bytes)
            keys[digest.finish()] = key
        }
        self.keys = keys
    }

    /// Whether any client may call.
    var isEmpty: Bool { keys.isEmpty }

    /// The key that a credential is, with or without the word `Bearer`.
    func key(matching credential: UnsafeRawBufferPointer, using digest: Digest) -> ClientKey? {
        var value = credential
        if value.count > 7, String(decoding: value.prefix(7), as: UTF8.self).lowercased() == "bearer " {
            value = UnsafeRawBufferPointer(rebasing: value[7...])
        }
        digest.reset()
        digest.update(RawSpan(_unsafeBytes: value))
        return keys[digest.finish()]
    }
}
