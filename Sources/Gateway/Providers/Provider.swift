import HTTP

/// An upstream service as the configuration describes it, ready for use. A class, since every call hands it about.
final class Provider: Sendable {
    let name: String
    let kind: ProviderSettings.Kind
    let origin: UpstreamOrigin
    /// What stands before the part of a path after `/v1`, as in `/v1` of `https://api.openai.com/v1`; no final slash.
    let pathPrefix: String
    /// The version of Azure's API, where the configuration names one.
    private let apiVersion: String?
    /// Our own key; when there is none, the client's credentials go upstream.
    let apiKey: Secret?
    /// Hides that key in what the provider answers.
    let keyMask: KeyMask
    let timeouts: UpstreamTimeouts
    /// Nanoseconds between two questions whether it is up; 0 for none.
    let healthInterval: UInt64
    private let healthPath: String
    /// How it does, as all loops know it.
    let state: ProviderState

    /// - Parameters:
    ///   - environment: Where an egress proxy may be named.
    ///   - onChange: Is told when the provider goes up or down.
    init(
        _ settings: ProviderSettings, _ routing: RoutingSettings, environment: [String: String],
        onChange: @escaping @Sendable (ProviderEvent) -> Void
    ) {
        state = ProviderState(settings.name, routing, onChange: onChange)
        healthInterval = settings.health.interval.nanoseconds
        healthPath = settings.health.path
        let url = settings.baseURL
        let needsCurl =
            switch settings.transport {
            case .curl: true
            case .native: false
            // On the way to this machine there is no proxy, whatever the environment says.
            case .auto: !url.isLoopback && EgressProxy.isNamed(for: url.scheme, in: environment)
            }
        let isUsualPort = url.port == (url.scheme == .https ? 443 : 80)
        name = settings.name
        kind = settings.kind
        origin = UpstreamOrigin(
            scheme: url.scheme.rawValue, host: url.host, port: isUsualPort ? nil : url.port,
            connectionLimit: settings.maxConnections, certificateFile: settings.certificateFile,
            addressLifetime: settings.addressLifetime.nanoseconds, needsCurl: needsCurl)
        // Anthropic's base URL is told without the version that every path begins with.
        let isVersioned = url.pathPrefix.hasSuffix("/v1")
        pathPrefix = settings.kind == .anthropic && !isVersioned ? url.pathPrefix + "/v1" : url.pathPrefix
        apiVersion = settings.apiVersion
        apiKey = settings.apiKey
        keyMask = KeyMask(settings.apiKey)
        timeouts = UpstreamTimeouts(
            connect: settings.timeouts.connect.nanoseconds, firstByte: settings.timeouts.firstByte.nanoseconds,
            idle: settings.timeouts.idle.nanoseconds, total: settings.timeouts.total.nanoseconds)
    }
}

extension Provider {
    /// Whether it is asked in a dialect of its own where a client asks in this one.
    func isTold(_ dialect: Dialect) -> Bool { kind == .anthropic && dialect == .chat }

    /// Where and how a call is carried upstream.
    struct Way {
        /// The path and query from behind `/v1` on, beginning with a slash or a question mark.
        let path: UnsafeRawBufferPointer
        /// The provider's name for the model, where its URLs may have one.
        var deployment: String?
        /// Whether the call is told in the provider's dialect, not in the client's.
        var isTold = false
        /// Whether the client's credentials may go upstream, as long as we have no key.
        var keepsCredentials = true
    }

