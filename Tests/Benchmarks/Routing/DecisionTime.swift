import Gateway
import Platform
import Routing

/// The time of one decision, beside that of a plain pass over the same bytes; the least of many rounds of both in turns.
struct DecisionTime {
    let bytes: Int
    let models: Int
    let nanoseconds: UInt64
    private let passNanoseconds: UInt64

    var microseconds: String { Self.tenths(nanoseconds, 1000) }
    var passes: String { Self.tenths(nanoseconds, max(passNanoseconds, 1)) }

    private static func tenths(_ value: UInt64, _ unit: UInt64) -> String {
        let tenths = value * 10 / unit
        return "\(tenths / 10).\(tenths % 10)"
    }

    static func measure(_ reader: inout TaskFeatureReader) -> DecisionTime {
        let body = request()
        let table = RoutingTable.example
        let conditions = table.conditions()
        let clock = SystemTime()
        var best = UInt64.max
        var pass = UInt64.max
        var sink = 0
        let calls: UInt64 = 200
        for _ in 0..<60 {
            var start = clock.monotonicNanoseconds()
            for _ in 0..<calls { sink &+= decide(body, &reader, table, conditions) }
            best = min(best, (clock.monotonicNanoseconds() - start) / calls)
            start = clock.monotonicNanoseconds()
            for _ in 0..<calls { for index in body.indices { sink = sink &* 31 &+ Int(body[index]) } }
            pass = min(pass, (clock.monotonicNanoseconds() - start) / calls)
        }
        // So that no compiler takes it all for nothing.
        if sink == 1 { print("") }
        return DecisionTime(
            bytes: body.count, models: table.modelNames.count, nanoseconds: best, passNanoseconds: pass)
    }

    private static func decide(
        _ body: [UInt8], _ reader: inout TaskFeatureReader, _ table: RoutingTable, _ conditions: RouteConditions
    ) -> Int {
        guard let features = reader.features(of: body.span) else { return 0 }
        let query = RouteQuery(model: "auto", features, task: TaskClassifier.classify(features).task)
        return (try? table.plan(for: query, conditions))?.candidates.count ?? 0
    }

    /// A request of 8 KB: a system prompt, a schema, a tool, and a contract that is asked about.
    private static func request() -> [UInt8] {
        let clause =
            #"7.2 The Supplier shall keep the Services available for 99.85 % of each month; for every full 0.1 % below, "#
            + #"the Client is credited 5 % of the monthly fee (\"Service Credit\"), up to 25 %.\n"#
        let head =
            #"{"model":"auto","messages":[{"role":"system","content":"You review contracts for a procurement team. "#
            + #"Answer as JSON, cite the clause, never guess."},{"role":"user","content":"Extract every fee, credit and "#
            + #"date with the clause that states it.\n\n"#
        let tail =
            #"\n\nOnly what the text says."}],"temperature":0,"tools":[{"type":"function","function":{"name":"look_up","#
            + #""description":"Finds a clause","parameters":{"type":"object","properties":{"n":{"type":"string"}}}}}],"#
            + #""response_format":{"type":"json_schema","json_schema":{"name":"fees","schema":{"type":"object"}}}}"#
        var text = head
        while text.utf8.count + clause.utf8.count + tail.utf8.count < 8192 { text += clause }
        return Array((text + tail).utf8)
    }
}

extension RoutingTable {
    /// Three models for each of the seven tasks, with prices and capabilities.
    fileprivate static var example: RoutingTable {
        let models = (0..<21).map { index in
            var model = Model(name: "model-\(index)", provider: "provider-\(index % 3)", upstreamName: "model-\(index)")
            model.tier = 1 + index % 4
            model.contextTokens = 128_000
            model.maxOutputTokens = 16_384
            model.capabilities = [.tools, .vision, .jsonSchema]
            model.price = TokenPrice(input: Int64(100_000 * (index + 1)), output: Int64(400_000 * (index + 1)))
            model.fallbacks = ["model-\((index + 1) % 21)"]
            return model
        }
        let entries = TaskName.routed.enumerated().map { index, task in
            (task, TaskEntry(models: (0..<3).map { "model-\(index * 3 + $0)" }, tiers: [1, 2, 3]))
        }
        return RoutingTable(
            models: models, providers: ["provider-0", "provider-1", "provider-2"], defaultProvider: "provider-0",
            defaultModel: "model-0", tasks: Set(TaskName.allCases.map(\.rawValue)),
            routedTasks: Dictionary(uniqueKeysWithValues: entries))
    }
}
