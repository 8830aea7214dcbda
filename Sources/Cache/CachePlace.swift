import Glibc
import LMDB
import Platform

/// Where the cache lies, how large it may be, and what becomes of something else that is found there.
struct CachePlace: Sendable {
    let path: String
    /// Bytes of the pages in use.
    let maxBytes: Int
    /// Bytes of the map beside three times the limit.
    let reserveBytes: Int

    /// The size of the map, fixed and sparse: a reservation of addresses, of which the file takes what it needs.
    ///
    /// Three times the limit and a reserve. A transaction writes beside the pages in use, freed ones can be taken
    /// only by the next, and an entry longer than a page needs a run of free pages, of which there may be none long
    /// enough: under entries of 200 bytes to 8 MiB the file settles below twice the limit. A file from a time with
    /// a higher limit has the reserve on top of its size.
    var mapBytes: Int {
        var status = stat()
        let present = stat("\(path)/data.mdb", &status) == 0 ? Int(status.st_size) : 0
        let wanted = max(maxBytes.multipliedSaturated(by: 3), present) / 4096
        return min(wanted, Int.max >> 16) * 4096 + reserveBytes
    }

    /// Opens the cache, or begins one.
    func open() throws(StoreError) -> CacheStore { try CacheStore(path: path, mapBytes: mapBytes) }

    /// Opens the cache, or moves aside what is none and begins one.
    ///
    /// - Returns: The store, and what to tell the operator, if anything.
    func openOrReplace(_ time: any TimeSource) throws(StoreError) -> (CacheStore, notice: String?) {
        do throws(StoreError) {
            return (try open(), nil)
        } catch  where error.isOtherVersion {
            Self.delete(path)
            return (try open(), "\(error); it was deleted, and the cache starts empty")
        } catch  where error.isForeign {
            let aside = asideName("damaged", time)
            guard rename(path, aside) == 0 else { throw StoreError("move the cache aside", errno, path: path) }
            return (try open(), "\(error); it was moved to \(aside), and the cache starts empty")
        }
    }

    /// A name beside the cache's, free because what had been put aside before is deleted: one copy is enough to
    /// look into, and more would fill the disk.
    func asideName(_ reason: String, _ time: any TimeSource) -> String {
        for old in siblings(after: "\(path).\(reason)-") { Self.delete(old) }
        return "\(path).\(reason)-\(time.wallMicroseconds() / 1_000_000)"
    }

    private func siblings(after prefix: String) -> [String] {
        guard let slash = path.lastIndex(of: "/") else { return [] }
        let parent = path[...slash]
        return Self.names(in: String(parent)).map { parent + $0 }.filter { $0.hasPrefix(prefix) }
    }

    /// Deletes a file, or a directory with the files in it.
    static func delete(_ path: String) {
        if unlink(path) == 0 { return }
        for name in names(in: path) { unlink("\(path)/\(name)") }
        rmdir(path)
    }

    private static func names(in directory: String) -> [String] {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}

extension Int {
    fileprivate func multipliedSaturated(by factor: Int) -> Int {
        let (product, overflow) = multipliedReportingOverflow(by: factor)
        return overflow ? .max : product
    }
}
