import Foundation
import Gateway
import TestSupport
import Testing

/// What someone who configures the gateway sees: values in force, and every mistake told at once.
struct SettingsTests {
    private let directory = TemporaryDirectory()

    /// Writes `text` as a configuration and gives its path.
    private func write(_ text: String, as name: String = "gateway.json5") throws -> String {
        let path = directory.path + "/" + name
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    private func load(
        _ text: String, environment: [String: String] = [:], flags: [SettingsSource.Flag] = []
    ) throws -> LoadedSettings {
        try SettingsSource(file: write(text), environment: environment, flags: flags).load()
    }

    /// The errors of a configuration, without the directory of the file.
    private func errors(_ text: String, environment: [String: String] = [:]) throws -> [String] {
        let source = SettingsSource(file: try write(text), environment: environment)
        do throws(SettingsErrors) {
            _ = try source.load()
            return []
        } catch {
            return error.errors.map { $0.description.replacing(directory.path + "/", with: "") }
        }
    }

    @Test func `no configuration at all gives the defaults of the contract`() throws {
        let settings = try SettingsSource().load().settings
        #expect(settings.listen.address.description == "127.0.0.1:8080")
        #expect(settings.admin.address.description == "127.0.0.1:9090")
        #expect(settings.dataDirectory == "gateway-data")
        #expect(settings.providers.keys.sorted() == ["openai"])
        #expect(settings.providers["openai"]?.baseURL.description == "https://api.openai.com/v1")
        #expect(settings.providers["openai"]?.timeouts.firstByte == .seconds(600))
        #expect(settings.cache.ttl == .seconds(86400))
        #expect(settings.limits.bodyBytes == 33_554_432)
        #expect(settings.alerts.costPicoDollarsPerHour == 10_000_000_000_000)
    }

    @Test func `file, environment and flags outrank one another in this order`() throws {
        let text =
            "{ cache: { ttl_s: 1, max_bytes: 2097152, max_entry_bytes: 4096, scope: 'shared' }, log: { level: 'warn' } }"
        let loaded = try load(
            text, environment: ["LLM_CACHE_TTL_SECONDS": "2", "LLM_CACHE_MAX_BYTES": "3145728", "LLM_ENABLED": "off"],
            flags: [SettingsSource.Flag("--set cache.ttl_s", at: ["cache", "ttl_s"], "3")])
        #expect(loaded.settings.cache.ttl == .seconds(3))
        #expect(loaded.settings.cache.maxBytes == 3_145_728)
        #expect(loaded.settings.cache.scope == .shared)
        #expect(loaded.settings.enabled == false)
        #expect(loaded.settings.log.level == .warn)
        func origin(_ path: String) -> String? { loaded.values.first { $0.path == path }?.origin.description }
        #expect(origin("cache.ttl_s") == "flag --set cache.ttl_s")
        #expect(origin("cache.max_bytes") == "environment LLM_CACHE_MAX_BYTES")
        #expect(origin("log.level") == directory.path + "/gateway.json5:1:98")
        #expect(origin("cache.coalesce") == "default")
    }

    @Test func `every mistake is told at once, with its place and what would be right`() throws {
        let text = """
            {
              cahce: {},
              cache: { ttl_s: "long", scope: "keys", audit_rate: 2 },
              limits: { connections: 0.5 },
              listen: { address: "example.com:80" },
              default_model: "gpt-4o-mni",
              providers: { openai: { base_url: "ftp://x" }, local: { kind: "openai" } },
              enabled: 1,
            }
            """
        #expect(
            try errors(text) == [
                "gateway.json5:2:3: cahce: unknown key; did you mean cache?",
                "gateway.json5:3:19: cache.ttl_s: is 'long'; expected a whole number of seconds from 1 to 31536000",
                "gateway.json5:3:34: cache.scope: is 'keys'; did you mean 'key'?",
                "gateway.json5:3:54: cache.audit_rate: is 2; expected a number from 0 to 1",
                "gateway.json5:4:26: limits.connections: is 0.5; expected a whole number from 1 to 1000000",
                "gateway.json5:5:22: listen.address: is 'example.com:80'; expected HOST:PORT with an IP address or "
                    + #"localhost, such as "127.0.0.1:8080" or "[::1]:8080""#,
                "gateway.json5:6:18: default_model: names 'gpt-4o-mni', which is not a known model; did you mean "
                    + "'gpt-4o-mini'?",
                "gateway.json5:7:36: providers.openai.base_url: is 'ftp://x'; expected an http or https URL without "
                    + #"user, query or fragment, such as "https://api.openai.com/v1""#,
                "gateway.json5:7:56: providers.local.base_url: is missing; expected an http or https URL without user, "
                    + #"query or fragment, such as "https://api.openai.com/v1""#,
                "gateway.json5:8:12: enabled: is 1; expected true or false",
            ])
    }

