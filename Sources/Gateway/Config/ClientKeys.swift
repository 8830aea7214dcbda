import Cache
import Metrics

/// The keys that `auth.keys` let in, kept as digests.
///
/// A credential is digested and looked up among digests: how long that takes tells nothing of a key.
struct ClientKeys: Sendable {
    private let accounts: [CacheKey: ClientAccount]

    /// - Parameters:
    ///   - spent: What the calls of a key, by its name, have cost since the beginning of the day.
    ///   - now: Microseconds since 1970.
    init(_ auth: AuthSettings, spent: [String: PicoDollars], now: Int64) {
        let digest = Digest()
        var accounts: [CacheKey: ClientAccount] = [:]
        for key in auth.keys {
            guard let secret = key.key else { continue }
            digest.reset()
            digest.update(Array(secret.value.utf8).span.bytes)
            accounts[digest.finish()] = ClientAccount(key, spent: spent[key.name] ?? .zero, now: now)
        }
        self.accounts = accounts
        all = accounts.values.sorted { $0.key.name < $1.key.name }
    }

    /// Every key's account, by name.
    let all: [ClientAccount]

    /// Whether any client may call.
    var isEmpty: Bool { accounts.isEmpty }

    /// Whose key a credential is, with or without the word `Bearer`.
    func account(matching credential: UnsafeRawBufferPointer, using digest: Digest) -> ClientAccount? {
        var value = credential
        if value.count > 7, String(decoding: value.prefix(7), as: UTF8.self).lowercased() == "bearer " {
            value = UnsafeRawBufferPointer(rebasing: value[7...])
        }
        digest.reset()
        digest.update(RawSpan(_unsafeBytes: value))
        return accounts[digest.finish()]
    }
}
