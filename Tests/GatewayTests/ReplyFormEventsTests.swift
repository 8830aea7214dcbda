import HTTP
import Testing

@testable import Gateway

struct CompletionAsStreamTests {
    @Test func `the role comes first, then the text, its end, and the usage that was asked for`() {
        let whole =
            #"{"id":"c-1","object":"chat.completion","created":17,"model":"gpt-4o","choices":[{"index":0,"#
            + #""message":{"role":"assistant","content":"f\u00fcr \ud83d\uDE00","refusal":null,"annotations":[]},"#
            + #""logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":9},"system_fingerprint":"fp"}"#
        let head = #"{"id":"c-1","object":"chat.completion.chunk","created":17,"model":"gpt-4o","choices":["#
        let opening = #"{"index":0,"delta":{"role":"assistant"},"logprobs":null,"finish_reason":null}]"#
        let message =
            #"{"index":0,"delta":{"content":"f\u00fcr \ud83d\uDE00","refusal":null,"annotations":[]},"logprobs":null,"#
            + #""finish_reason":null}]"#
        let ending = #"{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}]"#
        let tail = #","system_fingerprint":"fp"}"#
        #expect(
            events(of: whole, statingUsage: false)
                == stream([head + opening + tail, head + message + tail, head + ending + tail, "[DONE]"]))
        #expect(
            events(of: whole, statingUsage: true)
                == stream([
                    head + opening + #","usage":null"# + tail, head + message + #","usage":null"# + tail,
                    head + ending + #","usage":null"# + tail,
                    head + #"],"usage":{"prompt_tokens":9}"# + tail, "[DONE]",
                ]))
    }

    @Test func `tool calls get the index that a stream gives them`() {
        let calls = #"{"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}}"#
        let message = #"{"role":"assistant","content":null,"tool_calls":[\#(calls),{"index":7,"id":"b"},{}]}"#
        let whole =
            #"{"object":"chat.completion","choices":[{"index":0,"message":\#(message),"#
            + #""finish_reason":"tool_calls"}]}"#
        #expect(
            events(of: whole)
                == stream([
                    #"{"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant"},"#
                        + #""finish_reason":null}]}"#,
                    #"{"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"#
                        + #""content":null,"tool_calls":[{"index":0,"id":"a","type":"function","function":"#
                        + #"{"name":"f","arguments":"{\"x\":1}"}},{"index":1,"id":"b"},{"index":2}]},"#
                        + #""finish_reason":null}]}"#,
                    #"{"object":"chat.completion.chunk","choices":[{"index":0,"delta":{},"#
                        + #""finish_reason":"tool_calls"}]}"#,
                    "[DONE]",
                ]))
    }

    @Test func `log probabilities and token ids are told once, other fields of a choice first and last`() {
        let whole =
            #"{"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"a"},"#
            + #""logprobs":{"content":[{"token":"a"}]},"finish_reason":"stop","stop_reason":7,"token_ids":[64]}]}"#
        let head = #"{"object":"chat.completion.chunk","choices":[{"index":0,"delta":"#
        #expect(
            events(of: whole)
                == stream([
                    head
                        + #"{"role":"assistant"},"logprobs":null,"finish_reason":null,"stop_reason":7,"token_ids":[64]}]}"#,
                    head + #"{"content":"a"},"logprobs":{"content":[{"token":"a"}]},"finish_reason":null}]}"#,
                    head + #"{},"logprobs":null,"finish_reason":"stop","stop_reason":7}]}"#, "[DONE]",
                ]))
    }

    @Test func `a body spread over lines becomes events of one line each`() {
        let whole = """
            {
              "object": "chat.completion",\r
              "x_meta": {
                "a": [1,\r\n 2]
              },
              "choices": [{"index": 0, "message": {"content": "a\\nb"}, "finish_reason": "stop", "stop_reason": 5}]
            }

            """
        #expect(
            events(of: whole)
                == stream([
                    #"{"object":"chat.completion.chunk","x_meta":{    "a": [1, 2]  },"choices":[{"index":0,"#
                        + #""delta":{},"finish_reason":null,"stop_reason":5}]}"#,
                    #"{"object":"chat.completion.chunk","x_meta":{    "a": [1, 2]  },"choices":[{"index":0,"#
                        + #""delta":{"content":"a\nb"},"finish_reason":null}]}"#,
                    #"{"object":"chat.completion.chunk","x_meta":{    "a": [1, 2]  },"choices":[{"index":0,"#
                        + #""delta":{},"finish_reason":"stop","stop_reason":5}]}"#,
                    "[DONE]",
                ]))
    }

    @Test func `what a stream was told from is what its completion says`() {
        for content in [
            #"{"role":"assistant","content":"a\n\u0041","refusal":null,"reasoning_content":"hm","x":[{"y":null}]}"#,
            #"{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f","#
                + #""arguments":"{}"}},{"id":"b","type":"function","function":{"name":"g","arguments":""}}]}"#,
            #"{"role":"assistant","content":"","reasoning_details":[{"type":"reasoning.text","text":"hm","index":0},"#
                + #"{"type":"reasoning.encrypted","data":"eA==","index":1}]}"#,
            #"{"role":"assistant","content":"","function_call":{"name":"f","arguments":"{\"k\":1}"}}"#,
        ] {
            let choices = (0..<3).map {
                #"{"index":\#($0),"message":\#(content),"logprobs":{"content":[{"token":"a"}]},"finish_reason":"stop"}"#
            }
            let whole =
                #"{"id":"c","created":1,"model":"m","x_z":[1,2],"object":"chat.completion","choices":["#
                + choices.joined(separator: ",") + #"],"usage":{"total_tokens":3}}"#
            let told = events(of: whole, statingUsage: true) ?? ""
            #expect(assembled(told) == whole)
        }
    }

    @Test(arguments: [
        "", "data: {}\n\n", "[]", "7", "{}", #"{"object":"chat.completion"}"#,
        #"{"object":"chat.completion","choices":[]}"#,
        #"{"object":"chat.completion","choices":{}}"#,
        #"{"object":"chat.completion","choices":[1]}"#,
        #"{"object":"chat.completion","choices":[{"message":{},"finish_reason":"stop"}]}"#,
        #"{"object":"chat.completion","choices":[{"index":0,"finish_reason":"stop"}]}"#,
        #"{"object":"chat.completion","choices":[{"index":0,"message":{}}]}"#,
        #"{"object":"chat.completion","choices":[{"index":0,"message":{},"finish_reason":null}]}"#,
        #"{"object":"chat.completion","choices":[{"index":0,"message":"a","finish_reason":"stop"}]}"#,
        #"{"object":"chat.completion","choices":[{"index":0,"message":{"tool_calls":{}},"finish_reason":"stop"}]}"#,
        #"{"object":"chat.completion","choices":[{"index":0,"message":{"tool_calls":[1]},"finish_reason":"stop"}]}"#,
        #"{"object":"chat.completion","choices":[{"index":0,"delta":{},"message":{},"finish_reason":"stop"}]}"#,
        #"{"object":"chat.completion","error":{},"choices":[{"index":0,"message":{},"finish_reason":"stop"}]}"#,
        #"{"object":"chat.completion","id":1,"id":2,"choices":[{"index":0,"message":{},"finish_reason":"stop"}]}"#,
        #"{"object":"text_completion","choices":[{"index":0,"message":{},"finish_reason":"stop"}]}"#,
        #"{"choices":[{"index":0,"message":{},"finish_reason":"stop"}]}"#,
    ]) func `what is no whole completion is not told`(text: String) {
        #expect(events(of: text) == nil)
    }
}

