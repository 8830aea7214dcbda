import Routing
import Testing

/// What calls have shown, and what a choice makes of it.
struct RouteHistoryTests {
    private let table: RoutingTable = {
        let models = [("terse", 100, 1000), ("wordy", 100, 500)].map { name, input, output in
            var model = RoutingTable.Model(name: name, provider: "p", upstreamName: name)
            model.price = TokenPrice(input: Int64(input), output: Int64(output))
            return model
        }
        return RoutingTable(
            models: models, providers: ["p"], defaultProvider: "p", defaultModel: "terse", tasks: ["code"],
            routedTasks: [.code: .init(models: ["terse", "wordy"], tiers: [0, 0, 0])])
    }()

    private func first(_ history: RouteHistory) throws -> RoutePlan.Candidate {
        var conditions = table.conditions()
        history.tell(&conditions)
        var query = RouteQuery(model: "auto")
        query.task = .code
        return try table.plan(for: query, conditions).candidates[0]
    }

    @Test func `the model whose answers cost less is chosen, once calls have shown how long they are`() throws {
        var history = table.history()
        #expect(try first(history).model == "wordy")
        for _ in 0..<19 {
            history.note(.code, model: "wordy", outputTokens: 900, microseconds: 5)
            history.note(.code, model: "terse", outputTokens: 100, microseconds: 5)
        }
        #expect(try first(history).model == "wordy", "a few calls say nothing")
        history.note(.code, model: "wordy", outputTokens: 900, microseconds: 5)
        history.note(.code, model: "terse", outputTokens: 100, microseconds: 5)
        #expect(try first(history).model == "terse")
        #expect(try first(history).expectedCost == 100_000)
    }

    @Test func `old calls are forgotten, and other tasks say nothing`() throws {
        var history = table.history()
        for _ in 0..<300 { history.note(.code, model: "wordy", outputTokens: 9000, microseconds: 5) }
        for _ in 0..<300 { history.note(.chat, model: "terse", outputTokens: 9000, microseconds: 5) }
        #expect(try first(history).model == "terse")
        for _ in 0..<1500 { history.note(.code, model: "wordy", outputTokens: 10, microseconds: 5) }
        #expect(try first(history).model == "wordy")
        #expect(try first(history).expectedCost == 500 * 35)
    }

    @Test func `of equals the one that takes less time is chosen, and unknown models change nothing`() throws {
        var history = table.history()
        history.note(.code, model: "nobody", outputTokens: 9, microseconds: 9)
        for _ in 0..<20 {
            history.note(nil, model: "wordy", outputTokens: 0, microseconds: 900)
            history.note(nil, model: "terse", outputTokens: 0, microseconds: 100)
        }
        for _ in 0..<20 {
            history.note(.code, model: "wordy", outputTokens: 200, microseconds: 900)
            history.note(.code, model: "terse", outputTokens: 100, microseconds: 100)
        }
        #expect(try first(history).model == "terse")
    }
}
