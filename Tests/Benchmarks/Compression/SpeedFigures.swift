import Compression
import Gateway
import HTTP
import TestSupport

/// What compression takes of one core.
struct SpeedFigures {
    let requests: [CorpusRequest]
    /// Tokens of the corpus.
    let tokens: Int

    var text: String {
        get throws {
            let bytes = requests.reduce(0) { $0 + $1.body.count }
            let safe = try whole(CompressionOptions())
            let aggressive = try whole(CompressionOptions(level: .aggressive, dropsComments: true))
            return """
                Time of one core (the thread's own, least of 15 runs), over the corpus of \(bytes / 1000) kB:

                \(MarkdownTable.text(
                    ["", "MB/s", "ms per 1,000 tokens"],
                    [
                        row("compression alone, safe", texts(CompressionOptions()), textBytes),
                        row("the whole step (scan, check, compress, splice), safe", safe, bytes),
                        row("the whole step, aggressive and comments", aggressive, bytes),
                    ]))

                \(try percentiles)

                Hostile texts of 1 MB, each sent twice, at level safe: \(hostile)
                """
        }
    }

    private func row(_ name: String, _ seconds: Double, _ bytes: Int) -> [String] {
        [
            name, MarkdownTable.decimal(Double(bytes) / seconds / 1e6, 0),
            MarkdownTable.decimal(seconds * 1e6 / Double(tokens), 4),
        ]
    }

    private func whole(_ options: CompressionOptions) throws -> Double {
        var run = CompressionRun(options, minTokens: 0)
        var output = ByteBuffer()
        return ThreadTime.least(of: 15) {
            for request in requests {
                output.removeAll()
                _ = try? run.shorten(request.body.span, into: &output)
            }
        }
    }

    private var textBytes: Int { requests.reduce(0) { $0 + $1.texts.reduce(0) { $0 + $1.utf8.count } } }

    private func texts(_ options: CompressionOptions) -> Double {
        let conversations = requests.map { request in
            request.messages.map { message -> (PromptCompressor.Role, [[UInt8]]) in
                let role: PromptCompressor.Role =
                    switch message["role"] as? String {
                    case "user": .user
                    case "tool": .tool
                    case "assistant": .assistant
                    default: .system
                    }
                let parts = message["content"] as? [[String: Any]] ?? []
                let texts = (message["content"] as? String).map { [$0] } ?? parts.compactMap { $0["text"] as? String }
                return (role, texts.map { Array($0.utf8) })
            }
        }
        var compressor = PromptCompressor()
        return ThreadTime.least(of: 15) {
            for messages in conversations {
                compressor.begin(options)
                for (role, texts) in messages {
                    compressor.beginMessage(role, isPinned: false)
                    for text in texts { compressor.add(text.span) }
                    compressor.endMessage()
                }
            }
        }
    }

    /// The time of requests of 200 kB: those that come together in the corpus, and every other order of kinds.
    private var percentiles: String {
        get throws {
            var shuffled = requests
            var random = SeededRandom(200)
            shuffled.shuffle(using: &random)
            let bodies =
                try CorpusRequest.joined(requests, bytes: 200_000) + CorpusRequest.joined(shuffled, bytes: 200_000)
            var times: [Double] = []
            var run = CompressionRun(CompressionOptions(), minTokens: 0)
            var output = ByteBuffer()
            for _ in 0..<100 {
                for body in bodies {
                    times.append(
                        ThreadTime.seconds {
                            output.removeAll()
                            _ = try? run.shorten(body.span, into: &output)
                        })
                }
            }
            times.sort()
            func milliseconds(_ thousandths: Int) -> String {
                MarkdownTable.decimal(times[min(times.count * thousandths / 1000, times.count - 1)] * 1000, 1)
            }
            return """
                \(bodies.count) requests of about 200 kB, 100 times each, the whole step at level safe: median \
                \(milliseconds(500)) ms, 99th percentile \(milliseconds(990)) ms, at most \(milliseconds(1000)) ms.
                """
        }
    }

    private var hostile: String {
        let times = HostileText.all.map { text in
            let bytes = Array(text.make(1 << 20).utf8)
            var compressor = PromptCompressor()
            let seconds = ThreadTime.least(of: 5) {
                compressor.begin(CompressionOptions())
                for _ in 0..<2 {
                    compressor.beginMessage(.tool, isPinned: false)
                    compressor.add(bytes.span)
                    compressor.endMessage()
                }
            }
            return (text.name, seconds * 1000)
        }
        func told(_ time: (String, Double)) -> String { "\(time.0) \(MarkdownTable.decimal(time.1, 0)) ms" }
        let named = ["one line again and again", "one letter", "nested brackets", "fences", "unique lines"]
        let slowest = times.sorted { $0.1 > $1.1 }.prefix(3).map(told).joined(separator: ", ")
        return times.filter { named.contains($0.0) }.map(told).joined(separator: ", ")
            + "; the slowest of \(times.count): \(slowest)."
    }
}
