import Cache
import Testing

@testable import Gateway

/// Who falls into a percentage of the callers.
struct ShareTests {
    private static func place(_ key: String, _ drawing: String = "rollout", salt: String = "") -> UInt64 {
        Share.place(of: Array(key.utf8), drawing: drawing, salt: salt, using: Digest())
    }

    private static let places: [UInt64] = {
        let digest = Digest()
        return (0..<100_000).map {
            Share.place(of: Array("user-\($0)".utf8), drawing: "rollout", salt: "", using: digest)
        }
    }()

    @Test(arguments: [1.0, 10, 50, 90])
    func `of a hundred thousand keys the percentage is in, to within a point`(percent: Double) {
        let share = Share(percent: percent)
        let count = Self.places.count { share.includes($0) }
        #expect(abs(Double(count) / 1000 - percent) < 1)
    }

    @Test func `raising the percentage moves nobody out`() {
        let steps = [0, 0.001, 1, 10, 33.3, 50, 99.999, 100].map(Share.init(percent:))
        for (lower, higher) in zip(steps, steps.dropFirst()) {
            #expect(!Self.places.contains { lower.includes($0) && !higher.includes($0) })
        }
    }

    @Test func `a key has the same place in every process, on every machine`() {
        // Computed apart from this program: SHA-256 over both lengths and texts, and the key.
        #expect(Self.place("alice") == 11_619_533_182_009_033_592)
        #expect(Self.place("alice", "rule:canary", salt: "2026") == 5_698_804_558_411_404_835)
    }

    @Test func `two that draw, and two salts, draw independently`() {
        let tenth = Share(percent: 10)
        let first = (0..<20_000).filter { tenth.includes(Self.place("user-\($0)")) }
        let both = first.count { tenth.includes(Self.place("user-\($0)", "rule:a")) }
        let salted = first.count { tenth.includes(Self.place("user-\($0)", salt: "s")) }
        #expect((100...300).contains(both))
        #expect((100...300).contains(salted))
    }

    @Test func `nobody and everybody are drawn without looking at the key`() {
        var looks = 0
        func place() -> UInt64 {
            looks += 1
            return 0
        }
        // Bound first: what stands in an expectation is evaluated in any case.
        let verdicts = [0, 100].map { Share(percent: $0).includes(place()) }
        #expect(verdicts == [false, true])
        #expect(looks == 0)
    }
}
