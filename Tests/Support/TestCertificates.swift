import Foundation
import Glibc
import Synchronization

/// Certificates made by the command `openssl`: an authority, and what it signs.
package final class TestCertificates: Sendable {
    /// The paths of a certificate and its key, in PEM.
    package struct Pair: Sendable {
        package let certificate: String
        package let key: String
    }

    /// For tests that only need some; for `localhost` and `127.0.0.1`.
    package static let shared = TestCertificates()
    package static let sharedPair: Pair = {
        atexit { TestCertificates.shared.remove() }
        return try! shared.issue("DNS:localhost,IP:127.0.0.1")
    }()

    /// The authority's certificate, as a PEM file.
    package let authority: String
    private let directory = TemporaryDirectory()
    private let count = Atomic<Int>(0)

    package init() {
        let settings = """
            [req]
            distinguished_name = name
            [name]
            [authority]
            basicConstraints = critical,CA:TRUE
            keyUsage = critical,keyCertSign,cRLSign
            subjectKeyIdentifier = hash
            [server]
            basicConstraints = critical,CA:FALSE
            keyUsage = critical,digitalSignature
            extendedKeyUsage = serverAuth
            subjectKeyIdentifier = hash
            authorityKeyIdentifier = keyid
            """
        try! settings.write(toFile: directory.path + "/openssl.cnf", atomically: true, encoding: .utf8)
        authority = directory.path + "/authority.pem"
        try! make("authority", extensions: "authority", [])
    }

    /// A certificate for these names, such as `DNS:localhost,IP:127.0.0.1`, that the authority signed.
    ///
    /// - Parameter name: What its subject is called.
    package func issue(_ names: String, name: String = "server", days: Int = 365) throws -> Pair {
        let file = "\(name)-\(count.add(1, ordering: .relaxed).newValue)"
        let signer = ["-CA", authority, "-CAkey", directory.path + "/authority.key"]
        try make(file, extensions: "server", signer + ["-addext", "subjectAltName=\(names)"], name: name, days: days)
        return Pair(certificate: "\(directory.path)/\(file).pem", key: "\(directory.path)/\(file).key")
    }

    private func make(
        _ file: String, extensions: String, _ options: [String], name: String = "authority", days: Int = 365
    ) throws {
        try OpenSSL.run(
            ["req", "-x509", "-config", directory.path + "/openssl.cnf", "-extensions", extensions, "-nodes"]
                + ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-subj", "/CN=\(name)"]
                + ["-days", "\(days)", "-keyout", "\(directory.path)/\(file).key"]
                + ["-out", "\(directory.path)/\(file).pem"] + options)
    }

    private func remove() { try? FileManager.default.removeItem(atPath: directory.path) }
}

/// The command `openssl`.
package enum OpenSSL {
    /// Runs it to its end and returns what it wrote.
    ///
    /// - Throws: `ChildProcess.Failure` when it fails, unless `mayFail`.
    @discardableResult
    package static func run(_ words: [String], mayFail: Bool = false) throws -> String {
        let child = try ChildProcess("/usr/bin/env", ["openssl"] + words)
        let exit = child.waitForExit()
        guard exit == 0 || mayFail else {
            throw ChildProcess.Failure(description: "openssl \(words.joined(separator: " ")): \(child.errors)")
        }
        return child.output + child.errors
    }

    /// What `s_client` says of a handshake with a server on loopback, which it ends at once.
    package static func handshake(port: UInt16, _ options: String...) throws -> String {
        try run(["s_client", "-connect", "127.0.0.1:\(port)"] + options, mayFail: true)
    }
}
