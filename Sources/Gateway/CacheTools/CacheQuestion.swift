import Cache
import HTTP
import Metrics
import Routing

/// A request that is not to be sent, but to be told of what the cache would do with it.
struct CacheQuestion {
    /// Nil where the request has none.
    private(set) var key: CacheKey?
    private(set) var parts = CacheKeyParts()
    private(set) var bypass: CacheBypass?
    let use: CallHeaders.CacheUse
    /// The greatest age of an answer that the client accepts, in seconds.
    let greatestAge: Int?
    /// What the parts of its key are called, by their name words.
    private var names: [UInt64: String] = [:]

    init(_ asked: borrowing AskedRequest, _ settings: Settings, _ tenants: TenantDigester) {
        let (request, headers, path, treatment) = (asked.request, asked.headers, asked.path, asked.treatment)
        use = headers.cacheUse
        greatestAge = headers.cacheSeconds
        bypass = headers.hasContentEncoding ? .isEncoded : nil
        bypass = bypass ?? bypass(of: request, headers, settings)
        if use == .off { bypass = .isRefused }

        let digest = Digest()
        let compression = settings.compression.options(for: request, treatment).keyPart
        let model = RoutingTable(settings).keyModel(
            of: request, treatment, saying: headers.task.flatMap(TaskName.init(rawValue:)) ?? treatment.task)
        var canonical = CanonicalJSON()
        asked.head.withUnsafeBytes { head in
            let tenant = settings.cache.scope == .shared ? nil : tenants.tenant(of: headers, in: head, using: digest)
            let pathBytes = RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: head[path]))
            key = CacheKey(
                asked.tape, of: Span<UInt8>(_unsafeBytes: asked.body), form: request.storedForm, path: pathBytes,
                fields: headers.answerFields, in: head, model: model, provider: treatment.provider,
                compression: compression, tenant: tenant, using: &canonical, digest)
            parts = CacheKeyParts(
                canonical, form: request.storedForm, path: pathBytes, fields: headers.answerFields, in: head,
                provider: treatment.provider, compression: compression, tenant: tenant)
        }
        for field in headers.answerFields { names[CacheKeyParts.nameWord("\(field.name)")] = "header \(field.name)" }
        for member in canonical.topMembers {
            let name = canonical.output.span.extracting(member.name)
            names[CacheKeyParts.nameWord(name)] = Span<UInt8>(_bytes: name).extracting(1..<name.byteCount - 1).text
        }
        if key == nil { bypass = .isAmbiguous }
    }

    /// What a part of a key is called; one that only a stored entry has is called by its name if that is well known.
    func name(_ word: UInt64) -> String { names[word] ?? Self.wellKnown[word] ?? "a field that this request lacks" }

    private func bypass(of request: ChatRequest, _ asked: CallHeaders, _ settings: Settings) -> CacheBypass? {
        var name = asked.task
        if name == nil, request.model.hasPrefix("auto/") { name = String(request.model.dropFirst(5)) }
        if name == nil, request.dialect == .embeddings { name = LedgerEntry.TaskKind.embedding.name }
        let forced = settings.rollout.allowOverride ? asked.rollout : nil
        return .of(
            request, task: name.flatMap { LedgerEntry.TaskKind(name: $0) },
            rollout: settings.enabled && forced ?? true ? .on : .off, settings.cache)
    }

    /// Parts that any key may have, by their name words.
    private static let wellKnown: [UInt64: String] = {
        var names: [UInt64: String] = [:]
        let fixed: [(StaticString, String)] = [
            (CacheKeyParts.schema, "schema version"), (CacheKeyParts.endpoint, "endpoint"),
            (CacheKeyParts.form, "stream or whole"), (CacheKeyParts.provider, "provider asked for"),
            (CacheKeyParts.compression, "compression level"), (CacheKeyParts.tenant, "tenant"),
        ]
        for (name, shown) in fixed { names[CacheKeyParts.nameWord("\(name)")] = shown }
        let fields =
            "model messages tools tool_choice parallel_tool_calls temperature top_p top_k n max_tokens "
            + "max_completion_tokens stop seed logprobs top_logprobs logit_bias presence_penalty frequency_penalty "
            + "response_format reasoning reasoning_effort verbosity modalities audio prediction web_search_options "
            + "functions function_call input instructions text truncation include max_output_tokens system thinking "
            + "stop_sequences prompt suffix echo best_of encoding_format dimensions store"
        for field in fields.split(separator: " ") { names[CacheKeyParts.nameWord("\"\(field)\"")] = String(field) }
        let headers = ["openai-organization", "openai-project", "openai-beta", "anthropic-version", "anthropic-beta"]
        for header in headers { names[CacheKeyParts.nameWord(header)] = "header \(header)" }
        return names
    }()
}

extension CacheKeyParts {
    fileprivate static func nameWord(_ name: String) -> UInt64 { nameWord(Array(name.utf8).span.bytes) }
}

extension TenantDigester {
    /// The tenant that a call's credentials make, as they stand in its head.
    func tenant(of headers: CallHeaders, in head: UnsafeRawBufferPointer, using digest: Digest) -> Tenant {
        tenant(using: digest) { digest in
            for field in headers.credentials {
                digest.updateLengthPrefixed(
                    RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: head[field.value])))
            }
        }
    }
}
