import Cache
import HTTP
import Metrics
import Routing
import Tokens

extension ChatPipeline {
    /// Asks the plan's first candidate and relays what it answers, storing a complete answer under `key`.
    ///
    /// Nothing goes to the client before the upstream's head is complete and valid.
    func forward(
        _ request: ChatRequest, along plan: RoutePlan, _ path: Range<Int>, storingAs key: CacheKey?, _ call: Call
    ) async throws(GatewayError) {
        let candidate = plan.candidates[0]
        guard let provider = context.providers[candidate.provider] else {
            preconditionFailure("the routing table names only configured providers")
        }
        var body = ByteBuffer()
        // The exchange is lent its bytes until it has finished.
        defer { withExtendedLifetime(body) {} }
        let isChanged = edit(request, for: candidate, call, into: &body)
        call.connection.rewrittenBytes = body.allocatedBytes
        var upstream = context.upstreamRequest(to: provider, path: path, for: call)
        upstream.body = isChanged ? .bytes(body.bytes) : call.connection.withBody { .bytes($0) }

        let exchange = transport.begin(upstream)
        defer { exchange.finish() }
        call.watch(exchange)
        defer { call.endWatch() }
        call.beginAttempt(provider: provider.name, model: candidate.model)
        defer { call.endAttempt() }
        do throws(UpstreamFailure) {
            try await exchange.waitForHead()
        } catch {
            chargeInput(call, model: candidate.model)
            throw call.failed(error, provider: provider.name)
        }
        call.noteAttempt(status: exchange.head.status)
        let relay = ChatRelay(
            pipeline: self, call: call, request: request, provider: provider, key: key, model: candidate.model)
        try await relay.run(exchange)
    }

    /// Charges a call whose answer never came with its input, estimated: the provider may have worked on it.
    func chargeInput(_ call: Call, model: String) {
        let input = call.connection.withBody { TokenEstimate.ofRequest(Span<UInt8>(_unsafeBytes: $0), &tape) }
        context.charge(&call.entry, usage: Usage(uncachedInput: input), model: model, source: .partial)
    }

    /// The body that goes upstream, where it differs from the client's: the provider's name for the model, and the
    /// question for a stream's usage. The off arm changes nothing, save that "auto" is no name an upstream knows.
    func edit(
        _ request: ChatRequest, for candidate: RoutePlan.Candidate, _ call: Call, into output: inout ByteBuffer
    ) -> Bool {
        var splice = JSONSplice()
        if candidate.upstreamModel != request.model {
            var name = ByteBuffer(capacity: 64)
            JSONString.append(candidate.upstreamModel, to: &name)
            splice.replace(request.modelRange, with: name.span)
        }
        if let edit = request.usageEdit, call.treatment.changesBytes {
            splice.replace(edit.range, with: edit.text)
        }
        guard !splice.isEmpty else { return false }
        call.connection.withBody { splice.apply(to: Span<UInt8>(_unsafeBytes: $0), into: &output) }
        return true
    }
}
