/// The tokens of a vocabulary with their ranks, in one open-addressed table.
///
/// A slot holds the bytes of a token, where they are no more than eight, or a hash of a longer one, whose bytes then lie
/// in `arena` to be compared. Most of what is looked up while a piece is merged is no token: a byte of each slot's hash
/// stands apart in `tags`, so that this is found out within the half megabyte that they take.
struct RankTable: Sendable {
    struct Slot {
        var key: UInt64 = 0
        var rank: UInt32 = 0
        /// Where a token of more than eight bytes begins in `arena`, times 256, plus its length.
        var extent: UInt32 = 0
    }

    /// No token's rank.
    static let none = UInt32.max
    /// The longest token that a table takes, in bytes.
    static let lengthLimit = 255
    /// Bytes of long tokens that a table takes.
    private static let arenaLimit = 1 << 24

    private var slots: [Slot]
    /// A part of the hash of each slot's token; 0 for a slot that is free.
    private var tags: [UInt8]
    private var arena: [UInt8] = []
    private(set) var count = 0
    private(set) var longestToken = 0

    /// Makes an empty table with room for `capacity` tokens.
    init(capacity: Int) {
        var size = 1024
        while size < capacity &* 2 { size &*= 2 }
        slots = [Slot](repeating: Slot(), count: size)
        tags = [UInt8](repeating: 0, count: size)
    }

    /// Adds a token.
    ///
    /// - Returns: Whether it was added; not when it is there already, is empty or too long, or the table is full.
    mutating func add(_ token: Span<UInt8>, rank: UInt32) -> Bool {
        guard !token.isEmpty, token.count <= Self.lengthLimit, count &* 2 < slots.count,
            arena.count &+ token.count < Self.arenaLimit
        else { return false }
        let key = TokenKey(token, 0..<token.count)
        let tag = key.tag
        var index = key.home(in: slots.count)
        while tags[index] != 0 {
            if tags[index] == tag, view.holds(token, 0..<token.count, key, slots[index]) { return false }
            index = (index &+ 1) & (slots.count &- 1)
        }
        var offset = 0
        if token.count > 8 {
            offset = arena.count
            for position in token.indices { arena.append(token[position]) }
        }
        slots[index] = Slot(key: key.bits, rank: rank, extent: UInt32(offset << 8 | token.count))
        tags[index] = tag
        count &+= 1
        longestToken = max(longestToken, token.count)
        return true
    }

    /// The table, to look many pieces up in.
    var view: View {
        @_lifetime(borrow self)
        get {
            _overrideLifetime(View(slots.span, tags.span, arena.span, longestToken: longestToken), borrowing: self)
        }
    }

    struct View: ~Escapable {
        private let slots: Span<Slot>
        private let tags: Span<UInt8>
        private let arena: Span<UInt8>
        private let longestToken: Int

        @_lifetime(copy slots, copy tags, copy arena)
        init(_ slots: Span<Slot>, _ tags: Span<UInt8>, _ arena: Span<UInt8>, longestToken: Int) {
            self.slots = slots
            self.tags = tags
            self.arena = arena
            self.longestToken = longestToken
        }

        /// The rank of the token that stands at `range` in `text`, or `none` where that is no token.
        @inline(__always)
        func rank(of range: Range<Int>, in text: Span<UInt8>) -> UInt32 {
            guard range.count <= longestToken else { return RankTable.none }
            let key = TokenKey(text, range)
            let tag = key.tag
            var index = key.home(in: tags.count)
            while true {
                let found = tags[index]
                if found == 0 { return RankTable.none }
                if found == tag, holds(text, range, key, slots[index]) { return slots[index].rank }
                index = (index &+ 1) & (tags.count &- 1)
            }
        }

        /// Whether the token in `slot` is the one at `range`, whose key is `key`.
        @inline(__always)
        func holds(_ text: Span<UInt8>, _ range: Range<Int>, _ key: TokenKey, _ slot: Slot) -> Bool {
            guard slot.key == key.bits, Int(slot.extent & 255) == range.count else { return false }
            return range.count <= 8 || holdsLong(text, range, at: Int(slot.extent >> 8))
        }

        private func holdsLong(_ text: Span<UInt8>, _ range: Range<Int>, at offset: Int) -> Bool {
            for index in 0..<range.count
            where text[range.lowerBound &+ index] != arena[offset &+ index] { return false }
            return true
        }
    }
}

/// What a token is looked up by: its bytes, where they are no more than eight, or a hash of them.
struct TokenKey {
    let bits: UInt64
    private let hash: UInt64

    @inline(__always)
    init(_ text: Span<UInt8>, _ range: Range<Int>) {
        bits =
            range.count <= 8
            ? Self.word(text, range.lowerBound, range.count) : Self.hash(text, range)
        hash = Self.mix(bits ^ UInt64(truncatingIfNeeded: range.count))
    }

    /// Where a table of `size` slots, a power of two, begins to look for it.
    @inline(__always)
    func home(in size: Int) -> Int { Int(truncatingIfNeeded: hash) & (size &- 1) }

    /// From 1 to 255.
    @inline(__always)
    var tag: UInt8 { UInt8(truncatingIfNeeded: hash >> 56) | 1 }

    /// Up to eight bytes as a number, the first the lowest; bytes that there are not count as 0.
    @inline(__always)
    private static func word(_ text: Span<UInt8>, _ start: Int, _ length: Int) -> UInt64 {
        if start &+ 8 <= text.count {
            // Within the text by the condition above; a check here would be one in every look-up.
            let word = unsafe text.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: start, as: UInt64.self)
            return UInt64(littleEndian: word) & (~0 >> (64 &- 8 &* UInt64(length)))
        }
        var word: UInt64 = 0
        for index in 0..<length { word |= UInt64(text[start &+ index]) << UInt64(8 &* index) }
        return word
    }

    /// A hash of more than eight bytes, in words, the last of which may overlap the one before.
    private static func hash(_ text: Span<UInt8>, _ range: Range<Int>) -> UInt64 {
        var hash = UInt64(truncatingIfNeeded: range.count)
        var position = range.lowerBound
        while position &+ 8 < range.upperBound {
            hash = mix(hash ^ word(text, position, 8))
            position &+= 8
        }
        return mix(hash ^ word(text, range.upperBound &- 8, 8))
    }

    @inline(__always)
    private static func mix(_ value: UInt64) -> UInt64 {
        let (high, low) = value.multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
        return high ^ low
    }
}
