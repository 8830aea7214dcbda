import Glibc

/// A system call on a socket that failed for good, or ran out of time.
package struct SocketError: Error, CustomStringConvertible {
    /// What was tried, as it follows "could not".
    package let attempt: String
    /// The system's error number.
    package let code: Int32

    package init(_ attempt: String, _ code: Int32) {
        self.attempt = attempt
        self.code = code
    }

    package static let timedOut = SocketError("go on waiting", ETIMEDOUT)
    package static let closed = SocketError("use a closed connection", EPIPE)

    package var isTimeOut: Bool { code == ETIMEDOUT }
    package var description: String { "could not \(attempt): \(String(cString: strerror(code)))" }
}
