// What compression saves and takes, over the corpus of Tests/Fixtures/compression.
//
//     compression-bench RANKS [--write FILE]
//
// RANKS is a rank file of o200k_base; --write puts the tables between the marks in FILE, which is docs/compression.md.
import Foundation
import TestSupport
import Tokens

let arguments = CommandLine.arguments
guard arguments.count == 2 || arguments.count == 4 && arguments[2] == "--write" else {
    FileHandle.standardError.write(Data("usage: compression-bench RANKS [--write docs/compression.md]\n".utf8))
    exit(64)
}
let ranks = Array(try Data(contentsOf: URL(fileURLWithPath: arguments[1])))
let counter = TokenCounter(try Tokenizer(rankFile: ranks.span, .o200kBase))
let requests = try CorpusRequest.all()
let savings = try SavingsFigures(requests, counter)
let report = """
    ## What it saves

    \(savings.text)

    ## What it takes

    \(try SpeedFigures(requests: requests, tokens: savings.tokens).text)

    ## Counting tokens

    \(try TokenFigures(requests: requests, rankFile: ranks).text)
    """
print(report)
if arguments.count == 4 { try GeneratedPart.write(report, by: "make bench-compression", into: arguments[3]) }
