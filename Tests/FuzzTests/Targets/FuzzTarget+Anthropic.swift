import HTTP
import TestSupport

@testable import Gateway

extension FuzzTarget {
    /// What is told in Anthropic's dialect, and of it: JSON each time, or nothing.
    static let anthropic = FuzzTarget(
        name: "anthropic",
        seeds: [
            #"{"model":"m","messages":[{"role":"system","content":"s"},{"role":"user","content":[{"type":"text","text":"\u00e9"},"#
                + #"{"type":"image_url","image_url":{"url":"data:image\/png;base64,QQ=="}}]},{"role":"assistant","tool_calls":["#
                + #"{"id":"a","function":{"name":"f","arguments":"{\"x\":[1]}"}}]},{"role":"tool","tool_call_id":"a","content":"7"}],"#
                + #""tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}],"tool_choice":"auto"}"#,
            #"{"messages":[{"role":"user","content":"x"}],"response_format":{"type":"json_schema","json_schema":{"schema":{"a":1}}},"#
                + #""temperature":1.5,"stop":["a"," "],"max_tokens":9,"user":"u"}"#,
            #"{"type":"message","id":"i","model":"m","content":[{"type":"text","text":"a\n"},{"type":"tool_use","id":"t","name":"f","#
                + #""input":{"q":"\""}}],"stop_reason":"tool_use","usage":{"input_tokens":1,"output_tokens":2}}"#,
            #"{"type":"error","error":{"type":"overloaded_error","message":"prompt is too long"}}"#,
            #"{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"gateway_answer"}}"#,
            #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"\ud83d"}}"#,
        ],
        words: jsonWords + [
            #""role":"user""#, #""role":"tool""#, #""content":"x""#, #""type":"text""#, #""tool_calls":["#,
            #""text":"x""#,
            #""type":"message_start""#, #""type":"message_stop""#, #""type":"error""#, #""stop_reason":"end_turn""#,
            "{}", "[]", "data:a;base64,", #""arguments":"{}""#,
        ],
        check: { (bytes) throws(Violation) in
            var tape = JSONScanner()
            do throws(JSONScanner.Failure) { try tape.scan(bytes.span) } catch { return false }
            var isTold = false
            let request = bytesOf {
                do throws(TranslationProblem) {
                    try AnthropicRequest.translate(tape, bytes.span, model: "m", maxTokens: 1, into: &$0)
                    isTold = true
                } catch { isTold = false }
            }
            var other = JSONScanner()
            if isTold { try scanAgain(request, &other) }
            var isReply = false
            let reply = bytesOf { isReply = AnthropicReply.translate(tape, bytes.span, created: 1, into: &$0) }
            if isReply { try scanAgain(reply, &other) } else { try require(reply.isEmpty, "half an answer was told") }
            if tape.values[0].kind == .object {
                try scanAgain(
                    bytesOf { _ = AnthropicError.translate(tape, bytes.span, status: 400, into: &$0) }, &other)
            }
            var events = AnthropicEvents(created: 1, statesUsage: true, asksSchema: bytes.count % 2 == 0)
            let chunks = bytesOf { output in
                for event in [
                    #"{"type":"message_start","message":{}}"#,
                    #"{"type":"content_block_start","content_block":{"type":"tool_use","name":"f"}}"#,
                    String(decoding: bytes, as: UTF8.self), #"{"type":"content_block_stop"}"#,
                    #"{"type":"message_delta","delta":{"stop_reason":"end_turn"}}"#, #"{"type":"message_stop"}"#,
                ] {
                    let data = Array(event.utf8)
                    events.translate(data.span, &other, into: &output)
                }
            }
            var stored = StoredEvents()
            while let event = stored.next(in: chunks.span) {
                guard let data = event.data else { throw Violation("an event without data") }
                try require(!event.hasMoreData, "a line end within an event: \(chunks.shown)")
                let text = Array(chunks[data])
                if text != Array("[DONE]".utf8) { try scanAgain(text, &other) }
            }
            try require(stored.position == chunks.count, "half an event was told: \(chunks.shown)")
            return isTold || isReply
        })
}
