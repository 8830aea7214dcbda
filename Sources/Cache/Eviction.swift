import LMDB

/// Makes room: first what has expired, then what was used longest ago, until the pages in use fit the limit.
///
/// It goes by LMDB's own count of pages, which is exact inside the transaction that the entries are written in,
/// so that no commit ever shows more than the limit. Sizes of entries would not do: a tree's pages are never full.
struct Eviction {
    /// Entries removed, by reason.
    struct Removed: Equatable {
        var expired = 0
        var forSpace = 0
    }

    /// Bytes that the pages in use may take.
    let maxBytes: Int
    /// Expired entries that a transaction removes without need, so that none stays for long.
    static let expiredAtOnce = 256

    /// - Parameters:
    ///   - uses: What is known of uses and not written yet.
    ///   - now: Microseconds since 1970.
    ///   - keepsExpired: Microseconds for which an expired entry stays while there is room.
    ///   - limit: Entries to remove at most; when it is reached, the pages may still be too many.
    func makeRoom(
        in edit: inout CacheEdit, _ uses: inout UseLog, now: Int64, keepsExpired: Int64 = 0, limit: Int = .max
    ) throws(StoreError) -> Removed {
        var removed = Removed()
        while removed.expired < min(limit, Self.expiredAtOnce), try removeExpired(from: &edit, now &- keepsExpired) {
            removed.expired += 1
        }
        while removed.expired + removed.forSpace < limit, try edit.bytesInUse > maxBytes {
            if try removeExpired(from: &edit, now) {
                removed.expired += 1
            } else if let oldest = try edit.leastRecentlyUsed(&uses.firstUnused) {
                if let usedAt = uses.take(oldest.number), usedAt > oldest.time {
                    try edit.touch(CacheUse(number: oldest.number, time: usedAt))
                } else {
                    try remove(oldest, listedIn: edit.store.recency, from: &edit)
                    removed.forSpace += 1
                }
            } else {
                break
            }
        }
        return removed
    }

    private func removeExpired(from edit: inout CacheEdit, _ now: Int64) throws(StoreError) -> Bool {
        guard let next = try edit.first(of: edit.store.expiry), next.time <= now else { return false }
        try remove(next, listedIn: edit.store.expiry, from: &edit)
        return true
    }

    /// The place goes even where its entry does not name it, so that the loop always gets on.
    private func remove(
        _ place: TimePlace, listedIn order: Table, from edit: inout CacheEdit
    ) throws(StoreError) {
        _ = try edit.remove(number: place.number)
        try edit.delete(place, from: order)
    }
}
