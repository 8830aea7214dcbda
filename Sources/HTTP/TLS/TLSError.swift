import COpenSSL

/// What went wrong with TLS, in OpenSSL's words; never a key or a byte of what was sent.
package struct TLSError: Error, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }

    /// Takes the oldest fault off this thread's queue of OpenSSL errors and forgets the others.
    init(_ attempt: String, fallback: String) {
        let code = ERR_get_error()
        ERR_clear_error()
        let reason = code == 0 ? nil : ERR_reason_error_string(code).map { String(cString: $0) }
        self.init("\(attempt): \(reason ?? fallback)")
    }
}
