import Foundation

/// What the simulator reads of a chat request.
struct SimulatedRequest {
    let model: String
    let isStream: Bool
    let asksUsage: Bool
    let choices: Int
    /// The text that the answer refers to: what the user said last.
    let question: String
    let isToolResult: Bool
    /// The name and the parameters' schema of the first tool that may be called.
    let tool: (name: String, schema: [String: Any])?
    /// The schema of a wanted JSON answer; empty for any object.
    let wantedSchema: [String: Any]?
    let promptTokens: Int

    /// - Throws: The message of the 400 that OpenAI would answer.
    init(_ body: [UInt8]) throws(Problem) {
        guard let root = (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any] else {
            throw Problem(message: "We could not parse the JSON body of your request.", parameter: nil)
        }
        try self.init(root)
    }

    /// - Throws: The message of the 400 that OpenAI would answer.
    init(_ root: [String: Any]) throws(Problem) {
        guard let model = root["model"] as? String else {
            throw Problem(message: "you must provide a model parameter", parameter: "model")
        }
        guard let messages = root["messages"] as? [[String: Any]], let last = messages.last else {
            throw Problem(message: "Missing required parameter: 'messages'.", parameter: "messages")
        }
        self.model = model
        isStream = root["stream"] as? Bool ?? false
        asksUsage = (root["stream_options"] as? [String: Any])?["include_usage"] as? Bool ?? false
        choices = min(max(root["n"] as? Int ?? 1, 1), 8)
        question = Self.text(of: last)
        isToolResult = last["role"] as? String == "tool"
        tool = isToolResult ? nil : Self.firstTool(root)
        wantedSchema = Self.wantedSchema(root)
        // Four bytes a token, and four tokens a message: near enough, and the same each time.
        promptTokens = messages.reduce(0) { $0 + 4 + (Self.text(of: $1).utf8.count + 3) / 4 }
    }

    struct Problem: Error {
        let message: String
        let parameter: String?
    }

    private static func text(of message: [String: Any]) -> String {
        if let text = message["content"] as? String { return text }
        let parts = message["content"] as? [[String: Any]] ?? []
        return parts.compactMap { $0["text"] as? String }.joined(separator: " ")
    }

    private static func firstTool(_ root: [String: Any]) -> (name: String, schema: [String: Any])? {
        if root["tool_choice"] as? String == "none" { return nil }
        let tools = (root["tools"] as? [[String: Any]] ?? []).compactMap { $0["function"] as? [String: Any] }
        let chosen = ((root["tool_choice"] as? [String: Any])?["function"] as? [String: Any])?["name"] as? String
        guard let tool = tools.first(where: { chosen == nil || $0["name"] as? String == chosen }),
            let name = tool["name"] as? String
        else { return nil }
        return (name, tool["parameters"] as? [String: Any] ?? [:])
    }

    private static func wantedSchema(_ root: [String: Any]) -> [String: Any]? {
        guard let format = root["response_format"] as? [String: Any] else { return nil }
        switch format["type"] as? String {
        case "json_object": return [:]
        case "json_schema": return (format["json_schema"] as? [String: Any])?["schema"] as? [String: Any] ?? [:]
        default: return nil
        }
    }
}

/// A value that satisfies a JSON schema as far as objects, arrays, enumerations and plain types go.
enum SimulatedValue {
    static func json(satisfying schema: [String: Any], about text: String) -> String {
        Self.text(of: schema.isEmpty ? ["answer": text] : value(schema, text, root: schema, depth: 0))
    }

    /// A value as JSON, the same each time.
    static func text(of object: Any) -> String {
        let data = try? JSONSerialization.data(
            withJSONObject: object, options: [.sortedKeys, .fragmentsAllowed, .withoutEscapingSlashes])
        return String(decoding: data ?? Data("{}".utf8), as: UTF8.self)
    }

    private static func value(_ schema: [String: Any], _ text: String, root: [String: Any], depth: Int) -> Any {
        guard depth < 16 else { return NSNull() }
        if let reference = schema["$ref"] as? String, let found = definition(reference, in: root) {
            return value(found, text, root: root, depth: depth + 1)
        }
        if let constant = schema["const"] { return constant }
        if let options = schema["enum"] as? [Any], let first = options.first { return first }
        if let options = (schema["anyOf"] ?? schema["oneOf"]) as? [[String: Any]], let first = options.first {
            return value(first, text, root: root, depth: depth + 1)
        }
        switch (schema["type"] as? String) ?? (schema["type"] as? [String])?.first ?? "object" {
        case "string": return text
        case "integer": return max(schema["minimum"] as? Int ?? 1, 1)
        case "number": return schema["minimum"] as? Double ?? 1.5
        case "boolean": return true
        case "null": return NSNull()
        case "array":
            let item = schema["items"] as? [String: Any] ?? ["type": "string"]
            return [value(item, text, root: root, depth: depth + 1)]
        default:
            let properties = schema["properties"] as? [String: [String: Any]] ?? [:]
            return properties.mapValues { value($0, text, root: root, depth: depth + 1) }
        }
    }

    private static func definition(_ reference: String, in root: [String: Any]) -> [String: Any]? {
        reference.split(separator: "/").dropFirst().reduce(root as Any?) { found, name in
            (found as? [String: Any])?[String(name)]
        } as? [String: Any]
    }
}
