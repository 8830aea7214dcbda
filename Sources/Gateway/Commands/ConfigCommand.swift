/// `gateway config`: the configuration in force and where each value came from.
package enum ConfigCommand: Command {
    package static let name = "config"
    package static let summary = "Prints the configuration in force, each value with where it came from."
    package static let usage = "[--config FILE] [--all]"
    package static let options =
        SettingsOptions.all + [CommandOption("--all", nil, "shows the bundled models and providers too")]
    package static let example = "gateway config --config conf/gateway.json5 --set cache.ttl_s=3600"

    package static func run(_ arguments: ArgumentList, in context: CommandContext) throws(UsageError) -> Int32 {
        try arguments.refuseOperands()
        let source = try SettingsOptions.source(arguments, in: context)
        do throws(SettingsErrors) {
            let loaded = try source.load()
            let showsAll = arguments.has("--all")
            for value in loaded.values where showsAll || !isBundled(value, loaded) {
                context.console.say("\(value.path) = \(value.text)  // \(value.origin)")
            }
            return 0
        } catch {
            for problem in error.errors { context.console.complain("error: \(problem)") }
            return 1
        }
    }

    /// Whether a value belongs to a model that only the bundled catalogue speaks of.
    private static func isBundled(_ value: SettingsValue, _ loaded: LoadedSettings) -> Bool {
        value.path.hasPrefix("models.") && (value.origin == .bundled || value.origin == .standard)
    }
}
