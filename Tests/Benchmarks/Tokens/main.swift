import Foundation
import Tokens

let file = Array(try Data(contentsOf: URL(fileURLWithPath: CommandLine.arguments[1])))
let text = Array(try Data(contentsOf: URL(fileURLWithPath: CommandLine.arguments[2])))
let clock = ContinuousClock()
func seconds(_ t: Duration) -> Double { Double(t.components.attoseconds) / 1e18 + Double(t.components.seconds) }
func best(_ n: Int, _ body: () -> Void) -> Double { (0..<n).map { _ in seconds(clock.measure(body)) }.min()! }
let load = best(5) { _ = try! Tokenizer(rankFile: file.span, .o200kBase) }
let tokenizer = try Tokenizer(rankFile: file.span, .o200kBase)
var n = 0
let count = best(15) { n = tokenizer.count(text.span) }
let estimate = best(15) {
    var e = TokenEstimate(); e.add(text.span); _ = e.tokens
}
print(
    n, "load ms", load * 1e3, "count MB/s", Double(text.count) / count / 1e6, "estimate MB/s",
    Double(text.count) / estimate / 1e6)
