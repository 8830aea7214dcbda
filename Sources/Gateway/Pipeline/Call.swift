import Cache
import HTTP
import Metrics
import Platform
import Routing

/// One client call from its head to its ledger record: what is known of it so far, and its clocks.
///
/// Belongs to the task of its connection.
final class Call {
    let connection: Connection
    /// What the client's header fields ask; read by `readHeaders`.
    private(set) var headers = CallHeaders()
    /// What is done for it; decided by a `TreatmentChooser`.
    private(set) var treatment = Treatment()
    /// What would be done if it were not only shadowed; nil for a call that is not.
    private(set) var shadow: Treatment?
    /// Whose answers this client may see.
    var tenant: Tenant?
    /// The key of `auth.keys` that let the client in; nil where none is asked for.
    var account: ClientAccount?
    /// Whether the client's credential is one of `auth.keys`, and so no business of an upstream's.
    var wasAdmittedByKey: Bool { account != nil }
    /// How the gateway saves by itself while this call is answered.
    var safeMode = AlertSettings.SafeMode.off
    /// What was set aside of the key's budget; nil where nothing was.
    var reserved: PicoDollars?
    /// What attempts that brought no answer may be billed for.
    var abandoned: AbandonedCharge?
    /// The record that the ledger will get, on whatever way out.
    var entry: LedgerEntry
    /// False for a call that is refused since the ledger takes no record.
    var leavesRecord = true
    let method: String
    private let time: EventLoop
    /// Monotonic nanoseconds at which the head was complete.
    let startedAt: UInt64
    /// Nanoseconds spent waiting for upstreams so far.
    private var upstreamNanoseconds: UInt64 = 0
    private var waitBegan: UInt64?
    private var attemptBegan: UInt64 = 0
    /// The time-outs of the attempt in hand that come before its provider's own time is over.
    private var ownTimeouts: Set<UpstreamFailure.Kind> = []
    /// Nanoseconds from an attempt's beginning to its answer's head; nil before that.
    private(set) var attemptFirstByte: UInt64?
    /// What ends with the client; see `watch`.
    var watched: (any Cancellable)?
    var grace: Deadline?
    /// Why the request was taken for its task, and how surely, where that was told from its text.
    var taskReason: String?
    /// Whether the request names a member twice, once that was looked for.
    var namesMemberTwice: Bool?
    /// What compression took off the prompt.
    var unsent = UnsentTokens()
    /// What this call leads, others perhaps listening; nil where its answer is not kept.
    var flight: Flight?
    /// What the key was made of under which the answer will be stored.
    var keyParts = CacheKeyParts()

    /// - Parameter wall: When the head was complete, in microseconds since 1970.
    init(_ connection: Connection, _ id: RecordID, at wall: Int64, _ endpoint: LedgerEntry.Endpoint, on loop: EventLoop)
    {
        self.connection = connection
        entry = LedgerEntry(id: id, startedAt: wall, endpoint: endpoint)
        entry.requestBytes = connection.head.contentLength ?? 0
        method = connection.withHead { String(decoding: $0[connection.head.method], as: UTF8.self) }
        time = loop
        startedAt = loop.time.monotonicNanoseconds()
    }

    /// Reads what the client's header fields ask, and takes over what the ledger keeps of it.
    func readHeaders() throws(GatewayError) {
        headers = try connection.withHead { (bytes) throws(GatewayError) in try CallHeaders(connection.head, bytes) }
        entry.deal = headers.deal
        entry.cycle = headers.cycle
        entry.tags = headers.tags
        if let task = headers.task {
            guard let known = LedgerEntry.TaskKind(name: task) else {
                let names = LedgerEntry.TaskKind.allCases.map(\.name).joined(separator: ", ")
                throw GatewayError(.invalidRequest, 400, "x-gateway-task takes one of \(names).")
            }
            entry.task = known
            entry.taskSource = .header
        }
    }

