import Routing
import Testing

@testable import Gateway

/// What providers' errors say, by their codes or in words.
struct ProviderErrorTests {
    @Test(arguments: [
        (
            #"{"error":{"message":"x","type":"invalid_request_error","code":"context_length_exceeded"}}"#,
            ProviderError.contextLengthExceeded
        ),
        (
            #"{"object":"error","message":"This model's maximum context length is 4096 tokens.","type":"BadRequestError","code":400}"#,
            .contextLengthExceeded
        ),
        (
            #"{"error":{"code":400,"message":"the request exceeds the available context size. try increasing it","type":"exceed_context_size_error"}}"#,
            .contextLengthExceeded
        ),
        (
            #"{"error":{"code":400,"message":"The input token count (9) exceeds the maximum number of tokens allowed (8).","status":"INVALID_ARGUMENT"}}"#,
            .contextLengthExceeded
        ),
        (
            #"{"object":"error","message":"Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length","type":"invalid_request_error","param":null,"code":"3051"}"#,
            .contextLengthExceeded
        ),
        (
            #"{"error":{"message":"Please reduce the length of the messages or completion.","type":"invalid_request_error","param":"messages"}}"#,
            .contextLengthExceeded
        ),
        (
            #"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 9 tokens > 8 maximum"}}"#,
            .contextLengthExceeded
        ),
        (
            #"{"error":{"message":"The response was filtered due to the prompt triggering Azure OpenAI's content management policy.","type":null,"param":"prompt","code":"content_filter","status":400}}"#,
            .contentPolicy
        ),
        (
            #"{"error":{"message":"Your request was rejected as a result of our safety system.","type":"invalid_request_error"}}"#,
            .contentPolicy
        ),
        (
            #"{"type":"error","error":{"type":"invalid_request_error","message":"Output blocked by content filtering policy"}}"#,
            .contentPolicy
        ),
        (
            #"{"error":{"message":"Insufficient Balance","type":"unknown_error","code":"invalid_request_error"}}"#,
            .insufficientQuota
        ),
        (
            #"{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the API"}}"#,
            .insufficientQuota
        ),
        (
            #"{"object":"error","message":"The model `x` does not exist.","type":"NotFoundError","code":404}"#,
            .modelNotFound
        ),
        (#"{"error":"model 'x' not found, try pulling it first"}"#, .modelNotFound),
        (#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#, .overloaded),
        (#"{"error":{"message":"bad","type":"invalid_request_error","code":null}}"#, .other),
        (#"{"error":null}"#, .other),
        ("[]", .other),
    ])
    func `an error is understood`(text: String, meaning: ProviderError) throws {
        let bytes = Array(text.utf8)
        var tape = JSONScanner()
        try tape.scan(bytes.span)
        let read = ProviderError(in: tape, bytes.span)
        #expect(read == meaning)
    }
}
