import Cache
import Compression
import HTTP
import Routing

/// The single list of what an answer depends on.
///
/// The canonical request without the fields below, the endpoint and its query, the form of the answer where one cannot be
/// told as the other, the header fields that choose a version,
/// an organization or a project, the provider that the caller insists on, the compression level, the schema's version
/// and the tenant. The model needs no place of its own: it is a field of the request, where what `RoutingTable.keyModel`
/// says takes the place of the client's. Everything is length-prefixed, so that no two lists of parts give the same bytes.
extension CacheKey {
    /// Raised when what is stored, or what the key is made of, changes its meaning.
    fileprivate static let schemaVersion: StaticString = "2"

    /// Fields that do not change what is answered, each with its reason.
    private static let ignoredFields: [StaticString] = [
        "stream",  // the same answer, in pieces or whole
        "stream_options",  // whether the pieces state their usage
        "user",  // who asked, for the provider's abuse checks
        "metadata",  // labels for the provider's dashboard
        "safety_identifier",  // who asked, under its newer name
        "prompt_cache_key",  // where the provider looks for a cached prefix
        "service_tier",  // how soon it is answered
    ]

    /// The key of a scanned request, or nil when the request has none because it names a field twice.
    ///
    /// - Parameters:
    ///   - tape: The scan of `body`.
    ///   - canonical: Scratch, overwritten.
    ///   - form: What a stored answer is to be, where it serves one form alone.
    ///   - path: Of the endpoint, with the query, as it goes upstream.
    ///   - fields: Header fields that change what is answered, as they stand in `head`.
    ///   - model: What `RoutingTable.keyModel` puts in the place of the request's model; nil leaves that.
    ///   - provider: What the caller insists on; nil leaves it to the routing.
    ///   - compression: How the prompt is compressed on the way.
    ///   - tenant: Whose answers may be seen; nil when the cache is shared by all.
    init?(
        _ tape: borrowing JSONScanner, of body: Span<UInt8>, form: StaticString, path: RawSpan,
        fields: [CallHeaders.AnswerField],
        in head: UnsafeRawBufferPointer, model: String? = nil, provider: String?,
        compression: StaticString = CompressionOptions?.none.keyPart, tenant: Tenant?,
        using canonical: inout CanonicalJSON, _ digest: Digest
    ) {
        canonical.write(tape, of: body, omitting: Self.ignoredFields, replacing: model.map { ("model", $0) })
        guard !canonical.hasDuplicateKeys else { return nil }
        digest.reset()
        CacheKeyParts.forEach(
            of: path, form, fields, in: head, provider: provider, compression: compression, tenant: tenant
        ) { name, content in
            if let name { digest.updateLengthPrefixed(name) }
            digest.updateLengthPrefixed(content)
        }
        digest.updateLengthPrefixed(canonical.output.span)
        self = digest.finish()
    }
}

extension CacheKeyParts {
    /// The parts of the key that has just been made of the same, `canonical` being what that left.
    init(
        _ canonical: borrowing CanonicalJSON, form: StaticString, path: RawSpan, fields: [CallHeaders.AnswerField],
        in head: UnsafeRawBufferPointer, provider: String?,
        compression: StaticString = CompressionOptions?.none.keyPart, tenant: Tenant?
    ) {
        self.init()
        let names: [StaticString] = [
            Self.schema, Self.endpoint, Self.form, Self.provider, Self.compression, Self.tenant,
        ]
        var place = 0
        Self.forEach(
            of: path, form, fields, in: head, provider: provider, compression: compression, tenant: tenant
        ) { field, content in
            if let field {
                add(field, content)
            } else {
                add(names[place], content)
                place += 1
            }
        }
        let text = canonical.output.span
        for member in canonical.topMembers { add(text.extracting(member.name), text.extracting(member.value)) }
    }

    // Names that no field of a request and no header field has.
    static let schema: StaticString = "(schema)"
    static let endpoint: StaticString = "(endpoint)"
    static let form: StaticString = "(form)"
    static let provider: StaticString = "(provider)"
    static let compression: StaticString = "(compression)"
    static let tenant: StaticString = "(tenant)"

    private mutating func add(_ name: StaticString, _ content: RawSpan) {
        add(RawSpan(_unsafeStart: name.utf8Start, byteCount: name.utf8CodeUnitCount), content)
    }

    /// Calls `body` with each part of a key but the request itself: those that a header field of the client's makes with
    /// its name, the others in the order of their names above.
    fileprivate static func forEach(
        of path: RawSpan, _ form: StaticString, _ fields: [CallHeaders.AnswerField],
        in head: UnsafeRawBufferPointer, provider: String?, compression: StaticString, tenant: Tenant?,
        _ body: (StaticString?, RawSpan) -> Void
    ) {
        func fixed(_ text: StaticString) {
            body(nil, RawSpan(_unsafeStart: text.utf8Start, byteCount: text.utf8CodeUnitCount))
        }
        fixed(CacheKey.schemaVersion)
        body(nil, path)
        fixed(form)
        for field in fields {
            body(field.name, RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: head[field.value])))
        }
        body(nil, (provider ?? "").utf8Span.span.bytes)
        fixed(compression)
        if let tenant { tenant.withBytes { body(nil, $0) } } else { fixed("shared") }
    }
}

extension RoutingTable {
    /// What a request is answered by, where that is another model than it names; nil where it is that one.
    ///
    /// A rule's model. And where the task decides which model answers, the task that a header field or a rule says:
    /// `auto` asks what `auto/TASK` does then, and what `routing.substitute` names asks for `auto/TASK/NAME`, which no
    /// client can.
    ///
    /// - Parameter task: As a header field or a rule says it; nil where neither does.
    func keyModel(of request: ChatRequest, _ treatment: Treatment, saying task: TaskName?) -> String? {
        let model = treatment.model ?? request.model
        guard let task, treatment.routesByTask, treatment.changesBytes, request.dialect != .embeddings,
            isRoutedByTask(model), TaskName(model: model) == nil
        else { return treatment.model }
        if model == "auto" { return "auto/\(task.rawValue)" }
        return treatment.model ?? "auto/\(task.rawValue)/\(model)"
    }
}

extension ChatRequest {
    /// Streams and whole answers have entries of their own where one cannot be told as the other.
    var storedForm: StaticString { dialect.tellsBothWays ? "" : isStream ? "events" : "whole" }
}
