import Routing
import Testing

/// Which provider gets a call.
@Suite struct RoutingTableTests {
    private let table = RoutingTable(
        models: [
            .init(name: "small", provider: "cloud", upstreamName: "small-2026"),
            .init(name: "elsewhere", provider: "unconfigured", upstreamName: "elsewhere"),
        ],
        providers: ["cloud", "local"], defaultProvider: "local", defaultModel: "small", tasks: ["code", "chat"])

    @Test func `a model of the catalogue goes to its provider, by the provider's name for it`() throws {
        let plan = try table.plan(for: "small")
        #expect(plan.candidates == [.init(model: "small", upstreamModel: "small-2026", provider: "cloud")])
        #expect(plan.reason == .named)
        #expect(plan.task == nil)
    }

    @Test(arguments: ["unheard-of", "elsewhere", "", "automatic", "auto-code"])
    func `whatever has no provider of its own goes to the default one, unchanged`(model: String) throws {
        let plan = try table.plan(for: model)
        #expect(plan.candidates == [.init(model: model, upstreamModel: model, provider: "local")])
        #expect(plan.reason == .defaultProvider)
    }

    @Test(arguments: [("auto", nil), ("auto/code", "code"), ("auto/chat", "chat")] as [(String, String?)])
    func `auto means the default model`(model: String, task: String?) throws {
        let plan = try table.plan(for: model)
        #expect(plan.candidates == [.init(model: "small", upstreamModel: "small-2026", provider: "cloud")])
        #expect(plan.reason == .defaultModel)
        #expect(plan.task == task)
    }

    @Test(arguments: ["auto/", "auto/nonsense", "auto/Code"])
    func `a task that there is not is an error that lists those that there are`(model: String) {
        #expect(throws: RoutingError.unknownTask(String(model.dropFirst(5)), known: ["chat", "code"])) {
            try table.plan(for: model)
        }
    }

    @Test func `a provider that the client insists on is used, if there is one of that name`() throws {
        let plan = try table.plan(for: "small", provider: "local")
        #expect(plan.candidates == [.init(model: "small", upstreamModel: "small-2026", provider: "local")])
        #expect(plan.reason == .pinnedProvider)
        #expect(throws: RoutingError.unknownProvider("cluod", known: ["cloud", "local"])) {
            try table.plan(for: "small", provider: "cluod")
        }
    }

    @Test func `the catalogue is listed in order, with who serves each`() {
        #expect(table.modelNames == ["elsewhere", "small"])
        #expect(table.taskNames == ["chat", "code"])
        #expect(table.owner(of: "small") == "cloud")
        #expect(table.owner(of: "unheard-of") == "local")
    }
}