    /// Builds the request that carries a client's call upstream: rebuilt from its parsed parts, hop-by-hop fields,
    /// the gateway's own and, where we have a key of ours or the client's was meant for us, its credentials left out.
    func request(
        for head: borrowing RequestHead, _ bytes: UnsafeRawBufferPointer, headers: CallHeaders, method: String,
        _ way: Way
    ) -> UpstreamRequest {
        var request = UpstreamRequest(origin: origin, method: method, timeouts: timeouts)
        append(way, to: &request.target)
        let sendsCredentials = apiKey == nil && way.keepsCredentials
        for field in head.fields {
            let name = HeaderName(bytes, field.name)
            if HopByHop.endsHere(request: name) || HopByHop.isNamed(name, by: headers.connectionNames, in: bytes) {
                continue
            }
            if headers.isCredential(field) {
                if !sendsCredentials { continue }
                if way.isTold, appendKey(bytes, field, to: &request.headers) { continue }
            }
            if headers.maxForwards != nil, name.is("max-forwards") { continue }
            // Of an account at another provider.
            if way.isTold, name.hasPrefix("openai-") { continue }
            let value = field.value
            let gap = value.lowerBound &- field.name.upperBound
            if gap == 2, bytes[value.lowerBound &- 1] == 0x20, !value.isEmpty {
                // Spelled as it would be written anew: one copy for the line.
                request.headers.append(
                    UnsafeRawBufferPointer(rebasing: bytes[field.name.lowerBound..<value.upperBound]))
            } else {
                request.headers.append(UnsafeRawBufferPointer(rebasing: bytes[field.name]))
                request.headers.append(value.isEmpty ? ":" : ": ")
                request.headers.append(UnsafeRawBufferPointer(rebasing: bytes[value]))
            }
            request.headers.append("\r\n")
        }
        if let hops = headers.maxForwards { request.headers.append("max-forwards: \(max(hops - 1, 0))\r\n") }
        // RFC 9110 7.6.3: a gateway says so to whom it sends; after the fields of the hops before it.
        request.headers.append(head.isHTTP10 ? "via: 1.0 gateway\r\n" : "via: 1.1 gateway\r\n")
        appendOwnFields(to: &request.headers, hasVersion: headers.answerFields.contains { $0.isVersion })
        return request
    }

    /// The question whether it is up, which bills nothing.
    ///
    /// - Parameter patience: The longest that its answer may take, in nanoseconds.
    func probe(patience: UInt64) -> UpstreamRequest {
        let times = UpstreamTimeouts(
            connect: min(timeouts.connect, patience), firstByte: min(timeouts.firstByte, patience), idle: patience,
            total: patience)
        var request = UpstreamRequest(origin: origin, method: "GET", timeouts: times)
        healthPath.utf8Span.span.bytes.withUnsafeBytes { append(Way(path: $0), to: &request.target) }
        request.headers.append("user-agent: gateway/")
        request.headers.append(VersionCommand.version)
        request.headers.append("\r\naccept: application/json\r\n")
        appendOwnFields(to: &request.headers, hasVersion: false)
        return request
    }

    /// Our key, and what the provider asks for besides.
    private func appendOwnFields(to headers: inout ByteBuffer, hasVersion: Bool) {
        if let apiKey {
            headers.append(keyField)
            headers.append(apiKey.value)
            headers.append("\r\n")
        }
        if kind == .anthropic, !hasVersion { headers.append("anthropic-version: 2023-06-01\r\n") }
    }

    private func append(_ way: Way, to target: inout ByteBuffer) {
        if kind == .azure {
            AzureTarget.append(
                prefix: pathPrefix, path: RawSpan(_unsafeBytes: way.path), deployment: way.deployment,
                apiVersion: apiVersion, to: &target)
        } else {
            target.append(pathPrefix)
            target.append(way.path)
        }
    }

    /// Spells a client's bearer token as Anthropic takes a key; false for what is no such token, or one of theirs.
    private func appendKey(
        _ bytes: UnsafeRawBufferPointer, _ field: FieldRange, to headers: inout ByteBuffer
    ) -> Bool {
        guard HeaderName(bytes, field.name).is("authorization"), HeaderName(bytes, field.value).hasPrefix("bearer ")
        else { return false }
        let token = UnsafeRawBufferPointer(rebasing: bytes[field.value].dropFirst(7))
        if HeaderName(token).hasPrefix("sk-ant-oat") { return false }
        headers.append("x-api-key: ")
        headers.append(token)
        headers.append("\r\n")
        return true
    }

    /// Where our key stands.
    private var keyField: StaticString {
        switch kind {
        case .openai: "authorization: Bearer "
        case .anthropic: "x-api-key: "
        case .azure: "api-key: "
        }
    }
}
