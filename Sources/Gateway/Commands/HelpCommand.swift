/// `gateway help [COMMAND]`.
package enum HelpCommand: Command {
    package static let name = "help"
    package static let summary = "Explains the gateway, or one command."
    package static let usage = "[COMMAND]"
    package static let options: [CommandOption] = []
    package static let example = "gateway help check"

    package static func run(_ arguments: ArgumentList, in context: CommandContext) throws(UsageError) -> Int32 {
        guard let word = arguments.operands.first else {
            context.console.say(overview)
            return 0
        }
        guard let command = GatewayCommand.command(named: word) else {
            throw UsageError(GatewayCommand.unknown(word))
        }
        context.console.say(command.help)
        return 0
    }

    /// The list of commands.
    static var overview: String {
        let commands = GatewayCommand.commands
        let width = commands.map { $0.name.count }.max() ?? 0
        let lines = commands.map { command in
            "  " + command.name + String(repeating: " ", count: width - command.name.count + 2) + command.summary
        }
        return """
            Usage: gateway COMMAND [OPTION]…

            A proxy for OpenAI-compatible model APIs that caches, prices and records what passes.

            Commands:
            \(lines.joined(separator: "\n"))

            gateway COMMAND --help explains one.
            """
    }
}