    /// Takes over what was decided to do for this call, and what the ledger keeps of that.
    func treat(_ decided: Treatment) {
        treatment = decided.isShadow ? decided.carriedOnly(headers) : decided
        shadow = decided.isShadow ? decided.done : nil
        entry.shadow = decided.isShadow ? LedgerEntry.Shadow() : nil
        entry.rollout = treatment.arm
        entry.rule = treatment.rule
        if let task = treatment.task {
            entry.task = LedgerEntry.TaskKind(task)
            entry.taskSource = .rule
        }
    }

    /// Whether the cheapest model that can do its task is to answer.
    var saves: Bool { safeMode == .cheapest && treatment.changesBytes && treatment.routesByTask }

    /// Whether no provider is to be asked.
    var answersFromCacheOnly: Bool { safeMode == .cacheOnly && treatment.changesBytes }

    /// The task that a header field or a rule says it has; nil where neither does.
    var saidTask: TaskName? {
        guard entry.taskSource == .header || entry.taskSource == .rule else { return nil }
        return entry.task.map(TaskName.init)
    }

    // MARK: Clocks

    /// The upstream is being waited for from now on.
    func beginUpstream() { waitBegan = time.time.monotonicNanoseconds() }

    /// The upstream's part is over, for now.
    func endUpstream() {
        guard let began = waitBegan else { return }
        waitBegan = nil
        upstreamNanoseconds &+= time.time.monotonicNanoseconds() &- began
        entry.upstreamMicroseconds = Int64(upstreamNanoseconds / 1000)
    }

    /// The client has been sent the first byte of its answer.
    func noteFirstByte() {
        if entry.firstByteMicroseconds == nil { entry.firstByteMicroseconds = Int64(elapsedNanoseconds / 1000) }
    }

    private var elapsedNanoseconds: UInt64 { time.time.monotonicNanoseconds() &- startedAt }

    /// Time not spent waiting for an upstream, in nanoseconds.
    var overheadNanoseconds: UInt64 {
        let now = time.time.monotonicNanoseconds()
        let waiting = waitBegan.map { now &- $0 } ?? 0
        return (now &- startedAt) &- min(now &- startedAt, upstreamNanoseconds &+ waiting)
    }

    /// Completes the record's times and sizes, and hands it over: nothing is kept of it here.
    func close() -> LedgerEntry {
        endUpstream()
        let elapsed = elapsedNanoseconds
        entry.latencyMicroseconds = Int64(elapsed / 1000)
        entry.overheadMicroseconds = Int64((elapsed &- min(elapsed, upstreamNanoseconds)) / 1000)
        entry.responseBytes = connection.responseBytes
        if entry.attempts.isEmpty, entry.cache != .hit { entry.chargeNothing(.reported) }
        var record = LedgerEntry(id: entry.id, startedAt: entry.startedAt, endpoint: entry.endpoint)
        swap(&record, &entry)
        return record
    }

    // MARK: Answering

    /// Writes the gateway's own header lines, from what the record says so far.
    func appendGatewayHeaders(statesCost: Bool, upstreamSentRequestID: Bool = false) {
        let id = entry.id
        connection.header("x-gateway-request-id") { $0.append(id) }
        if !upstreamSentRequestID { connection.header("x-request-id") { $0.append(id) } }
        connection.header("x-gateway-cache", entry.cache.headerValue)
        if let age = entry.cacheAgeSeconds { connection.header("age", age) }
        if let model = entry.model { connection.header("x-gateway-model", model) }
        if let provider = entry.provider { connection.header("x-gateway-provider", provider) }
        if let task = entry.task { connection.header("x-gateway-task", task.name) }
        connection.header("x-gateway-rollout", entry.rollout == .on ? "on" : "off")
        connection.header("x-gateway-attempts", entry.attempts.count)
        if entry.fallback { connection.header("x-gateway-fallback", "true") }
        connection.header("x-gateway-tokens-saved", entry.tokensSaved)
        connection.header("x-gateway-overhead-ms") { $0.append(millisecondsOf: overheadNanoseconds) }
        if statesCost {
            if let cost = entry.cost { connection.header("x-gateway-cost-usd") { $0.append(cost) } }
            connection.header("x-gateway-saved-usd") { $0.append(entry.saved) }
        }
    }

