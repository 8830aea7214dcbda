import Platform

/// The layout of everything the ledger stores: a version byte, then fields in any order, absent ones left out.
///
/// A field is a key, `number << 1 | kind`, and a value: kind 0 is a whole number, kind 1 a length and that many
/// bytes. Keys, lengths and numbers are LEB128; numbers are signed, zigzagged. A reader passes over numbers that
/// it does not know, and takes the default for fields that are not there, so records of older and of newer
/// versions both read. A field's number is never used again for something else; what cannot be said that way
/// takes a new version.
struct FieldWriter {
    private(set) var bytes: [UInt8]

    /// A typical record has some 250 bytes.
    init(version: UInt8) {
        bytes = []
        bytes.reserveCapacity(512)
        bytes.append(version)
    }

    /// Begins another record in the same memory.
    mutating func restart(version: UInt8) {
        bytes.removeAll(keepingCapacity: true)
        bytes.append(version)
    }

    mutating func put<Number: FixedWidthInteger>(_ field: some RawRepresentable<Int>, _ number: Number?) {
        guard let number else { return }
        let value = Int64(clamping: number)
        putKey(field, kind: 0)
        putVarint(UInt64(bitPattern: value << 1 ^ value >> 63))
    }

    /// Writes a number that is taken as 0 when it is not there.
    mutating func putNonzero<Number: FixedWidthInteger>(_ field: some RawRepresentable<Int>, _ number: Number) {
        if number != 0 { put(field, number) }
    }

    mutating func put(_ field: some RawRepresentable<Int>, _ text: String?) {
        guard var text else { return }
        putKey(field, kind: 1)
        text.withUTF8 { utf8 in
            putVarint(UInt64(utf8.count))
            bytes.append(contentsOf: utf8)
        }
    }

    /// Writes bytes that were made elsewhere.
    mutating func put(_ field: some RawRepresentable<Int>, bytes content: [UInt8]) {
        putKey(field, kind: 1)
        putVarint(UInt64(content.count))
        bytes.append(contentsOf: content)
    }

    /// Ends a record with the lower half of its checksum.
    mutating func seal(seed: UInt64) {
        let sum = Checksum.of(bytes.span.bytes, seed: seed)
        for shift in stride(from: UInt64(0), to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: sum >> shift)) }
    }

    /// Whether a record ends with its checksum.
    static func isSealed(_ record: RawSpan, seed: UInt64) -> Bool {
        let end = record.byteCount - checksumBytes
        guard end > 0 else { return false }
        let sum = UInt32(truncatingIfNeeded: Checksum.of(record.extracting(..<end), seed: seed))
        return record.number(at: end, UInt32.self) == sum
    }

    static let checksumBytes = 4

    /// Writes a record within a record, whose length is filled in when it is known.
    mutating func put(_ field: some RawRepresentable<Int>, _ body: (inout FieldWriter) -> Void) {
        putKey(field, kind: 1)
        let start = bytes.count
        bytes.append(0)
        body(&self)
        let length = bytes.count - start - 1
        if length < 0x80 {
            bytes[start] = UInt8(length)
        } else {
            let content = Array(bytes[(start + 1)...])
            bytes.removeLast(length + 1)
            putVarint(UInt64(length))
            bytes.append(contentsOf: content)
        }
    }

    private mutating func putKey(_ field: some RawRepresentable<Int>, kind: UInt64) {
        putVarint(UInt64(field.rawValue) << 1 | kind)
    }

    /// Writes a number as LEB128, for values that have a layout of their own.
    mutating func putVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}

/// Stored bytes are not what a writer of ours makes.
struct DamagedRecord: Error {}

/// Reads fields in the order in which they stand; every length is checked.
struct FieldReader: ~Escapable {
    private let bytes: RawSpan
    /// Where `bytes` begin in the outermost record.
    private let base: Int
    private var position = 0
    private var value: Value = .number(0)

    private enum Value {
        case number(Int64)
        case bytes(Range<Int>)
    }

    /// Reads a record's fields; `DamagedRecord` unless its version is one of `versions`.
    @_lifetime(copy bytes)
    init(_ bytes: RawSpan, versions: ClosedRange<UInt8>) throws(DamagedRecord) {
        guard bytes.byteCount > 0, versions.contains(bytes.byte(at: 0)) else { throw DamagedRecord() }
        self.bytes = bytes
        base = 0
        position = 1
    }

    /// Reads the fields of a record within a record.
    @_lifetime(copy bytes)
    private init(inner bytes: RawSpan, at base: Int) {
        self.bytes = bytes
        self.base = base
    }

    /// Moves to the next field and gives its number, or `nil` at the end.
    mutating func next() throws(DamagedRecord) -> Int? {
        guard position < bytes.byteCount else { return nil }
        let key = try takeVarint()
        let number = try takeVarint()
        if key & 1 == 0 {
            value = .number(Int64(bitPattern: number >> 1) ^ -Int64(bitPattern: number & 1))
        } else {
            guard number <= UInt64(bytes.byteCount - position) else { throw DamagedRecord() }
            value = .bytes(position..<position + Int(number))
            position += Int(number)
        }
        return Int(truncatingIfNeeded: key >> 1)
    }

    /// The field's number.
    func number<Number: FixedWidthInteger>() throws(DamagedRecord) -> Number {
        guard case .number(let number) = value, let exact = Number(exactly: number) else { throw DamagedRecord() }
        return exact
    }

    /// The field's value in a closed set; `nil` when a newer version added it.
    func named<Named: NamedValue>() throws(DamagedRecord) -> Named? { try Named(rawValue: number()) }

    func money() throws(DamagedRecord) -> PicoDollars { PicoDollars(try number()) }

    func text() throws(DamagedRecord) -> String {
        guard case .bytes(let range) = value,
            let text = bytes.extracting(range).withUnsafeBytes({ String(validating: $0, as: UTF8.self) })
        else { throw DamagedRecord() }
        return text
    }

    /// The field's own fields.
    @_lifetime(copy self)
    func fields() throws(DamagedRecord) -> FieldReader {
        guard case .bytes(let range) = value else { throw DamagedRecord() }
        return FieldReader(inner: bytes.extracting(range), at: base + range.lowerBound)
    }

    /// Where the field's bytes stand in the outermost record.
    func range() throws(DamagedRecord) -> Range<Int> {
        guard case .bytes(let range) = value else { throw DamagedRecord() }
        return base + range.lowerBound..<base + range.upperBound
    }

    private mutating func takeVarint() throws(DamagedRecord) -> UInt64 { try bytes.takeVarint(at: &position) }
}

extension RawSpan {
    /// Reads a number in LEB128 and moves behind it.
    func takeVarint(at position: inout Int) throws(DamagedRecord) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while position < byteCount {
            let byte = byte(at: position)
            position += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
            // Ten groups hold 64 bits; more are none of ours.
            guard shift < 70 else { break }
        }
        throw DamagedRecord()
    }

    /// The byte at `offset`. The load is unsafe by name, since of other types it could make invalid values; its
    /// bounds are checked.
    func byte(at offset: Int) -> UInt8 { unsafeLoad(fromByteOffset: offset, as: UInt8.self) }
}
