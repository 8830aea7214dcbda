/// A table in Markdown: the first column words, the others numbers.
enum MarkdownTable {
    static func text(_ head: [String], _ rows: [[String]]) -> String {
        ([head, ["---"] + head.dropFirst().map { _ in "---:" }] + rows)
            .map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n")
    }

    /// A share in per cent with one decimal.
    static func percent(_ part: Int, of whole: Int) -> String { decimal(100 * Double(part) / Double(max(whole, 1)), 1) }

    static func decimal(_ value: Double, _ places: Int) -> String {
        var scale = 1
        for _ in 0..<places { scale *= 10 }
        let scaled = Int((abs(value) * Double(scale)).rounded())
        let fraction = "\(scaled % scale + scale)".dropFirst()
        return (value < 0 && scaled > 0 ? "-" : "") + "\(scaled / scale)" + (places > 0 ? ".\(fraction)" : "")
    }
}