    /// Hands the whole body of an answer, of this length, to the client's socket; `finishSending` waits for the rest.
    func startSending(_ body: RawSpan) {
        do throws(SocketError) {
            try connection.startSending(body)
            noteFirstByte()
        } catch { clientLeft() }
    }

    /// Waits until the client has accepted everything sent so far.
    func finishSending() async {
        do throws(SocketError) {
            try await connection.finishSending()
            noteFirstByte()
        } catch { clientLeft() }
    }

    /// The client is gone: nothing more is sent to it.
    func clientLeft() {
        entry.clientDisconnected = true
        if connection.isAbandoned { entry.errorCode = GatewayError.stopping.code.rawValue }
        connection.mustClose = true
    }

    /// Records that a provider is being asked.
    ///
    /// - Parameter isFallback: Whether another than the first choice.
    func beginAttempt(provider: String, model: String, isFallback: Bool = false) {
        beginUpstream()
        attemptBegan = waitBegan ?? 0
        attemptFirstByte = nil
        entry.provider = provider
        if !model.isEmpty { entry.model = model }
        entry.fallback = isFallback
        entry.errorCode = nil
        entry.attempts.append(.init(provider: provider, model: model, status: nil, error: nil, milliseconds: 0))
    }

    /// Records what the provider's head said.
    func noteAttempt(status: Int) {
        attemptFirstByte = time.time.monotonicNanoseconds() &- attemptBegan
        entry.status = status
        entry.attempts[entry.attempts.count - 1].status = status
    }

    /// Records what went wrong with the provider's answer; a follower has asked none itself.
    func noteAttempt(error: String) {
        if !entry.attempts.isEmpty { entry.attempts[entry.attempts.count - 1].error = error }
    }

    /// Records how long the attempt took.
    func endAttempt() {
        entry.attempts[entry.attempts.count - 1].milliseconds = Int(
            (time.time.monotonicNanoseconds() &- attemptBegan) / 1_000_000)
    }

    /// How the attempt that has just ended went, as far as its provider is concerned.
    ///
    /// - Parameter refusal: Nil where an answer was passed on, whole or not.
    func outcome(_ refusal: Refusal?) -> ProviderHealth.Outcome {
        if endedForOwnTime { return .unrelated }
        guard let refusal else {
            switch lastFailure {
            case nil: return entry.attempts.last?.error == nil ? .succeeded : .failed
            case .cancelled, .requestIncomplete, .poolExhausted: return .unrelated
            default: return .failed
            }
        }
        if RetryPolicy.verdict(on: refusal.failure).countsAgainstProvider { return .failed }
        if case .status(let status, _) = refusal.failure, status != 429 { return .succeeded }
        return .unrelated
    }

    /// Whether neither its own client nor anyone else waits for an answer any more.
    var isAbandonedByAll: Bool { connection.isAbandoned || !isListenedTo }

    private var lastFailure: UpstreamFailure.Kind? {
        entry.attempts.last?.error.flatMap(UpstreamFailure.Kind.init(rawValue:))
    }

    /// Nanoseconds left of the time that its client, or a rule, gives the call; nil where there is no such limit.
    var timeLeft: UInt64? {
        guard let limit = treatment.timeoutMilliseconds else { return nil }
        let elapsed = elapsedNanoseconds
        return max(UInt64(limit) &* 1_000_000, elapsed) &- elapsed
    }

    /// Whether the attempt ended because the call had less time than its provider is given: that says nothing of the
    /// provider.
    private var endedForOwnTime: Bool { lastFailure.map(ownTimeouts.contains) ?? false }

    /// Whether the time that its client, or a rule, gave it is over.
    var isOutOfTime: Bool { endedForOwnTime || timeLeft == 0 }

