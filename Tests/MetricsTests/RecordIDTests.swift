import Metrics
import Testing

@Suite struct RecordIDTests {
    private static let now: Int64 = 1_795_511_594_123_456

    @Test func `an id is a UUID of version 7 that tells its millisecond`() throws {
        var generator = RecordIDGenerator(seed: 7)
        let id = generator.next(wall: Self.now)
        let text = Array(id.description)
        #expect(text.count == 36)
        #expect(text[14] == "7")
        #expect("89ab".contains(text[19]))
        let milliseconds = String(text[0..<8]) + String(text[9..<13])
        #expect(Int64(milliseconds, radix: 16) == Self.now / 1000)
        #expect(id.microseconds == Self.now)
    }

    @Test func `ids increase while the clock stands still, steps back and leaps`() {
        var generator = RecordIDGenerator(seed: 7)
        var random = Random(seed: 3)
        var last = generator.next(wall: Self.now)
        var wall = Self.now
        for _ in 0..<20_000 {
            wall += Int64(random.next(upTo: 5000)) - 2000
            let next = generator.next(wall: wall)
            #expect(next > last)
            #expect(next.description > last.description)
            #expect(next.bytes.lexicographicallyPrecedes(last.bytes) == false)
            last = next
        }
    }

    @Test func `two loops that start in the same microsecond give different ids`() {
        var one = RecordIDGenerator()
        var other = RecordIDGenerator()
        #expect(one.next(wall: Self.now) != other.next(wall: Self.now))
    }

    @Test func `the text and the bytes of an id read back as the same id`() {
        var generator = RecordIDGenerator(seed: 9)
        for step in 0..<1000 {
            let id = generator.next(wall: Self.now &+ Int64(step) * 999)
            #expect(id.microseconds == Self.now + Int64(step) * 999)
            #expect(RecordID(id.description) == id)
            #expect(RecordID(id.description.uppercased()) == id)
            #expect(RecordID(bytes: id.bytes.span.bytes) == id)
        }
    }

    @Test func `the bound of a time range lies below every id of that time and above those before`() {
        var generator = RecordIDGenerator(seed: 11)
        let before = generator.next(wall: Self.now - 1)
        let after = generator.next(wall: Self.now)
        let bound = RecordID(notBefore: Self.now)
        #expect(before < bound)
        #expect(bound <= after)
    }

    @Test(arguments: [
        "", "019fe1c8-1b2a-7000-8000-00000000000", "019fe1c8-1b2a-7000-8000-0000000000000",
        "019fe1c8x1b2a-7000-8000-000000000000", "019fe1c8-1b2a-7000-8000-00000000000g",
        "019fe1c81b2a70008000000000000000", "🌧🌧🌧🌧🌧🌧🌧🌧🌧",
    ])
    func `what is no id is refused`(text: String) {
        #expect(RecordID(text) == nil)
    }
}
