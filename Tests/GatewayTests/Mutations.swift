/// Texts broken in ways that parsers stumble over, the same ones in each run.
struct Mutations: Sequence, IteratorProtocol {
    private let text: [UInt8]
    private var rest: Int
    private var state: UInt64 = 0x9E37_79B9_7F4A_7C15

    init(of text: String, count: Int) {
        self.text = Array(text.utf8)
        rest = count
    }

    mutating func next() -> [UInt8]? {
        guard rest > 0 else { return nil }
        rest -= 1
        var mutated = text
        for _ in 0...random(3) where !mutated.isEmpty {
            let place = random(mutated.count)
            let mark = Array("\"\\{}[],:\n\r0u-e \u{0}é".utf8)
            switch random(4) {
            case 0: mutated[place] = mark[random(mark.count)]
            case 1: mutated.insert(mark[random(mark.count)], at: place)
            case 2: mutated.remove(at: place)
            default: mutated.insert(contentsOf: mutated[place..<Swift.min(place + 9, mutated.count)], at: place)
            }
        }
        return mutated
    }

    /// SplitMix64.
    private mutating func random(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ mixed >> 31) % UInt64(bound))
    }
}
