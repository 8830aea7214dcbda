import Cache
import HTTP
import Metrics
import Platform
import Synchronization

/// Asks the upstream again, in the background, what a share of hits was answered from the cache, and counts how often
/// both say the same (`cache.audit_rate`).
///
/// On a loop of its own, so that no client waits for it. Each such call costs what it costs, and leaves a record whose
/// `route_reason` says that it was an audit.
actor CacheAuditor: BackgroundActor {
    /// How many audits came to which verdict.
    struct Count: Sendable {
        let task: LedgerEntry.TaskKind?
        let verdict: AuditVerdict
        let number: UInt64
    }

    private nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    private nonisolated let context: GatewayContext
    private nonisolated let waiting = Atomic<Int>(0)
    private nonisolated let totals = Lock<[[UInt64]]>([])
    private let transport: Transports
    private var identifiers = RecordIDGenerator()
    private var tape = JSONScanner()
    private var isClosed = false
    /// Who waits for the last audit to end.
    private var closer: CheckedContinuation<Void, Never>?

    /// Audits at once; a hit that would be one more is not audited.
    private static let limit = 16
    /// Bytes of a stored answer and of its request; one that is longer, which would be held beside the fresh answer, is
    /// not audited.
    private static let longest = 1 << 20

    init(_ context: GatewayContext, on loop: EventLoop) {
        self.context = context
        self.loop = loop
        transport = Transports(on: loop, resolver: context.resolver, loopCount: 1)
    }

    /// Whether the hit in hand is one to audit.
    ///
    /// - Parameter bytes: Of the stored answer and the request.
    nonisolated func wantsHit(bytes: Int) -> Bool {
        Double.random(in: 0..<1) < context.settings.cache.auditRate && bytes <= Self.longest
            && waiting.load(ordering: .relaxed) < Self.limit
    }

    /// Takes a hit on; never waits.
    nonisolated func audit(_ hit: AuditedHit) {
        waiting.add(1, ordering: .relaxed)
        _ = Task(executorPreference: loop) { await self.run(hit) }
    }

    /// The verdicts so far, by task.
    nonisolated var counts: [Count] {
        totals.withLock { totals in
            totals.enumerated().flatMap { task, numbers in
                zip(AuditVerdict.allCases, numbers).map {
                    Count(task: LedgerEntry.TaskKind(rawValue: UInt8(task)), verdict: $0, number: $1)
                }
            }
        }
    }

    /// Gives up what is in flight; returns once it is recorded.
    func close() async {
        isClosed = true
        transport.close()
        guard waiting.load(ordering: .relaxed) > 0 else { return }
        await withCheckedContinuation { closer = $0 }
    }

    private func run(_ hit: AuditedHit) async {
        defer {
            if waiting.subtract(1, ordering: .relaxed).newValue == 0 { closer.take()?.resume() }
        }
        // It was chosen just before the end: nobody is asked any more.
        if isClosed { return }
        let wall = context.time.wallMicroseconds()
        let began = context.time.monotonicNanoseconds()
        var entry = LedgerEntry(id: identifiers.next(wall: wall), startedAt: wall, endpoint: hit.call.endpoint)
        entry.describeAudit(of: hit)
        let verdict = await ask(hit, &entry)
        entry.routeReason = "audit of a stored answer: \(verdict.rawValue)"
        let milliseconds = Int((context.time.monotonicNanoseconds() &- began) / 1_000_000)
        entry.latencyMicroseconds = Int64(milliseconds) * 1000
        if !entry.attempts.isEmpty { entry.attempts[0].milliseconds = milliseconds }
        context.ledger.record(entry)
        let task = Int(entry.task?.rawValue ?? 0)
        totals.withLock { totals in
            while totals.count <= task { totals.append(Array(repeating: 0, count: AuditVerdict.allCases.count)) }
            totals[task][AuditVerdict.allCases.firstIndex(of: verdict)!] += 1
        }
    }

    private func ask(_ hit: AuditedHit, _ entry: inout LedgerEntry) async -> AuditVerdict {
        var body = ByteBuffer(capacity: hit.body.count)
        // The exchange is lent its bytes until it has finished.
        defer { withExtendedLifetime(body) {} }
        body.append(hit.body)
        let exchange = transport.begin(hit.request(lending: body.bytes), hit.telling)
        defer { exchange.finish() }
        do throws(UpstreamFailure) {
            try await exchange.waitForHead()
            entry.status = exchange.head.status
            entry.attempts[0].status = exchange.head.status
            while try await exchange.read() {
                guard exchange.received.count <= context.settings.cache.maxEntryBytes else { return .failed }
            }
        } catch {
            entry.attempts[0].error = error.kind.rawValue
            chargeFailure(error, of: hit, &entry)
            return .failed
        }
        guard exchange.head.status == 200 else {
            entry.chargeNothing(.estimated)
            return .failed
        }
        let isStream = UpstreamAnswer(exchange.head).isEventStream
        let fresh = Span<UInt8>(_unsafeBytes: exchange.received.bytes)
        let reply = read(fresh, isStream: isStream, hit.dialect)
        entry.serviceTier = reply.serviceTier
        context.charge(&entry, usage: reply.usage, model: hit.model)
        guard reply.isFinished, !reply.hasError else { return .failed }
        return AuditVerdict(
            hit.dialect, stored: hit.stored.span, hit.kind, fresh: fresh, isStream: isStream, &tape)
    }

    /// Charges an audit without an answer with its input, estimated, if the provider may have worked on it.
    private func chargeFailure(_ failure: UpstreamFailure, of hit: AuditedHit, _ entry: inout LedgerEntry) {
        guard failure.mayHaveBeenBilled else { return entry.chargeNothing(.estimated) }
        let input = context.tokens.ofRequest(hit.body.span, model: hit.model, &tape)
        context.charge(&entry, usage: Usage(uncachedInput: input), model: hit.model, source: .partial)
    }

    private func read(_ answer: Span<UInt8>, isStream: Bool, _ dialect: Dialect) -> ChatReply {
        guard isStream else {
            do throws(JSONScanner.Failure) { try tape.scan(answer) } catch { return ChatReply() }
            return ChatReply(whole: dialect, tape, answer)
        }
        var stream = ChatStream(dialect)
        var events = StoredEvents()
        while let event = events.next(in: answer) {
            if let data = event.data { _ = stream.note(answer.extracting(data), &tape) }
        }
        return stream.reply
    }
}

extension LedgerEntry {
    /// Whose money an audit is, and for what.
    fileprivate mutating func describeAudit(of hit: AuditedHit) {
        deal = hit.call.deal
        cycle = hit.call.cycle
        tags = hit.call.tags
        clientKey = hit.call.clientKey
        task = hit.call.task
        taskSource = hit.call.taskSource
        requestedModel = hit.call.requestedModel
        model = hit.model
        provider = hit.provider.name
        rollout = hit.call.rollout
        streamed = hit.call.streamed
        cache = .bypass
        requestBytes = hit.body.count
        attempts = [.init(provider: hit.provider.name, model: hit.model, status: nil, error: nil, milliseconds: 0)]
    }
}
