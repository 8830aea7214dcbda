import Foundation
import Tokens

/// The options by which every command that needs the configuration is told of it.
package enum SettingsOptions {
    package static let all = [
        CommandOption("--config", "FILE", "the configuration, JSON5; without it the defaults hold"),
        CommandOption("--listen", "HOST:PORT", "where clients are served, by default 127.0.0.1:8080"),
        CommandOption("--admin", "HOST:PORT", "where operators are served, by default 127.0.0.1:9090"),
        CommandOption("--data", "DIR", "the data directory, by default ./gateway-data"),
        CommandOption("--set", "KEY.PATH=VALUE", "sets one key of the configuration", isRepeated: true),
    ]

    private static let shorthands = [
        ("--listen", ["listen", "address"]), ("--admin", ["admin", "address"]), ("--data", ["data_dir"]),
    ]

    /// What the options say, with the environment.
    package static func source(
        _ arguments: ArgumentList, in context: CommandContext
    ) throws(UsageError) -> SettingsSource {
        var flags: [SettingsSource.Flag] = []
        for (name, path) in shorthands {
            if let text = arguments[name] { flags.append(SettingsSource.Flag(name, at: path, text, isLiteral: true)) }
        }
        for setting in arguments.all("--set") { flags.append(try flag(setting)) }
        return SettingsSource(
            file: arguments["--config"], environment: context.environment, flags: flags,
            today: CalendarDay(microseconds: context.now))
    }

    /// The configuration in force and what counts tokens by it; nil, with the complaints made, where it is not sound.
    static func settingsAndCounter(
        _ arguments: ArgumentList, in context: CommandContext, for command: any Command.Type
    ) throws(UsageError) -> (Settings, TokenCounter)? {
        let source = try source(arguments, in: context)
        do throws(SettingsErrors) {
            let settings = try source.load().settings
            do throws(RankFileProblem) { return (settings, try TokenCounter(rankFile: settings.tokenRanks)) } catch {
                context.console.complain("gateway \(command.name): tokens.ranks \(error)")
            }
        } catch {
            for problem in error.errors { context.console.complain("gateway \(command.name): \(problem)") }
        }
        return nil
    }

    /// The settings in force; nil, and complaints, where they are not sound.
    static func load(
        _ arguments: ArgumentList, in context: CommandContext, for command: any Command.Type
    ) throws(UsageError) -> Settings? {
        let source = try source(arguments, in: context)
        do throws(SettingsErrors) { return try source.load().settings } catch {
            for problem in error.errors { context.console.complain("gateway \(command.name): \(problem)") }
            return nil
        }
    }

    /// Takes `key.path=value` apart; a name with dots stands in quotes: `models."gpt-4.1".tier=2`.
    static func flag(_ text: String) throws(UsageError) -> SettingsSource.Flag {
        var path = [""]
        var isQuoted = false
        var index = text.startIndex
        while index < text.endIndex, isQuoted || text[index] != "=" {
            let character = text[index]
            if character == "\"" {
                isQuoted.toggle()
            } else if character == ".", !isQuoted {
                path.append("")
            } else {
                path[path.count - 1].append(character)
            }
            text.formIndex(after: &index)
        }
        guard index < text.endIndex, !path.contains("") else {
            throw UsageError("--set needs KEY.PATH=VALUE, such as --set cache.ttl_s=3600; found '\(text)'")
        }
        let shown = text[..<index]
        return SettingsSource.Flag("--set \(shown)", at: path, String(text[text.index(after: index)...]))
    }
}

extension CalendarDay {
    /// The UTC day of a moment in microseconds since 1970.
    package init?(microseconds: Int64) {
        let seconds = microseconds / 1_000_000
        var time = time_t(seconds)
        var parts = tm()
        guard gmtime_r(&time, &parts) != nil else { return nil }
        self.init(String(format: "%04d-%02d-%02d", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday))
    }
}
