/// `gateway check`: whether `gateway serve` would start, and everything that stands against it.
package enum CheckCommand: Command {
    package static let name = "check"
    package static let summary = "Validates configuration, environment, files, prices and data directory."
    package static let usage = "[--config FILE] [--format text|json]"
    package static let options =
        SettingsOptions.all + [CommandOption("--format", "text|json", "how findings are written, by default text")]
    package static let example = "gateway check --config conf/gateway.json5"

    package static func run(_ arguments: ArgumentList, in context: CommandContext) throws(UsageError) -> Int32 {
        try arguments.refuseOperands()
        let format = arguments["--format"] ?? "text"
        guard format == "text" || format == "json" else {
            throw UsageError("--format is '\(format)'; expected text or json")
        }
        let findings = findings(try SettingsOptions.source(arguments, in: context), now: context.now)
        if format == "json" {
            context.console.say(findings.json)
        } else {
            for warning in findings.warnings { context.console.say("warning: \(warning)") }
            for error in findings.errors { context.console.complain("error: \(error)") }
            if findings.errors.isEmpty { context.console.say(findings.summary) }
        }
        return findings.errors.isEmpty ? 0 : 1
    }

    /// Everything that was found, in the order of the configuration.
    struct Findings: Sendable {
        var errors: [SettingsError] = []
        var warnings: [SettingsError] = []
        var summary = ""

        var json: String {
            func list(_ problems: [SettingsError]) -> String {
                let entries = problems.map { problem in
                    "{\"key\":\(problem.path.jsonText),\"origin\":\(problem.origin.description.jsonText),"
                        + "\"message\":\(problem.problem.description.jsonText)}"
                }
                return "[\(entries.joined(separator: ","))]"
            }
            return "{\"sound\":\(errors.isEmpty),\"errors\":\(list(errors)),\"warnings\":\(list(warnings))}"
        }
    }

    private static func findings(_ source: SettingsSource, now: Int64) -> Findings {
        do throws(SettingsErrors) {
            let loaded = try source.load()
            let settings = loaded.settings
            var findings = Findings(warnings: loaded.warnings)
            MachineCheck(loaded, now: now).run(into: &findings)
            let models = settings.models.count
            findings.summary =
                "sound: \(settings.providers.count) \(settings.providers.count == 1 ? "provider" : "providers"), "
                + "\(models) models, listening on \(settings.listen.address), data in \(settings.dataDirectory)"
            return findings
        } catch {
            return Findings(errors: error.errors, warnings: error.warnings)
        }
    }
}

extension String {
    /// As a JSON string, quotes included.
    fileprivate var jsonText: String {
        var text = "\""
        for scalar in unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\u{0}"..."\u{1F}":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }
}
