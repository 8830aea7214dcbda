import Gateway
import Routing
import Testing

/// The catalogue that comes with the program.
struct ModelCatalogueTests {
    private func models() throws -> [String: CatalogModel] { try SettingsSource().load().settings.models }

    @Test(arguments: [
        ("gpt-4o", 2_500_000, 1_250_000, 10_000_000), ("gpt-4o-mini", 150_000, 75_000, 600_000),
        ("gpt-5-nano", 50_000, 5_000, 400_000), ("claude-sonnet-4-6", 3_000_000, 300_000, 15_000_000),
        ("deepseek-v4-flash", 300_000, 6_000, 1_200_000), ("gpt-oss-20b", 75_000, 37_500, 300_000),
        ("claude-fable-5-1", 10_000_000, 250_000, 50_000_000), ("gpt-6.1-terra", 1_000_000, 50_000, 5_000_000),
    ])
    func `a call of a model costs what its provider publishes`(
        name: String, input: Int64, cachedInput: Int64, output: Int64
    ) throws {
        let rates = try #require(try models()[name]?.prices.last?.rates)
        #expect(rates.input == input)
        #expect(rates.cachedInput == cachedInput)
        #expect(rates.output == output)
    }

    @Test func `long prompts and cache writes have their own rates`() throws {
        let astra = try #require(try models()["gpt-6-astra"]?.prices.last)
        #expect(astra.rates.cacheWrite == 12_500_000)
        #expect(astra.longContext?.aboveInputTokens == 272_000)
        #expect(astra.longContext?.rates.input == 20_000_000)
        #expect(astra.longContext?.rates.output == 75_000_000)
        let haiku = try #require(try models()["claude-haiku-4-5"]?.prices.last?.rates)
        #expect(haiku.cacheWrite == 1_250_000)
        #expect(haiku.cacheWriteLong == 2_000_000)
        #expect(try models()["text-embedding-3-small"]?.prices.last?.rates.output == nil)
    }

    @Test func `what a provider bills as another tier has that tier's rates`() throws {
        let models = try models()
        #expect(models["gpt-4o"]?.prices.last?.tiers["priority"]?.rates.input == 4_250_000)
        #expect(models["gpt-5"]?.prices.last?.tiers["flex"]?.rates.cachedInput == 62_500)
        #expect(models["claude-haiku-4-5"]?.prices.last?.tiers["batch"]?.rates.output == 2_500_000)
        let sol = try #require(models["gpt-5.6-sol"]?.prices.last?.tiers["priority"])
        #expect(sol.rates.cacheWrite == 10_000_000)
        #expect(sol.longContext?.rates.output == 60_000_000)
        for (name, model) in models {
            guard let price = model.prices.last else { continue }
            for (tier, rates) in price.tiers {
                #expect((rates.rates.input > price.rates.input) == (tier == "priority"), "\(name) \(tier)")
                #expect((rates.rates.cachedInput == nil) == (price.rates.cachedInput == nil), "\(name) \(tier)")
            }
        }
    }

    @Test func `tiers follow the output price, as the catalogue says`() throws {
        for (name, model) in try models() {
            guard let output = model.prices.last?.rates.output else { continue }
            let tier = output <= 1_000_000 ? 1 : output <= 5_000_000 ? 2 : output <= 15_000_000 ? 3 : 4
            #expect(model.tier == tier, "\(name)")
        }
    }

    @Test func `every model states a provider, a price, its day and its source`() throws {
        let models = try models()
        #expect(models.count == 73)
        for (name, model) in models {
            #expect(model.provider != nil, "\(name)")
            #expect(model.contextTokens != nil, "\(name)")
            #expect(model.prices.allSatisfy { $0.source != nil } && !model.prices.isEmpty, "\(name)")
        }
    }

    @Test func `a task's models reach every tier that it asks for`() throws {
        let models = try models()
        for (task, settings) in TaskSettings.standard {
            for tier in [settings.low, settings.medium, settings.high] {
                let able = settings.models.contains { models[$0]?.tier ?? 0 >= tier }
                #expect(able, "\(task) has no model of tier \(tier)")
            }
        }
        #expect(Set(TaskSettings.standard.keys) == Set(TaskName.routed))
    }
}
