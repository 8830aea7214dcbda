import CSystem
import Glibc

/// The directory in which a gateway keeps its cache, its ledger and its secret; one gateway's at a time.
///
/// Held by a lock on a file in it, which the kernel lets go when the process ends, however it ends.
package final class DataDirectory: Sendable {
    package let path: String
    private let lock: Int32

    /// Makes the directory if needed and takes it.
    ///
    /// - Parameters:
    ///   - patience: How many seconds to wait for another gateway, which may be draining, to let go of it.
    ///   - onWait: Called once when there is another.
    package init(_ path: String, patience: Int = 30, onWait: () -> Void = {}) throws(StartupError) {
        self.path = path
        if mkdir(path, 0o700) != 0, errno != EEXIST {
            throw StartupError(
                "cannot make the data directory '\(path)': \(String(cString: strerror(errno))); make it, or name another with --data"
            )
        }
        let file = "\(path)/lock"
        lock = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else {
            throw StartupError(
                "cannot write to the data directory '\(path)': \(String(cString: strerror(errno))); change its owner or permissions, or name another with --data"
            )
        }
        var attempts = patience * 10
        var hasWaited = false
        while flock(lock, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR, attempts > 0 else {
                Glibc.close(lock)
                throw StartupError(
                    "the data directory '\(path)' is in use by another gateway; stop that one, or name another with --data"
                )
            }
            if !hasWaited { onWait() }
            hasWaited = true
            attempts -= 1
            // Before anything is served: nobody else's time is spent.
            usleep(100_000)
        }
    }

    /// Takes a directory that no gateway holds, so that none starts there meanwhile, and makes nothing.
    ///
    /// - Returns: Nil while a gateway holds it.
    package init?(holdingIdle path: String) throws(StartupError) {
        self.path = path
        lock = open("\(path)/lock", O_RDWR | O_CLOEXEC)
        guard lock >= 0 else {
            throw StartupError(
                "cannot use the data directory '\(path)': \(String(cString: strerror(errno))); name it with --data")
        }
        if flock(lock, LOCK_EX | LOCK_NB) != 0 {
            Glibc.close(lock)
            return nil
        }
    }

    /// The path without links and dots, by which two names of one directory are told to be one.
    package static func canonical(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// Lets go of the directory.
    package func release() { Glibc.close(lock) }
}
