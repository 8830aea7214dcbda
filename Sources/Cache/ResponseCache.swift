package import LMDB
package import Platform

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
        /// Removed because somebody asked for it.
        package var purged = 0
        /// Removed because a look-up found them damaged.
        package var removedDamaged = 0
        /// Lost with a store that could not go on.
        package var lost = 0
        /// Answers not stored because they were too long, or because too many waited to be written.
        package var dropped = 0
        /// What the disk, or the store, refused: groups of changes, syncs, look-ups.
        package var failures = 0
        /// Records that were torn or foreign; they read as absent and are removed.
        package var damagedRecords = 0
        /// What the last failure said.
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
    ///   - keepsExpired: How long after it expired an answer is kept all the same, in microseconds, as long as there is
    ///     room.
    ///   - reserveBytes: Room that the map has beside three times `maxBytes`; more than the queue, which may be
    ///     written in one transaction.
    package init(
        directory: String, maxBytes: Int, maxEntryBytes: Int, queueBytes: Int = 64 << 20,
        keepsExpired: Int64 = 0, reserveBytes: Int = 256 << 20, time: any TimeSource
    ) throws(StoreError) {
        let place = CachePlace(path: "\(directory)/cache", maxBytes: maxBytes, reserveBytes: reserveBytes)
        let (store, notice) = try place.openOrReplace(time)
        self.notice = notice
        self.maxEntryBytes = maxEntryBytes
        let writer = CacheWriter(store, at: place, queueBytes: queueBytes, keepsExpired: keepsExpired, time: time)
        self.writer = writer
        thread = WorkerThread(name: "cache-writer") { writer.run() }
    }

    deinit { close() }

    /// A reader for one loop.
    package func makeReader() -> CacheReader { CacheReader(writer) }

    /// Hands an answer over to be stored; never waits.
    ///
    /// - Returns: False when it is too long or too much is waiting already, which is counted.
    @discardableResult
    package func store(
        _ head: CacheEntryHead, _ origin: CacheEntryOrigin, body: RawSpan, for key: CacheKey
    ) -> Bool {
        if body.byteCount <= maxEntryBytes,
            writer.pending.add(
                .store(
                    key, CacheRecord.encode(head, origin, body: body, for: key), expiresAt: head.expiresAt))
        {
            return true
        }
        writer.countDropped()
        return false
    }

    /// Removes an answer; no look-up that begins after this finds it.
    package func remove(_ key: CacheKey) { _ = writer.pending.add(.remove(key, .asked)) }

    /// Removes the answers that `filter` means of all that were handed over before, in steps, so that neither look-ups
    /// nor the writer are held up; once it returns, none is found. Blocks: not for a loop.
    ///
    /// - Returns: How many there were.
    package func purge(_ filter: CacheFilter) throws(StoreError) -> Int {
        waitUntilWritten()
        let generation = writer.generation
        var scan = CacheScan(writer.currentStore)
        var count = 0
        var hasMore = true
        while hasMore {
            var numbers: [UInt64] = []
            hasMore = try scan.step { number, record, _ in
                if record.matches(filter) { numbers.append(number) }
                return true
            }
            guard !numbers.isEmpty else { continue }
            guard writer.pending.add(.purge(numbers, generation: generation)) else { break }
            waitUntilWritten()
            count += numbers.count
        }
        return count
    }

    /// Removes an answer. Blocks: not for a loop.
    ///
    /// - Returns: Whether there was one.
    package func purge(_ key: CacheKey) throws(StoreError) -> Bool {
        waitUntilWritten()
        let wasThere = try contents.entry(key) != nil
        remove(key)
        waitUntilWritten()
        return wasThere
    }

    /// Removes every answer. Blocks: not for a loop.
    ///
    /// - Returns: How many there were.
    package func purgeAll() throws(StoreError) -> Int {
        waitUntilWritten()
        let count = try contents.totals().entries
        removeAll()
        waitUntilWritten()
        return count
    }

    /// What it holds, to be looked at entry by entry, as of what is written now.
    package var contents: CacheContents { CacheContents(of: writer.currentStore) }

    /// Whether all that it holds is as it was written. Blocks: not for a loop.
    package func verify() throws(StoreError) -> CacheVerification { try CacheVerification(of: writer.currentStore) }

    /// Removes every answer; no look-up that begins after this finds one.
    package func removeAll() { _ = writer.pending.add(.removeAll) }

    /// Waits until all that was handed over so far is written. Blocks: not for a loop.
    package func waitUntilWritten() { writer.pending.waitUntilCommitted() }

    /// Keeps the writer from writing while `body` runs, so that what is in the store stays as it is. Blocks: not
    /// for a loop.
    package func whileNothingIsWritten<Result>(_ body: () -> Result) throws(StoreError) -> Result {
        // LMDB has one writer at a time; this one writes nothing and is dropped.
        let transaction = try WriteTransaction(on: writer.currentStore.environment)
        let result = body()
        _ = consume transaction
        return result
    }

    package var statistics: Statistics { writer.statistics }

    /// Writes what waits, syncs, and ends; nothing is stored afterwards. A second call has no effect.
    package func close() {
        writer.pending.close()
        thread.join()
    }
}
