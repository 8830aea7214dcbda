import HTTP
import Metrics
import Routing

/// A request that an operator asks about: read as if a client had sent it, and never sent.
struct AskedRequest: ~Copyable {
    let dialect: Dialect
    let headers: CallHeaders
    let request: ChatRequest
    /// What would be done for the call, if its caller is in whatever share of callers it takes.
    let treatment: Treatment
    /// The head that the client would send.
    let head: [UInt8]
    /// Where in it the path below `/v1` and the query stand.
    let path: Range<Int>
    /// The scan of `body`.
    let tape: JSONScanner
    /// Lent by whoever asks, as long as this is used.
    let body: UnsafeRawBufferPointer

    /// Header fields that matter, or may.
    private static let known = ["authorization", "x-api-key", "api-key", "cache-control", "content-encoding"]
    private static let served = Dialect.allCases.map { "/v1\($0.path)" }.joined(separator: ", ")

    /// - Parameters:
    ///   - target: The path and query that it would be sent to.
    ///   - headers: Its header fields; those that do not matter are passed over.
    ///   - policy: By which its treatment is decided.
    init(
        target: String, headers: [(name: String, value: String)], body: UnsafeRawBufferPointer, _ settings: Settings,
        _ policy: RolloutPolicy
    ) throws(GatewayError) {
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
        let fields = parsed.fields
        let model = request.model
        treatment = head.withUnsafeBytes { bytes in
            let traits = CallTraits(
                fields: fields, head: bytes, target: path, model: model,
                task: asked.task.flatMap(TaskName.init(rawValue:)) ?? TaskName(model: model))
            return policy.treatment(asked, traits) { _ in 0 }
        }
        self.dialect = dialect
        self.headers = asked
        self.head = head
        self.path = path
        self.tape = tape
        self.body = body
    }

    /// The task that is known before the request is classified, and who says so.
    var statedTask: (task: TaskName, source: LedgerEntry.TaskSource)? {
        if let task = headers.task.flatMap(TaskName.init(rawValue:)) { return (task, .header) }
        if let task = TaskName(model: request.model) { return (task, .model) }
        if dialect == .embeddings { return (.embedding, .endpoint) }
        return treatment.task.map { ($0, .rule) }
    }

    /// A head such as the client would send.
    private static func head(_ target: String, _ headers: [(name: String, value: String)], _ bodyBytes: Int) -> [UInt8]
    {
        var head = "POST \(target) HTTP/1.1\r\nhost: gateway\r\ncontent-length: \(bodyBytes)\r\n"
        for (name, value) in headers {
            let name = name.lowercased()
            let matters =
                known.contains(name) || ["x-gateway-", "openai-", "anthropic-"].contains { name.hasPrefix($0) }
            if matters { head += "\(name): \(value)\r\n" }
        }
        return Array((head + "\r\n").utf8)
    }
}
