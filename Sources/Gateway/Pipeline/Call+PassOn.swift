import HTTP
import Metrics

/// Passing on a body that is not held whole, to the upstream's end or the client's.
extension Call {
    /// Passes on a body piece by piece, as it comes.
    ///
    /// - Parameter mask: Hides our key on the way, also where it is cut over two pieces.
    func passOn(_ exchange: any UpstreamExchange, _ mask: KeyMask) async {
        do throws(UpstreamFailure) {
            // What a caller has read already, and then what comes.
            var hasMore = true
            while hasMore {
                endUpstream()
                connection.answerBytes = exchange.heldBytes
                pass(mask.apply(to: &exchange.received), of: exchange)
                await finishSending()
                if entry.clientDisconnected { return }
                beginUpstream()
                hasMore = try await exchange.read()
            }
        } catch {
            endUpstream()
            breakOff(error)
            // The body stays visibly unfinished.
            connection.mustClose = true
            noteAttempt(error: error.kind.rawValue)
            return
        }
        endUpstream()
        pass(exchange.received.count, of: exchange)
        connection.appendEnd()
        await finishSending()
    }

    /// Passes on a stream of events, each once it has come whole, so that none is cut where the stream breaks off.
    ///
    /// - Parameters:
    ///   - mask: Hides our key in them.
    ///   - eventLimit: Bytes of the longest event.
    func passOnEvents(
        _ exchange: any UpstreamExchange, _ mask: KeyMask, eventLimit: Int, provider: String
    ) async {
        var events = EventStream()
        do throws(UpstreamFailure) {
            var hasMore = true
            while hasMore {
                endUpstream()
                connection.answerBytes = exchange.heldBytes
                _ = mask.apply(to: &exchange.received)
                pass(events.wholeEvents(in: exchange.received), of: exchange)
                guard exchange.received.count <= eventLimit else {
                    throw UpstreamFailure(.invalidAnswer, "an event of its stream is larger than limits.body_bytes")
                }
                await finishSending()
                if entry.clientDisconnected { return }
                beginUpstream()
                hasMore = try await exchange.read()
            }
        } catch {
            endUpstream()
            return await breakOffEvents(error, provider: provider)
        }
        endUpstream()
        // An end without an empty line is the upstream's affair.
        pass(exchange.received.count, of: exchange)
        connection.appendEnd()
        await finishSending()
    }

    private func pass(_ count: Int, of exchange: any UpstreamExchange) {
        connection.appendPiece(exchange.received.span.extracting(first: count))
        exchange.received.consume(count)
    }

    /// Ends a stream that will not become whole: with an `error` event, without a clean end, and with the connection.
    ///
    /// - Parameter dialect: How its clients expect to be told.
    func breakOffEvents(_ problem: UpstreamFailure, provider: String, _ dialect: Dialect = .chat) async {
        noteAttempt(error: problem.kind.rawValue)
        breakOff(problem)
        if !entry.clientDisconnected {
            let error =
                problem.kind == .cancelled ? GatewayError.stopping : GatewayError(problem, provider: provider)
            entry.errorCode = error.code.rawValue
            var event = ByteBuffer(capacity: 256)
            if dialect.namesEvents { event.append("event: error\n") }
            event.append("data: ")
            error.appendBody(to: &event)
            event.append("\n\n")
            connection.appendPiece(event.span)
            await finishSending()
        }
        // No terminating chunk: the body stays visibly unfinished.
        connection.mustClose = true
    }

    /// Notes why an answer that has begun does not end: the client's leave, the gateway's end, or the upstream's fault.
    private func breakOff(_ problem: UpstreamFailure) {
        if problem.kind != .cancelled {
            entry.errorCode = "upstream_\(problem.kind.rawValue)"
        } else if connection.isAbandoned {
            entry.errorCode = GatewayError.stopping.code.rawValue
        } else {
            entry.clientDisconnected = true
        }
    }
}

extension EventStream {
    /// How many bytes of `received` are whole events; those before are no longer asked about.
    fileprivate mutating func wholeEvents(in received: borrowing ByteBuffer) -> Int {
        let bytes = Span<UInt8>(_unsafeBytes: received.bytes)
        var end = 0
        while let event = next(in: bytes.extracting(end..<bytes.count)) { end &+= event.range.upperBound }
        return end
    }
}
