import Gateway
import TestSupport
import Testing

/// What `gateway check` says of rules that stand in one another's way.
struct RuleWarningTests {
    private func warnings(_ rules: String) throws -> [String] {
        let source = SettingsSource(
            environment: ["OPENAI_API_KEY": "k"],
            flags: [
                SettingsSource.Flag("--set rules", at: ["rules"], rules),
                SettingsSource.Flag("--set auth.keys", at: ["auth", "keys"], "[{ name: 'batch', key: 'k' }]"),
            ])
        return try source.load().warnings.map { $0.path + ": " + $0.problem.description }
    }

    @Test(arguments: [
        ("{}", "{ models: ['gpt-4o'] }"), ("{ models: ['gpt-*'] }", "{ models: ['gpt-4o', 'gpt-5*'] }"),
        ("{ headers: { 'X-A': '*' } }", "{ headers: { 'x-a': 'b*', 'x-c': 'd' } }"),
        ("{ tasks: ['code', 'chat'] }", "{ tasks: ['chat'], models: ['m'] }"),
        ("{ paths: ['/v1/chat/*'] }", "{ paths: ['/chat/completions'] }"),
        ("{ keys: ['b*'] }", "{ keys: ['batch'] }"), ("{ paths: ['*'] }", "{ paths: ['/v1/embeddings'] }"),
    ])
    func `a rule behind one that takes all that it matches never applies`(earlier: String, later: String) throws {
        let told = try warnings("[{ name: 'wide', match: \(earlier) }, { name: 'narrow', match: \(later) }]")
        #expect(told.count == 1)
        #expect(told.first?.hasPrefix("rules[1]: 'narrow' never applies: 'wide' before it takes everything") == true)
    }

    @Test(arguments: [
        ("{ models: ['gpt-4o'] }", "{}"), ("{ models: ['gpt-4o'] }", "{ models: ['gpt-4o*'] }"),
        ("{ models: ['gpt-4o'] }", "{ tasks: ['code'] }"), ("{ headers: { a: 'b*' } }", "{ headers: { a: '*' } }"),
        ("{ headers: { a: '*', b: '*' } }", "{ headers: { a: 'x' } }"),
        ("{ tasks: ['code'] }", "{ tasks: ['code', 'chat'] }"),
        ("{ paths: ['/v1/chat/*'] }", "{ paths: ['/v1/*'] }"),
    ])
    func `nothing is said of an exception before a rule, nor of rules beside one another`(
        earlier: String, later: String
    ) throws {
        #expect(try warnings("[{ name: 'a', match: \(earlier) }, { name: 'b', match: \(later) }]") == [])
    }

    @Test func `shares that are no shares of one whole are told, with both names`() throws {
        #expect(
            try warnings("[{ name: 'a', percent: 60 }, { name: 'b', percent: 50 }, { name: 'rest' }]") == [
                "rules[1]: 'b' gets 50 % of what 'a' before it leaves, which takes 60 %: 20 % of what it matches"
            ])
        let overlapping = "[{ name: 'a', percent: 60, match: { models: ['m'] } }, { name: 'b', percent: 50 }]"
        #expect(
            try warnings(overlapping) == [
                "rules[1]: 'b' at 50 % overlaps 'a' before it at 60 %: what both match is drawn for 'a' first"
            ])
    }

    @Test func `a rule of nobody, and one for a key that nobody has, are told`() throws {
        #expect(
            try warnings("[{ name: 'a', percent: 0 }, { name: 'b', match: { keys: ['btch', 'x*'] } }]") == [
                "rules[0]: 'a' never applies: its percent is 0",
                "rules[1]: 'b' never applies: match.keys names no key of auth.keys; known: batch",
            ])
    }

    @Test func `a rule that names what does not exist is refused`() throws {
        let failure = #expect(throws: SettingsErrors.self) {
            try warnings("[{ name: 'a', match: { paths: ['v1/x'] }, set: { provider: 'opnai', task: 'cod' } }]")
        }
        let told = failure?.description ?? ""
        #expect(told.contains("rules[0].set.task: is 'cod'; did you mean 'code'?"))
        #expect(told.contains("rules[0].match.paths: names 'v1/x'; a path begins with a slash"))
        #expect(told.contains("rules[0].set.provider: names 'opnai', which is not a provider; did you mean 'openai'?"))
    }
}
