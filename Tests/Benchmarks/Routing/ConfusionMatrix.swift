import Routing

/// How often requests of each task were taken for each.
struct ConfusionMatrix {
    private var counts = [[Int]](
        repeating: Array(repeating: 0, count: TaskName.ofChat.count), count: TaskName.ofChat.count)

    mutating func note(_ task: TaskName, takenFor other: TaskName) {
        guard let row = TaskName.ofChat.firstIndex(of: task), let column = TaskName.ofChat.firstIndex(of: other) else {
            return
        }
        counts[row][column] += 1
    }

    var right: Int { counts.indices.reduce(0) { $0 + counts[$1][$1] } }
    var count: Int { counts.reduce(0) { $0 + $1.reduce(0, +) } }
    /// Hundredths that are right, rounded down to a tenth.
    var percent: String {
        let tenths = right * 1000 / max(count, 1)
        return "\(tenths / 10).\(tenths % 10)"
    }

    /// As a table of Markdown.
    var table: String {
        let names = TaskName.ofChat.map(\.rawValue)
        var lines = ["| | " + names.map { String($0.prefix(6)) }.joined(separator: " | ") + " | right |"]
        lines.append("| --- |" + String(repeating: " ---: |", count: names.count + 1))
        for (row, name) in names.enumerated() {
            let cells = counts[row].map { $0 == 0 ? "·" : "\($0)" }
            let sum = counts[row].reduce(0, +)
            lines.append("| \(name) | \(cells.joined(separator: " | ")) | \(counts[row][row] * 100 / max(sum, 1)) % |")
        }
        return lines.joined(separator: "\n")
    }
}
