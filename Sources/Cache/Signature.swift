import COpenSSL

/// HMAC with SHA-256 (RFC 2104), by which whoever shares a key knows that a message comes from us.
package enum Signature {
    /// The code of `message` under `key`, in 64 hexadecimal digits.
    package static func code(of message: [UInt8], key: [UInt8]) -> String {
        var code = [UInt8](repeating: 0, count: 32)
        var length: UInt32 = 0
        guard HMAC(EVP_sha256(), key, Int32(clamping: key.count), message, message.count, &code, &length) != nil else {
            preconditionFailure("OpenSSL offers no HMAC")
        }
        return hexadecimal(code.span.bytes)
    }
}
