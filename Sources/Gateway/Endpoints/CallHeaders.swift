import HTTP

/// What a client's header fields ask of the gateway, read in one pass.
///
/// Every `x-gateway-*` field is the gateway's own and goes no further, known or not.
struct CallHeaders {
    /// How the cache is to be used for one call.
    enum CacheUse: Equatable {
        case normal
        /// Neither read nor written.
        case off
        /// Written, not read.
        case refresh
        /// Read, and 504 rather than ask upstream.
        case only
    }

    /// A field that changes what a provider answers.
    struct AnswerField {
        /// Lower-case.
        let name: StaticString
        let value: Range<Int>

        /// Whether it says which version of Anthropic's API is spoken.
        var isVersion: Bool { name.utf8CodeUnitCount == 17 }

        fileprivate static let names: [StaticString] = [
            "openai-beta", "openai-organization", "openai-project", "anthropic-beta", "anthropic-version",
        ]
    }

    var deal: String?
    var cycle: String?
    var tags: [String: String] = [:]
    var task: String?
    var cacheUse = CacheUse.normal
    /// The greatest age of an answer that the client accepts, in seconds, and how long one is then kept.
    var cacheSeconds: Int?
    /// `off` sends the call straight through; `on` the contrary.
    var rollout: Bool?
    var provider: String?
    /// How far the prompt may be compressed.
    var compression: CompressionSettings.Level?
    var timeoutMilliseconds: Int?
    /// Attempts at one provider after the first, where that is to be less than the configuration says.
    var retries: Int?
    /// Where the client's credentials stand: Authorization, x-api-key, api-key.
    var credentials: [FieldRange] = []
    /// Fields that change what a provider answers, or for whom, though they are no credentials.
    private(set) var answerFields: [AnswerField] = []
    /// Whether the body is compressed, and so opaque.
    var hasContentEncoding = false
    var hasRequestID = false
    /// What the client accepts as an answer's encoding.
    var acceptEncoding: Range<Int>?
    /// How many hops more an OPTIONS may go, this one included (RFC 9110 7.6.2); nil for other methods, not held to it.
    private(set) var maxForwards: Int?
    /// The hops that the request has behind it, as `Via` lists them.
    private var hopCount = 0
    /// The names that the client's Connection fields declare to be of this hop only.
    private(set) var connectionNames: [Range<Int>] = []

    /// Bytes of an attribution value accepted.
    static let attributionLimit = 128
    /// Tags accepted of one call.
    static let tagLimit = 16
    /// Hops accepted of one request: a gateway that is its own upstream, by mistake, asks itself no more often.
    static let hopLimit = 16

    init() {}

    /// - Throws: `GatewayError` 400 for an attribution that is too long or not printable, or a malformed directive.
    init(_ head: borrowing RequestHead, _ bytes: UnsafeRawBufferPointer) throws(GatewayError) {
        for field in head.fields {
            let name = HeaderName(bytes, field.name)
            let value = field.value
            switch name.length {
            case 3 where name.is("via"): hopCount &+= 1 &+ bytes[value].count { $0 == UInt8(ascii: ",") }
            case 7 where name.is("api-key"), 9 where name.is("x-api-key"), 13 where name.is("authorization"):
                credentials.append(field)
            case 10 where name.is("connection"):
                let options = HeaderName(bytes, value)
                // What nearly every client sends, and no field's name.
                if !options.is("keep-alive"), !options.is("close") { connectionNames.append(value) }
            case 12 where name.is("x-request-id"): hasRequestID = true
            case 12 where name.is("max-forwards") && HeaderName(bytes, head.method).isExactly("OPTIONS"):
                maxForwards = try number(UnsafeRawBufferPointer(rebasing: bytes[value]), "max-forwards")
            case 13 where name.is("cache-control"): readCacheControl(bytes, value)
            case 15 where name.is("accept-encoding"): acceptEncoding = value
            case 16 where name.is("content-encoding"):
                hasContentEncoding = !HeaderName(bytes, value).is("identity")
            default:
                if name.hasPrefix("x-gateway-") {
                    try readDirective(bytes, field)
                } else if name.hasPrefix("openai-") || name.hasPrefix("anthropic-"),
                    let known = AnswerField.names.first(where: { name.is($0) })
                {
                    answerFields.append(AnswerField(name: known, value: value))
                }
            }
        }
        // RFC 9110 7.6: no message goes round in a circle without end.
        guard hopCount < Self.hopLimit else {
            throw GatewayError(
                .loopDetected, 508,
                "The request has passed \(hopCount) proxies; is the gateway's own address the base_url of a provider?")
        }
    }

    /// Whether a field is one of the credentials.
    func isCredential(_ field: FieldRange) -> Bool { credentials.contains { $0.name == field.name } }

