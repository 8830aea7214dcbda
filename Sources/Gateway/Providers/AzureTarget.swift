import HTTP

/// Where Azure's OpenAI service answers: a deployment has a URL of its own, and every call names the API's version.
///
/// With `api_version` the classic form: `/openai/deployments/NAME/chat/completions?api-version=…`, NAME being the model's
/// `upstream_name`. Without, the form that OpenAI's own clients use: `/openai/v1/chat/completions`, where the body names
/// the deployment. The body is OpenAI's in both, and so are answers and errors.
enum AzureTarget {
    /// Appends path and query of a call.
    ///
    /// - Parameters:
    ///   - prefix: The path of the provider's base URL, without a final slash; `/openai` or `/openai/v1` at its end is
    ///     not doubled.
    ///   - path: The client's path from behind `/v1` on, with its query.
    ///   - deployment: Percent-encoded on the way; nil for a call that concerns none, such as the list of models.
    static func append(
        prefix: String, path: RawSpan, deployment: String?, apiVersion: String?, to target: inout ByteBuffer
    ) {
        let base = prefix.hasSuffix("/openai/v1") ? String(prefix.dropLast(3)) : prefix
        target.append(base)
        if !base.hasSuffix("/openai") { target.append("/openai") }
        let bytes = Span<UInt8>(_bytes: path)
        let query = queryStart(bytes)
        if let apiVersion {
            if let deployment {
                target.append("/deployments/")
                appendSegment(deployment, to: &target)
            }
            target.append(bytes.extracting(0..<query).bytes)
            target.append("?api-version=")
            appendSegment(apiVersion, to: &target)
            // The client's own query follows; a version of its own would contradict the configured one.
            appendQuery(bytes.extracting(query..<bytes.count), to: &target)
        } else {
            target.append("/v1")
            target.append(path)
        }
    }

    private static func queryStart(_ path: Span<UInt8>) -> Int {
        var position = 0
        while position < path.count, path[position] != 0x3F { position &+= 1 }
        return position
    }

    private static func appendQuery(_ query: Span<UInt8>, to target: inout ByteBuffer) {
        var position = 1
        while position < query.count {
            var end = position
            while end < query.count, query[end] != 0x26 { end &+= 1 }
            if end > position, !names(query, position, "api-version=") {
                target.append("&")
                target.append(query.extracting(position..<end).bytes)
            }
            position = end &+ 1
        }
    }

    private static func names(_ query: Span<UInt8>, _ start: Int, _ name: StaticString) -> Bool {
        let end = start &+ name.utf8CodeUnitCount
        return end <= query.count && query.hasBytes(start..<end, name)
    }

    /// Appends a path segment, or a query's value: whatever might mean something else there is percent-encoded.
    private static func appendSegment(_ text: String, to target: inout ByteBuffer) {
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: target.append(byte)
            default:
                target.append(0x25 as UInt8)
                for digit in [byte >> 4, byte & 15] { target.append(digit < 10 ? 0x30 &+ digit : 0x37 &+ digit) }
            }
        }
    }
}
