import LMDB

/// `gateway config`: the configuration in force and where each value came from; flags that were set while the gateway
/// ran, and so outrank it, among them.
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
            let flags = try flags(in: loaded.settings.dataDirectory)
            for value in loaded.values where showsAll || !isBundled(value, loaded) {
                context.console.say(line(value, flags.first { $0.key.outrankedOption == value.path }))
            }
            for (flag, stored) in flags.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                context.console.say("flags.\(flag.rawValue) = \(stored.value.text)  // \(stored.origin)")
            }
            return 0
        } catch {
            for problem in error.errors { context.console.complain("error: \(problem)") }
            return 1
        }
    }

    /// - Parameter flag: The flag that outranks the value.
    private static func line(_ value: SettingsValue, _ flag: (key: RolloutFlag, value: StoredFlag)?) -> String {
        guard let (flag, stored) = flag else { return "\(value.path) = \(value.text)  // \(value.origin)" }
        let text = flag.optionText(of: stored.value, configured: value.text)
        return "\(value.path) = \(text)  // \(stored.origin): \(stored.value); \(value.origin) says \(value.text)"
    }

    private static func flags(in directory: String) throws(SettingsErrors) -> [RolloutFlag: StoredFlag] {
        do throws(StoreError) { return try FlagStore.flags(in: directory) } catch {
            throw SettingsErrors(
                errors: [SettingsError("data_dir", at: .standard, .unsound(error.description))], warnings: [])
        }
    }

    /// Whether a value belongs to a model that only the bundled catalogue speaks of.
    private static func isBundled(_ value: SettingsValue, _ loaded: LoadedSettings) -> Bool {
        value.path.hasPrefix("models.") && (value.origin == .bundled || value.origin == .standard)
    }
}
