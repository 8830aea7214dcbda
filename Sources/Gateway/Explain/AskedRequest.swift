import Cache
import HTTP
import Metrics
import Routing

/// A request that an operator asks about: read as if a client had sent it, and never sent.
struct AskedRequest: ~Copyable {
    let dialect: Dialect
    let headers: CallHeaders
    let request: ChatRequest
    /// What would be done for the call.
    let treatment: Treatment
    /// What its credentials make.
    let tenant: Tenant
    /// The head that the client would send.
    let head: [UInt8]
    /// Where in it the path below `/v1` and the query stand.
    let path: Range<Int>
    /// The scan of `body`.
    let tape: JSONScanner
    /// Lent by whoever asks, as long as this is used.
    let body: UnsafeRawBufferPointer

    /// By what questions are answered: the same that calls are treated by.
    struct Grounds {
        let settings: Settings
        let policy: RolloutPolicy
        let clientKeys: ClientKeys
        let tenants: TenantDigester
    }

    /// Header fields that say how the question was sent, and nothing of what it asks.
    private static let passedOver: Set<String> = [
        "host", "content-length", "transfer-encoding", "connection", "keep-alive", "te", "trailer", "upgrade", "expect",
        "via", "max-forwards",
    ]
    private static let served = Dialect.allCases.map { "/v1\($0.path)" }.joined(separator: ", ")

    /// - Parameters:
    ///   - target: The path and query that it would be sent to.
    ///   - headers: Its header fields; those that say how it was sent are passed over.
    init(
        target: String, headers: [(name: String, value: String)], body: UnsafeRawBufferPointer, _ grounds: Grounds
    ) throws(GatewayError) {
        let settings = grounds.settings
        let head = Self.head(target, headers, body.count)
        var parsed = RequestHead()
        do throws(ProtocolError) {
            var parser = RequestParser(headLimit: settings.limits.headerBytes)
            let isWhole = try head.span.bytes.withUnsafeBytes { (bytes) throws(ProtocolError) in
                try parser.parse(bytes, into: &parsed)
            }
            guard isWhole else { throw ProtocolError(400, "the header fields do not end") }
        } catch { throw GatewayError(.invalidRequest, 400, "The header fields make no request: \(error.reason).") }
        let asked = try head.span.bytes.withUnsafeBytes { (bytes) throws(GatewayError) in
            try CallHeaders(parsed, bytes)
        }
        let route = head.withUnsafeBytes { Route(parsed, $0) }
        guard case .dialect(let dialect, let path) = route else {
            throw GatewayError(
                .invalidRequest, 400, "'\(target)' takes no request that is read; such are taken by \(Self.served).")
        }
        let text = Span<UInt8>(_unsafeBytes: body)
        var tape = JSONScanner()
        do throws(JSONScanner.Failure) { try tape.scan(text) } catch {
            throw GatewayError(
                .invalidJSON, 400, "The request is not valid JSON: at byte \(error.offset), \(error.reason).")
        }
        do throws(ChatRequest.Problem) { request = try ChatRequest(dialect, tape, text) } catch {
            throw GatewayError(.invalidRequest, 400, "The request is none that the gateway reads: \(error).")
        }
        let digest = Digest()
        let tenant = head.withUnsafeBytes { grounds.tenants.tenant(of: asked, in: $0, using: digest) }
        let fields = parsed.fields
        let model = request.model
        treatment = head.withUnsafeBytes { bytes in
            let traits = CallTraits(
                fields: fields, head: bytes, target: path, model: model,
                task: Self.statedTask(asked, dialect, model)?.task,
                key: grounds.keyName(asked, in: bytes, using: digest))
            var key = CallerKey()
            return grounds.policy.treatment(asked, traits) { draw in
                key.place(
                    in: draw, of: traits, tenant: asked.credentials.isEmpty ? nil : tenant, id: nil, using: digest
                ) { tape.append($0, in: text, to: &$1) }
            }
        }
        self.tenant = tenant
        self.dialect = dialect
        self.headers = asked
        self.head = head
        self.path = path
        self.tape = tape
        self.body = body
    }

    /// The task that is known before the request is classified, and who says so.
    var statedTask: (task: TaskName, source: LedgerEntry.TaskSource)? {
        Self.statedTask(headers, dialect, request.model) ?? treatment.task.map { ($0, .rule) }
    }

    private static func statedTask(
        _ headers: CallHeaders, _ dialect: Dialect, _ model: String
    ) -> (task: TaskName, source: LedgerEntry.TaskSource)? {
        if let task = headers.task.flatMap(TaskName.init(rawValue:)) { return (task, .header) }
        if let task = TaskName(model: model) { return (task, .model) }
        return dialect == .embeddings ? (.embedding, .endpoint) : nil
    }

    /// A head such as the client would send.
    private static func head(_ target: String, _ headers: [(name: String, value: String)], _ bodyBytes: Int) -> [UInt8]
    {
        var head = "POST \(target) HTTP/1.1\r\nhost: gateway\r\ncontent-length: \(bodyBytes)\r\n"
        for (name, value) in headers where !passedOver.contains(name.lowercased()) { head += "\(name): \(value)\r\n" }
        return Array((head + "\r\n").utf8)
    }
}

extension AskedRequest.Grounds {
    /// What the keys of `auth.keys` call the caller; nil for one that they do not know.
    fileprivate func keyName(_ asked: CallHeaders, in head: UnsafeRawBufferPointer, using digest: Digest) -> String? {
        if settings.auth.open { return nil }
        return asked.credentials.lazy.compactMap {
            clientKeys.account(matching: UnsafeRawBufferPointer(rebasing: head[$0.value]), using: digest)
        }.first?.key.name
    }
}
