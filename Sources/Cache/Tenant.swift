import COpenSSL
import Glibc

/// Who may see an answer: a keyed digest of a credential, from which the credential cannot be found again.
package struct Tenant: Hashable, Sendable {
    private let digest: CacheKey

    init(_ digest: CacheKey) { self.digest = digest }

    /// Lends the 32 bytes to `body`.
    package func withBytes<Result>(_ body: (RawSpan) -> Result) -> Result { digest.withBytes(body) }

    /// Eight hexadecimal digits, to tell tenants apart in a ledger.
    package var label: String { digest.withBytes { hexadecimal($0.extracting(first: 4)) } }
}

/// Makes tenants of credentials, with a secret of this data directory's own: without it, a stored digest could be
/// compared with guessed keys.
package struct TenantDigester: Sendable {
    private let secret: [UInt8]

    /// The secret's size in bytes.
    private static let secretBytes = 32

    /// Reads the secret from `directory/secret`, or makes it there, readable by its owner alone.
    package init(directory: String) throws(CacheFault) {
        let path = "\(directory)/secret"
        if let found = try Self.read(path) {
            secret = found
            return
        }
        var made = [UInt8](repeating: 0, count: Self.secretBytes)
        guard RAND_bytes(&made, Int32(made.count)) == 1 else {
            throw CacheFault("make a secret", path: path, "OpenSSL has no randomness")
        }
        try Self.write(made, to: path)
        secret = made
    }

    private static func read(_ path: String) throws(CacheFault) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw CacheFault("read", path: path, String(cString: strerror(errno)))
        }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: secretBytes + 1)
        guard Glibc.read(descriptor, &bytes, bytes.count) == secretBytes else {
            throw CacheFault(
                "read", path: path, "it is not \(secretBytes) bytes long; remove it to have a new one made")
        }
        return Array(bytes.prefix(secretBytes))
    }

    /// Written whole under another name first, so that a crash never leaves half a secret.
    private static func write(_ secret: [UInt8], to path: String) throws(CacheFault) {
        let draft = "\(path).new"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw CacheFault("write", path: draft, String(cString: strerror(errno))) }
        let isWritten = Glibc.write(descriptor, secret, secret.count) == secret.count && fsync(descriptor) == 0
        let reason = errno
        Glibc.close(descriptor)
        guard isWritten else { throw CacheFault("write", path: draft, String(cString: strerror(reason))) }
        guard rename(draft, path) == 0 else { throw CacheFault("write", path: path, String(cString: strerror(errno))) }
    }

    /// The tenant of a caller with these credentials, in this order; none at all is a tenant too.
    ///
    /// - Parameter digest: Scratch.
    package func tenant(using digest: Digest, _ addCredentials: (Digest) -> Void) -> Tenant {
        digest.reset()
        digest.updateLengthPrefixed(secret.span.bytes)
        addCredentials(digest)
        return Tenant(digest.finish())
    }
}

/// The cache's surroundings could not be prepared.
package struct CacheFault: Error, Sendable, CustomStringConvertible {
    private let attempt: String
    private let path: String
    private let reason: String

    init(_ attempt: String, path: String, _ reason: String) {
        self.attempt = attempt
        self.path = path
        self.reason = reason
    }

    package var description: String { "could not \(attempt) \(path): \(reason)" }
}