    @Test func `names that mean nothing are refused where they stand`() throws {
        let text = """
            {
              default_provider: "opnai",
              models: { mine: { provider: "nobody", fallbacks: ["gpt-4.l"] } },
              tasks: { code: { models: ["gpt-9"] }, coding: {} },
              rules: [{ name: "a", set: { model: "none-such" } }],
            }
            """
        let found = try errors(text).joined(separator: "\n")
        #expect(found.contains("default_provider: names 'opnai', which is not a provider; did you mean 'openai'?"))
        #expect(found.contains("models.\"mine\".provider: names 'nobody', which is not a provider; add it"))
        #expect(found.contains("models.\"mine\".fallbacks: names 'gpt-4.l', which is not a known model; did you mean"))
        #expect(found.contains("tasks.code.models: names 'gpt-9', which is not a known model"))
        #expect(found.contains("tasks.coding: unknown key"))
        #expect(found.contains("rules[0].set.model: names 'none-such'"))
    }

    @Test func `TLS on the listener takes a certificate and a key, both of them files that can be read`() throws {
        let file = try write("x", as: "tls.pem")
        #expect(try errors("{ listen: { tls: { certificate: '\(file)', private_key: '\(file)' } } }") == [])
        let wrong = try errors("{ listen: { tls: { certificate: '/nowhere.pem' } } }")
        #expect(wrong.count == 2)
        #expect(
            wrong.contains { $0.contains("listen.tls.certificate: names the file /nowhere.pem, which does not exist") })
        #expect(wrong.contains { $0.contains("listen.tls.private_key: is missing; expected the path of a PEM file") })
        #expect(try errors("{ listen: { tls: null } }") == [])
    }

    @Test func `an open admin port without a token is refused, with one it is not`() throws {
        #expect(
            try errors("{ admin: { address: '0.0.0.0:9090' } }") == [
                "gateway.json5:1:21: admin.address: is 0.0.0.0:9090, which other machines reach; set admin.token, "
                    + "or use 127.0.0.1"
            ])
        #expect(try errors("{ admin: { address: '[::]:9090', token: 't' } }") == [])
        #expect(try errors("{ admin: { address: '[::1]:9090' } }") == [])
    }

    @Test func `a provider's key is not offered to the network without client keys`() throws {
        let key = ["OPENAI_API_KEY": "sk-1"]
        let open = "{ listen: { address: '0.0.0.0:8080' } }"
        #expect(try errors(open, environment: key).count == 1)
        #expect(try errors(open) == [])
        #expect(try errors("{ listen: { address: '0.0.0.0:8080' }, auth: { open: true } }", environment: key) == [])
        let keys = "{ listen: { address: '0.0.0.0:8080' }, auth: { keys: [{ name: 'a', key: 'k' }] } }"
        #expect(try errors(keys, environment: key) == [])
    }

    @Test func `secrets come from variables and files and are never shown`() throws {
        let file = try write("  sk-from-file\n", as: "key")
        let text = "{ providers: { openai: { api_key: 'file:\(file)' } }, admin: { token: 'plain-token' } }"
        let loaded = try load(text)
        #expect(loaded.settings.providers["openai"]?.apiKey?.value == "sk-from-file")
        let shown = "\(loaded.settings) \(loaded.values)" + String(reflecting: loaded.settings)
        #expect(!shown.contains("sk-from-file"))
        #expect(!shown.contains("plain-token"))
        let missing = try errors("{ admin: { token: 'file:/nowhere/token' } }")
        #expect(missing.first?.contains("names the file /nowhere/token, which does not exist") == true)
        let empty = try write("\n", as: "empty")
        #expect(try errors("{ admin: { token: 'file:\(empty)' } }").first?.contains("which is empty") == true)
        #expect(try errors("{ admin: { token: 'a\\nb' } }").first?.contains("holds a control character") == true)
        #expect(try errors("{ admin: { token: 12345 } }").first?.contains("12345") == false)
    }

    @Test func `an unset variable is a warning and means none`() throws {
        let loaded = try SettingsSource().load()
        #expect(loaded.settings.providers["openai"]?.apiKey == nil)
        #expect(
            loaded.warnings.map(\.description) == [
                "bundled catalogue: providers.openai.api_key: OPENAI_API_KEY is not set, so the key that a client "
                    + "sends goes upstream"
            ])
    }

    @Test func `a bundled provider comes into force by its key or by its name`() throws {
        let byKey = try SettingsSource(environment: ["GEMINI_API_KEY": "a"]).load().settings
        #expect(byKey.providers.keys.sorted() == ["gemini", "openai"])
        #expect(byKey.provider(of: "gemini-2.5-pro")?.name == "gemini")
        let anthropic = try SettingsSource(environment: ["ANTHROPIC_API_KEY": "a"]).load().settings
        #expect(anthropic.provider(of: "claude-opus-5")?.kind == .anthropic)
        #expect(anthropic.provider(of: "claude-opus-5")?.name == "anthropic")
        let byName = try load("{ providers: { groq: {} } }").settings
        #expect(byName.providers["groq"]?.baseURL.description == "https://api.groq.com/openai/v1")
        let byModel = try load("{ models: { mine: { provider: 'mistral' } } }").settings
        #expect(byModel.provider(of: "mine")?.name == "mistral")
    }

    @Test func `a model whose provider is not in force goes to its dialect, else to the default`() throws {
        let plain = try SettingsSource().load().settings
        #expect(plain.provider(of: "claude-sonnet-4-6")?.name == "openai")
        #expect(plain.provider(of: "never-heard-of")?.name == "openai")
        let own = try load("{ providers: { claude: { kind: 'anthropic', base_url: 'https://proxy.example' } } }")
            .settings
        #expect(own.provider(of: "claude-sonnet-4-6")?.name == "claude")
        let flag = SettingsSource.Flag("--set", at: ["providers", "claude"], "{kind:'anthropic',base_url:'http://x'}")
        let keyed = try SettingsSource(environment: ["ANTHROPIC_API_KEY": "a"], flags: [flag]).load().settings
        #expect(keyed.providers.keys.sorted() == ["claude", "openai"])
        #expect(own.provider(of: "gemini-2.5-pro")?.name == "openai")
    }

    @Test func `a model of the file is merged with the bundled one, its price list replaces`() throws {
        let text = """
            { models: { "gpt-4o": { fallbacks: ["gpt-4.1"], prices: [
              { from: "2027-01-01", input: 3, output: 12 }, { from: "2026-12-01", input: 2.123456, output: 9 },
            ] } } }
            """
        let model = try #require(try load(text).settings.models["gpt-4o"])
        #expect(model.contextTokens == 128_000)
        #expect(model.fallbacks == ["gpt-4.1"])
        #expect(model.prices.map(\.from.description) == ["2026-12-01", "2027-01-01"])
        #expect(model.prices.first?.rates.input == 2_123_456)
        let fine = try errors("{ models: { m: { prices: [{ from: '2026-01-01', input: 0.0000001 }] } } }")
        #expect(fine.first?.contains("more digits than 10^-6 dollars can hold exactly") == true)
        let twice =
            "{ models: { m: { prices: [{ from: '2026-01-01', input: 1 }, { from: '2026-01-01', input: 2 }] } } }"
        #expect(try errors(twice).first?.contains("two entries from 2026-01-01") == true)
    }

    @Test func `null takes out what is bundled, and a wrong date is told`() throws {
        #expect(try load("{ models: { 'gpt-5': null } }").settings.models["gpt-5"] == nil)
        #expect(
            try errors("{ models: { 'gpt-4o': { retires: '2026-02-30' } } }") == [
                "gateway.json5:1:34: models.\"gpt-4o\".retires: is '2026-02-30'; expected a date such as \"2026-11-23\""
            ])
    }

    @Test func `a broken file is told with all its places and no consequences of them`() throws {
        #expect(
            try errors("{ listen: { address: },\n cache: { ttl_s: 012 },\n default_model: 'x' }") == [
                "gateway.json5:1:22: expected a value, found '}'",
                "gateway.json5:2:18: a number cannot begin with a zero and another digit",
            ])
        let source = SettingsSource(file: directory.path + "/none.json5")
        let failure = #expect(throws: SettingsErrors.self) { try source.load() }
        #expect(failure?.description.contains("cannot be read: it does not exist") == true)
    }

    @Test func `a model that retires within a month is warned of where it is used`() throws {
        let source = SettingsSource(
            file: try write("{ default_model: 'gpt-5-mini' }"), today: CalendarDay("2026-11-24"))
        let warnings = try source.load().warnings.map(\.description)
        #expect(warnings.contains { $0.hasSuffix("names 'gpt-5-mini', which retires on 2026-12-11; choose another") })
    }

    @Test(arguments: [
        ("https://api.openai.com/v1/", "https://api.openai.com/v1"), ("HTTP://Local:8000", "http://local:8000"),
        ("http://[::1]:8080/x", "http://[::1]:8080/x"), ("https://h:443", "https://h"),
    ])
    func `a base URL is understood`(text: String, shown: String) { #expect(BaseURL(text)?.description == shown) }

    @Test(arguments: [
        "", "https://", "https://user@h", "https://h?x", "https://h#f", "https://h:0", "https://h:99999", "https://h:",
        "https://h h", "ftp://h", "//h", "https://[::1", "https://[zz]", "https://h\r\nX: y", "https:///p",
    ])
    func `what is no base URL is refused`(text: String) { #expect(BaseURL(text) == nil) }

    @Test(arguments: [
        "", ":80", "1.2.3.4", "1.2.3.4:", "1.2.3.4:65536", "1.2.3.4:+1", "::1:80", "[::1]", "h:80", "1.2.3:80",
    ])
    func `what is no address to listen on is refused`(text: String) { #expect(SocketName(text) == nil) }

    @Test func `loopback is told from the rest`() {
        let names = [
            "127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "localhost:1", "[::ffff:127.0.0.1]:1", "0.0.0.0:1", "[::]:1",
        ]
        #expect(names.map { SocketName($0)?.isLoopback } == [true, true, true, true, true, false, false])
    }
}

/// Options that this version reads but does not act on.
struct NotYetInForceTests {
    private func warnings(_ flags: [(String, String)]) throws -> [String] {
        let flags = flags.map { path, text in
            SettingsSource.Flag("--set \(path)", at: path.split(separator: ".").map(String.init), text)
        }
        return try SettingsSource(environment: ["OPENAI_API_KEY": "k"], flags: flags).load().warnings.map(\.description)
    }

    @Test func `whoever sets one to another value is told that nothing comes of it`() throws {
        let told = try warnings([("log.bodies", "true"), ("cache.ttl_s", "60")])
        #expect(told.allSatisfy { $0.hasSuffix("is accepted, but this version does not act on it yet") })
        #expect(told.contains { $0.hasPrefix("flag --set log.bodies: log") })
    }

    @Test func `nothing is said of a default that is spelled out`() throws {
        #expect(try warnings([("rollout.percent", "100"), ("compression.level", "safe")]) == [])
    }
}
