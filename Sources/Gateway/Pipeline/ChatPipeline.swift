import Cache
import HTTP
import Metrics
import Platform
import Routing

/// The way of a request that is read: look up, route, forward, relay, store, record.
///
/// One a loop: its scanner, canonical form and digest are scratch, filled and used between two suspensions.
final class ChatPipeline {
    let context: GatewayContext
    let transport: any UpstreamTransport
    let cache: CacheReader
    private let chooser: TreatmentChooser
    private let auditor: CacheAuditor?
    private let digest = Digest()
    /// The request's, until an upstream is asked; then of whatever is read next.
    var tape = JSONScanner()
    /// Of stored answers, since a request is still looked at after one that cannot be told.
    private var storedTape = JSONScanner()
    var canonical = CanonicalJSON()
    var compression = PromptCompression()
    private var featureReader = TaskFeatureReader()
    var calm: Snapshot<RouteConditions>.Reader

    /// - Parameter auditor: Nil where hits are not audited.
    init(
        _ context: GatewayContext, transport: any UpstreamTransport, _ chooser: TreatmentChooser,
        auditor: CacheAuditor?
    ) {
        self.context = context
        self.chooser = chooser
        self.auditor = auditor
        self.transport = transport
        calm = Snapshot.Reader(context.routeBook.conditions)
        cache = context.cache.makeReader()
    }

    /// Answers one request; returns once the client has the last byte.
    ///
    /// - Parameter path: Where the path below `/v1` and the query stand in the head.
    func answer(_ call: Call, _ dialect: Dialect, _ path: Range<Int>) async throws(GatewayError) {
        let request = try read(call, dialect)
        chooser.decide(call, path, model: request.model) { names, key in
            call.connection.withBody { tape.append(names, in: Span<UInt8>(_unsafeBytes: $0), to: &key) }
        }
        // Only where the route tells the task; else a hit need not know it.
        let plan =
            context.routing.isRoutedByTask(call.treatment.model ?? request.model) ? try self.plan(request, call) : nil
        let claim = try claim(request, path, call)
        if let shadow = call.shadow { decide(shadow, for: request, call) }
        switch claim {
        case .answered(let audited):
            if let audited { audit(audited, request, along: plan, path, call) }
            await call.finishSending()
        case .unkeyed:
            try await forward(request, along: try self.plan(request, call, known: plan), path, storingAs: nil, call)
        case .leading(let flight): try await lead(flight, request, along: plan, path, call)
        case .following(let seat, let ownFlight):
            if try await follow(seat, of: ownFlight.name.key, for: request, call) { return }
            try await lead(ownFlight, request, along: plan, path, call)
        }
    }

    /// What becomes of a request before an upstream is asked.
    enum Claim {
        /// The answer was stored, and is on its way; here it is where the upstream is to be asked too.
        case answered(auditing: StoredAnswer?)
        /// Another is asking the same already; where its answer turns out to suit nobody else, there is a flight of one's own.
        case following(FlightSeat, otherwise: Flight)
        /// Ask, and keep the answer.
        case leading(Flight)
        /// Ask, and keep nothing.
        case unkeyed
    }

    struct StoredAnswer {
        let kind: CacheEntryHead.Kind
        let bytes: [UInt8]
    }

    /// Looks in the cache, and among the calls in flight.
    private func claim(
        _ request: ChatRequest, _ path: Range<Int>, _ call: Call
    ) throws(GatewayError) -> Claim {
        let use = call.headers.cacheUse
        guard use != .off, mayBeCached(call, request), let key = cacheKey(request, path, call) else {
            call.entry.cache = .bypass
            if use == .only { throw .cacheMiss }
            if call.answersFromCacheOnly { throw .tooMuchSpent }
            return .unkeyed
        }
        if call.shadow != nil {
            call.entry.cache = .bypass
            if use == .only { throw .cacheMiss }
            return shadowClaim(FlightDirectory.Name(key: key, isStream: request.isStream), request, path, call)
        }
        call.entry.cache = .miss
        if call.saves || call.answersFromCacheOnly {
            if use != .refresh, let answered = replay(key, for: request, call) { return answered }
            if use == .only { throw .cacheMiss }
            if call.answersFromCacheOnly { throw .tooMuchSpent }
            // A cheaper model's answer is not the one that this request asks for at other times.
            return .unkeyed
        }
        let name = FlightDirectory.Name(key: key, isStream: request.isStream)
        // Who wants a fresh answer wants one of its own, and nobody else's time limits.
        guard use != .refresh else { return .leading(makeFlight(name, request, path, call, in: nil)) }
        while true {
            let departures = context.flights.departures(near: name)
            if let answered = replay(key, for: request, call) { return answered }
            if use == .only { throw .cacheMiss }
            guard mayBeJoined(call) else { return .leading(makeFlight(name, request, path, call, in: nil)) }
            let claim = context.flights.claim(name, since: departures) {
                makeFlight(name, request, path, call, in: context.flights)
            }
            switch claim {
            case .lead(let flight): return .leading(flight)
            case .follow(let seat): return .following(seat, otherwise: makeFlight(name, request, path, call, in: nil))
            case .lookAgain: continue
            }
        }
    }

