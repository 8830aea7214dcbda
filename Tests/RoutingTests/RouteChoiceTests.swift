import Routing
import Testing

/// Which models a request may go to, in which order, and why not to the others.
struct RouteChoiceTests {
    private static func model(
        _ name: String, at provider: String, tier: Int, input: Int64, output: Int64, context: Int = 100_000,
        can capabilities: Capabilities = [.tools, .jsonSchema], fallbacks: [String] = []
    ) -> RoutingTable.Model {
        var model = RoutingTable.Model(name: name, provider: provider, upstreamName: name)
        model.tier = tier
        model.contextTokens = context
        model.maxOutputTokens = 8000
        model.capabilities = capabilities
        model.price = TokenPrice(input: input, output: output)
        model.fallbacks = fallbacks
        return model
    }

    private let table: RoutingTable = {
        var twin = RoutingTable.Model(name: "big-elsewhere", provider: "azure", upstreamName: "big")
        twin.tier = 3
        twin.contextTokens = 100_000
        twin.capabilities = [.tools, .jsonSchema]
        var old = model("old", at: "cloud", tier: 3, input: 1, output: 1)
        old.retiresAt = 1000
        return RoutingTable(
            models: [
                model("small", at: "cloud", tier: 1, input: 10, output: 40, fallbacks: ["middle"]),
                model("middle", at: "other", tier: 2, input: 40, output: 160),
                model("big", at: "cloud", tier: 3, input: 200, output: 800, fallbacks: ["middle", "far"]),
                model("long", at: "other", tier: 2, input: 50, output: 200, context: 1_000_000),
                model("eye", at: "other", tier: 2, input: 60, output: 200, can: [.vision, .tools, .jsonSchema]),
                twin, old,
            ],
            providers: ["cloud", "other", "azure", "home"], defaultProvider: "home", defaultModel: "small",
            tasks: Set(TaskName.allCases.map(\.rawValue)),
            routedTasks: [
                .extraction: .init(models: ["big", "middle", "small", "eye", "long"], tiers: [1, 2, 3]),
                .reasoning: .init(models: ["old", "small", "missing"], tiers: [2, 3, 4]),
                .chat: .init(models: [], tiers: [1, 2, 3]),
            ],
            substitutes: ["big"])
    }()

    private func plan(
        _ model: String = "auto", _ task: TaskName? = .extraction, _ complexity: Complexity = .low,
        _ conditions: RouteConditions? = nil, change: (inout RouteQuery) -> Void = { _ in }
    ) throws -> RoutePlan {
        var query = RouteQuery(model: model)
        query.task = task
        query.complexity = complexity
        query.inputTokens = 1000
        change(&query)
        return try table.plan(for: query, conditions ?? table.conditions())
    }

    // MARK: The first candidate

    @Test(arguments: [(Complexity.low, "small"), (.medium, "middle"), (.high, "big")])
    func `auto takes the cheapest model of the tier that the request needs`(complexity: Complexity, model: String)
        throws
    {
        let plan = try plan("auto", .extraction, complexity)
        #expect(plan.candidates[0].model == model)
        #expect(plan.reason == .cheapest)
        #expect(plan.task == "extraction")
    }

    @Test func `the task after auto counts, whatever the request was taken for`() throws {
        let plan = try plan("auto/extraction", .chat)
        #expect(plan.reason == .cheapest)
        #expect(plan.task == "extraction")
        #expect(throws: RoutingError.self) { try self.plan("auto/nonsense") }
    }

    @Test(
        arguments: [(.vision, "eye"), (.tools, "small"), ([.vision, .jsonSchema], "eye")] as [(Capabilities, String)])
    func `a model that lacks what the request needs is passed by`(needs: Capabilities, model: String) throws {
        let plan = try plan { $0.needs = needs }
        #expect(plan.candidates[0].model == model)
        #expect(plan.candidates.allSatisfy { needs == .tools || $0.model == "eye" })
    }