struct UsageEventTests {
    @Test(arguments: ["\n", "\r\n", "\r"]) func `only the event that states usage alone is left out`(end: String) {
        func event(_ line: String) -> String { line + end + end }
        let before =
            event(": hello") + event(#"data: {"choices":[],"prompt_filter_results":[]}"#)
            + event(#"data: {"choices":[{"delta":{"content":"\"usage\""}}],"usage":{"a":1}}"#)
            + event(#"data: {"choices":[],"usage":null}"#) + event(#"data: {"choices":[],"usage":{}}"#)
            + event("data: {broken")
        let after = event("data: [DONE]")
        let usage = event(#"data: {"id":"x","choices":[ ],"usage":{"prompt_tokens":9}}"#)
        #expect(withoutUsageEvent(before + usage + after) == before + after)
        #expect(withoutUsageEvent(before + after + usage) == before + after)
        #expect(withoutUsageEvent(before + after) == before + after)
        #expect(withoutUsageEvent(usage) == "")
    }

    @Test func `an event cut short stays as it is`() {
        let cut = "data: {\"choices\":[],\"usage\":{}}\n"
        #expect(withoutUsageEvent(cut) == cut)
        #expect(withoutUsageEvent("") == "")
    }
}

struct CutReplyTests {
    @Test func `an answer cut anywhere is not told as a whole one`() {
        let whole =
            #"{"object":"chat.completion","choices":[{"index":0,"message":{"content":"\ud83d","tool_calls":"#
            + #"[{"id":"a","function":{"arguments":"{}"}}]},"logprobs":{"content":[{}]},"finish_reason":"stop"}],"#
            + #""usage":{}}"#
        for length in 0..<whole.utf8.count { #expect(events(of: String(whole.prefix(length))) == nil) }
    }
}

// MARK: What the suites share

private func events(of text: String, statingUsage: Bool = false) -> String? {
    let bytes = Array(text.utf8)
    var tape = JSONScanner()
    guard let told = ReplyForm.events(of: bytes.span, statingUsage: statingUsage, &tape) else { return nil }
    return String(decoding: told.bytes, as: UTF8.self)
}

private func withoutUsageEvent(_ text: String) -> String {
    let bytes = Array(text.utf8)
    var tape = JSONScanner()
    let kept = ReplyForm.withoutUsageEvent(bytes.span, &tape)
    return String(decoding: kept.bytes, as: UTF8.self)
}
