import COpenSSL

/// Sessions that an upstream offered to resume, the newest last. Belongs to one loop.
final class TLSTickets {
    private var sessions: [OpaquePointer] = []
    /// A server sends two with each handshake; older ones are let go.
    private static let limit = 8

    deinit { for session in sessions { SSL_SESSION_free(session) } }

    /// Takes over a reference to a session.
    func keep(_ session: OpaquePointer) {
        if sessions.count == Self.limit { SSL_SESSION_free(sessions.removeFirst()) }
        sessions.append(session)
    }

    /// Makes a connection that is about to begin ask for the newest session, if there is one.
    ///
    /// A ticket of TLS 1.3 serves once, so that nobody can tell two connections to be the same client's (RFC 8446
    /// C.4). A session of TLS 1.2 serves until it is refused: the server may offer no other when it is resumed.
    func resume(on connection: OpaquePointer) {
        guard let session = sessions.popLast() else { return }
        SSL_set_session(connection, session)
        if SSL_SESSION_get_protocol_version(session) >= TLS1_3_VERSION {
            SSL_SESSION_free(session)
        } else {
            sessions.insert(session, at: 0)
        }
    }
}
