import TestSupport

/// Changes inputs so that they stay near to what a parser accepts: by its own words, and by parts of other inputs.
struct Mutator {
    private let seeds: [[UInt8]]
    private let words: [[UInt8]]

    init(_ target: FuzzTarget) {
        seeds = target.seeds.map { Array($0.utf8) }
        words = target.words.map { Array($0.utf8) }
    }

    /// A seed with up to four changes, some of them with parts of another seed.
    func input(_ random: inout SeededRandom) -> [UInt8] {
        var bytes = seeds[random.below(seeds.count)]
        for _ in 0...random.below(4) { change(&bytes, &random) }
        return bytes
    }

    /// Makes one change.
    func change(_ bytes: inout [UInt8], _ random: inout SeededRandom) {
        let place = random.below(bytes.count)
        switch random.below(9) {
        case 0 where !bytes.isEmpty: bytes[place] = telling(&random)
        case 1 where !bytes.isEmpty: bytes.remove(at: place)
        case 2 where !bytes.isEmpty:
            // A stretch again, elsewhere: a field, a member or an event twice, or deeper.
            let stretch = bytes[place..<min(bytes.count, place + 1 + random.below(32))]
            bytes.insert(contentsOf: Array(stretch), at: random.below(bytes.count))
        case 3:
            let other = seeds[random.below(seeds.count)]
            let from = random.below(other.count)
            bytes.insert(contentsOf: other[from..<min(other.count, from + random.below(40))], at: place)
        case 4: bytes.removeLast(min(bytes.count, random.below(3)))
        case 5 where !bytes.isEmpty:
            bytes.removeSubrange(place..<min(bytes.count, place + 1 + random.below(16)))
        case 6, 7:
            let word = words[random.below(words.count)]
            if random.below(2) == 0 {
                bytes.insert(contentsOf: word, at: place)
            } else {
                bytes.replaceSubrange(place..<min(bytes.count, place + word.count), with: word)
            }
        default: bytes.insert(telling(&random), at: place)
        }
    }

    /// A byte that means something to a parser more often than not.
    private func telling(_ random: inout SeededRandom) -> UInt8 {
        if random.below(4) == 0 { return UInt8(random.below(256)) }
        let word = words[random.below(words.count)]
        return word.isEmpty ? 0 : word[random.below(word.count)]
    }
}
