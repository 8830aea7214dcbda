import Routing
import Testing

/// How hard a request looks, point by point.
struct ComplexityTests {
    @Test func `nothing in particular is low`() {
        #expect(Complexity(TaskFeatures()) == .low)
    }

    @Test(arguments: [
        (Complexity.Cause.tokens, 5999, 6000, 32000), (.turns, 3, 4, 12), (.tools, 0, 1, 6), (.toolResults, 1, 2, 6),
        (.constraints, 3, 4, 9),
    ])
    func `each cause has a limit for one point and for two`(cause: Complexity.Cause, none: Int, one: Int, two: Int) {
        for (amount, points) in [(none, 0), (one, 1), (two - 1, 1), (two, 2)] {
            var features = TaskFeatures()
            switch cause {
            case .tokens: features.textBytes = amount
            case .turns: features.turns = amount
            case .tools: features.tools = amount
            case .toolResults: features.toolResults = amount
            default: features.listItems = amount
            }
            #expect(Complexity.points(for: cause, in: features) == points, "\(amount)")
        }
    }

    @Test func `two points are medium, four are high`() {
        var features = TaskFeatures()
        features.tools = 1
        #expect(Complexity(features) == .low)
        features.turns = 4
        #expect(Complexity(features) == .medium)
        features.toolResults = 2
        #expect(Complexity(features) == .medium)
        features.textBytes = 8000
        #expect(Complexity(features) == .high)
    }

    @Test func `a reasoning effort that was asked for counts twice`() {
        var features = TaskFeatures()
        features.asksReasoning = true
        #expect(Complexity(features) == .medium)
    }

    @Test func `more of anything never makes a request simpler`() {
        var features = TaskFeatures()
        var last = Complexity(features)
        for step in 1...40 {
            features.textBytes += 1000
            features.turns += step % 2
            features.tools += step % 3 == 0 ? 1 : 0
            features.listItems += step % 5 == 0 ? 1 : 0
            let now = Complexity(features)
            #expect(now >= last)
            last = now
        }
        #expect(last == .high)
    }
}
