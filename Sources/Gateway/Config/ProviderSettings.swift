/// One entry of `providers`: an upstream and how it is asked.
package struct ProviderSettings: Sendable, Equatable {
    /// The dialect a provider speaks.
    package enum Kind: String, Sendable, CaseIterable { case openai, anthropic, azure }
    /// How it is reached; `auto` is native unless an egress proxy is set.
    package enum Transport: String, Sendable, CaseIterable { case auto, native, curl }

    package struct Timeouts: Sendable, Equatable {
        package var connect = Duration.milliseconds(5000)
        package var firstByte = Duration.milliseconds(600_000)
        package var idle = Duration.milliseconds(300_000)
        package var total = Duration.milliseconds(1_200_000)

        mutating func read(_ keys: SettingsSection) {
            keys.milliseconds("connect_ms", &connect, in: 10...600_000)
            keys.milliseconds("first_byte_ms", &firstByte, in: 10...86_400_000)
            keys.milliseconds("idle_ms", &idle, in: 10...86_400_000)
            keys.milliseconds("total_ms", &total, in: 10...86_400_000)
        }
    }

    package struct Health: Sendable, Equatable {
        /// Zero never asks.
        package var interval = Duration.seconds(60)
        /// Asked with GET, after the base URL's path.
        package var path = "/models"

        mutating func read(_ keys: SettingsSection) {
            keys.seconds("interval_s", &interval, in: 0...86400)
            keys.parsed("path", &path, "a path that begins with /") { text in
                text.hasPrefix("/") && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } ? text : nil
            }
        }
    }

    package let name: String
    package var kind = Kind.openai
    package var baseURL: BaseURL
    /// Azure's `api-version` query; nil leaves it out.
    package var apiVersion: String?
    /// Goes upstream instead of what the client sent; nil lets the client's own through.
    package var apiKey: Secret?
    package var timeouts = Timeouts()
    package var health = Health()
    package var maxConnections = 256
    package var transport = Transport.auto
    /// The path of a PEM file of the only certificates that its own must come from; nil for the system's.
    package var certificateFile: String?
    /// How long the addresses of its name are believed.
    package var addressLifetime = Duration.seconds(60)

    package init(name: String, baseURL: BaseURL) {
        self.name = name
        self.baseURL = baseURL
    }

    /// Reads an entry; nil when it has no usable base URL, which was said.
    init?(name: String, _ keys: SettingsSection) {
        var url: BaseURL?
        let expected = "an http or https URL without user, query or fragment, such as \"https://api.openai.com/v1\""
        keys.parsed("base_url", &url, expected, parse: BaseURL.init)
        if !keys.isSet("base_url") { keys.fail("base_url", .missing(expected: expected)) }
        var provider = ProviderSettings(name: name, baseURL: url ?? .nowhere)
        provider.read(keys)
        if url == nil { return nil }
        self = provider
    }

    private mutating func read(_ keys: SettingsSection) {
        keys.choice("kind", &kind)
        keys.string("api_version", &apiVersion)
        keys.secret("api_key", &apiKey, unset: "the key that a client sends goes upstream")
        keys.section("timeouts") { timeouts.read($0) }
        keys.section("health") { health.read($0) }
        keys.int("max_connections", &maxConnections, in: 1...100_000)
        keys.choice("transport", &transport)
        keys.section("tls") { $0.file("ca", &certificateFile, "the path of a PEM file with certificate authorities") }
        keys.seconds("dns_ttl_s", &addressLifetime, in: 1...86400)
        if apiKey != nil, baseURL.scheme == .http, !baseURL.isLoopback, baseURL != .nowhere {
            keys.warn("base_url", .unsound("is plain http, so the provider's key crosses the network in clear text"))
        }
    }
}

extension BaseURL {
    /// Stands in for a URL that was refused, while the rest of its entry is checked.
    fileprivate static let nowhere = BaseURL(unchecked: "invalid")
}
