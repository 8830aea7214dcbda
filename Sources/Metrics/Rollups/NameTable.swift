import Platform

/// Names by number: each text is kept once, and found by its bytes without making a `String` of them.
struct NameTable {
    /// A name's number; names that are equal have equal ones.
    struct Name: Hashable, Sendable {
        let number: UInt32

        /// Nobody said one.
        static let none = Name(number: 0)
        /// One of those that are not told apart.
        static let other = Name(number: 1)
    }

    /// The names told apart; those beyond are all `other`, so that whoever sends a million names cannot fill memory.
    private let limit: Int
    private var bytes: [UInt8] = []
    /// Where each name's bytes end; the one before it says where they begin.
    private var ends: [Int] = [0, 0]
    /// Numbers of names at the place of their hash or the next free one; 0 is free. Twice as many as there are names.
    private var slots: [UInt32]

    init(limit: Int = 400_000) {
        self.limit = limit
        slots = [UInt32](repeating: 0, count: 64)
    }

    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        ends.removeSubrange(2...)
        for slot in slots.indices { slots[slot] = 0 }
    }

    /// The number of a name, given now if it is new.
    mutating func name(_ text: RawSpan) -> Name {
        var slot = place(of: text)
        while slots[slot] != 0 {
            if isEqual(slots[slot], text) { return Name(number: slots[slot]) }
            slot = (slot &+ 1) & (slots.count &- 1)
        }
        guard ends.count < limit else { return .other }
        text.withUnsafeBytes { bytes.append(contentsOf: $0) }
        let number = UInt32(ends.count)
        ends.append(bytes.count)
        slots[slot] = number
        if ends.count * 2 > slots.count { grow() }
        return Name(number: number)
    }

    /// The number of a name that stands in a record; `none` where nobody said one.
    mutating func name(_ text: Range<Int>?, of record: RawSpan) -> Name {
        guard let text else { return .none }
        return name(record.extracting(text))
    }

    mutating func name(_ text: String?) -> Name {
        guard var text else { return .none }
        return text.withUTF8 { name(RawSpan(_unsafeBytes: UnsafeRawBufferPointer($0))) }
    }

    /// The text of a name; nil for `none` and `other`.
    func text(_ name: Name) -> String? {
        guard name.number > 1 else { return nil }
        return String(decoding: bytes[range(name.number)], as: UTF8.self)
    }

    /// The bytes of a name; none for `none` and `other`.
    func withBytes<Result>(_ name: Name, _ body: (RawSpan) throws -> Result) rethrows -> Result {
        try body(bytes.span.bytes.extracting(name.number > 1 ? range(name.number) : 0..<0))
    }

    /// Whether a name stands before another in the order of their bytes, those without bytes first.
    func precedes(_ left: Name, _ right: Name) -> Bool {
        guard left.number > 1, right.number > 1 else { return left.number < right.number }
        return bytes[range(left.number)].lexicographicallyPrecedes(bytes[range(right.number)])
    }

    private func range(_ number: UInt32) -> Range<Int> { ends[Int(number) - 1]..<ends[Int(number)] }

    private func isEqual(_ number: UInt32, _ text: RawSpan) -> Bool {
        let range = range(number)
        guard range.count == text.byteCount else { return false }
        for offset in 0..<range.count where bytes[range.lowerBound &+ offset] != text.byte(at: offset) { return false }
        return true
    }

    private func place(of text: RawSpan) -> Int {
        Int(truncatingIfNeeded: Checksum.of(text, seed: 0)) & (slots.count &- 1)
    }

    private mutating func grow() {
        slots = [UInt32](repeating: 0, count: slots.count * 2)
        for number in 2..<UInt32(ends.count) {
            var slot = place(of: bytes.span.bytes.extracting(range(number)))
            while slots[slot] != 0 { slot = (slot &+ 1) & (slots.count &- 1) }
            slots[slot] = number
        }
    }
}
