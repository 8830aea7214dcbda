import Foundation
import Gateway
import Platform
import TestSupport
import Testing

/// What a person sees of `gateway` at a terminal.
struct CheckCommandTests {
    private let directory = TemporaryDirectory()

    private func gateway(_ words: String..., environment: [String: String] = ["OPENAI_API_KEY": "sk-x"]) -> CommandRun {
        run(words, environment: environment)
    }

    private func check(_ words: String..., config: String, now: Int64 = 0) throws -> CommandRun {
        let path = directory.path + "/gateway.json5"
        try config.write(toFile: path, atomically: true, encoding: .utf8)
        let ports = ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"]
        let data = words.contains("--data") ? [] : ["--data", directory.path + "/data"]
        return run(["check", "--config", path] + ports + data + words, now: now)
    }

    private func run(
        _ words: [String], environment: [String: String] = ["OPENAI_API_KEY": "sk-x"], now: Int64 = 0
    ) -> CommandRun { CommandRun(words, environment: environment, now: now) }

    @Test func `a sound configuration is called sound and leaves nothing behind`() throws {
        let result = try check(config: "{}")
        #expect(result.exit == 0)
        #expect(result.complaints == "")
        #expect(result.output.contains("sound: 1 provider, 73 models, listening on 127.0.0.1:0"))
        #expect(!FileManager.default.fileExists(atPath: directory.path + "/data"))
    }

    @Test func `an address or a directory of a flag is what it says, though it begins with a bracket`() {
        for address in ["[::1]:0", "127.0.0.1:0"] {
            let result = gateway("check", "--listen", address, "--admin", address, "--data", directory.path + "/[data]")
            #expect(result.exit == 0, "\(result.complaints)")
            #expect(result.output.contains("listening on \(address)"))
        }
    }

    @Test func `every error is listed and the exit is 1`() throws {
        let result = try check(config: "{ cach: {}, log: { level: 'loud' } }")
        #expect(result.exit == 1)
        #expect(result.complaints.split(separator: "\n").count == 2)
        #expect(result.complaints.contains("cach: unknown key; did you mean cache?"))
    }

    @Test func `findings can be read by a program`() throws {
        let result = try check("--format", "json", config: "{ cach: {}, \"q\\\"\": 1 }")
        #expect(result.exit == 1)
        struct Findings: Decodable {
            struct Finding: Decodable { let key: String, origin: String, message: String }
            let sound: Bool
            let errors: [Finding]
        }
        let findings = try JSONDecoder().decode(Findings.self, from: Data(result.output.utf8))
        #expect(findings.sound == false)
        #expect(findings.errors.map(\.key) == ["cach", "\"q\"\""])
        #expect(findings.errors.first?.origin == directory.path + "/gateway.json5:1:3")
    }

    @Test func `a data directory that cannot be one is an error`() throws {
        let file = directory.path + "/file"
        try "x".write(toFile: file, atomically: true, encoding: .utf8)
        let result = try check("--data", file + "/data", config: "{}")
        #expect(result.exit == 1)
        #expect(result.complaints.contains("\(file) is not a directory; name another with --data"))
    }

    /// A configuration whose listener shows this certificate with this key.
    private func listening(_ certificate: String, _ key: String) -> String {
        "{ listen: { tls: { certificate: '\(certificate)', private_key: '\(key)' } } }"
    }

    @Test func `a certificate and a key that serve would refuse are errors`() throws {
        let authority = TestCertificates.shared
        let pair = TestCertificates.sharedPair
        #expect(try check(config: listening(pair.certificate, pair.key)).exit == 0)
        let other = try authority.issue("DNS:localhost", name: "other").key
        let encrypted = directory.path + "/encrypted.key"
        try OpenSSL.run(["ec", "-in", pair.key, "-out", encrypted, "-aes128", "-passout", "pass:secret"])
        let text = directory.path + "/text.pem"
        try "no certificate".write(toFile: text, atomically: true, encoding: .utf8)
        let faults = [
            (pair.certificate, other, "the private key in '\(other)' is not that of the certificate in"),
            (pair.certificate, encrypted, "cannot read the private key in '\(encrypted)': it is encrypted"),
            (pair.certificate, text, "cannot read the private key in '\(text)': "),
            (text, pair.key, "cannot read the certificate chain in '\(text)': no start line"),
        ]
        for (certificate, key, message) in faults {
            let result = try check(config: listening(certificate, key))
            #expect(result.exit == 1)
            #expect(result.complaints.contains("listen.tls: \(message)"))
            #expect(result.complaints.contains("gateway.json5:1:"))
        }
    }

