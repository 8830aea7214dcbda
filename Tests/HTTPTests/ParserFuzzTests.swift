import HTTP
import Testing

/// Mutations of good and bad messages, the same in every run: nothing traps, and pieces change no meaning.
struct ParserFuzzTests {
    @Test func `no mutation of a head traps the parser, or means another thing in pieces`() {
        let seeds = (HeadCase.accepted + HeadCase.refused).map(\.bytes).filter { $0.count < 200 }
        var random = SeededRandom(9112)
        var acceptedCount = 0
        for _ in 0..<30_000 {
            let bytes = mutate(seeds[random.below(seeds.count)], seeds[random.below(seeds.count)], &random)
            let whole = HeadReading(bytes)
            let pieces = HeadReading(bytes, cuts: cuts(bytes.count, &random))
            guard whole == pieces else {
                Issue.record(
                    "\(String(decoding: bytes, as: UTF8.self).debugDescription): \(whole), in pieces \(pieces)")
                return
            }
            if case .accepted = whole { acceptedCount += 1 }
        }
        // Mutations so wild that none is read would prove nothing about those that are.
        #expect(acceptedCount > 500)
    }

    @Test func `no mutation of a chunked body traps the decoder, or means another thing in pieces`() {
        let seeds = (ChunkedCase.accepted + ChunkedCase.refused).map(\.bytes).filter { $0.count < 200 }
        var random = SeededRandom(71)
        var wholeCount = 0
        for _ in 0..<30_000 {
            let bytes = mutate(seeds[random.below(seeds.count)], seeds[random.below(seeds.count)], &random)
            let whole = ChunkedReading(bytes)
            let pieces = ChunkedReading(bytes, cuts: cuts(bytes.count, &random))
            guard whole == pieces else {
                Issue.record(
                    "\(String(decoding: bytes, as: UTF8.self).debugDescription): \(whole), in pieces \(pieces)")
                return
            }
            if case .whole = whole { wholeCount += 1 }
        }
        #expect(wholeCount > 300)
    }

    /// Up to four changes of `seed`: a byte replaced, removed, doubled or put in; a stretch taken of `other`.
    private func mutate(_ seed: [UInt8], _ other: [UInt8], _ random: inout SeededRandom) -> [UInt8] {
        var bytes = seed
        for _ in 0...random.below(4) {
            let place = random.below(bytes.count)
            switch random.below(6) {
            case 0 where !bytes.isEmpty: bytes[place] = telling(&random)
            case 1 where !bytes.isEmpty: bytes.remove(at: place)
            case 2 where !bytes.isEmpty: bytes.insert(bytes[place], at: place)
            case 3:
                let from = random.below(other.count)
                bytes.insert(contentsOf: other[from..<min(other.count, from + random.below(24))], at: place)
            case 4: bytes.removeLast(min(bytes.count, random.below(3)))
            default: bytes.insert(telling(&random), at: place)
            }
        }
        return bytes
    }

    /// A byte that means something to a parser more often than not.
    private func telling(_ random: inout SeededRandom) -> UInt8 {
        let known = Array("\r\n\0\t :;,/%*0159afFAXH".utf8) + [0x7F, 0x80, 0xFF]
        return random.below(4) == 0 ? UInt8(random.below(256)) : known[random.below(known.count)]
    }

    private func cuts(_ count: Int, _ random: inout SeededRandom) -> [Int] {
        random.below(4) == 0 ? Array(0...count) : (0..<3).map { _ in random.below(count + 1) }.sorted()
    }
}
