/// `listen`: where clients reach the gateway.
package struct ListenSettings: Sendable, Equatable {
    package var address = SocketName(loopbackPort: 8080)
    package var tls: TLSSettings?

    package init() {}

    mutating func read(_ keys: SettingsSection) {
        keys.parsed("address", &address, SocketName.expected, parse: SocketName.init)
        keys.optionalSection("tls") { keys in
            var files = TLSSettings()
            files.read(keys)
            tls = files
        }
    }
}

/// The PEM files that a TLS listener shows and signs with.
package struct TLSSettings: Sendable, Equatable {
    package var certificate = ""
    package var privateKey = ""

    package init() {}

    mutating func read(_ keys: SettingsSection) {
        keys.file("certificate", &certificate, "the path of a PEM file with the certificate chain")
        keys.file("private_key", &privateKey, "the path of a PEM file with the private key")
    }
}

/// `admin`: the operators' plane, on a port of its own.
package struct AdminSettings: Sendable, Equatable {
    package var address = SocketName(loopbackPort: 9090)
    package var token: Secret?

    package init() {}

    mutating func read(_ keys: SettingsSection) {
        keys.parsed("address", &address, SocketName.expected, parse: SocketName.init)
        keys.secret("token", &token, unset: "the admin plane has no token")
    }
}

/// `auth`: who may call.
package struct AuthSettings: Sendable, Equatable {
    package var keys: [ClientKey] = []
    package var open = false

    package init() {}

    mutating func read(_ keys: SettingsSection) {
        keys.elements("keys") { keys in
            var key = ClientKey()
            key.read(keys)
            self.keys.append(key)
        }
        keys.bool("open", &open)
    }
}

/// A client's key and what it may do.
package struct ClientKey: Sendable, Equatable {
    package var name = ""
    /// Nil when its variable is not set: then nobody can come in with it.
    package var key: Secret?
    /// The deal its calls are counted for when the request names none.
    package var deal: String?
    package var budgetPicoDollarsPerDay: Int64?
    package var requestsPerMinute: Int?

    package init() {}

    mutating func read(_ keys: SettingsSection) {
        keys.required("name", &name, "a name for the ledger")
        if !keys.isSet("key") { keys.fail("key", .missing(expected: "\"file:PATH\", \"env:NAME\" or the key itself")) }
        keys.secret("key", &key, unset: "nobody can call with this key")
        keys.string("deal", &deal)
        keys.dollars("budget_usd_per_day", &budgetPicoDollarsPerDay, places: 12, limit: 1_000_000, "dollars a day")
        keys.int("requests_per_minute", &requestsPerMinute, in: 1...1_000_000)
    }
}

/// `limits`: the bounds of what one client, and all of them, may make the gateway hold.
package struct LimitSettings: Sendable, Equatable {
    package var headerBytes = 65536
    package var headTimeout = Duration.milliseconds(10000)
    package var bodyBytes = 32 << 20
    package var bodyTimeout = Duration.milliseconds(30000)
    package var minBytesPerSecond = 1024
    package var idleTimeout = Duration.milliseconds(75000)
    package var connections = 20000
    package var bufferedBytes = 512 << 20

    package init() {}

    mutating func read(_ keys: SettingsSection) {
        keys.int("header_bytes", &headerBytes, in: 1024...1_048_576, "bytes")
        keys.milliseconds("head_timeout_ms", &headTimeout, in: 100...600_000)
        keys.int("body_bytes", &bodyBytes, in: 1024...1_073_741_824, "bytes")
        keys.milliseconds("body_timeout_ms", &bodyTimeout, in: 100...3_600_000)
        keys.int("min_bytes_per_s", &minBytesPerSecond, in: 0...1_073_741_824, "bytes a second")
        keys.milliseconds("idle_timeout_ms", &idleTimeout, in: 100...3_600_000)
        keys.int("connections", &connections, in: 1...1_000_000)
        keys.int("buffered_bytes", &bufferedBytes, in: 1_048_576...1_099_511_627_776, "bytes")
    }
}

extension SocketName {
    /// What a message asks for where an address is wrong.
    static let expected = "HOST:PORT with an IP address or localhost, such as \"127.0.0.1:8080\" or \"[::1]:8080\""
}
