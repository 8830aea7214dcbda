/// The tokens of a vocabulary with their ranks, in one open-addressed table: a slot holds the first eight bytes of a
/// token, or a hash of a longer one, whose bytes then lie in `arena` to be compared.
///
/// Slots are 16 bytes, at most half of them taken, and tokens are put in by rank: so the common ones, which have the low
/// ranks, lie where their hash says, and a look-up touches one line of the processor's cache.
struct RankTable: Sendable {
    struct Slot {
        var key: UInt64 = 0
        var rank: UInt32 = 0
        /// Where a token of more than eight bytes begins in `arena`, times 256, plus its length; 0 when the slot is free.
        var extent: UInt32 = 0
    }

    /// No token's rank.
    static let none = UInt32.max
    /// The longest token that a table takes, in bytes.
    static let lengthLimit = 255
    /// Bytes of long tokens that a table takes.
    private static let arenaLimit = 1 << 24

    private var slots: [Slot]
    private var arena: [UInt8] = []
    private(set) var count = 0
    private(set) var longestToken = 0

    /// Makes an empty table with room for `capacity` tokens.
    init(capacity: Int) {
        var size = 1024
        while size < capacity &* 2 { size &*= 2 }
        slots = [Slot](repeating: Slot(), count: size)
    }

    /// Adds a token.
    ///
    /// - Returns: Whether it was added; not when it is there already, is empty or too long, or the table is full.
    mutating func add(_ token: Span<UInt8>, rank: UInt32) -> Bool {
        guard !token.isEmpty, token.count <= Self.lengthLimit, count &* 2 < slots.count,
            arena.count &+ token.count < Self.arenaLimit
        else { return false }
        let key = TokenKey(token, 0..<token.count)
        var index = key.home(in: slots.count)
        while slots[index].extent != 0 {
            if view.holds(token, 0..<token.count, key, slots[index]) { return false }
            index = (index &+ 1) & (slots.count &- 1)
        }
        var offset = 0
        if token.count > 8 {
            offset = arena.count
            for position in token.indices { arena.append(token[position]) }
        }
        slots[index] = Slot(key: key.bits, rank: rank, extent: UInt32(offset << 8 | token.count))
        count &+= 1
        longestToken = max(longestToken, token.count)
        return true
    }

    /// The table, to look many pieces up in.
    var view: View {
        @_lifetime(borrow self)
        get { _overrideLifetime(View(slots.span, arena.span, longestToken: longestToken), borrowing: self) }
    }

    struct View: ~Escapable {
        private let slots: Span<Slot>
        private let arena: Span<UInt8>
        private let longestToken: Int

        @_lifetime(copy slots, copy arena)
        init(_ slots: Span<Slot>, _ arena: Span<UInt8>, longestToken: Int) {
            self.slots = slots
            self.arena = arena
            self.longestToken = longestToken
        }

        /// The rank of the token that stands at `range` in `text`, or `none` where that is no token.
        @inline(__always)
        func rank(of range: Range<Int>, in text: Span<UInt8>) -> UInt32 {
            guard range.count <= longestToken else { return RankTable.none }
            let key = TokenKey(text, range)
            var index = key.home(in: slots.count)
            while true {
                let slot = slots[index]
                if holds(text, range, key, slot) { return slot.rank }
                if slot.extent == 0 { return RankTable.none }
                index = (index &+ 1) & (slots.count &- 1)
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
    private let length: Int

    @inline(__always)
    init(_ text: Span<UInt8>, _ range: Range<Int>) {
        length = range.count
        bits = length <= 8 ? Self.word(text, range.lowerBound, length) : Self.hash(text, range)
    }

    /// Where a table of `size` slots, a power of two, begins to look for it: by the high bits of a product.
    @inline(__always)
    func home(in size: Int) -> Int {
        let product = (bits ^ UInt64(truncatingIfNeeded: length)) &* Self.multiplier
        return Int(truncatingIfNeeded: product >> 40) & (size &- 1)
    }

    private static let multiplier: UInt64 = 0x9E37_79B9_7F4A_7C15

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
        var hash = UInt64(truncatingIfNeeded: range.count) &* multiplier
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
