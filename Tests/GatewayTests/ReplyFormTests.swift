import HTTP
import Testing

@testable import Gateway

/// Streams told as completions; the other direction and the usage event have files or suites of their own.
struct StreamAsCompletionTests {
    @Test func `a streamed text becomes one message, with its usage`() {
        let told = completion(
            of: chunk(
                #"{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"#
                    + #""finish_reason":null}"#),
            chunk(#"{"index":0,"delta":{"content":"Good"},"logprobs":null,"finish_reason":null}"#),
            chunk(#"{"index":0,"delta":{"content":" \"day\"\n"},"logprobs":null,"finish_reason":null}"#),
            chunk(#"{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}"#),
            chunk("", usage: #"{"prompt_tokens":9,"total_tokens":12}"#), "[DONE]")
        #expect(
            told == #"{"id":"chatcmpl-1","created":1700000000,"model":"gpt-4o","system_fingerprint":"fp_1","#
                + #""object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","#
                + #""content":"Good \"day\"\n","refusal":null},"logprobs":null,"finish_reason":"stop"}],"#
                + #""usage":{"prompt_tokens":9,"total_tokens":12}}"#)
    }

    @Test func `parallel tool calls are put together by their index, in its order`() {
        let told = choices(
            of: chunk(
                #"{"index":0,"delta":{"role":"assistant","content":null,"tool_calls":[{"index":1,"id":"b","#
                    + #""type":"function","function":{"name":"time","arguments":""}}]},"finish_reason":null}"#),
            chunk(
                #"{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","type":"function","function":"#
                    + #"{"name":"weather","arguments":"{\"ci"}},{"index":1,"function":{"arguments":"{}"}}]}}"#),
            chunk(
                #"{"index":0,"delta":{"tool_calls":[{"index":0,"id":"","type":"function","function":"#
                    + #"{"name":null,"arguments":"ty\":\"Oslo\"}"}}]},"finish_reason":null}"#),
            chunk(#"{"index":0,"delta":{},"finish_reason":"tool_calls"}"#), "[DONE]")
        #expect(
            told == #"[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"a","#
                + #""type":"function","function":{"name":"weather","arguments":"{\"city\":\"Oslo\"}"}},{"id":"b","#
                + #""type":"function","function":{"name":"time","arguments":"{}"}}]},"finish_reason":"tool_calls"}]"#)
    }

    @Test func `a function call of the older kind is put together too`() {
        let told = choices(
            of: chunk(
                #"{"index":0,"delta":{"role":"assistant","content":null,"function_call":{"name":"f","#
                    + #""arguments":"{\"a"}}}"#),
            chunk(#"{"index":0,"delta":{"function_call":{"arguments":"\":1}"}},"finish_reason":"function_call"}"#))
        #expect(
            told == #"[{"index":0,"message":{"role":"assistant","content":null,"function_call":{"name":"f","#
                + #""arguments":"{\"a\":1}"}},"finish_reason":"function_call"}]"#)
    }

    @Test func `log probabilities are strung together`() {
        let told = choices(
            of: chunk(
                #"{"index":0,"delta":{"content":"a"},"logprobs":{"content":[{"token":"a","logprob":-0.10}],"#
                    + #""refusal":null}}"#),
            chunk(#"{"index":0,"delta":{"content":""},"logprobs":{"content":[],"refusal":null}}"#),
            chunk(#"{"index":0,"delta":{"content":"bc"},"logprobs":{"content":[{"token":"b"},{"token":"c"}]}}"#),
            chunk(#"{"index":0,"delta":{},"logprobs":null,"finish_reason":"length"}"#))
        #expect(
            told == #"[{"index":0,"message":{"role":"assistant","content":"abc"},"logprobs":{"content":["#
                + #"{"token":"a","logprob":-0.10},{"token":"b"},{"token":"c"}],"refusal":null},"#
                + #""finish_reason":"length"}]"#)
    }

    @Test func `a refusal and what the model thought come whole`() {
        let told = choices(
            of: chunk(#"{"index":0,"delta":{"role":"assistant","content":null,"reasoning_content":"Let "}}"#),
            chunk(#"{"index":0,"delta":{"reasoning_content":"me see","refusal":"I "}}"#),
            chunk(#"{"index":0,"delta":{"refusal":"can't","content":null},"finish_reason":"stop"}"#))
        #expect(
            told == #"[{"index":0,"message":{"role":"assistant","content":null,"reasoning_content":"Let me see","#
                + #""refusal":"I can't"},"finish_reason":"stop"}]"#)
    }

    @Test func `details of the reasoning are put together by their index`() {
        let told = choices(
            of: chunk(
                #"{"index":0,"delta":{"content":"","reasoning_details":[{"type":"reasoning.text","text":"Let ","#
                    + #""format":"f","index":0}]}}"#),
            chunk(
                #"{"index":0,"delta":{"reasoning_details":[{"type":"reasoning.encrypted","data":"eA==","index":1},"#
                    + #"{"type":"reasoning.text","text":"me","signature":"s","format":"f","index":0}]}}"#),
            chunk(#"{"index":0,"delta":{"content":"a","reasoning_details":null},"finish_reason":"stop"}"#))
        #expect(
            told == #"[{"index":0,"message":{"role":"assistant","content":"a","reasoning_details":[{"#
                + #""type":"reasoning.text","text":"Let me","format":"f","index":0,"signature":"s"},{"#
                + #""type":"reasoning.encrypted","data":"eA==","index":1}]},"finish_reason":"stop"}]"#)
    }

    @Test func `token ids are strung together, and the verdicts of a filter put together`() {
        let told = choices(
            of: chunk(
                #"{"index":0,"delta":{"content":"a"},"token_ids":[1,2],"content_filter_results":{"hate":{"x":0}}}"#),
            chunk(#"{"index":0,"content_filter_results":{"code":{}},"content_filter_offsets":{"start_offset":4}}"#),
            chunk(#"{"index":0,"delta":null,"token_ids":[],"content_filter_offsets":{"start_offset":9}}"#),
            chunk(
                #"{"index":0,"delta":{"content":"b"},"token_ids":[3],"content_filter_results":{"hate":{"x":0}},"#
                    + #""finish_reason":"stop"}"#))
        #expect(
            told == #"[{"index":0,"message":{"role":"assistant","content":"ab"},"token_ids":[1,2,3],"#
                + #""finish_reason":"stop","content_filter_results":{"hate":{"x":0},"code":{}}}]"#)
    }

    @Test func `what stands beside the choices counts as it was said last`() {
        let told = completion(
            of: #"{"x_groq":{"id":"r"},"sources":[1],"choices":[{"index":0,"delta":{"content":"a"}}]}"#,
            #"{"x_groq":{"id":"r","usage":{"n":1}},"sources":[1,2],"tier":"x","choices":[{"index":0,"delta":{},"#
                + #""finish_reason":"stop"}]}"#,
            #"{"x_groq":{},"sources":[],"tier":"","choices":[]}"#)
        #expect(
            told == #"{"x_groq":{"id":"r","usage":{"n":1}},"sources":[1,2],"tier":"x","object":"chat.completion","#
                + #""choices":[{"index":0,"message":{"role":"assistant","content":"a"},"finish_reason":"stop"}]}"#)
    }

    @Test func `escapes stay as spelled, and halves of a surrogate pair meet again`() {
        let told = choices(
            of: chunk(#"{"index":0,"delta":{"content":"f\u00fcr \ud83d"}}"#),
            chunk(#"{"index":0,"delta":{"content":"\uDE00 \/ \u0000é"},"finish_reason":"stop"}"#))
        #expect(
            told == #"[{"index":0,"message":{"role":"assistant","content":"f\u00fcr \ud83d\uDE00 \/ \u0000é"},"#
                + #""finish_reason":"stop"}]"#)
    }

    @Test func `three choices told in turns come in their order`() {
        let told = choices(
            of: chunk(#"{"index":2,"delta":{"content":"c"}},{"index":0,"delta":{"content":"a"}}"#),
            chunk(#"{"index":1,"delta":{"content":"b"},"finish_reason":"stop"}"#),
            chunk(#"{"index":0,"delta":{"content":"A"},"finish_reason":"length"}"#),
            chunk(#"{"index":2,"delta":{},"finish_reason":"stop"}"#))
        let expected = [("aA", "length"), ("b", "stop"), ("c", "stop")].enumerated().map {
            #"{"index":\#($0),"message":{"role":"assistant","content":"\#($1.0)"},"finish_reason":"\#($1.1)"}"#
        }
        #expect(told == "[\(expected.joined(separator: ","))]")
    }

    @Test func `fields that nobody here knows are kept, plain ones as said last`() {
        let told = completion(
            of: #"{"id":"x","x_a":1,"x_b":{"c":1.0},"choices":[{"index":0,"stop_reason":null,"y":{},"delta":"#
                + #"{"content":"a","z":1,"list":[1, 2]}}]}"#,
            #"{"id":"other","x_a":2e0,"timings":{"ms":3},"choices":[{"index":0,"stop_reason":128001,"y":{"k":[]},"#
                + #""delta":{"z":2,"list":[1, 2]},"finish_reason":"stop"}]}"#)
        #expect(
            told == #"{"id":"x","x_a":2e0,"x_b":{"c":1.0},"timings":{"ms":3},"object":"chat.completion","choices":["#
                + #"{"index":0,"message":{"role":"assistant","content":"a","z":2,"list":[1, 2]},"#
                + #""stop_reason":128001,"y":{"k":[]},"finish_reason":"stop"}]}"#)
    }

    @Test func `Azure's first chunk, which has no choice, lends neither id nor model`() {
        let told = completion(
            of: #"{"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[{"i":0}]}"#,
            chunk(#"{"index":0,"delta":{"content":"a"},"finish_reason":"stop","content_filter_results":{}}"#))
        #expect(
            told == #"{"prompt_filter_results":[{"i":0}],"id":"chatcmpl-1","created":1700000000,"model":"gpt-4o","#
                + #""system_fingerprint":"fp_1","object":"chat.completion","choices":[{"index":0,"message":{"#
                + #""role":"assistant","content":"a"},"finish_reason":"stop","content_filter_results":{}}]}"#)
    }

    @Test(arguments: ["\n", "\r\n", "\r"]) func `comments, other fields and any line end do not matter`(end: String) {
        let lines = [
            ": OPENROUTER PROCESSING", "", "id: 7", "retry: 100", "",
            #"data:{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}],"obfuscation":"xK"}"#, "",
            "data: [DONE]", "", "",
        ]
        #expect(
            assembled(lines.joined(separator: end))
                == #"{"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"a"},"#
                + #""finish_reason":"stop"}]}"#)
    }

    @Test(arguments: [
        [],
        ["[DONE]"],
        ["not JSON"],
        [#"{"error":{"message":"overloaded"}}"#],
        [#"{"choices":[]}"#],
        [#"{"choices":[{"index":0,"delta":{"content":"never ends"}}]}"#],
        [#"{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":""}]}"#],
        [#"{"choices":[{"index":0,"finish_reason":"stop"}]}"#],
        [#"{"choices":[{"delta":{"content":"no index"},"finish_reason":"stop"}]}"#],
        [#"{"choices":[{"index":-1,"delta":{},"finish_reason":"stop"}]}"#],
        [#"{"choices":[{"index":0,"message":{},"delta":{},"finish_reason":"stop"}]}"#],
        [#"{"choices":[{"index":0,"delta":[],"finish_reason":"stop"}]}"#],
        [#"{"choices":{"index":0}}"#],
        [ended, "[DONE]", ended],
        [#"{"error":{"code":1},"choices":[{"index":0,"delta":{},"finish_reason":"error"}]}"#],
        [#"{"object":"text_completion","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#],
        [#"{"usage":3,"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#],
        [#"{"choices":[{"index":0,"delta":{"content":"a","content":"b"},"finish_reason":"stop"}]}"#],
        [#"{"choices":[{"index":0,"delta":{"c\u006fntent":"a"},"finish_reason":"stop"}]}"#],
        [
            #"{"choices":[{"index":0,"delta":{"content":"a"}}]}"#, #"{"choices":[{"index":0,"delta":{"content":1}}]}"#,
            ended,
        ],
        [
            #"{"choices":[{"index":0,"delta":{"content":1}}]}"#, #"{"choices":[{"index":0,"delta":{"content":"a"}}]}"#,
            ended,
        ],
        [
            #"{"choices":[{"index":0,"delta":{"x":{"a":1}}}]}"#, #"{"choices":[{"index":0,"delta":{"x":{"a":2}}}]}"#,
            ended,
        ],
        [
            #"{"choices":[{"index":0,"delta":{"role":"assistant"}}]}"#,
            #"{"choices":[{"index":0,"delta":{"role":"user"}}]}"#, ended,
        ],
        [#"{"choices":[{"index":0,"delta":{"tool_calls":[{"id":"no index"}]}}]}"#, ended],
        [#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a"},{"index":0,"id":"b"}]}}]}"#, ended],
        [#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":"f"}]}}]}"#, ended],
        [#"{"choices":[{"index":0,"delta":{"reasoning_details":[{"type":"no index"}]}}]}"#, ended],
        [
            #"{"choices":[{"index":0,"delta":{"reasoning_details":[{"index":0,"type":"a"}]}}]}"#,
            #"{"choices":[{"index":0,"delta":{"reasoning_details":[{"index":0,"type":"b"}]}}]}"#, ended,
        ],
        [
            #"{"choices":[{"index":0,"delta":{},"content_filter_results":{"hate":{"severity":"safe"}}}]}"#,
            #"{"choices":[{"index":0,"delta":{},"content_filter_results":{"hate":{"severity":"low"}}}]}"#, ended,
        ],
        [ended, #"{"choices":[{"index":0,"delta":{},"finish_reason":"length"}]}"#],
    ]) func `a stream that is not understood is not told`(chunks: [String]) {
        #expect(assembled(stream(chunks)) == nil)
    }

    @Test func `a stream cut short, in lines of several parts or behind a byte order mark is not told`() {
        let whole = stream([Self.ended])
        #expect(assembled(whole) != nil)
        #expect(assembled(whole + "data: {") == nil)
        #expect(assembled(String(whole.dropLast())) == nil)
        #expect(assembled("\u{FEFF}" + whole) == nil)
        #expect(assembled("data: {\ndata: }\n\n" + whole) == nil)
    }

    @Test func `more members, choices or calls than anyone sends are not told`() {
        func choice(_ count: Int) -> String {
            let members = (0..<count).map { #""m\#($0)":1"# }.joined(separator: ",")
            return #"{"choices":[{"index":0,"delta":{\#(members)},"finish_reason":"stop"}]}"#
        }
        #expect(assembled(stream([choice(64)])) != nil)
        #expect(assembled(stream([choice(65)])) == nil)
        let many = (0..<129).map { #"{"choices":[{"index":\#($0),"delta":{},"finish_reason":"stop"}]}"# }
        #expect(assembled(stream(Array(many.dropLast()))) != nil)
        #expect(assembled(stream(many)) == nil)
    }

    static let ended = #"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#

    private func completion(of chunks: String...) -> String? { assembled(stream(chunks)) }

    private func choices(of chunks: String...) -> String? {
        let told = assembled(stream(chunks)) ?? ""
        guard let start = told.firstRange(of: "\"choices\":") else { return nil }
        return String(told[start.upperBound...].dropLast())
    }
}

// MARK: What the suites share

private func chunk(_ choices: String, usage: String? = nil) -> String {
    #"{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"gpt-4o","#
        + #""system_fingerprint":"fp_1","choices":[\#(choices)],"usage":\#(usage ?? "null")}"#
}

func stream(_ chunks: [String]) -> String { chunks.map { "data: \($0)\n\n" }.joined() }

func assembled(_ text: String) -> String? {
    let bytes = Array(text.utf8)
    var tape = JSONScanner()
    guard let told = ReplyForm.completion(of: bytes.span, &tape) else { return nil }
    return String(decoding: told.bytes, as: UTF8.self)
}
