import Glibc
package import LMDB
package import Platform
import Synchronization

/// Stored answers, shared by every loop: looked up without a lock, written by one thread that no request waits for.
///
/// What was handed over for storing is found from then on, before it is committed. A store that cannot be read is
/// moved aside, for an answer can always be had again.
package final class ResponseCache: Sendable {
    /// What the cache has counted since it was opened, and what it holds.
    package struct Statistics: Sendable, Equatable {
        package var entries = 0
        /// Bytes of the pages in use.
        package var bytesInUse = 0
        package var evictedExpired = 0
        package var evictedLeastRecentlyUsed = 0
        /// Answers not stored because they were too long, or because too many waited to be written.
        package var dropped = 0
        /// Groups of changes that the disk, or the store, refused.
        package var failedWrites = 0
        package var damagedRecords = 0
        /// What the last refusal said.
        package var lastError: String?
    }

    /// What to tell the operator about the opening: that a damaged cache was moved aside.
    package let notice: String?
    private let maxEntryBytes: Int
    private let writer: CacheWriter
    private let thread: WorkerThread

    /// Opens the cache in `directory/cache`.
    ///
    /// - Parameters:
    ///   - maxBytes: Bytes of pages in use at most.
    ///   - maxEntryBytes: The longest body that is stored.
    ///   - queueBytes: Bytes that may wait to be written.
    package init(
        directory: String, maxBytes: Int, maxEntryBytes: Int, queueBytes: Int = 64 << 20, time: any TimeSource
    ) throws(StoreError) {
        let path = "\(directory)/cache"
        let store: CacheStore
        do throws(StoreError) {
            store = try CacheStore(directory: path, maxBytes: maxBytes)
            notice = nil
        } catch  where error.code <= 0 && !error.isMapFull {
            // LMDB's own verdict, not the file system's: what is there is no cache of ours.
            let aside = "\(path).damaged-\(time.wallMicroseconds() / 1_000_000)"
            guard rename(path, aside) == 0 else { throw error }
            store = try CacheStore(directory: path, maxBytes: maxBytes)
            notice = "the cache could not be read and was moved to \(aside); starting with an empty one (\(error))"
        }
        self.maxEntryBytes = maxEntryBytes
        let writer = CacheWriter(store, path: path, maxBytes: maxBytes, queueBytes: queueBytes, time: time)
        self.writer = writer
        thread = WorkerThread(name: "cache-writer") { writer.run() }
    }

    /// A reader for one loop.
    package func makeReader() -> CacheReader { CacheReader(writer) }

    /// Hands an answer over to be stored; never waits.
    ///
    /// - Returns: False when it is too long or too much is waiting already, which is counted.
    @discardableResult
    package func store(_ head: CacheEntryHead, body: RawSpan, for key: CacheKey) -> Bool {
        guard body.byteCount <= maxEntryBytes else {
            writer.countDropped()
            return false
        }
        return writer.store(CacheRecord.encode(head, body: body), expiresAt: head.expiresAt, for: key)
    }

    package func remove(_ key: CacheKey) { writer.remove(key) }
    package func removeAll() { writer.removeAll() }

    package var statistics: Statistics { writer.statistics }

    /// Writes what waits, and ends. Nothing may be stored afterwards.
    package func close() {
        writer.close()
        thread.join()
    }
}
