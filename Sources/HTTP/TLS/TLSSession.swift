import COpenSSL
import Glibc

/// One TLS connection over a non-blocking socket. Belongs to the socket that uses it.
package final class TLSSession {
    private let handle: OpaquePointer
    // The connection points into these.
    private let context: TLSContext
    private let tickets: TLSTickets?
    /// Whether the peer may still be told that nothing more will come.
    private var maySayEnd = false

    /// What one attempt came to.
    enum Outcome: Equatable {
        case bytes(Int)
        /// The socket has to become readable first.
        case wantsRead
        /// The socket has to become writable first.
        case wantsWrite
        /// The peer has said that nothing follows.
        case end
        case failed
    }

    private init(_ context: TLSContext, tickets: TLSTickets?) throws(TLSError) {
        ERR_clear_error()
        guard let handle = SSL_new(context.handle) else {
            throw TLSError("cannot begin TLS", fallback: "out of memory")
        }
        self.handle = handle
        self.context = context
        self.tickets = tickets
    }

    deinit { SSL_free(handle) }

    /// The server's side of a new connection.
    package static func accepting(_ context: TLSContext) throws(TLSError) -> TLSSession {
        let session = try TLSSession(context, tickets: nil)
        SSL_set_accept_state(session.handle)
        return session
    }

    /// The client's side: the peer must show a certificate for `host`, a name or a numeric address.
    static func connecting(_ context: TLSContext, to host: String, tickets: TLSTickets) throws(TLSError) -> TLSSession {
        let session = try TLSSession(context, tickets: tickets)
        SSL_set_connect_state(session.handle)
        // An address in the certificate counts as one, never as a name; and no address is sent as a name (RFC 6066 3).
        if X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session.handle), host) != 1 {
            ERR_clear_error()
            SSL_set_hostflags(session.handle, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
            guard SSL_set1_host(session.handle, host) == 1, copenssl_set_server_name(session.handle, host) == 1 else {
                throw TLSError("cannot ask for '\(host)' by TLS", fallback: "it is not a host's name")
            }
        }
        copenssl_set_app_data(session.handle, Unmanaged.passUnretained(tickets).toOpaque())
        tickets.resume(on: session.handle)
        return session
    }

    /// Says which socket carries it.
    func attach(to descriptor: Int32) { SSL_set_fd(handle, descriptor) }

    // MARK: The handshake

    /// Goes on with the handshake; `.bytes(0)` once it is done.
    func handshake() -> Outcome {
        ERR_clear_error()
        let code = SSL_do_handshake(handle)
        guard code == 1 else { return outcome(of: code) }
        guard speaksHTTP1 else { return .failed }
        maySayEnd = true
        return .bytes(0)
    }

    /// Why the handshake failed; to be asked right after it.
    var handshakeError: TLSError {
        let verdict = SSL_get_verify_result(handle)
        if verdict != Int(X509_V_OK), let text = X509_verify_cert_error_string(verdict) {
            ERR_clear_error()
            return TLSError("the certificate was not accepted: \(String(cString: text))")
        }
        let fallback =
            speaksHTTP1 ? "the peer closed the connection" : "the peer insists on another protocol than HTTP/1.1"
        return TLSError("the TLS handshake failed", fallback: fallback)
    }

    /// Whether this connection took up an earlier session.
    var isResumed: Bool { SSL_session_reused(handle) == 1 }

    /// Whether the peer agreed to HTTP/1.1, or said nothing of it.
    private var speaksHTTP1: Bool {
        var name: UnsafePointer<UInt8>?
        var length: UInt32 = 0
        SSL_get0_alpn_selected(handle, &name, &length)
        guard let name, length > 0 else { return true }
        let own = TLSContext.http1
        return Int(length) == own.utf8CodeUnitCount && memcmp(name, own.utf8Start, Int(length)) == 0
    }

    // MARK: Bytes

    /// Decrypts what one record holds, or what is left of it.
    func read(into bytes: UnsafeMutableRawBufferPointer) -> Outcome {
        ERR_clear_error()
        let code = SSL_read(handle, bytes.baseAddress, Int32(clamping: bytes.count))
        return code > 0 ? .bytes(Int(code)) : outcome(of: code)
    }

    /// Encrypts as one record, and sends, what of `bytes` it takes. When the socket must become ready first, the next
    /// call has to begin with the same bytes.
    func write(_ bytes: UnsafeRawBufferPointer) -> Outcome {
        ERR_clear_error()
        let code = SSL_write(handle, bytes.baseAddress, Int32(clamping: bytes.count))
        return code > 0 ? .bytes(Int(code)) : outcome(of: code)
    }

    /// Whether bytes were taken off the socket that nobody has read yet, part of a record included.
    var hasBytesWaiting: Bool {
        if SSL_has_pending(handle) == 1 { return true }
        // "RH" is between two records. With the header of one alone, nothing counts as pending.
        guard let state = SSL_rstate_string(handle) else { return false }
        return state[0] != UInt8(ascii: "R") || state[1] != UInt8(ascii: "H")
    }

    /// Tells the peer that nothing more will come; does not wait for its word.
    func sayEnd() {
        guard maySayEnd else { return }
        maySayEnd = false
        ERR_clear_error()
        SSL_shutdown(handle)
    }

    private func outcome(of code: Int32) -> Outcome {
        switch SSL_get_error(handle, code) {
        case SSL_ERROR_WANT_READ: return .wantsRead
        case SSL_ERROR_WANT_WRITE: return .wantsWrite
        case SSL_ERROR_ZERO_RETURN: return .end
        default:
            // After a fatal error nothing more may be written, not even an end (SSL_shutdown(3)).
            maySayEnd = false
            return .failed
        }
    }
}