    @Test func `a certificate that ends within 30 days is warned of`() throws {
        let pair = try TestCertificates.shared.issue("DNS:localhost", days: 40)
        let config = listening(pair.certificate, pair.key)
        let day: Int64 = 86_400_000_000
        let now = SystemTime().wallMicroseconds()
        #expect(!(try check(config: config, now: now).output.contains("listen.tls")))
        let ending = try check(config: config, now: now + 11 * day)
        #expect(ending.exit == 0)
        #expect(ending.output.contains(/warning: .*listen\.tls\.certificate: expires on \d{4}-\d\d-\d\d; renew it/))
        let ended = try check(config: config, now: now + 41 * day)
        #expect(ended.exit == 0)
        #expect(ended.output.contains("so clients refuse it; renew it"))
    }

    @Test func `a file of authorities that holds none is an error`() throws {
        let text = directory.path + "/text.pem"
        try "no certificate".write(toFile: text, atomically: true, encoding: .utf8)
        let result = try check(config: "{ providers: { openai: { tls: { ca: '\(text)' } } } }")
        #expect(result.exit == 1)
        #expect(result.complaints.contains("providers.openai.tls.ca: cannot read the certificates in '\(text)'"))
    }

    @Test func `an address of another machine is an error`() throws {
        // 192.0.2.0/24 is set aside for documentation (RFC 5737): no machine has it.
        let result = try check("--set", "auth.open=true", config: "{}")
        #expect(result.exit == 0)
        let elsewhere = run([
            "check", "--listen", "192.0.2.1:8080", "--admin", "127.0.0.1:0", "--set", "auth.open=true",
        ])
        #expect(elsewhere.exit == 1)
        #expect(elsewhere.complaints.contains("192.0.2.1:8080, which is no address of this machine"))
    }

    @Test func `a mistyped option or command is answered with what was meant, and 64`() {
        let option = gateway("check", "--confg", "x")
        #expect(option.exit == 64)
        #expect(option.complaints.contains("unknown option --confg; did you mean --config?"))
        let command = gateway("chekc")
        #expect(command.exit == 64)
        #expect(command.complaints.contains("unknown command chekc; did you mean check?"))
        #expect(gateway("check", "--config").exit == 64)
        #expect(gateway("check", "--data", "a", "--data", "b").exit == 64)
        #expect(gateway("check", "--format", "xml").exit == 64)
        #expect(gateway("check", "--set", "nonsense").exit == 64)
        #expect(gateway("version", "extra").exit == 64)
        #expect(gateway().exit == 64)
    }

    @Test func `every command explains itself`() {
        for command in GatewayCommand.commands {
            let result = gateway(command.name, "--help")
            #expect(result.exit == 0)
            #expect(result.output.contains("Usage: gateway \(command.name)"))
            #expect(result.output.contains("Example:\n  gateway "))
            #expect(gateway("help").output.contains("\n  \(command.name) "))
        }
        #expect(gateway("--version").output == gateway("version").output)
    }

    @Test func `config shows each value with its origin and no secret`() {
        let result = gateway(
            "config", "--set", "cache.ttl_s=60", "--set", "models.\"gpt-4.1\".tier=2", "--set", "admin.token=hush",
            environment: ["OPENAI_API_KEY": "sk-hidden", "LLM_LOG_LEVEL": "warn"])
        #expect(result.exit == 0)
        #expect(result.output.contains("cache.ttl_s = 60  // flag --set cache.ttl_s\n"))
        #expect(result.output.contains("models.\"gpt-4.1\".tier = 2  // flag --set models.\"gpt-4.1\".tier\n"))
        #expect(result.output.contains("log.level = \"warn\"  // environment LLM_LOG_LEVEL\n"))
        #expect(result.output.contains("providers.openai.api_key = \"env:OPENAI_API_KEY\"  // bundled catalogue\n"))
        #expect(result.output.contains("compression.level = \"safe\"  // default\n"))
        #expect(!result.output.contains("hush") && !result.output.contains("sk-hidden"))
    }
}