    /// Where the request goes, where that is not known yet.
    func plan(_ request: ChatRequest, _ call: Call, known: RoutePlan? = nil) throws(GatewayError) -> RoutePlan {
        if let known { return known }
        return try context.plan(
            for: request.model, request.dialect, call, features(of: request, call, as: call.treatment), calm.current())
    }

    /// What a request that is to be routed by its task looks like, and with it the task, where nobody has said it; nil for
    /// one whose model is given.
    func features(of request: ChatRequest, _ call: Call, as treatment: Treatment) -> TaskFeatures? {
        guard context.routesByTask(request.dialect, treatment, request.model, saves: call.saves) else { return nil }
        let features = call.connection.withBody { featureReader.features(tape, Span<UInt8>(_unsafeBytes: $0)) }
        if call.entry.task == nil, TaskName(model: request.model) == nil {
            let verdict = TaskClassifier.classify(features)
            call.taskReason = "\(verdict.reason(featureReader.cues)) (\(verdict.confidenceText))"
            call.entry.task = LedgerEntry.TaskKind(verdict.task)
            call.entry.taskSource = .classifier
        }
        call.entry.complexity = LedgerEntry.Complexity(name: Complexity(features).name)
        return features
    }

    // MARK: Reading

    private func read(_ call: Call, _ dialect: Dialect) throws(GatewayError) -> ChatRequest {
        do throws(ChatRequest.Problem) {
            let request = try scan(call, dialect)
            call.entry.requestedModel = request.model
            call.entry.streamed = request.isStream
            if dialect == .embeddings, call.entry.task == nil {
                call.entry.task = .embedding
                call.entry.taskSource = .endpoint
            }
            return request
        } catch {
            switch error {
            case .notJSON(let offset, let reason):
                throw GatewayError(
                    .invalidJSON, 400, "The request body is not valid JSON: at byte \(offset), \(reason).")
            case .notAnObject:
                throw GatewayError(.invalidJSON, 400, "The request body must be a JSON object.")
            case .noModel:
                throw GatewayError(
                    .invalidRequest, 400, "The request names no model; send \"model\" as a string.", parameter: "model")
            case .modelTooLong:
                throw GatewayError(
                    .modelNotFound, 404, "The model's name is longer than \(ChatRequest.modelLimit) bytes.",
                    parameter: "model")
            }
        }
    }

    private func scan(_ call: Call, _ dialect: Dialect) throws(ChatRequest.Problem) -> ChatRequest {
        try call.connection.withBody { (body) throws(ChatRequest.Problem) in
            let bytes = Span<UInt8>(_unsafeBytes: body)
            do throws(JSONScanner.Failure) {
                try tape.scan(bytes)
            } catch { throw .notJSON(offset: error.offset, reason: error.reason) }
            return try ChatRequest(dialect, tape, bytes)
        }
    }

    // MARK: The cache

    /// Whether this call uses the cache.
    private func mayBeCached(_ call: Call, _ request: ChatRequest) -> Bool {
        guard call.treatment.caches, !request.isStateful else { return false }
        // Whoever samples may want another answer each time.
        return call.treatment.sampled || request.isDeterministic
    }

