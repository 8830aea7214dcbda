import Compression
import Foundation
import Gateway
import HTTP
import TestSupport
import Tokens

/// How fast tokens are counted, and how far the estimate is off.
struct TokenFigures {
    let requests: [CorpusRequest]
    let rankFile: [UInt8]

    var text: String {
        get throws {
            let tokenizer = try Tokenizer(rankFile: rankFile.span, .o200kBase)
            let load = ThreadTime.least(of: 5) { _ = try? Tokenizer(rankFile: rankFile.span, .o200kBase) }
            let corpus = Array(requests.flatMap(\.texts).joined(separator: "\n").utf8)
            var tokens = 0
            let count = ThreadTime.least(of: 5) { tokens = tokenizer.count(corpus.span) }
            var estimate = TokenEstimate()
            let guess = ThreadTime.least(of: 5) {
                estimate = TokenEstimate()
                estimate.add(corpus.span)
            }
            let errors = try requests.map { try error(of: $0, TokenCounter(tokenizer)) }
            let kinds = Set(requests.map(\.kind)).sorted().map { kind in
                [kind] + Self.percentiles(zip(requests, errors).filter { $0.0.kind == kind }.map(\.1))
            }
            let all = Self.percentiles(errors)
            return """
                The tokenizer reads a rank file in \(MarkdownTable.decimal(load * 1000, 0)) ms and counts \
                \(Self.megabytes(corpus.count, count)) MB/s of one core (\(tokens) tokens of the corpus). The estimate, which \
                stands in where no rank file is named, takes \(Self.megabytes(corpus.count, guess)) MB/s; over whole prompts it \
                is off by \(all[0]) % in the median and \(all[1]) % at the 95th percentile:

                \(MarkdownTable.text(["kind of request", "median, %", "95th percentile, %"], kinds + [["**all**"] + all]))
                """
        }
    }

    private static func megabytes(_ bytes: Int, _ seconds: Double) -> String {
        MarkdownTable.decimal(Double(bytes) / seconds / 1e6, 0)
    }

    /// By how much the estimate of a request is off, in per cent.
    private func error(of request: CorpusRequest, _ counter: TokenCounter) throws -> Double {
        func tokens(_ counter: TokenCounter) throws -> Int {
            var run = CompressionRun(
                CompressionOptions(usesReferences: false), minTokens: .max / 1000, counter: counter)
            var output = ByteBuffer()
            try run.compress(request.body.span, into: &output)
            return run.totals.tokensBefore
        }
        let exact = try tokens(counter)
        return 100 * abs(Double(try tokens(TokenCounter()) - exact)) / Double(max(exact, 1))
    }

    private static func percentiles(_ values: [Double]) -> [String] {
        let sorted = values.sorted()
        return [sorted.count / 2, sorted.count * 95 / 100].map {
            MarkdownTable.decimal(sorted[min($0, sorted.count - 1)], 1)
        }
    }
}
