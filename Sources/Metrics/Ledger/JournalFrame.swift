import Platform

/// A group of encoded records, as it lies in the journal and as it goes on to the database.
///
/// A head of 24 bytes – a mark, the length of what follows, the group's number, a checksum of all that – and then the
/// records: an id of 16 bytes, a length of 4, and so many bytes each. Numbers are little-endian.
struct JournalFrame: Sendable {
    private static let mark: UInt32 = 0x314A_5747  // "GWJ1"
    static let headBytes = 24

    /// The whole frame.
    private(set) var bytes: [UInt8]
    /// Records in it.
    private(set) var count = 0
    /// Frames count from 1, over all runs of a ledger.
    private(set) var number: UInt64 = 0
    /// When the first of its records came, in monotonic nanoseconds; 0 for one that an earlier run has left.
    var firstNanoseconds: UInt64 = 0
    /// Whether it is in the journal, where a later run finds it.
    var isKept = false

    init() { bytes = [UInt8](repeating: 0, count: Self.headBytes) }

    mutating func add(_ id: RecordID, _ record: [UInt8]) {
        let key = id.keyBytes
        for index in key.indices { bytes.append(key[index]) }
        append(UInt32(record.count))
        bytes.append(contentsOf: record)
        count += 1
    }

    /// Completes the head.
    mutating func seal(_ number: UInt64) {
        self.number = number
        put(Self.mark, at: 0)
        put(UInt32(bytes.count - Self.headBytes), at: 4)
        put(number, at: 8)
        put(checksum, at: 16)
    }

    /// Calls `body` with every record.
    func forEach<Failure: Error>(_ body: (RecordID, RawSpan) throws(Failure) -> Void) throws(Failure) {
        let all = bytes.span.bytes
        var offset = Self.headBytes
        while offset < bytes.count {
            let id = RecordID(bytes: all.extracting(offset..<offset + 16))!
            let length = Int(all.number(at: offset + 16, UInt32.self))
            offset += 20
            try body(id, all.extracting(offset..<offset + length))
            offset += length
        }
    }

    // MARK: Reading

    /// Reads the frame at the beginning of `bytes`; nil where there is none that is whole.
    init?(_ span: RawSpan) {
        guard span.byteCount >= Self.headBytes, span.number(at: 0, UInt32.self) == Self.mark else { return nil }
        let end = Self.headBytes + Int(span.number(at: 4, UInt32.self))
        guard end <= span.byteCount else { return nil }
        bytes = span.extracting(..<end).withUnsafeBytes { Array($0) }
        number = span.number(at: 8, UInt64.self)
        isKept = true
        guard checksum == span.number(at: 16, UInt64.self), let counted = Self.count(bytes.span.bytes) else {
            return nil
        }
        count = counted
    }

    /// How many records there are; nil where they are not as they should be.
    private static func count(_ all: RawSpan) -> Int? {
        var offset = headBytes
        var count = 0
        while offset < all.byteCount {
            guard offset + 20 <= all.byteCount else { return nil }
            offset += 20 + Int(all.number(at: offset + 16, UInt32.self))
            count += 1
        }
        return offset == all.byteCount ? count : nil
    }

    private var checksum: UInt64 {
        Checksum.of(bytes.span.bytes.extracting(Self.headBytes..<bytes.count), seed: number)
    }

    // MARK: Writing

    private mutating func append(_ number: UInt32) {
        for shift in stride(from: UInt32(0), to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
    }

    private mutating func put(_ number: some FixedWidthInteger, at offset: Int) {
        for index in 0..<(type(of: number).bitWidth / 8) {
            bytes[offset + index] = UInt8(truncatingIfNeeded: number >> (8 * index))
        }
    }
}

extension RawSpan {
    /// The little-endian number at `offset`; its bounds are checked.
    func number<Number: FixedWidthInteger & BitwiseCopyable>(at offset: Int, _ type: Number.Type) -> Number {
        Number(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: type))
    }
}
