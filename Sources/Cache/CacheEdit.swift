import LMDB

/// One transaction of the cache's writer: the five tables change together, or not at all.
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

    /// Stores an entry in place of an earlier one under its key.
    mutating func put(_ key: CacheKey, _ record: [UInt8], usedAt: Int64, expiresAt: Int64) throws(StoreError) {
        try remove(key)
        let state = EntryState(usedAt: usedAt, expiresAt: expiresAt, byteCount: Int64(record.count))
        let encoded = state.encoded
        try key.withBytes { (bytes) throws(StoreError) in
            try transaction.put(store.entries, key: bytes, value: record.span.bytes)
            try transaction.put(store.states, key: bytes, value: encoded.span.bytes)
        }
        try OrderKey(usedAt, key).withBytes { (bytes) throws(StoreError) in
            try transaction.put(store.recency, key: bytes, value: RawSpan())
        }
        try OrderKey(expiresAt, key).withBytes { (bytes) throws(StoreError) in
            try transaction.put(store.expiry, key: bytes, value: RawSpan())
        }
        // The sums may not trap: what is taken off them was read from the disk.
        totals.entries &+= 1
        totals.bytes &+= state.byteCount
    }

    /// Removes an entry; nothing where there is none.
    mutating func remove(_ key: CacheKey) throws(StoreError) {
        guard let state = try state(of: key) else { return }
        try key.withBytes { (bytes) throws(StoreError) in
            try transaction.delete(store.entries, key: bytes)
            try transaction.delete(store.states, key: bytes)
        }
        try delete(OrderKey(state.usedAt, key), from: store.recency)
        try delete(OrderKey(state.expiresAt, key), from: store.expiry)
        totals.entries &-= 1
        totals.bytes &-= state.byteCount
    }

    /// Removes every entry.
    mutating func removeAll() throws(StoreError) {
        for table in [store.entries, store.states, store.recency, store.expiry] { try transaction.empty(table) }
        totals = CacheTotals()
    }

    /// Notes a use, so that the entry goes later; nothing where there is none, or a later use is known.
    mutating func touch(_ key: CacheKey, at time: Int64) throws(StoreError) {
        guard var state = try state(of: key), state.usedAt < time else { return }
        try delete(OrderKey(state.usedAt, key), from: store.recency)
        state.usedAt = time
        let encoded = state.encoded
        try OrderKey(time, key).withBytes { (bytes) throws(StoreError) in
            try transaction.put(store.recency, key: bytes, value: RawSpan())
        }
        try key.withBytes { (bytes) throws(StoreError) in
            try transaction.put(store.states, key: bytes, value: encoded.span.bytes)
        }
    }

    /// The first of an order: the entry used longest ago, or the one to expire next.
    func first(of order: Table) throws(StoreError) -> OrderKey? {
        var cursor = try Cursor(order, in: transaction)
        return try cursor.first() ? OrderKey(cursor.key) : nil
    }

    mutating func delete(_ place: OrderKey, from order: Table) throws(StoreError) {
        try place.withBytes { (bytes) throws(StoreError) in _ = try transaction.delete(order, key: bytes) }
    }

    /// Bytes of the pages in use, as of now in this transaction.
    var bytesInUse: Int {
        get throws(StoreError) {
            try store.pagesInUse(in: transaction) * store.environment.pageBytes
        }
    }

    /// Makes the changes visible, with the totals.
    consuming func commit() throws(StoreError) {
        try totals.write(to: store.meta, in: &transaction)
        try transaction.commit()
    }

    private func state(of key: CacheKey) throws(StoreError) -> EntryState? {
        try key.withBytes { (bytes) throws(StoreError) in
            try transaction.get(store.states, key: bytes) { EntryState($0) } ?? nil
        }
    }
}
