import Foundation
import Platform

/// The command line of `gateway`: finds the command, reads its options, runs it.
package struct GatewayCommand: Sendable {
    /// Every command, in the order of the help text.
    package static let commands: [any Command.Type] = [
        ServeCommand.self, CheckCommand.self, ConfigCommand.self, ReportCommand.self, CacheCommand.self,
        FlagsCommand.self, CompressCommand.self, TokensCommand.self, SimulateCommand.self, VersionCommand.self,
        HelpCommand.self,
    ]

    /// The exit code of a command line that makes no sense (`EX_USAGE` of sysexits).
    package static let usageExit: Int32 = 64

    /// Runs the process's command line and returns its exit code.
    ///
    /// - Parameter arguments: The words of the command line, the program's own name first.
    package static func main(_ arguments: [String]) -> Int32 {
        let context = CommandContext(
            console: .standard, environment: ProcessInfo.processInfo.environment,
            now: SystemTime().wallMicroseconds())
        return run(Array(arguments.dropFirst()), in: context)
    }

    /// Runs the words after the program's name and returns the exit code.
    package static func run(_ words: [String], in context: CommandContext) -> Int32 {
        guard let word = words.first else {
            context.console.complain(HelpCommand.overview)
            return usageExit
        }
        let aliases = ["--help": HelpCommand.name, "-h": HelpCommand.name, "--version": VersionCommand.name]
        guard let command = command(named: aliases[word] ?? word) else {
            context.console.complain("gateway: \(unknown(word))")
            return usageExit
        }
        let rest = words.dropFirst()
        let operandsEnd = rest.firstIndex(of: "--") ?? rest.endIndex
        if rest[..<operandsEnd].contains(where: { $0 == "--help" || $0 == "-h" }) {
            context.console.say(command.help)
            return 0
        }
        do throws(UsageError) {
            return try command.run(ArgumentList(rest, options: command.options), in: context)
        } catch {
            context.console.complain("gateway \(command.name): \(error.message)")
            context.console.complain("Try: gateway \(command.name) --help")
            return usageExit
        }
    }

    static func command(named name: String) -> (any Command.Type)? { commands.first { $0.name == name } }

    /// What is said of a word that is no command.
    static func unknown(_ word: String) -> String {
        let nearest = NearestName.of(word, among: commands.map { $0.name })
        let kind = word.hasPrefix("-") ? "option" : "command"
        return "unknown \(kind) \(word)" + (nearest.map { "; did you mean \($0)?" } ?? "; see gateway help")
    }
}
