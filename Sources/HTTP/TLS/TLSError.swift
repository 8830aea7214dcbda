import COpenSSL
import Glibc

/// What went wrong with TLS, in OpenSSL's words; never a key or a byte of what was sent.
package struct TLSError: Error, Sendable, CustomStringConvertible {
    package let description: String
    /// Whether the peer sent an HTTP request where TLS should begin.
    let isPlainHTTP: Bool

    init(_ description: String, isPlainHTTP: Bool = false) {
        self.description = description
        self.isPlainHTTP = isPlainHTTP
    }

    /// Takes the oldest fault off this thread's queue of OpenSSL errors and forgets the others.
    ///
    /// - Parameter fallback: What is said where OpenSSL has no words.
    init(_ attempt: String, fallback: String) {
        let code = ERR_get_error()
        ERR_clear_error()
        let isPlainHTTP = ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) == SSL_R_HTTP_REQUEST
        self.init("\(attempt): \(Self.reason(code) ?? fallback)", isPlainHTTP: isPlainHTTP)
    }

    private static func reason(_ code: UInt) -> String? {
        if code == 0 { return nil }
        if copenssl_is_system_error(code) != 0 { return String(cString: strerror(ERR_GET_REASON(code))) }
        return ERR_reason_error_string(code).map { String(cString: $0) }
    }
}
