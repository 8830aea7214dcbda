import Glibc

/// A file beside a store's that says that it was closed whole, and what it looked like then.
///
/// Whoever finds it, and the store unchanged since, need not walk through its pages (see `DataFile`): ten million
/// entries are open at once. A crash leaves no mark, nor does anything that writes to the store behind its owner's back.
package enum CleanMark {
    /// Whether the store in `directory` was closed whole and is as it was then. The mark is gone afterwards, also from
    /// the disk, so that it cannot outlive a change.
    package static func take(in directory: String) throws(StoreError) -> Bool {
        let isWhole = holds(in: directory)
        let path = file(in: directory)
        if unlink(path) == 0 {
            try syncDirectory(directory)
        } else if errno != ENOENT, errno != ENOTDIR {
            throw StoreError("remove", errno, path: path)
        }
        return isWhole
    }

    /// Whether the store in `directory` was closed whole and is as it was then; nothing is changed.
    package static func holds(in directory: String) -> Bool {
        let descriptor = open(file(in: directory), O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var words: InlineArray<4, Int64> = .init(repeating: 0)
        var span = words.mutableSpan
        let count = span.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
        guard count == 32, let now = state(of: directory) else { return false }
        return (0..<4).allSatisfy { words[$0] == now[$0] }
    }

    /// Leaves the mark; the store must be on the disk and nobody write to it any more. Without one, the next opening
    /// takes longer: failures do not matter.
    fileprivate static func leave(in directory: String) {
        // The kernel stamps writes by its tick, some milliseconds long; a moment between two ticks is no other write's.
        var moment = timespec()
        clock_gettime(CLOCK_REALTIME, &moment)
        let times = [moment, moment]
        guard utimensat(AT_FDCWD, "\(directory)/data.mdb", times, 0) == 0 else { return }
        guard let words = state(of: directory) else { return }
        let descriptor = open(file(in: directory), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return }
        words.span.withUnsafeBytes { _ = write(descriptor, $0.baseAddress, $0.count) }
        close(descriptor)
    }

    private static func file(in directory: String) -> String { "\(directory)/clean" }

    /// The size of the store's file, when it was changed last, and which file it is.
    private static func state(of directory: String) -> InlineArray<4, Int64>? {
        var status = stat()
        guard stat("\(directory)/data.mdb", &status) == 0 else { return nil }
        return [
            Int64(status.st_size), Int64(status.st_mtim.tv_sec), Int64(status.st_mtim.tv_nsec),
            Int64(bitPattern: UInt64(status.st_ino)),
        ]
    }

    private static func syncDirectory(_ path: String) throws(StoreError) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw StoreError("open", errno, path: path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw StoreError("sync", errno, path: path) }
    }
}

extension Environment {
    /// Leaves word that the store is whole; only when everything is synced and nothing will be written any more.
    package func markClean() { CleanMark.leave(in: path) }
}
