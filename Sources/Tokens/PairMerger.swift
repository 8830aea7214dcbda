/// Byte pair encoding of one piece: of all neighbours that are a token together, those of the lowest rank are merged,
/// the leftmost first, until there are none.
///
/// A value is scratch, to be used for one piece after the other.
struct PairMerger {
    /// A part of the piece.
    struct Part {
        /// Where it begins in the text.
        var start = 0
        /// The rank of the token that it makes with the part after it.
        var rank = RankTable.none
    }

    /// The parts of the piece last merged, and after them one that begins where the piece ends.
    private(set) var parts: [Part] = []

    /// The number of tokens that the piece at `range` has.
    mutating func merge(_ range: Range<Int>, of text: Span<UInt8>, _ table: RankTable.View) -> Int {
        if parts.count <= range.count { parts = [Part](repeating: Part(), count: range.count &* 2) }
        var parts = parts.mutableSpan
        var count = range.count
        for index in 0..<count &- 1 {
            let start = range.lowerBound &+ index
            parts[index] = Part(start: start, rank: table.rank(of: start..<start &+ 2, in: text))
        }
        parts[count &- 1] = Part(start: range.upperBound &- 1)
        parts[count] = Part(start: range.upperBound)
        while true {
            var lowest = RankTable.none
            var place = 0
            for index in 0..<count &- 1 where parts[index].rank < lowest {
                lowest = parts[index].rank
                place = index
            }
            if lowest == RankTable.none { return count }
            for index in place &+ 1..<count { parts[index] = parts[index &+ 1] }
            count &-= 1
            if place &+ 1 < count {
                parts[place].rank = table.rank(of: parts[place].start..<parts[place &+ 2].start, in: text)
            } else {
                parts[place].rank = RankTable.none
            }
            if place > 0 {
                parts[place &- 1].rank = table.rank(of: parts[place &- 1].start..<parts[place &+ 1].start, in: text)
            }
        }
    }
}
