/// Byte pair encoding of one piece: of all neighbours that are a token together, those of the lowest rank are merged,
/// the leftmost first, until there are none.
///
/// To find the lowest takes a step for each 16 bytes. So a piece longer than a window is encoded window by window: a
/// window begins at a token of the one before, a little before that one's end, since what was cut off there may have
/// changed the last tokens. Put together, the tokens are those of the whole piece if every two neighbours, encoded by
/// themselves, stay these two: for the first merge across the border of two tokens would happen among the bytes of these
/// two alone as well, as merges elsewhere change nothing between them. Neighbours within a window are such, by the same
/// reasoning, so that only those where windows meet are tried. Should these not stay, the window before is taken again,
/// twice as long, or the whole piece is, if that one does not fit to those before it any more. A piece of any length takes time in proportion to its length, and memory for a window.
///
/// A value is scratch, to be used for one piece after the other.
struct PairMerger {
    /// By the place where a part begins, counted from the window's beginning: the rank of the token that it makes with the
    /// part after it, times 2^32, plus the place; `nothing` where no part begins, or the two are no token.
    private var keys: [UInt64] = []
    /// The lowest key of each block of 16.
    private var lowest: [UInt64] = []
    /// By the place where a part begins: where the next one does, or the window ends.
    private var next: [Int] = []
    /// The other way round.
    private var previous: [Int] = []

    private let window: Int
    private let overlap: Int

    private static let nothing = UInt64.max

    /// - Parameters:
    ///   - window: How many bytes are encoded at once.
    ///   - overlap: How many bytes at the end of a window are encoded again.
    init(window: Int = 128, overlap: Int = 16) {
        self.window = window
        self.overlap = overlap
    }

    /// The number of tokens that the piece at `range`, which is not empty, has.
    mutating func count(_ range: Range<Int>, of text: Span<UInt8>, _ table: RankTable.View) -> Int {
        range.count <= window ? merge(range, of: text, table) : countLong(range, of: text, table)
    }

    /// The ranks of the tokens of the piece at `range`, which is not empty; for tests, as it takes a long piece whole.
    mutating func encode(
        _ range: Range<Int>, of text: Span<UInt8>, _ table: RankTable.View, into tokens: inout [UInt32]
    ) {
        _ = merge(range, of: text, table)
        var place = 0
        while place < range.count {
            let end = next[place]
            tokens.append(table.rank(of: range.lowerBound &+ place..<range.lowerBound &+ end, in: text))
            place = end
        }
    }

    // MARK: Windows

    private mutating func countLong(_ range: Range<Int>, of text: Span<UInt8>, _ table: RankTable.View) -> Int {
        let beginning = Prefix(end: range.lowerBound)
        var before = beginning
        var known = beginning
        var least = window
        var size = window
        while true {
            let end = min(known.end &+ size, range.upperBound)
            let tokens = merge(known.end..<end, of: text, table)
            let first = known.end &+ next[0]
            let longer = prefix(known, tokens, to: end)
            if let last = known.last, !stayApart(last, known.end, first, of: text, table) {
                // All windows are longer from now on, so that it ends, with all of the piece in one if need be.
                least &*= 2
                size = least
                if known.end == before.end { before = beginning }
                known = before
            } else if end == range.upperBound {
                return known.tokens &+ tokens
            } else if let longer {
                before = known
                known = longer
                // Where tokens are long, most of a short window would be encoded twice.
                size = tokens < 4 ? size &* 2 : tokens > 16 ? least : size
            } else {
                size &*= 2
            }
        }
    }

    /// What is certain of a piece: the tokens before `end`, unless the next window proves the contrary.
    private struct Prefix {
        var end: Int
        /// Where the last token begins.
        var last: Int?
        var tokens = 0
    }

