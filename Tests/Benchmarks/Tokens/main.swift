import Foundation
import Tokens

let file = Array(try Data(contentsOf: URL(fileURLWithPath: CommandLine.arguments[1])))
func cpu() -> Double {
    var t = timespec(); clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t); return Double(t.tv_sec) + Double(t.tv_nsec) / 1e9
}
func best(_ n: Int, _ body: () -> Void) -> Double {
    (0..<n).map { _ in
        let s = cpu(); body(); return cpu() - s
    }.min()!
}
let load = best(5) { _ = try! Tokenizer(rankFile: file.span, .o200kBase) }
var line = "load \((load * 1e4).rounded() / 10)"
let tokenizer = try Tokenizer(rankFile: file.span, .o200kBase)
for name in CommandLine.arguments.dropFirst(2) {
    let text = Array(try Data(contentsOf: URL(fileURLWithPath: name)))
    var n = 0
    let count = best(text.count > 1500000 ? 15 : 3) { n = tokenizer.count(text.span) }
    var e = 0
    let est = best(text.count > 1500000 ? 15 : 3) {
        var estimate = TokenEstimate(); estimate.add(text.span); e = estimate.tokens
    }
    line += " est \(e) \((Double(text.count) / est / 1e5).rounded() / 10)"
    line += " \(name.split(separator: "/").last!) \(n) \((Double(text.count) / count / 1e5).rounded() / 10)"
}
print(line)
