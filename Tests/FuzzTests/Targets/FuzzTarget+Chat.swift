import HTTP
import Metrics
import Routing
import TestSupport
import Tokens

@testable import Gateway

extension FuzzTarget {
    /// A chat request: what is read of it, and what is changed in it.
    static let chatRequest = FuzzTarget(
        name: "chat-request",
        seeds: [
            #"{"model":"gpt-4o","stream":true,"messages":[{"role":"user","content":"hi"}],"temperature":0}"#,
            #"{"stream":true,"stream_options":{},"model":"auto","messages":[]}"#,
            #"{"model":"a\u0062c","stream":true,"stream_options":{"include_usage":false,"x":1}}"#,
            #"{"stream_options":null,"stream":true,"model":"m","model":"n","temperature":0.0}"#,
            #"{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"\u00e9\ud83d\ude00 12 345"},"#
                + #"{"type":"image_url","image_url":{"url":"data:x"}}]}],"tools":[{"function":{"name":"f"}}]}"#,
        ],
        words: jsonWords + [
            #""model":"#, #""m""#, #""stream":true"#, #""stream_options":"#, #""include_usage":"#, #""messages":["#,
            #""content":"#, #""temperature":0"#, "{}", #""tools":["#, #""role":"user""#,
        ],
        check: { (bytes) throws(Violation) in
            var tape = JSONScanner()
            do throws(JSONScanner.Failure) { try tape.scan(bytes.span) } catch { return false }
            try require(
                TokenCounter().ofRequest(bytes.span, model: "gpt-4o", &tape) >= 0, "it has fewer than no tokens")
            try scanAgain(bytes, &tape)
            try requireFeatures(tape, bytes)
            guard let request = read(tape, bytes) else { return false }
            let range = request.modelRange
            try require(range.count >= 2 && range.upperBound <= bytes.count, "the model is out of bounds")
            var splice = JSONSplice()
            splice.replace(range, with: #""other""#)
            if let edit = request.usageEdit { splice.replace(edit.range, with: edit.text) }
            let changed = bytesOf { splice.apply(to: bytes.span, into: &$0) }
            try scanAgain(changed, &tape)
            guard let again = read(tape, changed) else { throw Violation("changed it is none: \(changed.shown)") }
            try require(again.model == "other", "it asks for another model: \(changed.shown)")
            try require(again.isStream == request.isStream, "it is a stream no more, or one now: \(changed.shown)")
            try require(request.usageEdit == nil || again.asksUsage, "it does not ask for usage: \(changed.shown)")
            return true
        })

    /// A whole answer, and the events of one: what is read of them.
    static let chatReply = FuzzTarget(
        name: "chat-reply", seeds: completionSeeds + streamSeeds, words: replyWords,
        check: { (bytes) throws(Violation) in
            var tape = JSONScanner()
            var isRead = false
            if (try? tape.scan(bytes.span)) != nil {
                for dialect in Dialect.allCases {
                    let reply = ChatReply(whole: dialect, tape, bytes.span)
                    try requireSound(reply)
                    isRead = isRead || reply.isFinished
                }
            }
            for dialect in Dialect.allCases {
                var stream = ChatStream(dialect)
                var events = StoredEvents()
                while let event = events.next(in: bytes.span) {
                    guard let data = event.data else { continue }
                    let meaning = stream.note(bytes.span.extracting(data), &tape)
                    if meaning == .usageOnly { try require(stream.reply.usage != nil, "a usage was told and is none") }
                    let tokens = stream.contentTokens
                    try require(tokens >= 0, "there are fewer than no tokens")
                }
                try requireSound(stream.reply)
                isRead = isRead || stream.isDone
            }
            return isRead
        })

    /// A stored answer told in the other form: what is told must be JSON, and say the same when it is told back.
    static let replyForm = FuzzTarget(
        name: "reply-form", seeds: completionSeeds + streamSeeds, words: replyWords,
        check: { (bytes) throws(Violation) in
            var tape = JSONScanner()
            let completion = assembled(bytes, &tape)
            if let completion { try scanAgain(completion, &tape) }
            let events = told(bytes, &tape)
            if let events {
                try requireEvents(events, &tape)
                // What a stream told says must be what its completion says.
                if let back = assembled(events, &tape) {
                    guard let again = told(back, &tape) else {
                        throw Violation("told twice it is no completion: \(back.shown)")
                    }
                    try require(assembled(again, &tape) == back, "it says another thing each time: \(back.shown)")
                }
            }
            let kept = bytesOf { $0 = ReplyForm.withoutUsageEvent(bytes.span, &tape) }
            try require(kept.count <= bytes.count, "leaving an event out has added bytes")
            let keptAgain = bytesOf { $0 = ReplyForm.withoutUsageEvent(kept.span, &tape) }
            try require(keptAgain == kept, "an event that states usage was left in")
            return completion != nil || events != nil
        })

    private static let cues = CueReader()

    /// What is counted of a request to tell its task must be no more than there is.
    private static func requireFeatures(_ tape: borrowing JSONScanner, _ bytes: [UInt8]) throws(Violation) {
        var reader = TaskFeatureReader(cues)
        let features = reader.features(tape, bytes.span)
        let counts = [
            features.messages, features.turns, features.tools, features.images, features.textBytes, features.userBytes,
            features.instructionBytes, features.documentBytes, features.instructionWords, features.digits,
        ]
        try require(counts.allSatisfy { $0 >= 0 && $0 <= bytes.count }, "more is counted than there is: \(counts)")
        let confidence = TaskClassifier.classify(features).confidence
        try require(confidence >= 0.5 && confidence <= 1, "a confidence of \(confidence)")
    }

    private static let completionSeeds = [
        #"{"id":"c-1","object":"chat.completion","created":17,"model":"gpt-4o","choices":[{"index":0,"message":"#
            + #"{"role":"assistant","content":"f\u00fcr \ud83d","refusal":null},"logprobs":null,"finish_reason":"stop"}],"#
            + #""usage":{"prompt_tokens":9,"completion_tokens":3,"prompt_tokens_details":{"cached_tokens":4}}}"#,
        #"{"object":"chat.completion","choices":[{"index":0,"message":{"content":null,"tool_calls":[{"id":"a","type":"#
            + #""function","function":{"name":"f","arguments":"{}"}}]},"logprobs":{"content":[{}]},"#
            + #""finish_reason":"tool_calls"},{"index":1,"message":{},"finish_reason":"stop"}]}"#,
    ]

    private static let streamSeeds = [
        #"data: {"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant","#
            + #""content":"a"},"finish_reason":null}]}"# + "\n\n"
            + #"data: {"choices":[{"index":0,"delta":{"content":"\ude00"},"logprobs":{"content":[1]}}]}"# + "\n\n"
            + #"data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"# + "\n\n"
            + #"data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}"# + "\n\ndata: [DONE]\n\n",
        #"data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","#
            + #""arguments":""}}]}},{"index":70,"delta":{}}]}"# + "\r\n\r\n"
            + #"data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]},"#
            + #""finish_reason":"tool_calls"}]}"# + "\r\n\r\ndata: [DONE]\r\n\r\n",
        #"data: {"error":{"message":"x"}}"# + "\n\n",
    ]

    private static let replyWords =
        jsonWords + [
            #""choices":["#, #""index":0"#, #""delta":{"#, #""message":{"#, #""content":"x""#,
            #""finish_reason":"stop""#,
            #""usage":{"prompt_tokens":1}"#, #""cached_tokens":9"#, #""reasoning_tokens":"#, "999999999999999",
            #""error":{}"#,
            #""object":"chat.completion""#, #""tool_calls":["#, #""function":{"#, #""arguments":"""#, #""logprobs":{"#,
            "data: ", "\n\n", "data: [DONE]\n\n", #"data: {"choices":[]}"#,
            #""reasoning_details":[{"index":0,"text":"x"}]"#, #""token_ids":[1]"#,
            #""content_filter_results":{"hate":1}"#,
        ]
}

/// The bytes that `write` leaves in a buffer.
func bytesOf(_ write: (inout ByteBuffer) -> Void) -> [UInt8] {
    var buffer = ByteBuffer(capacity: 64)
    write(&buffer)
    return Array(buffer.bytes)
}

/// A stream as a completion, if it can be told as one.
private func assembled(_ events: [UInt8], _ tape: inout JSONScanner) -> [UInt8]? {
    guard let completion = ReplyForm.completion(of: events.span, &tape) else { return nil }
    return Array(completion.bytes)
}

/// A completion as a stream, if it can be told as one.
private func told(_ completion: [UInt8], _ tape: inout JSONScanner) -> [UInt8]? {
    guard let events = ReplyForm.events(of: completion.span, statingUsage: true, &tape) else { return nil }
    return Array(events.bytes)
}

private func read(_ tape: borrowing JSONScanner, _ bytes: [UInt8]) -> ChatRequest? {
    try? ChatRequest(.chat, tape, bytes.span)
}

private func requireSound(_ reply: ChatReply) throws(FuzzTarget.Violation) {
    guard let usage = reply.usage else { return }
    let counts = [
        usage.uncachedInput, usage.cachedInput, usage.cacheWrite, usage.output, usage.reasoning, usage.audioInput ?? 0,
        usage.audioOutput ?? 0,
    ]
    try require(counts.allSatisfy { $0 >= 0 }, "a count is negative: \(usage)")
    try require(usage.reasoning <= usage.output, "more was reasoned than put out: \(usage)")
}

/// Whether a told stream is whole events of JSON, and `[DONE]`.
private func requireEvents(_ text: [UInt8], _ tape: inout JSONScanner) throws(FuzzTarget.Violation) {
    var events = StoredEvents()
    var last: [UInt8] = []
    while let event = events.next(in: text.span) {
        guard let data = event.data, !event.hasMoreData else { throw FuzzTarget.Violation("an event is not one line") }
        if !last.isEmpty { try scanAgain(last, &tape) }
        last = Array(text[data])
    }
    try require(events.position == text.count, "the last event is cut short")
    try require(last == Array("[DONE]".utf8), "the stream does not end")
}
