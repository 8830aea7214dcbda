import Foundation
import TestSupport

/// A request of `Tests/Fixtures/compression`.
struct CorpusRequest {
    let kind: String
    /// As a client would send it.
    let body: [UInt8]
    /// Its messages, each as JSON.
    let messages: [[String: Any]]

    static func all() throws -> [CorpusRequest] {
        try Fixtures.text("compression/prompts.jsonl").split(separator: "\n").map { line in
            let item = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] ?? [:]
            return CorpusRequest(
                kind: item["kind"] as? String ?? "", body: Array(line.utf8),
                messages: item["messages"] as? [[String: Any]] ?? [])
        }
    }

    /// Whether two results of tools or more are in it, as in the requests of agents.
    var isToolHeavy: Bool { messages.count { $0["role"] as? String == "tool" } >= 2 }

    /// The texts of its messages.
    var texts: [String] {
        messages.flatMap { message -> [String] in
            if let text = message["content"] as? String { return [text] }
            return (message["content"] as? [[String: Any]] ?? []).compactMap { $0["text"] as? String }
        }
    }

    /// Requests of about `bytes`, put together from the messages of several.
    static func joined(_ requests: [CorpusRequest], bytes: Int) throws -> [[UInt8]] {
        var bodies: [[UInt8]] = []
        var messages: [[String: Any]] = []
        var size = 0
        for request in requests {
            messages += request.messages
            size += request.body.count
            guard size >= bytes else { continue }
            bodies.append(Array(try JSONSerialization.data(withJSONObject: ["model": "gpt-4o", "messages": messages])))
            messages = []
            size = 0
        }
        return bodies
    }
}

/// What the kinds of the corpus are.
enum CorpusKind {
    static let descriptions = [
        "agent_code": "agents that read, edit and read again", "agent_tests": "agents that run tests",
        "business": "contracts, filings, minutes", "chat": "chat with code in it",
        "code": "code to be reviewed or explained",
        "extract": "extraction by a schema", "fewshot": "few-shot classification", "json_api": "answers of services",
        "logs": "logs", "markdown": "documentation", "rag": "retrieved passages", "tables": "tables",
        "web": "pages of the web",
    ]
}
