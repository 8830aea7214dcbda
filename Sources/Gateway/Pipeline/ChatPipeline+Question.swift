import HTTP
import Platform
import Routing

/// What a candidate is asked, and how its answer is told.
struct Question {
    /// Whether the client's own body goes, as it came.
    let isUnchanged: Bool
    /// How the answer is told in the client's dialect; nil where it comes in that.
    var telling: MessagesExchange.Telling?
}

extension ChatPipeline {
    /// Writes the body that goes to a candidate: nothing where the client's own does.
    ///
    /// Where the provider speaks the client's dialect, that differs by the provider's name for the model, the question for
    /// a stream's usage, and a shorter spelling of the prompt. The off arm changes nothing, save that "auto" is no name an
    /// upstream knows, and that a provider is asked in a dialect that it speaks.
    func write(
        _ request: ChatRequest, for candidate: RoutePlan.Candidate, at provider: Provider, _ call: Call,
        into output: inout ByteBuffer
    ) throws(TranslationProblem) -> Question {
        var splice = JSONSplice()
        let isTold = provider.isTold(request.dialect)
        if !isTold {
            if candidate.upstreamModel != request.model {
                var name = ByteBuffer(capacity: 64)
                JSONString.append(candidate.upstreamModel, to: &name)
                splice.replace(request.modelRange, with: name.span)
            }
            if let edit = request.usageEdit, call.treatment.changesBytes {
                splice.replace(edit.range, with: edit.text)
            }
        }
        compress(request, call, into: &splice)
        guard isTold || !splice.isEmpty else { return Question(isUnchanged: true) }
        guard isTold else {
            call.connection.withBody { splice.apply(to: Span<UInt8>(_unsafeBytes: $0), into: &output) }
            return Question(isUnchanged: false)
        }
        if splice.isEmpty {
            return try call.connection.withBody { (body) throws(TranslationProblem) in
                try tell(Span<UInt8>(_unsafeBytes: body), request, candidate, call, into: &output)
            }
        }
        var shorter = ByteBuffer()
        call.connection.withBody { splice.apply(to: Span<UInt8>(_unsafeBytes: $0), into: &shorter) }
        return try tell(Span<UInt8>(_unsafeBytes: shorter.bytes), request, candidate, call, into: &output)
    }

    /// Tells a chat completion request as one for Messages.
    private func tell(
        _ body: Span<UInt8>, _ request: ChatRequest, _ candidate: RoutePlan.Candidate, _ call: Call,
        into output: inout ByteBuffer
    ) throws(TranslationProblem) -> Question {
        do throws(JSONScanner.Failure) { try tape.scan(body) } catch {
            throw .malformed(parameter: "messages", expected: error.reason)
        }
        let asksSchema = try AnthropicRequest.translate(
            tape, body, model: candidate.upstreamModel,
            maxTokens: context.settings.models[candidate.model]?.maxOutputTokens ?? AnthropicRequest.usualMaxTokens,
            into: &output)
        return Question(
            isUnchanged: false,
            telling: .init(
                created: Int(context.time.wallMicroseconds() / 1_000_000),
                statesUsage: request.asksUsage || call.treatment.changesBytes, asksSchema: asksSchema,
                limitBytes: context.settings.limits.bodyBytes))
    }

    /// The request that carries a question upstream.
    ///
    /// - Parameters:
    ///   - body: What `write` wrote; kept unchanged until the exchange has ended.
    ///   - key: The place of the key that goes, among those we have.
    func upstreamRequest(
        _ question: Question, _ body: borrowing ByteBuffer, _ request: ChatRequest, for candidate: RoutePlan.Candidate,
        at provider: Provider, key: Int, _ path: Range<Int>, _ call: Call
    ) -> UpstreamRequest {
        var upstream = context.upstreamRequest(
            to: provider, path: path, deployment: request.dialect.isDeployed ? candidate.upstreamModel : nil,
            isTold: question.telling != nil, key: key, for: call)
        upstream.body = question.isUnchanged ? call.connection.withBody { .bytes($0) } : .bytes(body.bytes)
        return upstream
    }
}

extension UpstreamTransport {
    /// Begins a call whose answer is told as `telling` says.
    func begin(_ request: borrowing UpstreamRequest, _ telling: MessagesExchange.Telling?) -> any UpstreamExchange {
        let exchange = begin(request)
        return telling.map { MessagesExchange(exchange, $0) } ?? exchange
    }
}