    /// `known` with those of the `tokens` of the window merged last, which ends at `end`, that the overlap does not touch;
    /// nil when it touches all.
    private func prefix(_ known: Prefix, _ tokens: Int, to end: Int) -> Prefix? {
        var kept = tokens
        var place = end &- known.end
        repeat {
            place = previous[place]
            kept &-= 1
        } while kept > 0 && known.end &+ place > end &- overlap
        if kept == 0 { return nil }
        return Prefix(end: known.end &+ place, last: known.end &+ previous[place], tokens: known.tokens &+ kept)
    }

    /// Whether two neighbouring tokens, from `start` to `middle` and on to `end`, are these two when encoded together.
    private mutating func stayApart(
        _ start: Int, _ middle: Int, _ end: Int, of text: Span<UInt8>, _ table: RankTable.View
    ) -> Bool {
        merge(start..<end, of: text, table) == 2 && next[0] == middle &- start
    }

    // MARK: Merging

    /// Merges the bytes at `range` and returns the number of tokens; `next` and `previous` have their places.
    private mutating func merge(_ range: Range<Int>, of text: Span<UInt8>, _ table: RankTable.View) -> Int {
        if next.count <= range.count {
            let size = (range.count &+ 16) & ~15
            next = [Int](repeating: 0, count: size)
            previous = next
            keys = [UInt64](repeating: 0, count: size)
            lowest = [UInt64](repeating: 0, count: size / 16)
        }
        // By reference one by one, since the compiler takes spans of several members for overlapping accesses.
        return Self.merge(range, of: text, table, &keys, &lowest, &next, &previous)
    }

    private static func merge(
        _ range: Range<Int>, of text: Span<UInt8>, _ table: RankTable.View,
        _ keys: inout [UInt64], _ lowest: inout [UInt64], _ next: inout [Int], _ previous: inout [Int]
    ) -> Int {
        var keys = keys.mutableSpan
        var lowest = lowest.mutableSpan
        var next = next.mutableSpan
        var previous = previous.mutableSpan
        let base = range.lowerBound
        let end = range.count
        let blocks = (end &+ 15) / 16
        for place in 0..<end {
            next[place] = place &+ 1
            previous[place &+ 1] = place
            keys[place] =
                place &+ 1 < end ? key(table.rank(of: text[base &+ place], text[base &+ place &+ 1]), place) : nothing
        }
        for place in end..<blocks &* 16 { keys[place] = nothing }
        for block in 0..<blocks { lowest[block] = minimum(of: block, keys) }
        var count = end
        while true {
            var least = nothing
            for block in 0..<blocks { least = min(least, lowest[block]) }
            if least == nothing { return count }
            let place = Int(truncatingIfNeeded: least & 0xFFFF_FFFF)
            let merged = next[place]
            let following = next[merged]
            count &-= 1
            next[place] = following
            previous[following] = place

            keys[place] =
                following < end
                ? key(table.rank(of: base &+ place..<base &+ next[following], in: text), place) : nothing
            let mergedKey = keys[merged]
            keys[merged] = nothing
            if place > 0 {
                let before = previous[place]
                let old = keys[before]
                let new = key(table.rank(of: base &+ before..<base &+ following, in: text), before)
                keys[before] = new
                let block = before / 16
                if block != place / 16, old == lowest[block] || new < lowest[block] {
                    lowest[block] = minimum(of: block, keys)
                }
            }
            lowest[place / 16] = minimum(of: place / 16, keys)
            let block = merged / 16
            if block != place / 16, lowest[block] == mergedKey { lowest[block] = minimum(of: block, keys) }
        }
    }

    @inline(__always)
    private static func key(_ rank: UInt32, _ place: Int) -> UInt64 {
        rank == RankTable.none ? nothing : UInt64(rank) << 32 | UInt64(truncatingIfNeeded: place)
    }

    @inline(__always)
    private static func minimum(of block: Int, _ keys: borrowing MutableSpan<UInt64>) -> UInt64 {
        var least = nothing
        for place in block &* 16..<block &* 16 &+ 16 { least = min(least, keys[place]) }
        return least
    }
}
