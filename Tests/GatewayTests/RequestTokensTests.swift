import Testing
import Tokens

@testable import Gateway

/// What a request's texts come to.
struct RequestTokensTests {
    @Test func `a request costs its texts and four tokens a message`() {
        let request =
            #"{"model":"m","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"#
            + #"[{"type":"text","text":"What is this?"},{"type":"image_url","image_url":{"url":"data:,x"}}]}]}"#
        let texts = ["Be brief.", "What is this?"].map { hundredths(of: $0) }.reduce(0, +)
        #expect(estimate(ofRequest: request) == (texts + 800 + 50) / 100)
    }

    @Test func `calls of tools and their definitions cost what their texts cost`() {
        let tools = #"[{"type":"function","function":{"name":"look_up","parameters":{"type":"object"}}}]"#
        let request =
            #"{"messages":[{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","function":"#
            + #"{"name":"look_up","arguments":"{\"city\":\"Lisbon\"}"}}]}],"tools":\#(tools)}"#
        let texts = ["look_up", #"{"city":"Lisbon"}"#, tools].map { hundredths(of: $0) }.reduce(0, +)
        #expect(estimate(ofRequest: request) == (texts + 400 + 50) / 100)
    }

    @Test func `a text costs the same however it is escaped`() {
        let plain = "line one\nline \"two\" für 🎉\tend"
        let spelled = #"line one\nline \u0022two\" f\u00fcr \uD83C\udf89\u0009end"#
        let request = #"{"messages":[{"content":"\#(spelled)"}]}"#
        #expect(estimate(ofRequest: request) == (hundredths(of: plain) + 400 + 50) / 100)
    }

    @Test(arguments: [
        "", "no JSON", "[]", "{}", "7", #"{"messages":7}"#, #"{"messages":{"content":"x"}}"#, #"{"messages":[]}"#,
    ])
    func `what is no chat request costs nothing`(body: String) {
        #expect(estimate(ofRequest: body) == 0)
    }

    @Test func `half surrogates and messages of odd kinds trap nowhere`() {
        let request =
            #"{"messages":[1,null,{"content":7},{"content":[1,{"text":2}],"tool_calls":[3,{"function":4}]},"#
            + #"{"content":"\ud83c x \udf89\udf89 \ud83c\u0041\ud83c"}],"tools":null}"#
        #expect(estimate(ofRequest: request) >= 20)
    }

    // MARK: What the tests share

    private func hundredths(of text: String) -> Int {
        let bytes = Array(text.utf8)
        var estimate = TokenEstimate()
        estimate.add(bytes.span)
        return estimate.hundredths
    }

    private func estimate(ofRequest text: String) -> Int {
        let bytes = Array(text.utf8)
        var tape = JSONScanner()
        return TokenCounter().ofRequest(bytes.span, model: "gpt-4o", &tape)
    }
}
