import Foundation
import Tokens

let file = Array(try Data(contentsOf: URL(fileURLWithPath: CommandLine.arguments[1])))
let text = Array(try Data(contentsOf: URL(fileURLWithPath: CommandLine.arguments[2])))
let clock = ContinuousClock()
for _ in 0..<3 { let t = clock.measure { _ = try! Tokenizer(rankFile: file.span, .o200kBase) }; print("load", t) }
let tokenizer = try Tokenizer(rankFile: file.span, .o200kBase)
for _ in 0..<7 {
    var n = 0
    let t = clock.measure { n = tokenizer.count(text.span) }
    print(
        n, t, Double(text.count) / (Double(t.components.attoseconds) / 1e18 + Double(t.components.seconds)) / 1e6,
        "MB/s")
}
for _ in 0..<3 {
    var n = 0
    let t = clock.measure {
        var e = TokenEstimate(); e.add(text.span); n = e.tokens
    }
    print(
        "estimate", n, t,
        Double(text.count) / (Double(t.components.attoseconds) / 1e18 + Double(t.components.seconds)) / 1e6, "MB/s")
}
