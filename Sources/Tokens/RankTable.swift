/// The tokens of a vocabulary with their ranks, in one open-addressed table.
///
/// A slot holds the bytes of a token, where they are no more than eight, or a hash of a longer one, whose bytes then lie
/// in `arena` to be compared. Most of what is looked up while a piece is merged is no token: a byte of each slot's hash
/// stands apart in `tags`, so that this is found out within the half megabyte that they take.
struct RankTable: Sendable {
    /// No token's rank.
    static let none = UInt32.max

    private struct Slot {
        var key: UInt64 = 0
        var rank = RankTable.none
        /// Where a token of more than eight bytes begins in `arena`, times 256, plus its length.
        var extent: UInt32 = 0
    }

    private var slots: [Slot]
    /// A part of the hash of each slot's token; 0 for a slot that is free.
    private var tags: [UInt8]
    private var arena: [UInt8] = []
    /// The ranks of the tokens of two bytes, by these: every merge begins with all pairs of a piece.
    private var pairs: [UInt32]
    private var longestToken = 0

    /// Reads a rank file in the format of tiktoken.
    init(rankFile bytes: Span<UInt8>) throws(RankFileError) {
        guard bytes.count <= RankFile.sizeLimit else { throw .tooLarge(bytes: bytes.count) }
        var file = RankFile(bytes)
        let lines = file.lineCount
        var size = 1024
        while size <= lines &* 2 { size &*= 2 }
        slots = [Slot](repeating: Slot(), count: size)
        tags = [UInt8](repeating: 0, count: size)
        pairs = [UInt32](repeating: Self.none, count: 1 << 16)
        var room = [UInt8](repeating: 0, count: RankFile.tokenLimit + 2)
        while true {
            var token = room.mutableSpan
            guard let (length, rank) = try file.next(into: &token) else { break }
            guard add(token.span, length, rank: rank) else { throw .repeated(line: file.line) }
        }
        for byte in UInt8.min...UInt8.max {
            let single: InlineArray<1, UInt8> = [byte]
            if view.rank(of: 0..<1, in: single.span) == Self.none { throw .incomplete(byte: byte) }
        }
    }

    /// Adds the first `length` bytes of `token`, unless they are there already.
    private mutating func add(_ token: Span<UInt8>, _ length: Int, rank: UInt32) -> Bool {
        let key = TokenKey(token, 0..<length)
        var index = key.home(in: slots.count)
        while tags[index] != 0 {
            if tags[index] == key.tag, view.holds(token, 0..<length, key, at: index) { return false }
            index = (index &+ 1) & (slots.count &- 1)
        }
        var offset = 0
        if length > 8 {
            offset = arena.count
            for position in 0..<length { arena.append(token[position]) }
        }
        if length == 2 { pairs[Int(token[0]) << 8 | Int(token[1])] = rank }
        slots[index] = Slot(key: key.bits, rank: rank, extent: UInt32(truncatingIfNeeded: offset << 8 | length))
        tags[index] = key.tag
        longestToken = max(longestToken, length)
        return true
    }

    /// The table, to look many pieces up in.
    var view: View {
        @_lifetime(borrow self)
        get { View(self) }
    }

    struct View: ~Escapable {
        private let slots: Span<Slot>
        private let tags: Span<UInt8>
        private let arena: Span<UInt8>
        private let pairs: Span<UInt32>
        private let longestToken: Int

        @_lifetime(borrow table)
        init(_ table: borrowing RankTable) {
            slots = table.slots.span
            tags = table.tags.span
            arena = table.arena.span
            pairs = table.pairs.span
            longestToken = table.longestToken
        }

        /// The rank of the token that stands at `range` in `text`, or `none` where that is no token.
        @inline(__always)
        func rank(of range: Range<Int>, in text: Span<UInt8>) -> UInt32 {
            guard range.count <= longestToken else { return RankTable.none }
            let key = TokenKey(text, range)
            var index = key.home(in: tags.count)
            while true {
                let tag = tags[index]
                if tag == 0 { return RankTable.none }
                if tag == key.tag, holds(text, range, key, at: index) { return slots[index].rank }
                index = (index &+ 1) & (tags.count &- 1)
            }
        }

        /// The rank of the token of two bytes, or `none`.
        @inline(__always)
        func rank(of first: UInt8, _ second: UInt8) -> UInt32 { pairs[Int(first) << 8 | Int(second)] }

        /// Whether the token of the slot at `index` is the one at `range` in `text`, whose key is `key`.
        @inline(__always)
        fileprivate func holds(_ text: Span<UInt8>, _ range: Range<Int>, _ key: TokenKey, at index: Int) -> Bool {
            let slot = slots[index]
            guard slot.key == key.bits, Int(slot.extent & 255) == range.count else { return false }
            return range.count <= 8 || holdsLong(text, range, at: Int(slot.extent >> 8))
        }

        private func holdsLong(_ text: Span<UInt8>, _ range: Range<Int>, at offset: Int) -> Bool {
            var index = 0
            while index &+ 8 < range.count {
                if TokenKey.word(text, range.lowerBound &+ index) != TokenKey.word(arena, offset &+ index) {
                    return false
                }
                index &+= 8
            }
            index = range.count &- 8
            return TokenKey.word(text, range.lowerBound &+ index) == TokenKey.word(arena, offset &+ index)
        }
    }
}

/// What a token is looked up by: its bytes, where they are no more than eight, or a hash of them.
private struct TokenKey {
    let bits: UInt64
    private let hash: UInt64

    @inline(__always)
    init(_ text: Span<UInt8>, _ range: Range<Int>) {
        let length = range.count
        bits = length <= 8 ? Self.word(text, range.lowerBound, length) : Self.longHash(text, range)
        hash = Self.mix(bits ^ UInt64(truncatingIfNeeded: length))
    }

    /// Where a table of `size` slots, a power of two, begins to look for it.
    @inline(__always)
    func home(in size: Int) -> Int { Int(truncatingIfNeeded: hash) & (size &- 1) }

    /// From 1 to 255.
    @inline(__always)
    var tag: UInt8 { UInt8(truncatingIfNeeded: hash >> 56) | 1 }

    /// One to eight bytes as a number, the first the lowest; bytes that there are not count as 0.
    @inline(__always)
    static func word(_ text: Span<UInt8>, _ start: Int, _ length: Int = 8) -> UInt64 {
        if start &+ 8 <= text.count {
            // Within the text by the condition above; another check would be one in every look-up.
            let word = unsafe text.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: start, as: UInt64.self)
            return UInt64(littleEndian: word) & (~0 &>> (64 &- 8 &* UInt64(truncatingIfNeeded: length)))
        }
        var word: UInt64 = 0
        for index in 0..<length { word |= UInt64(text[start &+ index]) << UInt64(8 &* index) }
        return word
    }

    /// A hash of more than eight bytes: of the first eight, the last and those in the middle, since to take in all of a
    /// long token, again and again while it is merged, would cost more than to compare where it is alike.
    private static func longHash(_ text: Span<UInt8>, _ range: Range<Int>) -> UInt64 {
        let middle = range.lowerBound &+ (range.count &- 8) / 2
        let ends = mix(word(text, range.lowerBound)) ^ word(text, range.upperBound &- 8)
        return mix(mix(ends) ^ word(text, middle))
    }

    @inline(__always)
    private static func mix(_ value: UInt64) -> UInt64 {
        let (high, low) = value.multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
        return high ^ low
    }
}
