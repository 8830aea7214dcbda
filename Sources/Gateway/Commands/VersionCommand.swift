/// `gateway version`.
package enum VersionCommand: Command {
    package static let name = "version"
    package static let summary = "Prints the gateway's version."
    package static let usage = ""
    package static let options: [CommandOption] = []
    package static let example = "gateway version"

    /// The version of this program, by semver.org.
    package static let version = "0.1.0"

    package static func run(_ arguments: ArgumentList, in context: CommandContext) throws(UsageError) -> Int32 {
        try arguments.refuseOperands()
        context.console.say("gateway \(version)")
        return 0
    }
}