    private mutating func readDirective(_ bytes: UnsafeRawBufferPointer, _ field: FieldRange) throws(GatewayError) {
        let name = HeaderName(bytes, field.name)
        let value = UnsafeRawBufferPointer(rebasing: bytes[field.value])
        if name.is("x-gateway-deal") {
            deal = try attribution(value, "x-gateway-deal")
        } else if name.is("x-gateway-cycle") {
            cycle = try attribution(value, "x-gateway-cycle")
        } else if name.hasPrefix("x-gateway-tag-") {
            let key = String(decoding: bytes[field.name].dropFirst(14), as: UTF8.self).lowercased()
            guard key.utf8.count <= Self.attributionLimit, tags.count < Self.tagLimit else {
                throw GatewayError(
                    .invalidRequest, 400,
                    "A call has at most \(Self.tagLimit) x-gateway-tag-NAME headers of at most \(Self.attributionLimit) bytes."
                )
            }
            tags[key] = try attribution(value, "x-gateway-tag-\(key)")
        } else if name.is("x-gateway-task") {
            task = String(decoding: value, as: UTF8.self).lowercased()
        } else if name.is("x-gateway-provider") {
            provider = String(decoding: value, as: UTF8.self)
        } else if name.is("x-gateway-rollout") {
            switch String(decoding: value, as: UTF8.self).lowercased() {
            case "on": rollout = true
            case "off": rollout = false
            default: throw GatewayError(.invalidRequest, 400, "x-gateway-rollout takes 'on' or 'off'.")
            }
        } else if name.is("x-gateway-compression") {
            compression = .init(rawValue: String(decoding: value, as: UTF8.self).lowercased())
            if compression == nil {
                throw GatewayError(
                    .invalidRequest, 400, "x-gateway-compression takes 'off', 'safe' or 'aggressive'.")
            }
        } else if name.is("x-gateway-timeout-ms") {
            timeoutMilliseconds = try number(value, "x-gateway-timeout-ms")
        } else if name.is("x-gateway-retries") {
            retries = try number(value, "x-gateway-retries")
        } else if name.is("x-gateway-cache") {
            try readCacheDirective(value)
        }
    }

    private mutating func readCacheDirective(_ value: UnsafeRawBufferPointer) throws(GatewayError) {
        let text = String(decoding: value, as: UTF8.self).lowercased()
        switch text {
        case "off": cacheUse = .off
        case "refresh": cacheUse = .refresh
        case "only": cacheUse = .only
        case _ where text.hasPrefix("ttl="):
            cacheSeconds = try number(UnsafeRawBufferPointer(rebasing: value[4...]), "x-gateway-cache: ttl")
        default:
            throw GatewayError(
                .invalidRequest, 400, "x-gateway-cache takes 'off', 'refresh', 'only' or 'ttl=SECONDS'.")
        }
    }

    /// RFC 9111 5.2.1, as far as it means something to a gateway; what it does not know it ignores, as the RFC says.
    private mutating func readCacheControl(_ bytes: UnsafeRawBufferPointer, _ value: Range<Int>) {
        for directive in String(decoding: bytes[value], as: UTF8.self).lowercased().split(separator: ",") {
            let words = directive.split(separator: "=", maxSplits: 1).map {
                $0.filter { $0 != " " && $0 != "\t" && $0 != "\"" }
            }
            switch words.first {
            case "no-store": cacheUse = .off
            case "no-cache" where cacheUse != .off: cacheUse = .refresh
            case "only-if-cached" where cacheUse == .normal: cacheUse = .only
            case "max-age":
                if words.count == 2, words[1].utf8.count <= 9, let seconds = UInt32(words[1]) {
                    // An answer of age 0 does not exist: max-age=0 asks for a fresh one.
                    if seconds == 0, cacheUse == .normal { cacheUse = .refresh }
                    cacheSeconds = seconds == 0 ? cacheSeconds : Int(seconds)
                }
            default: break
            }
        }
    }

    private func attribution(_ value: UnsafeRawBufferPointer, _ name: String) throws(GatewayError) -> String {
        let text = String(decoding: value.prefix(Self.attributionLimit + 1), as: UTF8.self)
        // The text's bytes count, not the value's: each one that is not UTF-8 becomes three.
        guard text.utf8.count <= Self.attributionLimit, value.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw GatewayError(
                .invalidRequest, 400, "\(name) must be printable and at most \(Self.attributionLimit) bytes long.")
        }
        return text
    }

    private func number(_ value: UnsafeRawBufferPointer, _ name: String) throws(GatewayError) -> Int {
        guard (1...9).contains(value.count), value.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else {
            throw GatewayError(.invalidRequest, 400, "\(name) must be a whole number of at most nine digits.")
        }
        return value.reduce(0) { $0 &* 10 &+ Int($1 &- 48) }
    }
}

/// A field name in a message's bytes, compared without regard to case.
struct HeaderName {
    private let bytes: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) {
        self.bytes = UnsafeRawBufferPointer(rebasing: bytes[range])
    }

    var length: Int { bytes.count }
    subscript(offset: Int) -> UInt8 { bytes[offset] }

    /// Whether the name is `text`, which is lower-case.
    func `is`(_ text: StaticString) -> Bool { bytes.count == text.utf8CodeUnitCount && hasPrefix(text) }

    /// Whether the name begins with `text`, which is lower-case.
    func hasPrefix(_ text: StaticString) -> Bool {
        guard bytes.count >= text.utf8CodeUnitCount else { return false }
        for offset in 0..<text.utf8CodeUnitCount where lowercased(offset) != text.utf8Start[offset] { return false }
        return true
    }

    func lowercased(_ offset: Int) -> UInt8 {
        let byte = bytes[offset]
        return byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
    }
}
