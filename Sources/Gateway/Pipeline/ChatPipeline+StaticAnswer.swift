import HTTP
import Metrics
import Platform

extension ChatPipeline {
    /// Answers with the configured text, now that all candidates are spent; false where there is none that would be an
    /// answer. The off arm gets none: it shows what comes of a call without the gateway.
    func giveStaticAnswer(_ request: ChatRequest, _ call: Call) async -> Bool {
        guard let text = context.settings.fallbackAnswer, call.treatment.changesBytes,
            let answer = call.connection.withBody({ body in
                StaticAnswer(
                    text, for: request, Span<UInt8>(_unsafeBytes: body), id: call.entry.id,
                    created: context.time.wallMicroseconds() / 1_000_000, &tape)
            })
        else { return false }
        // For others that wait with it, perhaps.
        if call.entry.clientDisconnected { return true }
        call.givesStaticAnswer()
        let connection = call.connection
        connection.beginResponse(200)
        connection.header("content-type", request.isStream ? "text/event-stream; charset=utf-8" : "application/json")
        call.appendGatewayHeaders(statesCost: !request.isStream)
        var body = ByteBuffer(capacity: 1024)
        body.append(request.isStream ? answer.events : answer.whole)
        if request.isStream {
            connection.endHead(.chunked)
            connection.appendPiece(body.span)
            connection.appendEnd()
        } else {
            connection.endHead(.length(body.count))
            call.startSending(body.span)
        }
        await call.finishSending()
        return true
    }
}

extension Call {
    /// Takes note that nobody answered, and the configured text does: the record keeps why.
    fileprivate func givesStaticAnswer() {
        let failed = entry.attempts.last
        entry.errorCode =
            failed?.error.map { "upstream_\($0)" } ?? failed?.status.map { "upstream_\($0)" } ?? "upstream_unavailable"
        entry.routeReason = (entry.routeReason.map { "\($0); " } ?? "") + "fallback.answer, since nobody else answered"
        entry.status = 200
        entry.model = nil
        entry.provider = nil
        entry.fallback = true
        entry.finishReason = "stop"
    }
}