    /// The key of the request that `tape` holds, sent to `path`.
    private func cacheKey(_ request: ChatRequest, _ path: Range<Int>, _ call: Call) -> CacheKey? {
        let tenant = context.cacheTenant(of: call)
        let model = context.routing.keyModel(of: request, call.shadow ?? call.treatment, saying: call.saidTask)
        let key = call.connection.withHead { head in
            call.connection.withBody { body in
                CacheKey(
                    tape, of: Span<UInt8>(_unsafeBytes: body), form: request.storedForm,
                    path: RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: head[path])),
                    fields: call.headers.answerFields, in: head,
                    model: model, provider: (call.shadow ?? call.treatment).provider,
                    compression: keyPart(of: request, call),
                    tenant: tenant,
                    using: &canonical, digest)
            }
        }
        call.namesMemberTwice = key == nil
        return key
    }

    /// What a key says of how the prompt is compressed. Of a call that is only shadowed, how it would be, since the answer
    /// to a whole prompt serves one that says the same in less; where another model might have been asked, or another
    /// provider, that what is stored was not said by whom it should be: only shadowed calls shall find it.
    private func keyPart(of request: ChatRequest, _ call: Call) -> StaticString {
        if let shadow = call.shadow,
            shadow.setsRoute || context.routesByTask(request.dialect, shadow, request.model)
        {
            return "shadow"
        }
        return context.settings.compression.options(for: request, call.shadow ?? call.treatment).keyPart
    }

    /// What the key that was made last was made of; before any suspension.
    func keyParts(_ request: ChatRequest, _ path: Range<Int>, _ call: Call) -> CacheKeyParts {
        call.connection.withHead { head in
            CacheKeyParts(
                canonical, form: request.storedForm,
                path: RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: head[path])),
                fields: call.headers.answerFields, in: head,
                provider: (call.shadow ?? call.treatment).provider, compression: keyPart(of: request, call),
                tenant: context.cacheTenant(of: call))
        }
    }

    /// Answers from the cache, if it can: from the map to the socket, in one system call where the client takes it.
    private func replay(_ key: CacheKey, for request: ChatRequest, _ call: Call) -> Claim? {
        let now = context.time.wallMicroseconds()
        let greatestAge = call.headers.cacheSeconds.map { Int64($0) &* 1_000_000 } ?? .max
        var audited: StoredAnswer?
        let found = cache.lookUp(key, now: now) { head, body in
            guard now &- head.storedAt <= greatestAge else { return false }
            let stored = StoredReply(head, Span<UInt8>(_bytes: body))
            guard let form = stored.form(for: request, &storedTape) else { return false }
            call.entry.replayed(head, as: .hit, now: now)
            if auditor?.wantsHit(bytes: body.byteCount &+ call.entry.requestBytes) ?? false {
                audited = StoredAnswer(kind: head.kind, bytes: body.withUnsafeBytes { Array($0) })
            }
            stored.send(form, call)
            return true
        }
        return found ?? false ? .answered(auditing: audited) : nil
    }

    /// Answers with what expired not too long ago, now that no provider can be asked (RFC 5861 4); false when there is none.
    func replayStale(_ key: CacheKey, for request: ChatRequest, _ call: Call) -> Bool {
        let patience = context.settings.cache.staleIfError.microseconds
        guard patience > 0, call.treatment.changesBytes, call.headers.cacheUse != .refresh else { return false }
        let now = context.time.wallMicroseconds()
        let found = cache.lookUp(key, now: now &- patience) { head, body in
            let stored = StoredReply(head, Span<UInt8>(_bytes: body))
            guard let form = stored.form(for: request, &storedTape) else { return false }
            call.entry.replayed(head, as: .stale, now: now)
            stored.send(form, call)
            return true
        }
        return found ?? false
    }

    /// Hands a hit that was chosen for it to the auditor, with the request as it would go upstream.
    ///
    /// The client has its answer: nothing of what asking would come to is written into its record, or told it.
    private func audit(
        _ stored: StoredAnswer, _ request: ChatRequest, along plan: RoutePlan?, _ path: Range<Int>, _ call: Call
    ) {
        let entry = call.entry
        defer { call.entry = entry }
        guard let auditor, let plan = try? self.plan(request, call, known: plan) else { return }
        let candidate = plan.candidates[0]
        guard let provider = context.providers[candidate.provider] else { return }
        var body = ByteBuffer()
        guard let question = try? write(request, for: candidate, at: provider, call, into: &body) else { return }
        let key = provider.state.key(call.connection.socket.loop.now)
        let upstream = upstreamRequest(question, body, request, for: candidate, at: provider, key: key, path, call)
        auditor.audit(
            AuditedHit(
                dialect: request.dialect, provider: provider, model: candidate.model,
                target: Array(upstream.target.bytes), headers: Array(upstream.headers.bytes),
                body: question.isUnchanged ? call.connection.withBody { Array($0) } : Array(body.bytes),
                telling: question.telling, kind: stored.kind, stored: stored.bytes, call: entry))
    }
}
