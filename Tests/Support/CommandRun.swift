import Gateway
import Platform

/// A command that was run within the test, with what it wrote; `GatewayProcess.command` runs the built program.
package struct CommandRun: Sendable {
    package let exit: Int32
    package let output: String
    package let complaints: String

    /// - Parameters:
    ///   - words: What follows `gateway` on the command line.
    ///   - now: Microseconds since 1970.
    package init(_ words: [String], environment: [String: String] = [:], now: Int64 = 0) {
        let output = Lock("")
        let complaints = Lock("")
        let console = Console(
            output: { text in output.withLock { $0 += text } },
            complaints: { text in complaints.withLock { $0 += text } })
        exit = GatewayCommand.run(words, in: CommandContext(console: console, environment: environment, now: now))
        self.output = output.withLock(\.self)
        self.complaints = complaints.withLock(\.self)
    }
}