    @Test func `a prompt with its answer that is longer than a model takes goes to one with more`() throws {
        #expect(try plan { $0.inputTokens = 99_700 }.candidates[0].model == "small")
        let plan = try plan { $0.inputTokens = 99_701 }
        #expect(plan.candidates.map(\.model) == ["long"])
        #expect(
            plan.rejections.contains {
                $0.model == "small" && $0.reason == .contextTooShort(needs: 100_001, has: 100_000)
            })
    }

    @Test func `a model that may not answer as long as the caller allows is passed by`() throws {
        let plan = try plan { $0.outputLimit = 9000 }
        #expect(plan.reason == .noneFits)
        #expect(plan.candidates[0].model == "small")
    }

    @Test func `where no model reaches the tier, the ablest are taken`() throws {
        let plan = try plan("auto", .reasoning, .high)
        #expect(plan.candidates[0].model == "old")
        #expect(plan.reason == .cheapest)
    }

    @Test func `a retired model is taken no more`() throws {
        var conditions = table.conditions()
        conditions.now = 1000
        let plan = try plan("auto", .reasoning, .low, conditions)
        #expect(plan.candidates[0].model == "small")
        #expect(plan.rejections.contains { $0.model == "old" && $0.reason == .retired })
        #expect(plan.rejections.contains { $0.model == "missing" && $0.reason == .unknown })
    }

    @Test func `a model that answers at length may be dearer than one of higher rates`() throws {
        var conditions = table.conditions()
        conditions.set(outputTokens: 2000, of: .extraction, by: "middle")
        conditions.set(outputTokens: 100, of: .extraction, by: "long")
        #expect(try plan("auto", .extraction, .medium, conditions).candidates[0].model == "long")
    }

    @Test func `of models that cost the same the faster one is taken`() throws {
        let table = RoutingTable(
            models: ["a", "b", "c"].map { Self.model($0, at: "cloud", tier: 1, input: 1, output: 1) },
            providers: ["cloud"], defaultProvider: "cloud", defaultModel: "a", tasks: ["code"],
            routedTasks: [.code: .init(models: ["c", "b", "a"], tiers: [1, 1, 1])])
        var query = RouteQuery(model: "auto")
        query.task = .code
        var conditions = table.conditions()
        #expect(try table.plan(for: query, conditions).candidates.map(\.model) == ["c", "b", "a"])
        conditions.set(latencyMicroseconds: 900, ofModel: "a")
        conditions.set(latencyMicroseconds: 1200, ofModel: "b")
        #expect(try table.plan(for: query, conditions).candidates.map(\.model) == ["a", "b", "c"])
    }

    // MARK: What the client says

    @Test func `a model that the client names is honoured`() throws {
        let plan = try plan("middle", .extraction, .high)
        #expect(plan.candidates.map(\.model) == ["middle"])
        #expect(plan.reason == .named)
    }

    @Test func `one that may be substituted is, unless a rule set it`() throws {
        #expect(try plan("big").candidates[0].model == "small")
        #expect(try plan("big").reason == .substituted)
        let ruled = try plan("big") { $0.isSetByRule = true }
        #expect(ruled.candidates[0].model == "big")
        #expect(ruled.reason == .rule)
    }

    @Test func `a provider that the client names has no fallback`() throws {
        let named = try plan("big") {
            $0.provider = "azure"; $0.isSetByRule = true
        }
        #expect(named.candidates.map(\.provider) == ["azure"])
        #expect(named.reason == .pinnedProvider)
        let auto = try plan("auto", .extraction) { $0.provider = "other" }
        #expect(auto.candidates.map(\.model) == ["middle"])
        #expect(auto.rejections.contains { $0.model == "small" && $0.reason == .notServedByPinnedProvider })
        #expect(throws: RoutingError.self) { try self.plan("big") { $0.provider = "nowhere" } }
    }

    @Test func `a task without models, and a request without a task, go to the default model`() throws {
        for task in [.chat, .embedding, nil] as [TaskName?] {
            let plan = try plan("auto", task)
            #expect(plan.candidates[0].model == "small")
            #expect(plan.reason == .defaultModel)
        }
    }

    // MARK: What follows

    @Test func `a model's fallbacks follow it, then other providers of the same model`() throws {
        let plan = try plan("big") { $0.isSetByRule = true }
        #expect(plan.candidates.map(\.model) == ["big", "middle", "far", "big-elsewhere"])
        #expect(plan.candidates.map(\.provider) == ["cloud", "other", "home", "azure"])
        #expect(plan.candidates.map(\.upstreamModel) == ["big", "middle", "far", "big"])
    }

    @Test func `the task's other models follow, each once, and it is said why they are not first`() throws {
        let plan = try plan()
        #expect(plan.candidates.map(\.model) == ["small", "middle", "long", "eye", "big"])
        #expect(plan.rejections.count { $0.reason == .dearer } == 4)
    }

    @Test func `a fallback that cannot do what is needed is left out`() throws {
        let plan = try plan("small") { $0.needs = .vision }
        #expect(plan.candidates.map(\.model) == ["small"])
        #expect(plan.rejections == [.init(model: "middle", provider: "other", reason: .lacks(.vision))])
    }

    @Test func `what is at a provider that is down is tried last, the least bad first`() throws {
        var conditions = table.conditions()
        conditions.set(.down, ofProvider: "cloud", opensIn: 5)
        let plan = try plan("auto", .extraction, .low, conditions)
        #expect(plan.candidates.map(\.model) == ["middle", "long", "eye", "small", "big"])
        conditions.set(.down, ofProvider: "other", opensIn: 3)
        let allDown = try self.plan("auto", .extraction, .low, conditions)
        #expect(allDown.candidates.map(\.provider) == ["other", "other", "other", "cloud", "cloud"])
    }

    @Test func `a named model whose provider is down is stood in for`() throws {
        var conditions = table.conditions()
        conditions.set(.down, ofProvider: "cloud")
        let plan = try plan("small", nil, .low, conditions)
        #expect(plan.candidates.map(\.model) == ["middle", "small"])
        #expect(plan.reason == .standIn)
        let pinned = try self.plan("small", nil, .low, conditions) { $0.provider = "cloud" }
        #expect(pinned.candidates.map(\.model) == ["small"])
        #expect(pinned.reason == .pinnedProvider)
    }

    @Test func `a degraded provider comes after one that is up, though it is cheaper`() throws {
        var conditions = table.conditions()
        conditions.set(.degraded, ofProvider: "cloud")
        #expect(try plan("auto", .extraction, .low, conditions).candidates[0].model == "middle")
    }

    @Test func `a request that is too long for one goes on to one that takes more`() throws {
        let plan = try plan()
        #expect(plan.candidate(after: 0) == 1)
        let longer = try #require(plan.candidate(after: 0, needsLongerContext: true))
        #expect(plan.candidates[longer].model == "long")
        #expect(plan.candidate(after: longer, needsLongerContext: true) == nil)
        #expect(plan.candidate(after: plan.candidates.count - 1) == nil)
    }

    // MARK: Prices

    @Test func `a call is priced by its length, and no count overflows`() {
        let price = TokenPrice(input: 2, output: 10, longAbove: 100, longInput: 4, longOutput: 20)
        #expect(price.cost(input: 100, output: 5) == 250)
        #expect(price.cost(input: 101, output: 5) == 504)
        #expect(price.cost(input: -1, output: -1) == 0)
        #expect(TokenPrice(input: .max, output: 1).cost(input: 2, output: 1) == .max)
        #expect(TokenPrice(input: .max, output: .max).cost(input: 1, output: 1) == .max)
    }
}
