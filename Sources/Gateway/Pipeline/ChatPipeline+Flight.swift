import Cache
import HTTP
import Metrics
import Routing

/// Identical requests in flight share one upstream call: the first leads, whoever comes meanwhile follows.
extension ChatPipeline {
    /// Whether others may depend on this call, or it on theirs: not when it has less time than they have.
    func mayBeJoined(_ call: Call) -> Bool { call.treatment.coalesces }

    /// The flight of a call whose answer may be stored.
    ///
    /// - Parameter directory: Where others find it; nil where none shall.
    func makeFlight(
        _ name: FlightDirectory.Name, _ request: ChatRequest, _ path: Range<Int>, _ call: Call,
        in directory: FlightDirectory?
    ) -> Flight {
        call.keyParts = keyParts(request, path, call)
        return Flight(
            name, leader: LoopReference(call, on: call.connection.socket.loop),
            limitBytes: context.settings.cache.maxEntryBytes, in: directory)
    }

    /// Asks the upstream, for everyone on the flight.
    ///
    /// - Parameter plan: Nil where it is to be made now.
    func lead(
        _ flight: Flight, _ request: ChatRequest, along plan: RoutePlan?, _ path: Range<Int>, _ call: Call
    ) async throws(GatewayError) {
        call.flight = flight
        // On every way out: nobody is left waiting.
        defer { call.endFlight(.unshared) }
        do throws(GatewayError) {
            let plan = try self.plan(request, call, known: plan)
            try await forward(request, along: plan, path, storingAs: flight.name.key, call)
        } catch {
            call.endFlight(error.concernsCallerAlone ? .unshared : .refused(error))
            throw error
        }
    }

    /// Waits for what another has asked, and passes it on as it comes.
    ///
    /// - Returns: False when the answer is not one to share: ask for yourself.
    func follow(
        _ seat: FlightSeat, of key: CacheKey, for request: ChatRequest, _ call: Call
    ) async throws(GatewayError) -> Bool {
        defer { seat.leave() }
        call.watch(seat)
        defer { call.endWatch() }
        call.beginUpstream()
        let (head, news) = await seat.head()
        call.endUpstream()
        if let head {
            call.entry.cache = .coalesced
            call.entry.model = head.model
            call.entry.provider = head.provider
            call.entry.status = head.status
            if head.isStream {
                await followStream(head, seat, for: request, call)
            } else {
                await passOn(head, seat, call)
            }
            return true
        }
        switch news {
        case .end(.unshared): return false
        case .end(.refused(let error)):
            if replayStale(key, for: request, call) {
                await call.finishSending()
                return true
            }
            call.entry.cache = .coalesced
            throw error
        case .cancelled, .end, .more:
            if call.connection.isAbandoned { throw .stopping }
            call.clientLeft()
            return true
        }
    }

    /// Gives a whole answer, which has come by now.
    private func passOn(_ head: Flight.Head, _ seat: FlightSeat, _ call: Call) async {
        if let receipt = seat.receipt { call.entry.followed(receipt) }
        call.begin(head, framing: .length(seat.count), statesCost: true)
        var body = ByteBuffer()
        while seat.take(showsUsage: true, { body.append($0) }) {}
        call.startSending(body.span)
        await call.finishSending()
    }

    /// Passes a stream on: what has passed already, and then the tail.
    private func followStream(
        _ head: Flight.Head, _ seat: FlightSeat, for request: ChatRequest, _ call: Call
    ) async {
        call.begin(head, framing: .chunked, statesCost: false)
        while true {
            await call.finishSending()
            if call.entry.clientDisconnected { return }
            call.beginUpstream()
            let news = await seat.news()
            call.endUpstream()
            switch news {
            case .more: _ = seat.take(showsUsage: request.asksUsage) { call.connection.appendPiece($0) }
            case .cancelled where call.connection.isAbandoned:
                return await call.breakOffEvents(
                    UpstreamFailure(.cancelled, "the gateway stops"), provider: head.provider, request.dialect)
            case .cancelled: return call.clientLeft()
            case .end(.whole(let receipt)):
                call.entry.followed(receipt)
                call.connection.appendEnd()
                return await call.finishSending()
            case .end(.brokenOff(let problem)):
                return await call.breakOffEvents(problem, provider: head.provider, request.dialect)
            case .end(.refused), .end(.unshared):
                return await call.breakOffEvents(
                    UpstreamFailure(.closedEarly, "the call that this one had joined ended"), provider: head.provider,
                    request.dialect)
            }
        }
    }
}

extension Flight.Head {
    /// The head without what it says of the account that the call was made with.
    func withoutAccount() -> Flight.Head {
        var head = self
        head.lines = []
        lines.withUnsafeBytes { lines in
            for line in lines.split(separator: UInt8(ascii: "\n")) {
                let name = HeaderName(UnsafeRawBufferPointer(rebasing: line))
                if Self.accountFields.contains(where: { name.hasPrefix($0) }) { continue }
                head.lines += line
                head.lines.append(UInt8(ascii: "\n"))
            }
        }
        return head
    }

    /// Beginnings of the fields that tell of an account: whose it is, and how much of its limits is left.
    private static let accountFields: [StaticString] = [
        "openai-organization", "openai-project", "anthropic-organization", "x-ratelimit-", "anthropic-ratelimit-",
    ]
}

extension Call {
    /// Begins the answer that a flight brings: the upstream's status and header fields, then the gateway's own.
    func begin(_ head: Flight.Head, framing: ResponseFraming, statesCost: Bool) {
        connection.beginResponse(head.status)
        head.lines.withUnsafeBytes { lines in
            for line in lines.split(separator: UInt8(ascii: "\n")) {
                connection.headerLine(UnsafeRawBufferPointer(rebasing: line.dropLast()))
            }
        }
        appendGatewayHeaders(statesCost: statesCost, upstreamSentRequestID: head.hasRequestID)
        connection.endHead(framing)
    }
}

extension LedgerEntry {
    /// Takes over what the call came to that somebody else has paid for.
    fileprivate mutating func followed(_ receipt: Flight.Receipt) {
        finishReason = receipt.finishReason
        errorCode = receipt.errorCode
        chargeNothing(.reported)
        savedCache = receipt.errorCode == nil ? receipt.cost : nil
    }
}
