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
        guard let (_, counter) = try SettingsOptions.settingsAndCounter(arguments, in: context, for: Self.self) else {
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
        guard let reason = basis.reason(for: model) else { return "\(count), exact (\(basis.encoding.rawValue))" }
        return "\(count), estimated (\(basis.encoding.rawValue): \(reason))"
    }

    private static func json(_ tokens: Int, _ basis: TokenCounter.Basis, _ model: String?) -> String {
        var json = JSONText()
        json.object { json in
            json.member("tokens", tokens)
            json.member("exact", basis.isExact)
            json.member("encoding", basis.encoding.rawValue)
            json.member("model", model)
            json.member("reason", basis.reason(for: model))
        }
        return json.text
    }
}