    /// Leaves an attempt no more than what is left of the call's own time.
    func limitTime(of request: inout UpstreamRequest) {
        ownTimeouts.removeAll()
        guard let timeLeft else { return }
        let left = max(timeLeft, 1_000_000)
        if left < request.timeouts.firstByte {
            request.timeouts.firstByte = left
            ownTimeouts.insert(.firstByteTimeout)
        }
        if left < request.timeouts.total {
            request.timeouts.total = left
            ownTimeouts.insert(.totalTimeout)
        }
    }

    /// Takes note that the client is told an answer that was refused at first, for want of a better one.
    func tells(_ answer: HeldAnswer) {
        entry.status = answer.head.status
        entry.model = answer.head.model
        entry.provider = answer.head.provider
        entry.fallback = answer.head.isFallback
        if answer.head.status >= 400 {
            refusedByUpstream()
        } else if entry.errorCode == nil {
            entry.errorCode = "upstream_invalid_answer"
        }
    }

    /// Takes note of an upstream failure before the client was sent anything, and says what it is told.
    func failed(_ failure: UpstreamFailure, provider: String) -> GatewayError {
        endUpstream()
        noteAttempt(error: failure.kind.rawValue)
        if !failure.mayHaveBeenBilled { chargeNothing(.estimated) }
        if failure.kind == .cancelled {
            if connection.isAbandoned { return .stopping }
            clientLeft()
        }
        if failure.kind == .requestIncomplete, let problem = connection.bodyProblem { return GatewayError(problem) }
        return GatewayError(failure, provider: provider)
    }

    /// Sends a whole JSON answer of the gateway's own.
    func send(json body: borrowing ByteBuffer) async {
        entry.status = 200
        connection.beginResponse(200)
        connection.header("content-type", "application/json")
        appendGatewayHeaders(statesCost: false)
        connection.endHead(.length(body.count))
        startSending(body.span)
        await finishSending()
    }

    /// Answers an OPTIONS that goes no further.
    func sendMethods() async {
        entry.status = 200
        do throws(SocketError) {
            try await connection.sendMethods { self.appendGatewayHeaders(statesCost: false) }
            noteFirstByte()
        } catch { clientLeft() }
    }

    /// Answers with an error of ours, and ends the connection when more of the request may still be on its way.
    func refuse(_ error: GatewayError) async {
        if entry.clientDisconnected { return }
        entry.status = error.status
        entry.errorCode = error.code.rawValue
        if error.code == .requestTooLarge || error.code == .requestTimeout { connection.mustClose = true }
        do throws(SocketError) {
            try await connection.send(error) { self.appendGatewayHeaders(statesCost: false) }
            noteFirstByte()
        } catch { clientLeft() }
    }
}

extension Connection {
    /// Says what methods the gateway takes (RFC 9110 9.3.7), with whatever header lines `addingHeaders` writes.
    func sendMethods(addingHeaders: () -> Void = {}) async throws(SocketError) {
        beginResponse(200)
        header("allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")
        addingHeaders()
        endHead(.length(0))
        try await finishSending()
    }

    /// Sends a whole error answer, with whatever header lines `addingHeaders` writes.
    func send(_ error: GatewayError, addingHeaders: () -> Void = {}) async throws(SocketError) {
        var body = ByteBuffer(capacity: 256)
        error.appendBody(to: &body)
        beginResponse(error.status)
        header("content-type", "application/json")
        header("x-gateway-error", error.code.rawValue)
        switch error.status {
        // RFC 9110 15.5.2 and 15.5.6 want these. Every route that refuses a method takes the same ones.
        case 401 where error.code == .missingKey || error.code == .invalidKey:
            header("www-authenticate", #"Bearer realm="gateway""#)
        case 405: header("allow", "GET, HEAD")
        default: break
        }
        if let seconds = error.retryAfterSeconds { header("retry-after", seconds) }
        addingHeaders()
        endHead(.length(body.count))
        try await send(body)
    }
}

extension LedgerEntry.CacheOutcome {
    /// The value of `x-gateway-cache`.
    var headerValue: StaticString {
        switch self {
        case .hit: "HIT"
        case .miss: "MISS"
        case .bypass: "BYPASS"
        case .coalesced: "COALESCED"
        case .stale: "STALE"
        }
    }
}
