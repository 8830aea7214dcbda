import Foundation
import Gateway
import Platform
import TestSupport
import Testing

/// What a person sees of `gateway` at a terminal.
struct CheckCommandTests {
    private let directory = TemporaryDirectory()

    /// What a command wrote, and its exit code.
    private struct Result {
        let exit: Int32
        let output: String
        let complaints: String
    }

    private func gateway(_ words: String..., environment: [String: String] = ["OPENAI_API_KEY": "sk-x"]) -> Result {
        run(words, environment: environment)
    }

    private func check(_ words: String..., config: String) throws -> Result {
        let path = directory.path + "/gateway.json5"
        try config.write(toFile: path, atomically: true, encoding: .utf8)
        let ports = ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"]
        let data = words.contains("--data") ? [] : ["--data", directory.path + "/data"]
        return run(["check", "--config", path] + ports + data + words)
    }

    private func run(_ words: [String], environment: [String: String] = ["OPENAI_API_KEY": "sk-x"]) -> Result {
        let output = Lock("")
        let complaints = Lock("")
        let console = Console(
            output: { text in output.withLock { $0 += text } },
            complaints: { text in complaints.withLock { $0 += text } })
        let context = CommandContext(console: console, environment: environment, now: 0)
        let exit = GatewayCommand.run(words, in: context)
        return Result(exit: exit, output: output.withLock(\.self), complaints: complaints.withLock(\.self))
    }

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
