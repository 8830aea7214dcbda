import LMDB

/// One transaction of the cache's writer: the tables change together, or not at all.
struct CacheEdit: ~Copyable {
    let store: CacheStore
    private(set) var transaction: WriteTransaction
    private(set) var totals: CacheTotals

    init(on store: CacheStore) throws(StoreError) {
        let transaction = try WriteTransaction(on: store.environment)
        // The store's opening has seen to it that there are totals.
        totals = try CacheTotals.read(from: store.meta, in: transaction) ?? CacheTotals()
        self.transaction = transaction
        self.store = store
    }

    // MARK: Entries

    /// Stores an entry in place of an earlier one under its key.
    mutating func put(_ key: CacheKey, _ record: [UInt8], expiresAt: Int64) throws(StoreError) {
        let number = totals.nextNumber
        totals.nextNumber &+= 1
        let earlier = try transaction.insert(
            store.index, key: key.indexBytes.span.bytes, value: inlineBytes(number).span.bytes
        ) { $0.entryNumber }
        if let earlier {
            if let earlier { _ = try removeEntry(earlier) }
            try transaction.put(
                store.index, key: key.indexBytes.span.bytes, value: inlineBytes(number).span.bytes)
        }
        // Its number is the highest, unless the totals are not what they were.
        if try !transaction.append(store.entries, key: inlineBytes(number).span.bytes, value: record.span.bytes) {
            try transaction.put(store.entries, key: inlineBytes(number).span.bytes, value: record.span.bytes)
        }
        let place = TimePlace(expiresAt, number).inlineBytes
        // Entries that are kept equally long expire in the order in which they were stored.
        if try !transaction.append(store.expiry, key: place.span.bytes, value: RawSpan()) {
            try transaction.put(store.expiry, key: place.span.bytes, value: RawSpan())
        }
        // The sums may not trap: what is taken off them was read from the disk.
        totals.entries &+= 1
        totals.bytes &+= Int64(record.count)
    }

    /// Removes the entry of a key; nothing where there is none.
    ///
    /// - Returns: Whether there was one.
    mutating func remove(_ key: CacheKey) throws(StoreError) -> Bool {
        guard let number = try indexed(key) else { return false }
        try transaction.delete(store.index, key: key.indexBytes.span.bytes)
        return try removeEntry(number)
    }

    private func indexed(_ key: CacheKey) throws(StoreError) -> UInt64? {
        try transaction.get(store.index, key: key.indexBytes.span.bytes) { $0.entryNumber } ?? nil
    }

    /// Removes an entry by its number; nothing where there is none.
    ///
    /// - Returns: Whether there was one.
    mutating func remove(number: UInt64) throws(StoreError) -> Bool {
        let key =
            try transaction.get(store.entries, key: inlineBytes(number).span.bytes) { CacheRecord($0)?.key } ?? nil
        if let key, try indexed(key) == number {
            try transaction.delete(store.index, key: key.indexBytes.span.bytes)
        }
        return try removeEntry(number)
    }

    /// Removes every entry.
    mutating func removeAll() throws(StoreError) {
        for table in [store.index, store.entries, store.expiry, store.uses, store.recency] {
            try transaction.empty(table)
        }
        totals.entries = 0
        totals.bytes = 0
    }

    /// Removes an entry from every table but the index.
    ///
    /// - Returns: Whether there was one.
    private mutating func removeEntry(_ number: UInt64) throws(StoreError) -> Bool {
        let found = try transaction.get(store.entries, key: inlineBytes(number).span.bytes) { bytes in
            (byteCount: bytes.byteCount, expiresAt: CacheRecord(bytes)?.expiresAt)
        }
        guard let found else { return false }
        try transaction.delete(store.entries, key: inlineBytes(number).span.bytes)
        if let time = found.expiresAt { try delete(TimePlace(time, number), from: store.expiry) }
        if let usedAt = try writtenUse(of: number) {
            try transaction.delete(store.uses, key: inlineBytes(number).span.bytes)
            try delete(TimePlace(usedAt, number), from: store.recency)
        }
        totals.entries &-= 1
        totals.bytes &-= Int64(found.byteCount)
        return true
    }

    // MARK: The order of use

    /// Writes a use, so that the entry goes later; nothing where it is gone, or a later use is written.
    mutating func touch(_ use: CacheUse) throws(StoreError) {
        let storedAt = try transaction.get(store.entries, key: inlineBytes(use.number).span.bytes) {
            CacheRecord($0)?.storedAt
        }
        guard let storedAt = storedAt ?? nil, storedAt < use.time else { return }
        if let usedAt = try writtenUse(of: use.number) {
            guard usedAt < use.time else { return }
            try delete(TimePlace(usedAt, use.number), from: store.recency)
        }
        let place = TimePlace(use.time, use.number)
        try transaction.put(store.recency, key: place.inlineBytes.span.bytes, value: RawSpan())
        try transaction.put(
            store.uses, key: inlineBytes(use.number).span.bytes,
            value: inlineBytes(UInt64(bitPattern: place.time).littleEndian).span.bytes)
    }

    /// The entry that was used longest ago, as far as uses are written.
    ///
    /// - Parameter firstUnused: See `UseLog`; moved on.
    func leastRecentlyUsed(_ firstUnused: inout UInt64) throws(StoreError) -> TimePlace? {
        let used = try first(of: store.recency)
        var cursor = try Cursor(store.entries, in: transaction)
        var found = try cursor.seek(inlineBytes(firstUnused).span.bytes)
        while found {
            let number = cursor.key.number(at: 0, as: UInt64.self)
            firstUnused = number
            if try writtenUse(of: number) == nil {
                let unused = TimePlace(CacheRecord(cursor.value)?.storedAt ?? 0, number)
                guard let used, used.time < unused.time else { return unused }
                return used
            }
            found = try cursor.next()
        }
        return used
    }

    private func writtenUse(of number: UInt64) throws(StoreError) -> Int64? {
        try transaction.get(store.uses, key: inlineBytes(number).span.bytes) { value in
            value.byteCount == 8 ? value.number(at: 0, as: Int64.self) : nil
        } ?? nil
    }

    // MARK: Orders

    /// The first of an order: the entry used longest ago, or the one to expire next.
    func first(of order: Table) throws(StoreError) -> TimePlace? {
        var cursor = try Cursor(order, in: transaction)
        return try cursor.first() ? TimePlace(cursor.key) : nil
    }

    mutating func delete(_ place: TimePlace, from order: Table) throws(StoreError) {
        try transaction.delete(order, key: place.inlineBytes.span.bytes)
    }

    // MARK: The whole

    /// Bytes of the pages in use, as of now in this transaction.
    var bytesInUse: Int {
        get throws(StoreError) {
            var pages = 0
            for table in store.tables { pages += try transaction.pagesInUse(of: table) }
            return pages * store.environment.pageBytes
        }
    }

    /// Makes the changes visible, with the totals.
    consuming func commit() throws(StoreError) {
        try totals.write(to: store.meta, in: &transaction)
        try transaction.commit()
    }
}

extension CacheKey {
    /// What the index has of it: eight bytes, which two keys in a cache of ten million share once in 300,000 caches;
    /// then the later one takes the earlier one's place.
    var indexBytes: InlineArray<1, UInt64> { [seed] }
}

extension RawSpan {
    /// The number that the index says; nil for a value that is none.
    var entryNumber: UInt64? { byteCount == 8 ? number(at: 0, as: UInt64.self) : nil }
}
