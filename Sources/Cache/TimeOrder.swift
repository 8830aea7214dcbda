import LMDB

/// A place in the order of expiry or of use: a time, then the number of the entry that it belongs to.
///
/// Big-endian, so that LMDB's byte order is the order of time.
struct TimePlace: Equatable {
    private let bigEndianTime: UInt64
    private let bigEndianNumber: UInt64

    /// - Parameter time: Microseconds since 1970; one before that counts as then.
    init(_ time: Int64, _ number: UInt64) {
        bigEndianTime = UInt64(max(time, 0)).bigEndian
        bigEndianNumber = number.bigEndian
    }

    init?(_ bytes: RawSpan) {
        guard bytes.byteCount == 16 else { return nil }
        bigEndianTime = bytes.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt64.self)
        bigEndianNumber = bytes.unsafeLoadUnaligned(fromByteOffset: 8, as: UInt64.self)
    }

    /// Microseconds since 1970.
    var time: Int64 { Int64(clamping: UInt64(bigEndian: bigEndianTime)) }
    var number: UInt64 { UInt64(bigEndian: bigEndianNumber) }

    /// The 16 bytes in a form that lends spans.
    var inlineBytes: InlineArray<2, UInt64> { [bigEndianTime, bigEndianNumber] }
}

/// A number's eight bytes, as a table of numbers has them for keys, in a form that lends spans.
func inlineBytes(_ number: UInt64) -> InlineArray<1, UInt64> { [number] }

/// What the writer remembers of the uses that it has not written yet.
///
/// An entry's place in the order of use is written when the eviction would take it, or when this has grown too large:
/// a hit then costs the disk nothing, and an entry that everybody asks for no more than another.
struct UseLog {
    /// When entries were used last, by number.
    private var latest: [UInt64: Int64] = [:]
    /// Every entry with a lower number has been used since it was stored, or is gone.
    var firstUnused: UInt64 = 0

    /// Uses remembered at most: 1 MB of memory.
    private static let limit = 32_768

    var isFull: Bool { latest.count >= Self.limit }

    mutating func note(_ use: CacheUse) { latest[use.number] = max(latest[use.number] ?? 0, use.time) }

    /// When the entry was used last, if that is not written yet; forgotten with this.
    mutating func take(_ number: UInt64) -> Int64? { latest.removeValue(forKey: number) }

    /// All that is remembered, in the order of the entries' numbers, and forgotten with this.
    mutating func takeAll() -> [CacheUse] {
        defer { latest.removeAll(keepingCapacity: true) }
        return latest.map { CacheUse(number: $0.key, time: $0.value) }.sorted { $0.number < $1.number }
    }
}
