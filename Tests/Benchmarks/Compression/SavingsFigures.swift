import Compression
import Gateway
import HTTP
import Tokens

/// What compression takes off the corpus, in exact tokens of o200k_base.
struct SavingsFigures {
    static let settings: [(title: String, options: CompressionOptions)] = [
        ("safe", CompressionOptions()), ("safe, no references", CompressionOptions(usesReferences: false)),
        ("aggressive", CompressionOptions(level: .aggressive)),
        ("and comments", CompressionOptions(level: .aggressive, dropsComments: true)),
    ]

    private let requests: [CorpusRequest]
    /// Of the whole corpus.
    var tokens: Int { before.reduce(0, +) }
    private var before: [Int] = []
    /// By setting, then by request.
    private var after: [[Int]] = []
    private var savings: [SavingsByKind] = []

    init(_ requests: [CorpusRequest], _ counter: TokenCounter) throws {
        self.requests = requests
        for (_, options) in Self.settings {
            var tokens: [Int] = []
            var savings = SavingsByKind()
            before = []
            for request in requests {
                var run = CompressionRun(options, minTokens: 0, counter: counter)
                var output = ByteBuffer()
                try run.compress(request.body.span, into: &output)
                before.append(run.totals.tokensBefore)
                tokens.append(run.totals.tokensAfter)
                savings.add(run.totals.savings)
            }
            after.append(tokens)
            self.savings.append(savings)
        }
    }

    /// Tokens saved at a setting, in those requests that are chosen, and their tokens.
    private func saved(_ setting: Int, _ isChosen: (CorpusRequest) -> Bool = { _ in true }) -> (saved: Int, of: Int) {
        let chosen = requests.indices.filter { isChosen(requests[$0]) }
        let sum = chosen.reduce(0) { $0 + before[$1] }
        return (sum - chosen.reduce(0) { $0 + after[setting][$1] }, sum)
    }

    private func percent(_ setting: Int, _ isChosen: (CorpusRequest) -> Bool = { _ in true }) -> String {
        let (saved, whole) = saved(setting, isChosen)
        return MarkdownTable.percent(saved, of: whole)
    }

    private var kinds: [String] { Set(requests.map(\.kind)).sorted() }

    /// The share that a setting saves on the average of kinds, in per cent.
    private func mean(_ setting: Int) -> String {
        let shares = kinds.map { kind in
            let (saved, whole) = saved(setting) { $0.kind == kind }
            return 100 * Double(saved) / Double(whole)
        }
        return MarkdownTable.decimal(shares.reduce(0, +) / Double(shares.count), 1)
    }

    /// Requests whose share at level safe is within a range, in thousandths.
    private func count(_ thousandths: ClosedRange<Int>) -> Int {
        requests.indices.count { thousandths.contains((before[$0] - after[0][$0]) * 1000 / max(before[$0], 1)) }
    }

    var text: String {
        let settings = Self.settings.indices
        let rows = kinds.map { kind in
            let tokens = saved(0) { $0.kind == kind }.of
            return ["\(kind): \(CorpusKind.descriptions[kind] ?? "")", "\(requests.count { $0.kind == kind })"]
                + ["\(tokens / 1000) k"] + settings.map { setting in percent(setting) { $0.kind == kind } }
        }
        let whole =
            ["**all tokens**", "\(requests.count)", "\(saved(0).of / 1000) k"] + settings.map { "**\(percent($0))**" }
        let mean = ["mean of kinds", "", ""] + settings.map(mean)
        return """
            Prompt tokens saved, in per cent, counted exactly with o200k_base:

            \(MarkdownTable.text(
                ["kind of request", "requests", "tokens"] + Self.settings.map(\.title), rows + [whole, mean]))

            The first aim was 15 % of all prompt tokens. Over the whole mix it is \(percent(0)) % at level safe, \
            \(percent(1)) % without references, \(percent(2)) % at level aggressive and \(percent(3)) % when comments go too. \
            It depends on what is sent far more than on anything else: requests with two results of tools or more lose \
            \(percent(0) { $0.isToolHeavy }) % at level safe, all others \(percent(0) { !$0.isToolHeavy }) %; of the \
            \(requests.count) requests \(count(-1000...9)) lose less than 1 %, and \(count(150...1000)) lose 15 % or more.

            What did it, in thousands of tokens (estimated, so that they add up to about the above):

            \(byTransform)
            """
    }

    private var byTransform: String {
        let transforms = Transform.allCases.filter { transform in savings.contains { $0[transform].hundredths >= 5000 }
        }
        .sorted { savings[3][$0].hundredths > savings[3][$1].hundredths }
        let rows = transforms.map { transform in
            ["`\(transform.name)`"]
                + savings.map { MarkdownTable.decimal(Double($0[transform].hundredths) / 100_000, 1) }
        }
        return MarkdownTable.text(["transform"] + Self.settings.map(\.title), rows)
            + "\n\nProofs that failed: \(savings.reduce(0) { $0 + $1.failedProofs })."
    }
}
