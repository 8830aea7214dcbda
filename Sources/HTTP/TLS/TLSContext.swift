import COpenSSL

/// What the TLS connections of one side share: certificates, versions, what is offered. Belongs to one loop.
///
/// TLS 1.2 and 1.3 with OpenSSL's default suites, no renegotiation, no compression, ALPN `http/1.1` alone.
package final class TLSContext {
    let handle: OpaquePointer
    private let isServer: Bool

    private init(_ method: OpaquePointer?, isServer: Bool) throws(TLSError) {
        guard let handle = SSL_CTX_new(method) else { throw TLSError("cannot set TLS up", fallback: "out of memory") }
        self.handle = handle
        self.isServer = isServer
        copenssl_set_min_version(handle, TLS1_2_VERSION)
        copenssl_set_mode(handle, copenssl_MODES)
        SSL_CTX_set_options(handle, copenssl_OPTIONS)
    }

    deinit { SSL_CTX_free(handle) }

    /// For calls to an upstream, whose chain and name are verified.
    ///
    /// - Parameter certificateFile: The only certificates trusted, as a PEM file; nil for the system's.
    package static func client(certificateFile: String?) throws(TLSError) -> TLSContext {
        let context = try TLSContext(TLS_client_method(), isServer: false)
        if let certificateFile {
            guard SSL_CTX_load_verify_locations(context.handle, certificateFile, nil) == 1 else {
                throw TLSError("cannot read the certificates in '\(certificateFile)'", fallback: "no such file")
            }
        } else {
            SSL_CTX_set_default_verify_paths(context.handle)
        }
        SSL_CTX_set_verify(context.handle, SSL_VERIFY_PEER, nil)
        _ = alpn.withUnsafeBufferPointer {
            SSL_CTX_set_alpn_protos(context.handle, $0.baseAddress, UInt32($0.count))
        }
        copenssl_set_session_cache(context.handle, copenssl_CACHE_CLIENT)
        SSL_CTX_sess_set_new_cb(context.handle) { connection, session in
            guard let connection, let session, let tickets = copenssl_app_data(connection) else { return 0 }
            Unmanaged<TLSTickets>.fromOpaque(tickets).takeUnretainedValue().keep(session)
            return 1
        }
        return context
    }

    /// For a listener, which shows this certificate.
    ///
    /// - Parameters:
    ///   - certificate: The path of a PEM file with the chain, the server's own first.
    ///   - privateKey: The path of a PEM file.
    package static func server(certificate: String, privateKey: String) throws(TLSError) -> TLSContext {
        let context = try TLSContext(TLS_server_method(), isServer: true)
        guard SSL_CTX_use_certificate_chain_file(context.handle, certificate) == 1 else {
            throw TLSError("cannot read the certificate chain in '\(certificate)'", fallback: "no such file")
        }
        guard SSL_CTX_use_PrivateKey_file(context.handle, privateKey, SSL_FILETYPE_PEM) == 1 else {
            throw TLSError("cannot read the private key in '\(privateKey)'", fallback: "no such file")
        }
        guard SSL_CTX_check_private_key(context.handle) == 1 else {
            throw TLSError("the private key in '\(privateKey)' is not the certificate's", fallback: "they differ")
        }
        // A client that offers protocols but not this one is refused (RFC 7301 3.2); one that offers none is served.
        SSL_CTX_set_alpn_select_cb(
            context.handle,
            { _, chosen, length, offered, count, _ in
                let found = TLSContext.alpn.withUnsafeBufferPointer { own in
                    SSL_select_next_proto(
                        UnsafeMutableRawPointer(chosen!).assumingMemoryBound(to: UnsafeMutablePointer<UInt8>?.self),
                        length, own.baseAddress, UInt32(own.count), offered, count)
                }
                // What was chosen may lie in `own`, which is static; so it stays.
                return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL
            }, nil)
        copenssl_set_session_cache(context.handle, copenssl_CACHE_OFF)
        return context
    }

    /// The protocols offered, each after its length (RFC 7301 3.1): `http/1.1`.
    private static let alpn: [UInt8] = [8] + Array("http/1.1".utf8)
}

/// Sessions that an upstream offered to resume, the newest last. Belongs to one loop.
final class TLSTickets {
    private var sessions: [OpaquePointer] = []
    /// TLS 1.3 tickets serve once (RFC 8446 C.4), and a server sends two; older ones are let go.
    private static let limit = 8

    deinit { for session in sessions { SSL_SESSION_free(session) } }

    /// Takes over a reference to a session.
    func keep(_ session: OpaquePointer) {
        if sessions.count == Self.limit { SSL_SESSION_free(sessions.removeFirst()) }
        sessions.append(session)
    }

    /// The newest session, handed over to be freed by the caller; nil when there is none.
    func take() -> OpaquePointer? { sessions.popLast() }
}
