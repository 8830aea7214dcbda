import Compression
import HTTP
import Platform
import Tokens

/// `gateway compress`: what compression would make of chat requests.
package enum CompressCommand: Command {
    package static let name = "compress"
    package static let summary =
        "Compresses a chat request, or JSON Lines of them; the tokens saved go to standard error."
    package static let usage = "[--level safe|aggressive] [--diff] [FILE]"
    package static let options = [
        CommandOption("--level", "safe|aggressive", "how far to go; by default safe"),
        CommandOption("--references", "on|off", "whether what was sent before becomes a reference; by default on"),
        CommandOption("--time", "ROUNDS", "compress each request that often, and tell the speed"),
        CommandOption("--comments", nil, "take the comments out of code too, which loses them"),
    ]
    package static let example = "gateway compress --level aggressive request.json"

    package static func run(_ arguments: ArgumentList, in context: CommandContext) throws(UsageError) -> Int32 {
        let options = try options(arguments)
        guard let input = try arguments.readInput(in: context, for: Self.self) else { return 1 }
        var compression = PromptCompression()
        var tape = JSONScanner()
        var canonical = CanonicalJSON()
        var output = ByteBuffer()
        var savings = Savings()
        if let rounds = arguments["--time"].flatMap({ Int($0) }) {
            var times: [UInt64] = []
            var bytes = 0
            let clock = SystemTime()
            let begin = clock.monotonicNanoseconds()
            for _ in 0..<rounds {
                var start = 0
                while start < input.count {
                    let end = input[start...].firstIndex(of: 0x0A) ?? input.count
                    let span = input.span
                    let line = span.extracting(start..<end)
                    var splice = JSONSplice()
                    do throws(JSONScanner.Failure) { try tape.scan(line) } catch { return 1 }
                    let before = clock.monotonicNanoseconds()
                    _ = compression.compress(line, tape, options, minTokens: 0, into: &splice)
                    output.removeAll()
                    splice.apply(to: line, into: &output)
                    times.append(clock.monotonicNanoseconds() - before)
                    bytes += line.count
                    start = end + 1
                }
            }
            let total = times.reduce(0, +)
            times.sort()
            context.console.complain(
                "\(bytes) bytes, \(Double(bytes) * 1000 / Double(total)) MB/s, p50 \(times[times.count / 2] / 1000) us, p99 \(times[times.count * 99 / 100] / 1000) us \(begin)"
            )
            output.removeAll()
        }
        var start = 0
        while start < input.count {
            let end = input[start...].firstIndex(of: 0x0A) ?? input.count
            let span = input.span
            let line = span.extracting(start..<end)
            var splice = JSONSplice()
            do throws(JSONScanner.Failure) {
                try tape.scan(line)
                canonical.write(tape, of: line)
                if !canonical.hasDuplicateKeys {
                    savings.add(compression.compress(line, tape, options, minTokens: 0, into: &splice))
                }
            } catch { context.console.complain("gateway compress: not JSON: \(error.reason)") }
            splice.apply(to: line, into: &output)
            output.append(0x0A as UInt8)
            start = end + 1
        }
        context.console.write(String(decoding: output.bytes, as: UTF8.self))
        for transform in Transform.allCases where savings[transform].uses > 0 || savings[transform].failedProofs > 0 {
            let saving = savings[transform]
            context.console.complain(
                "\(transform.name) uses \(saving.uses) bytes \(saving.bytesBefore) \(saving.bytesAfter) tokens \(saving.hundredthsBefore / 100) \(saving.hundredthsAfter / 100) failed \(saving.failedProofs)"
            )
        }
        return 0
    }

    private static func options(_ arguments: ArgumentList) throws(UsageError) -> CompressionOptions {
        let word = arguments["--level"] ?? "safe"
        guard let level = CompressionOptions.Level(rawValue: word) else {
            throw UsageError("--level is '\(word)'; expected safe or aggressive")
        }
        let references = arguments["--references"] ?? "on"
        guard references == "on" || references == "off" else {
            throw UsageError("--references is '\(references)'; expected on or off")
        }
        return CompressionOptions(
            level: level, usesReferences: references == "on", dropsComments: arguments.has("--comments"))
    }
}
