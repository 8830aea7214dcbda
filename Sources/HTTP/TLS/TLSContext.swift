import COpenSSL
import Glibc

/// What the TLS connections of one side share: certificates, versions, what is offered.
///
/// TLS 1.2 and 1.3, no renegotiation, no compression, ALPN `http/1.1` alone. A listener's is shared by all loops, so
/// that a session begun on one is resumed on another.
// @unchecked: nothing of it is changed once it is made, and OpenSSL guards what connections count and keep in it.
package final class TLSContext: @unchecked Sendable {
    let handle: OpaquePointer

    private init(_ method: OpaquePointer?) throws(TLSError) {
        ERR_clear_error()
        guard let handle = SSL_CTX_new(method) else { throw TLSError("cannot set TLS up", fallback: "out of memory") }
        self.handle = handle
        copenssl_set_min_version(handle, TLS1_2_VERSION)
        copenssl_set_mode(handle, copenssl_MODES)
        // A record's header and its bytes come by one system call; what is read too much waits in OpenSSL.
        copenssl_set_read_ahead(handle)
        SSL_CTX_set_options(handle, copenssl_OPTIONS)
    }

    deinit { SSL_CTX_free(handle) }

    /// The one protocol that is spoken.
    static let http1: StaticString = "http/1.1"
    /// It as ALPN lists it, after its length (RFC 7301 3.1).
    fileprivate static let offered: StaticString = "\u{8}http/1.1"
}

// MARK: - The client's side

extension TLSContext {
    /// For calls to an upstream, whose chain and name are verified; with the suites that OpenSSL trusts.
    ///
    /// - Parameter certificateFile: The only authorities trusted, as a PEM file, roots or not; nil for the system's.
    package static func client(certificateFile: String?) throws(TLSError) -> TLSContext {
        let context = try TLSContext(TLS_client_method())
        if let certificateFile {
            guard SSL_CTX_load_verify_locations(context.handle, certificateFile, nil) == 1 else {
                throw TLSError(
                    "cannot read the certificates in '\(certificateFile)'", fallback: "it holds none in PEM form")
            }
            X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context.handle), copenssl_PARTIAL_CHAIN)
        } else {
            SSL_CTX_set_default_verify_paths(context.handle)
        }
        SSL_CTX_set_verify(context.handle, SSL_VERIFY_PEER, nil)
        SSL_CTX_set_alpn_protos(context.handle, offered.utf8Start, UInt32(offered.utf8CodeUnitCount))
        copenssl_set_session_cache(context.handle, copenssl_CACHE_CLIENT)
        SSL_CTX_sess_set_new_cb(context.handle) { connection, session in
            guard let connection, let session, let tickets = copenssl_app_data(connection) else { return 0 }
            Unmanaged<TLSTickets>.fromOpaque(tickets).takeUnretainedValue().keep(session)
            return 1
        }
        return context
    }
}

// MARK: - The server's side

extension TLSContext {
    /// Of TLS 1.2, the suites with forward secrecy and authenticated encryption (RFC 9325 4.2); all of TLS 1.3 are.
    private static let suites = "ECDHE+AESGCM:ECDHE+CHACHA20"

    /// For a listener, which shows this certificate. Clients may resume sessions by tickets, whose keys are this
    /// context's own: a new certificate begins anew.
    ///
    /// - Parameters:
    ///   - certificate: The path of a PEM file with the chain, the server's own first.
    ///   - privateKey: The path of a PEM file.
    package static func server(certificate: String, privateKey: String) throws(TLSError) -> TLSContext {
        let context = try TLSContext(TLS_server_method())
        guard SSL_CTX_set_cipher_list(context.handle, suites) == 1 else {
            throw TLSError("cannot set TLS up", fallback: "no suite is left")
        }
        guard SSL_CTX_use_certificate_chain_file(context.handle, certificate) == 1 else {
            throw TLSError("cannot read the certificate chain in '\(certificate)'", fallback: "it holds none")
        }
        try context.loadKey(privateKey, of: certificate)
        SSL_CTX_set_alpn_select_cb(context.handle, selectProtocol, nil)
        copenssl_set_session_cache(context.handle, copenssl_CACHE_OFF)
        return context
    }

    private func loadKey(_ path: String, of certificate: String) throws(TLSError) {
        // Otherwise OpenSSL would ask at the terminal.
        SSL_CTX_set_default_passwd_cb(handle) { _, _, _, wasAsked in
            wasAsked?.storeBytes(of: true, as: Bool.self)
            return -1
        }
        var isEncrypted = false
        let code = withUnsafeMutableBytes(of: &isEncrypted) { flag in
            SSL_CTX_set_default_passwd_cb_userdata(handle, flag.baseAddress)
            defer { SSL_CTX_set_default_passwd_cb_userdata(handle, nil) }
            return SSL_CTX_use_PrivateKey_file(handle, path, SSL_FILETYPE_PEM)
        }
        let attempt = "cannot read the private key in '\(path)'"
        if isEncrypted {
            ERR_clear_error()
            throw TLSError("\(attempt): it is encrypted; the gateway takes keys without a passphrase")
        }
        if code != 1 {
            let fault = ERR_peek_error()
            let isAnother = ERR_GET_LIB(fault) == ERR_LIB_X509 && ERR_GET_REASON(fault) == X509_R_KEY_VALUES_MISMATCH
            guard isAnother else { throw TLSError(attempt, fallback: "it holds none") }
        }
        guard code == 1, SSL_CTX_check_private_key(handle) == 1 else {
            ERR_clear_error()
            throw TLSError("the private key in '\(path)' is not that of the certificate in '\(certificate)'")
        }
    }

    /// When the certificate shown ends, in seconds since 1970; nil when it cannot be told.
    package var certificateExpiry: Int64? {
        guard let certificate = SSL_CTX_get0_certificate(handle) else { return nil }
        var time = tm()
        guard ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &time) == 1 else { return nil }
        return Int64(timegm(&time))
    }
}

/// Refuses a client that offers protocols but not HTTP/1.1 (RFC 7301 3.2); one that offers none is served.
private let selectProtocol: SSL_CTX_alpn_select_cb_func = { _, chosen, length, offered, count, _ in
    let own = TLSContext.offered
    let found = chosen?.withMemoryRebound(to: UnsafeMutablePointer<UInt8>?.self, capacity: 1) { chosen in
        SSL_select_next_proto(chosen, length, own.utf8Start, UInt32(own.utf8CodeUnitCount), offered, count)
    }
    return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL
}
