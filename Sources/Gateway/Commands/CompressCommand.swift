import Compression
import Foundation
import Glibc
import HTTP

/// `gateway compress`: what compression makes of chat requests.
package enum CompressCommand: Command {
    package static let name = "compress"
    package static let summary =
        "Compresses a chat request, or JSON Lines of them, and tells on standard error what that saved."
    package static let usage =
        "[--level safe|aggressive] [--references on|off] [--comments] [--diff] [FILE]"
    package static let options = [
        CommandOption("--level", "safe|aggressive", "how far to go; by default safe"),
        CommandOption("--references", "on|off", "whether what was sent before becomes a reference; by default on"),
        CommandOption("--comments", nil, "takes the comments out of fenced code too, which loses them"),
        CommandOption("--min-tokens", "N", "leaves requests alone that have fewer tokens; by default 0"),
        CommandOption("--diff", nil, "shows what went and what came instead of the request"),
        CommandOption("--color", "on|off", "colours of the differences; by default on a terminal"),
    ]
    package static let example = "gateway compress --level aggressive --diff request.json"

    package static func run(_ arguments: ArgumentList, in context: CommandContext) throws(UsageError) -> Int32 {
        let options = try options(arguments)
        let minTokens = try number(arguments, "--min-tokens") ?? 0
        let isColoured = try choice(arguments, "--color") ?? (isatty(STDOUT_FILENO) == 1)
        guard arguments.operands.count <= 1 else {
            throw UsageError("expected one file, or none for standard input; found \(arguments.operands.count)")
        }
        let input: [UInt8]
        do { input = try read(arguments.operands.first) } catch {
            context.console.complain("gateway compress: \(error.localizedDescription)")
            return 1
        }
        guard String(validating: input, as: UTF8.self) != nil else {
            context.console.complain("gateway compress: the input is not UTF-8, as JSON must be")
            return 1
        }
        var run = CompressionRun(options, minTokens: minTokens)
        let requests = run.requests(in: input)
        var isSound = true
        var output = ByteBuffer()
        for request in requests {
            do throws(CompressionRun.Problem) {
                try run.compress(input.span.extracting(request), into: &output)
            } catch {
                context.console.complain("gateway compress: \(place(of: request, in: input)): \(error.message)")
                isSound = isSound && error.isHarmless
            }
            if arguments.has("--diff") {
                let after = Span<UInt8>(_bytes: output.span)
                context.console.write(
                    CompressionDiff(isColoured: isColoured).text(input.span.extracting(request), after))
            } else {
                output.append(0x0A as UInt8)
                context.console.write(String(decoding: output.bytes, as: UTF8.self))
            }
            output.removeAll()
        }
        context.console.complain(run.table)
        return isSound ? 0 : 1
    }

    private static func options(_ arguments: ArgumentList) throws(UsageError) -> CompressionOptions {
        let word = arguments["--level"] ?? "safe"
        guard let level = CompressionOptions.Level(rawValue: word) else {
            throw UsageError("--level is '\(word)'; expected safe or aggressive")
        }
        return CompressionOptions(
            level: level, usesReferences: try choice(arguments, "--references") ?? true,
            dropsComments: arguments.has("--comments"))
    }

    private static func choice(_ arguments: ArgumentList, _ name: String) throws(UsageError) -> Bool? {
        switch arguments[name] {
        case nil: return nil
        case "on": return true
        case "off": return false
        case let word?: throw UsageError("\(name) is '\(word)'; expected on or off")
        }
    }

    private static func number(_ arguments: ArgumentList, _ name: String) throws(UsageError) -> Int? {
        guard let word = arguments[name] else { return nil }
        guard let number = Int(word), (0...1_000_000_000).contains(number) else {
            throw UsageError("\(name) is '\(word)'; expected a number up to 1000000000")
        }
        return number
    }

    private static func read(_ path: String?) throws -> [UInt8] {
        guard let path, path != "-" else { return Array(try FileHandle.standardInput.readToEnd() ?? Data()) }
        return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    }

    private static func place(of request: Range<Int>, in input: [UInt8]) -> String {
        "line \(1 + input[..<request.lowerBound].count { $0 == 0x0A })"
    }
}
