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

    /// By what questions are answered: the same that calls are treated by.
    struct Grounds {
        let settings: Settings
        let policy: RolloutPolicy
        let clientKeys: ClientKeys
        let tenants: TenantDigester
    }

    /// - Parameters:
    ///   - target: The path and query that it would be sent to.
    ///   - headers: Its header fields; those that say how it was sent are passed over.
    init(
        target: String, headers: [(name: String, value: String)], body: UnsafeRawBufferPointer, _ grounds: Grounds
    ) throws(GatewayError) {
        let settings = grounds.settings
        let bytes = Self.head(target, headers, body.count)
        let digest = Digest()
        var parsed = RequestHead()
        do throws(ProtocolError) {
            var parser = RequestParser(headLimit: settings.limits.headerBytes)
            let isWhole = try bytes.span.bytes.withUnsafeBytes { (bytes) throws(ProtocolError) in
                try parser.parse(bytes, into: &parsed)
            }
            guard isWhole else { throw ProtocolError(400, "the header fields do not end") }
        } catch { throw GatewayError(.invalidRequest, 400, "The header fields make no request: \(error.reason).") }
        let asked = try bytes.span.bytes.withUnsafeBytes { (bytes) throws(GatewayError) in
            try CallHeaders(parsed, bytes)
        }
        use = asked.cacheUse
        greatestAge = asked.cacheSeconds
        let route = bytes.withUnsafeBytes { Route(parsed, $0) }
        guard case .dialect(let dialect, let path) = route else {
            throw GatewayError(
                .invalidRequest, 400, "The cache does not serve '\(target)'; it serves \(Self.served).")
        }
        if asked.hasContentEncoding { bypass = .isEncoded }

        let text = Span<UInt8>(_unsafeBytes: body)
        var tape = JSONScanner()
        let request: ChatRequest
        do throws(JSONScanner.Failure) { try tape.scan(text) } catch {
            throw GatewayError(
                .invalidJSON, 400, "The request is not valid JSON: at byte \(error.offset), \(error.reason).")
        }
        do throws(ChatRequest.Problem) { request = try ChatRequest(dialect, tape, text) } catch {
            throw GatewayError(.invalidRequest, 400, "The request is none that the gateway reads: \(error).")
        }
        var task = asked.task.flatMap(TaskName.init(rawValue:))
        if task == nil, dialect == .embeddings { task = .embedding }
        task = task ?? TaskName(model: request.model)
        let tenant = bytes.withUnsafeBytes { grounds.tenants.tenant(of: asked, in: $0, using: digest) }
        let treatment = bytes.withUnsafeBytes { head in
            let traits = CallTraits(
                fields: parsed.fields, head: head, target: path, model: request.model, task: task,
                key: grounds.keyName(asked, in: head, using: digest))
            var key = CallerKey()
            return grounds.policy.treatment(asked, traits) { draw in
                key.place(
                    in: draw, of: traits, tenant: asked.credentials.isEmpty ? nil : tenant, id: nil, using: digest
                ) { tape.append($0, in: text, to: &$1) }
            }
        }
        bypass = bypass ?? .of(request, treatment, task: task, settings.cache)
        if use == .off { bypass = .isRefused }

        var canonical = CanonicalJSON()
        bytes.withUnsafeBytes { head in
            let tenant = settings.cache.scope == .shared ? nil : tenant
            let pathBytes = RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: head[path]))
            key = CacheKey(
                tape, of: text, form: request.storedForm, path: pathBytes, fields: asked.answerFields, in: head,
                model: treatment.model, provider: treatment.provider,
                compression: settings.compression.options(for: request, treatment).keyPart, tenant: tenant,
                using: &canonical, digest)
            parts = CacheKeyParts(
                canonical, form: request.storedForm, path: pathBytes, fields: asked.answerFields, in: head,
                provider: treatment.provider,
                compression: settings.compression.options(for: request, treatment).keyPart, tenant: tenant)
        }
        for field in asked.answerFields { names[CacheKeyParts.nameWord("\(field.name)")] = "header \(field.name)" }
        for member in canonical.topMembers {
            let name = canonical.output.span.extracting(member.name)
            names[CacheKeyParts.nameWord(name)] = Span<UInt8>(_bytes: name).extracting(1..<name.byteCount - 1).text
        }
        if key == nil { bypass = .isAmbiguous }
    }

    /// What a part of a key is called; one that only a stored entry has is called by its name if that is well known.
    func name(_ word: UInt64) -> String { names[word] ?? Self.wellKnown[word] ?? "a field that this request lacks" }

    private static let served = Dialect.allCases.map { "/v1\($0.path)" }.joined(separator: ", ")

    /// Fields that say how the question was sent, and nothing of what it asks.
    private static let passedOver: Set<String> = [
        "host", "content-length", "transfer-encoding", "connection", "keep-alive", "te", "trailer", "upgrade", "expect",
        "via", "max-forwards",
    ]

    /// A head such as the client would send.
    private static func head(_ target: String, _ headers: [(name: String, value: String)], _ bodyBytes: Int) -> [UInt8]
    {
        var head = "POST \(target) HTTP/1.1\r\nhost: gateway\r\ncontent-length: \(bodyBytes)\r\n"
        for (name, value) in headers where !passedOver.contains(name.lowercased()) { head += "\(name): \(value)\r\n" }
        return Array((head + "\r\n").utf8)
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

extension CacheQuestion.Grounds {
    /// What the keys of `auth.keys` call the caller; nil for one that they do not know.
    fileprivate func keyName(_ asked: CallHeaders, in head: UnsafeRawBufferPointer, using digest: Digest) -> String? {
        if settings.auth.open { return nil }
        return asked.credentials.lazy.compactMap {
            clientKeys.account(matching: UnsafeRawBufferPointer(rebasing: head[$0.value]), using: digest)
        }.first?.key.name
    }
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
