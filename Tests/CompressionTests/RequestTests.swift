import Compression
import Foundation
import Gateway
import HTTP
import Testing

/// Requests as they are sent: what of their bytes may change, and what never does.
struct RequestTests {
    private static let levels = [
        CompressionOptions(), CompressionOptions(level: .aggressive, dropsComments: true),
    ]

    private func compress(_ request: some StringProtocol, _ options: CompressionOptions) throws -> String {
        var run = CompressionRun(options, minTokens: 0)
        var output = ByteBuffer()
        _ = try run.shorten(Array(request.utf8).span, into: &output)
        return String(decoding: output.bytes, as: UTF8.self)
    }

    /// A request without the texts that may change.
    private func rest(_ request: some StringProtocol) throws -> NSDictionary {
        var object = try Conversation.object(request)
        object["messages"] = (object["messages"] as? [[String: Any]])?.map { message in
            guard ["user", "tool"].contains(message["role"] as? String) else { return message }
            var message = message
            if message["content"] is String { message["content"] = "" }
            message["content"] = (message["content"] as? [[String: Any]])?.map { part in
                part["type"] as? String == "text" ? part.merging(["text": ""]) { $1 } : part
            }
            return message
        }
        return object as NSDictionary
    }

    @Test(arguments: levels) func `of the corpus only texts of users and tools change, and it stays JSON`(
        options: CompressionOptions
    ) throws {
        var changed = 0
        for line in try Conversation.corpusLines() {
            let compressed = try compress(line, options)
            if compressed != line { changed += 1 }
            #expect(compressed.utf8.count <= line.utf8.count)
            #expect(try rest(compressed) == rest(line))
        }
        #expect(changed > 80)
    }

    /// A text that would be much shorter.
    private static let text =
        #"[\n  {\n    \"a\" : 1,\n    \"b\" : [ 1, 2, 3 ]\n  },   \n\n\n\n  {\n    \"a\" : 2,\n    \"b\" : [ ]\n  }\n]"#

    /// Requests with `text` in a place where it must stay.
    @Test(arguments: [
        #"{"messages":[{"role":"system","content":"TEXT"}]}"#, #"{"messages":[{"role":"developer","content":"TEXT"}]}"#,
        #"{"messages":[{"role":"assistant","content":"TEXT"}]}"#,
        #"{"messages":[{"role":"narrator","content":"TEXT"}]}"#,
        #"{"messages":[{"content":"TEXT"}]}"#, #"{"messages":[{"role":5,"content":"TEXT"}]}"#,
        #"{"messages":[{"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"TEXT"}}]}]}"#,
        #"{"messages":[{"role":"assistant","content":null,"function_call":{"name":"f","arguments":"TEXT"}}]}"#,
        #"{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"TEXT"}}]}]}"#,
        #"{"messages":[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"TEXT","format":"wav"}}]}]}"#,
        #"{"messages":[{"role":"user","content":[{"type":"file","file":{"filename":"TEXT"},"text":"TEXT"}]}]}"#,
        #"{"messages":[{"role":"user","name":"TEXT","content":"x"}],"user":"TEXT","prompt":"TEXT","metadata":{"a":"TEXT"}}"#,
        #"{"messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":{"name":"f","description":"TEXT","parameters":{"description":"TEXT"}}}]}"#,
        #"{"messages":[{"role":"user","content":"x"}],"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"description":"TEXT"}}}}"#,
        #"{"messages":[{"role":"user","content":[{"type":"text","text":"TEXT","cache_control":{"type":"ephemeral"}}]}]}"#,
        #"{"messages":[{"role":"user","content":[{"type":"text","text":"TEXT"},{"type":"text","text":"x","cache_control":{}}]}]}"#,
        #"{"messages":[{"role":"tool","cache_control":{"type":"ephemeral"},"content":"TEXT"}]}"#,
        #"{"messages":[{"role":"user","content":"Repeat this verbatim: TEXT"}]}"#,
        #"{"messages":[{"role":"user","content":"Quote it word for word."},{"role":"tool","content":"TEXT"}]}"#,
        #"{"messages":[{"role":"user","content":"Do not change the formatting. TEXT"}]}"#,
        #"{"messages":[{"role":"tool","content":"\ud800 TEXT"}]}"#, #"{"messages":{"role":"tool","content":"TEXT"}}"#,
    ])
    func `what must not change stays to the byte`(request: String) throws {
        let request = request.replacing("TEXT", with: Self.text)
        for options in Self.levels {
            #expect((try? compress(request, options)) ?? request == request)
        }
    }

    @Test func `what stands around a text keeps its spelling, and a text that is not worth it too`() throws {
        let request = """
            { "n" : 1.50, "messages" : [ {"content": "TEXT", "role" :"tool" , "x":"\\u00e9\\/"}, {"role":"tool","content":"caf\\u00e9 \\/ a"} ]\t}
            """
        let parts = request.split(separator: "TEXT")
        let compressed = try compress(request.replacing("TEXT", with: Self.text), CompressionOptions())
        #expect(compressed.hasPrefix(parts[0]) && compressed.hasSuffix(parts[1]))
        #expect(compressed.utf8.count < request.utf8.count + 100)
    }

    @Test func `a verbatim request holds for its tool results, until the user asks anew`() throws {
        let request = """
            {"messages":[{"role":"user","content":"Show it verbatim."},{"role":"tool","content":"TEXT"},\
            {"role":"user","content":"Thanks. Now sum it up."},{"role":"tool","content":"TEXT"}]}
            """
        let compressed = try compress(request.replacing("TEXT", with: Self.text), CompressionOptions())
        let messages = try Conversation.object(compressed)["messages"] as? [[String: String]] ?? []
        #expect(messages[1]["content"]?.contains("\"a\" : 1") == true)
        #expect(messages[3]["content"]?.contains("\"a\":1") == true)
    }
}
