/// One thing that `gateway` can be told to do.
package protocol Command: Sendable {
    /// The word on the command line.
    static var name: String { get }
    /// A line for the list of commands.
    static var summary: String { get }
    /// What follows the name, such as `NAME [--from T]`, as the help text shows it.
    static var usage: String { get }
    static var options: [CommandOption] { get }
    /// A line that works, for the help text.
    static var example: String { get }

    /// Does it and returns the exit code.
    static func run(_ arguments: ArgumentList, in context: CommandContext) throws(UsageError) -> Int32
}

/// What a command has of the world.
package struct CommandContext: Sendable {
    package let console: Console
    package let environment: [String: String]
    /// Microseconds since 1970.
    package let now: Int64

    package init(console: Console, environment: [String: String], now: Int64) {
        self.console = console
        self.environment = environment
        self.now = now
    }
}

extension Command {
    /// The help text: usage, summary, options and an example.
    package static var help: String {
        let shown = options + [CommandOption("--help", nil, "shows this text")]
        let names = shown.map { $0.name + ($0.value.map { " \($0)" } ?? "") }
        let width = names.map(\.count).max() ?? 0
        let lines = zip(shown, names).map { option, name in
            "  " + name + String(repeating: " ", count: width - name.count + 2) + option.summary
                + (option.isRepeated ? " (may be repeated)" : "")
        }
        return """
            Usage: gateway \(name)\(usage.isEmpty ? "" : " \(usage)")

            \(summary)

            Options:
            \(lines.joined(separator: "\n"))

            Example:
              \(example)
            """
    }
}
