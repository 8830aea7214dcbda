import Compression
import Glibc
import HTTP
import Tokens

/// `gateway compress`: what compression makes of chat requests.
package enum CompressCommand: Command {
    package static let name = "compress"
    package static let summary =
        "Compresses a chat request, or JSON Lines of them, and tells on standard error what that saved."
    package static let usage =
        "[--level safe|aggressive] [--references on|off] [--comments] [--diff] [--min-tokens N]\n"
        + "           [--format text|json] [--color auto|always|never] [FILE]"
    package static let options =
        [
            CommandOption("--level", "safe|aggressive", "how far to go; by default compression.level"),
            CommandOption(
                "--references", "on|off", "whether what was sent before becomes a reference; by default on"),
            CommandOption("--comments", nil, "takes the comments out of fenced code too, which loses them"),
            CommandOption("--diff", nil, "shows the differences, with their tokens, instead of the request"),
            CommandOption("--min-tokens", "N", "leaves requests alone that have fewer tokens; by default 0"),
            CommandOption("--format", "text|json", "how what was saved is told on standard error; by default text"),
            CommandOption("--color", "auto|always|never", "colours of the differences; by default on a terminal"),
        ] + SettingsOptions.all
    package static let example = "gateway compress --level aggressive --diff request.json"

    package static func run(_ arguments: ArgumentList, in context: CommandContext) throws(UsageError) -> Int32 {
        let minTokens = try minTokens(arguments)
        let format = try choice(arguments, "--format", ["text", "json"]) ?? "text"
        let isColoured = try isColoured(arguments, context)
        let level = try choice(arguments, "--level", CompressionOptions.Level.allCases.map(\.rawValue))
        let references = try choice(arguments, "--references", ["on", "off"])
        guard let (settings, counter) = try SettingsOptions.settingsAndCounter(arguments, in: context, for: Self.self),
            let input = try arguments.readInput(in: context, for: Self.self)
        else { return 1 }
        let options = CompressionOptions(
            level: CompressionOptions.Level(rawValue: level ?? settings.compression.level.rawValue) ?? .safe,
            usesReferences: references.map { $0 == "on" } ?? settings.compression.references,
            dropsComments: arguments.has("--comments") || settings.compression.comments)
        guard String(validating: input, as: UTF8.self) != nil else {
            context.console.complain("gateway compress: the input is not UTF-8, as JSON must be")
            return 1
        }
        var run = CompressionRun(options, minTokens: minTokens, counter: counter)
        let requests = run.requests(in: input)
        guard !requests.isEmpty else {
            context.console.complain("gateway compress: the input is empty; expected a chat request")
            return 1
        }
        var isSound = true
        for (number, request) in requests.enumerated() {
            var output = ByteBuffer()
            var differences = ""
            do throws(CompressionRun.Problem) {
                let (texts, basis) = try run.compress(input.span.extracting(request), into: &output)
                if arguments.has("--diff") {
                    differences = CompressionDiff(isColoured: isColoured, counter: counter, basis: basis)
                        .text(texts, request: requests.count > 1 ? number + 1 : nil)
                }
            } catch {
                let place = place(of: error, in: input, request, isAlone: requests.count == 1)
                context.console.complain("gateway compress: \(place)\(error.message)")
                isSound = isSound && error.isHarmless
                // Lines stay in their places; of a single request that is none there is nothing to pass on.
                if !error.isHarmless, requests.count == 1 { return 1 }
            }
            if arguments.has("--diff") {
                context.console.write(differences)
            } else {
                output.append(0x0A as UInt8)
                context.console.write(String(decoding: output.bytes, as: UTF8.self))
            }
        }
        context.console.complain(format == "json" ? run.totals.json : run.totals.text)
        return isSound ? 0 : 1
    }

    // MARK: Options

    private static func minTokens(_ arguments: ArgumentList) throws(UsageError) -> Int {
        guard let word = arguments["--min-tokens"] else { return 0 }
        guard let number = Int(word), (0...1_000_000_000).contains(number) else {
            throw UsageError("--min-tokens is '\(word)'; expected a number up to 1000000000")
        }
        return number
    }

    private static func isColoured(_ arguments: ArgumentList, _ context: CommandContext) throws(UsageError) -> Bool {
        switch try choice(arguments, "--color", ["auto", "always", "never"]) {
        case "always": return true
        case "never": return false
        default:
            let isRefused = context.environment["NO_COLOR"]?.isEmpty == false || context.environment["TERM"] == "dumb"
            return isatty(STDOUT_FILENO) == 1 && !isRefused
        }
    }

    private static func choice(
        _ arguments: ArgumentList, _ name: String, _ words: [String]
    ) throws(UsageError) -> String? {
        guard let word = arguments[name] else { return nil }
        guard words.contains(word) else {
            let expected = words.dropLast().joined(separator: ", ") + " or " + (words.last ?? "")
            throw UsageError("\(name) is '\(word)'; expected \(expected)")
        }
        return word
    }

    // MARK: Errors

    /// Where a problem is: its line, and its column where that is known; nothing for a whole input.
    private static func place(
        of problem: CompressionRun.Problem, in input: [UInt8], _ request: Range<Int>, isAlone: Bool
    ) -> String {
        if isAlone, problem.offset == nil { return "" }
        let offset = min(request.lowerBound + (problem.offset ?? 0), input.count)
        let before = input[..<offset]
        let line = "line \(1 + before.count { $0 == 0x0A })"
        guard problem.offset != nil else { return line + ": " }
        return line + ", column \(offset - (before.lastIndex(of: 0x0A) ?? -1)): "
    }
}
