import CLMDB
import Glibc

/// A store could not do what it was asked, with the reason and what a person can do about it.
package struct StoreError: Error, Sendable, CustomStringConvertible {
    /// What was tried; completes the sentence "could not ...".
    package let attempt: String
    /// LMDB's code (negative) or an `errno` (positive).
    package let code: Int32
    /// The store's directory or file, where it is known.
    package let path: String?
    /// The reason in words, where the code alone would not tell.
    package let detail: String?

    package init(_ attempt: String, _ code: Int32, path: String? = nil, detail: String? = nil) {
        self.attempt = attempt
        self.code = code
        self.path = path
        self.detail = detail
    }

    /// The content cannot be trusted: not a store of ours, torn, or made by another version of LMDB.
    package var isCorrupt: Bool {
        [MDB_CORRUPTED, MDB_INVALID, MDB_VERSION_MISMATCH, MDB_PANIC, MDB_PAGE_NOTFOUND].contains(code)
    }

    /// The map has no page left. Nothing can be deleted either, since a deletion needs pages too.
    package var isMapFull: Bool { code == MDB_MAP_FULL }

    /// The disk, or the user's share of it, is full.
    package var isDiskFull: Bool { code == ENOSPC || code == EDQUOT }

    /// The store is open already, in this process.
    package var isInUse: Bool { code == EBUSY }

    /// There is no such store, or no such table in it.
    package var isAbsent: Bool { code == ENOENT || code == MDB_NOTFOUND }

    package var description: String {
        let place = path.map { " (\($0))" } ?? ""
        let reason = detail ?? String(cString: mdb_strerror(code))
        return "could not \(attempt)\(place): \(reason)\(advice.map { "; \($0)" } ?? "")"
    }

    private var advice: String? {
        switch code {
        case EACCES, EPERM: "run as the directory's owner, or name another data directory"
        case EROFS: "the file system is read-only; name another data directory"
        case ENOSPC, EDQUOT: "free space on that disk, or name another data directory"
        case ENOENT: "check that the directory exists"
        case MDB_NOTFOUND: "it was not made by this program"
        case MDB_MAP_FULL: "raise the store's size limit"
        case MDB_READERS_FULL: "too many processes or loops read this store at once"
        case MDB_VERSION_MISMATCH: "it was made by another version of LMDB; move it aside to start afresh"
        case _ where isCorrupt: "the file is damaged; restore it, or move it aside to start afresh"
        default: nil
        }
    }
}

/// Throws what an LMDB call returned, unless it succeeded.
func check(_ code: Int32, _ attempt: @autoclosure () -> String, path: String? = nil) throws(StoreError) {
    guard code == MDB_SUCCESS else { throw StoreError(attempt(), code, path: path) }
}
