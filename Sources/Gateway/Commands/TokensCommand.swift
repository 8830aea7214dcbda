import Metrics
import Tokens

/// `gateway tokens`: how many tokens a text has.
package enum TokensCommand: Command {
    package static let name = "tokens"
    package static let summary =
        "Counts the tokens of a text: exactly, where tokens.ranks names a rank file, else by estimate."
    package static let usage = "[--model M] [--format text|json] [FILE]"
    package static let options =
        [
            CommandOption("--model", "M", "the model that gets the text; by default one of the rank file's encoding"),
            CommandOption("--format", "text|json", "by default text, which begins with the number"),
        ] + SettingsOptions.all
    package static let example = "gateway tokens --model gpt-4o --set tokens.ranks=o200k_base.tiktoken prompt.txt"

    package static func run(_ arguments: ArgumentList, in context: CommandContext) throws(UsageError) -> Int32 {
        let format = arguments["--format"] ?? "text"
        guard format == "text" || format == "json" else {
            throw UsageError("--format is '\(format)'; expected text or json")
        }
        let source = try SettingsOptions.source(arguments, in: context)
        let settings: Settings
        do throws(SettingsErrors) { settings = try source.load().settings } catch {
            for problem in error.errors { context.console.complain("gateway tokens: \(problem)") }
            return 1
        }
        let counter: TokenCounter
        do throws(RankFileProblem) { counter = try TokenCounter(rankFile: settings.tokenRanks) } catch {
            context.console.complain("gateway tokens: tokens.ranks \(error)")
            return 1
        }
        guard let text = try arguments.readInput(in: context, for: Self.self) else { return 1 }
        let model = arguments["--model"]
        let basis = counter.basis(for: model)
        let tokens = counter.count(text.span, by: basis)
        context.console.say(
            format == "json" ? json(tokens, basis, model) : self.text(tokens, basis, model))
        return 0
    }

    private static func text(_ tokens: Int, _ basis: TokenCounter.Basis, _ model: String?) -> String {
        let count = "\(tokens) \(tokens == 1 ? "token" : "tokens")"
        guard let reason = reason(basis, model) else { return "\(count), exact (\(basis.encoding.rawValue))" }
        return "\(count), estimated (\(basis.encoding.rawValue): \(reason))"
    }

    private static func json(_ tokens: Int, _ basis: TokenCounter.Basis, _ model: String?) -> String {
        var json = JSONText()
        json.object { json in
            json.member("tokens", tokens)
            json.member("exact", basis.isExact)
            json.member("encoding", basis.encoding.rawValue)
            json.member("model", model)
            json.member("reason", reason(basis, model))
        }
        return json.text
    }

    /// Why the number is an estimate; nil where it is exact.
    private static func reason(_ basis: TokenCounter.Basis, _ model: String?) -> String? {
        let model = model ?? ""
        return switch basis {
        case .exact: nil
        case .noRanks: "tokens.ranks names no rank file"
        case .otherRanks(let loaded, let wanted):
            "tokens.ranks is of \(loaded.rawValue), while \(model) counts in \(wanted.rawValue)"
        case .standIn(let encoding):
            "\(model) has an encoding of its own, which is not published; counted in \(encoding.rawValue)"
        }
    }
}

extension TokenCounter.Basis {
    /// The encoding that the number speaks of.
    fileprivate var encoding: TokenEncoding {
        switch self {
        case .exact(let encoding), .noRanks(let encoding), .otherRanks(_, let encoding), .standIn(let encoding):
            encoding
        }
    }
}
