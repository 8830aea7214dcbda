/// What a route is looked for.
package struct RouteQuery: Sendable {
    /// As the client named it, or as a rule set it: a model, `auto`, or `auto/TASK`.
    package var model: String
    /// Whether a rule set the model; it is honoured then, whatever `routing.substitute` says.
    package var isSetByRule = false
    /// Whether the cheapest model that can do the task is wanted, whatever model was named and however hard the task is.
    package var saves = false
    /// The one provider that the client insists on.
    package var provider: String?
    /// What the request was taken for; of `auto/TASK`, that task counts.
    package var task: TaskName?
    package var complexity = Complexity.low
    /// What a model must be able to do.
    package var needs: Capabilities = []
    /// Tokens of the input, estimated.
    package var inputTokens = 0
    /// Tokens of the answer that the caller allows.
    package var outputLimit: Int?

    package init(model: String) { self.model = model }

    /// A query for a request whose features are known.
    package init(model: String, _ features: TaskFeatures, task: TaskName) {
        self.model = model
        self.task = task
        complexity = Complexity(features)
        needs = Capabilities(features)
        inputTokens = features.inputTokens
        outputLimit = features.outputLimit
    }
}

/// What a model can do, beyond answering a text with a text.
package struct Capabilities: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8

    package static let tools = Capabilities(rawValue: 1)
    package static let vision = Capabilities(rawValue: 2)
    package static let jsonSchema = Capabilities(rawValue: 4)
    package static let embeddings = Capabilities(rawValue: 8)

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// What a request needs.
    package init(_ features: TaskFeatures) {
        self = []
        if features.tools > 0 { insert(.tools) }
        if features.images > 0 { insert(.vision) }
        if features.hasSchema { insert(.jsonSchema) }
    }

    /// As the configuration spells them.
    package var names: [String] {
        let known: [(Capabilities, String)] = [
            (.tools, "tools"), (.vision, "vision"), (.jsonSchema, "json_schema"), (.embeddings, "embeddings"),
        ]
        return known.compactMap { contains($0.0) ? $0.1 : nil }
    }
}
