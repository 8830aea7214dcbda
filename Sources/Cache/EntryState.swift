import LMDB

/// What the writer has to know of an entry to move or remove it, without touching its pages.
struct EntryState {
    /// Microseconds since 1970.
    var usedAt: Int64
    /// Microseconds since 1970.
    let expiresAt: Int64
    /// Of the record.
    let byteCount: Int64

    init(usedAt: Int64, expiresAt: Int64, byteCount: Int64) {
        self.usedAt = usedAt
        self.expiresAt = expiresAt
        self.byteCount = byteCount
    }

    init?(_ record: RawSpan) {
        guard record.byteCount == 24 else { return nil }
        usedAt = record.number(at: 0, as: Int64.self)
        expiresAt = record.number(at: 8, as: Int64.self)
        byteCount = record.number(at: 16, as: Int64.self)
    }

    var encoded: InlineArray<3, Int64> { [usedAt.littleEndian, expiresAt.littleEndian, byteCount.littleEndian] }
}

/// A place in one of the two orders: a time, then the key that it belongs to.
///
/// Big-endian, so that LMDB's byte order is the order of time.
struct OrderKey {
    private let bigEndianTime: UInt64
    let key: CacheKey

    /// - Parameter time: Microseconds since 1970; one before that counts as then.
    init(_ time: Int64, _ key: CacheKey) {
        bigEndianTime = UInt64(max(time, 0)).bigEndian
        self.key = key
    }

    init?(_ bytes: RawSpan) {
        guard bytes.byteCount == 40, let key = CacheKey(bytes: bytes.extracting(8..<40)) else { return nil }
        bigEndianTime = bytes.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt64.self)
        self.key = key
    }

    /// Microseconds since 1970.
    var time: Int64 { Int64(clamping: UInt64(bigEndian: bigEndianTime)) }

    func withBytes<Result>(_ body: (RawSpan) throws(StoreError) -> Result) throws(StoreError) -> Result {
        try withUnsafeBytes(of: self) { (bytes) throws(StoreError) -> Result in try body(bytes.bytes) }
    }
}
