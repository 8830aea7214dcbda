import HTTP
import Platform

extension GatewayContext {
    /// Reads the request that an operator asks about: the body, or its member `request` with `headers` and `path` beside
    /// it.
    ///
    /// - Parameters:
    ///   - path: Where it would be sent, if the body does not say.
    ///   - explain: Is lent the request.
    func withAskedRequest<Result>(
        _ connection: Connection, path: String?, _ explain: (borrowing AskedRequest) throws(GatewayError) -> Result
    ) async throws(GatewayError) -> Result {
        do throws(ProtocolError) {
            guard try await connection.readBody(limit: settings.limits.bodyBytes) else {
                throw ProtocolError(400, "the body is not whole")
            }
        } catch { throw GatewayError(error) }
        // The authorization of an admin plane with a token is the operator's.
        let isOperators = settings.admin.token != nil
        let fields = connection.withHead { bytes in
            connection.head.fields.compactMap { field -> (name: String, value: String)? in
                let name = String(decoding: bytes[field.name], as: UTF8.self)
                if isOperators, name.lowercased() == "authorization" { return nil }
                return (name, String(decoding: bytes[field.value], as: UTF8.self))
            }
        }
        var policy = Snapshot.Reader(policy)
        return try connection.withBody { (body) throws(GatewayError) in
            let wrapped = try WrappedRequest(body)
            return try explain(
                try AskedRequest(
                    target: wrapped?.path ?? path ?? "/v1/chat/completions",
                    headers: wrapped.map { $0.headers } ?? fields,
                    body: wrapped.map { UnsafeRawBufferPointer(rebasing: body[$0.request]) } ?? body, settings,
                    policy.current()))
        }
    }
}

/// A request to explain that stands in a JSON object beside its header fields and its path.
private struct WrappedRequest {
    /// Where the request stands in the body.
    let request: Range<Int>
    private(set) var headers: [(name: String, value: String)] = []
    private(set) var path: String?

    /// Nil for a body that is the request itself, or no JSON, which whoever reads it next will say.
    init?(_ body: UnsafeRawBufferPointer) throws(GatewayError) {
        let bytes = Span<UInt8>(_unsafeBytes: body)
        var tape = JSONScanner()
        do throws(JSONScanner.Failure) { try tape.scan(bytes) } catch { return nil }
        guard tape.member("model", of: 0, in: bytes) == nil, let found = tape.member("request", of: 0, in: bytes),
            tape.values[found].kind == .object
        else { return nil }
        request = tape.values[found].range
        func text(_ value: JSONScanner.Value) -> String {
            var meaning = ByteBuffer(capacity: value.content.count)
            _ = JSONString.decode(bytes.extracting(value.content), into: &meaning)
            return Span<UInt8>(_bytes: meaning.span).text
        }
        if let index = tape.member("path", of: 0, in: bytes), tape.values[index].kind == .string {
            path = text(tape.values[index])
        }
        guard let fields = tape.member("headers", of: 0, in: bytes) else { return }
        var areTexts = tape.values[fields].kind == .object
        if areTexts {
            var pairs: [(name: String, value: String)] = []
            tape.forEachMember(of: fields) { key, value in
                areTexts = tape.values[value].kind == .string
                if areTexts { pairs.append((text(tape.values[key]), text(tape.values[value]))) }
                return areTexts
            }
            headers = pairs
        }
        guard areTexts else {
            throw GatewayError(
                .invalidRequest, 400, #""headers" must be an object of texts, such as {"authorization":"Bearer KEY"}."#)
        }
    }
}
