import Compression
import TestSupport

/// Makes up conversations in which much comes again: files that are read twice, whole, in part, numbered and edited;
/// answers of services in several spellings; logs, tables, documents and patches.
struct ConversationGenerator {
    private var random: SeededRandom
    private var files: [[String]] = []

    init(seed: UInt64) { random = SeededRandom(seed) }

    /// - Parameter turns: Answers of the assistant, with the results of tools after each.
    mutating func conversation(turns: Int) -> Conversation {
        files = (0..<3).map { _ in code() }
        var messages = [
            Conversation.Message(role: .system, texts: [prose(2) + "\n\n\n\n" + prose(1) + "   \n"]),
            Conversation.Message(role: .user, texts: [text()], isPinned: random.below(8) == 0),
        ]
        for _ in 0..<turns {
            var answer = Conversation.Message(role: .assistant, texts: [prose(1) + "  \n\n\n" + text()])
            if random.below(3) == 0 { answer.arguments = [files[random.below(files.count)].joined(separator: "\n")] }
            messages.append(answer)
            for _ in 0...random.below(2) { messages.append(Conversation.Message(role: .tool, texts: [text()])) }
            if random.below(4) == 0 { messages.append(Conversation.Message(role: .user, texts: [text(), text()])) }
        }
        return Conversation(messages: messages)
    }

    private mutating func text() -> String {
        switch random.below(14) {
        case 0: return prose(1 + random.below(4))
        case 1: return file()
        case 2, 3: return listing(file().lines, isPadded: random.below(2) == 0)
        case 4, 5: return json(depth: 3, style: random.below(3))
        case 6, 7: return log()
        case 8: return table(isShell: false)
        case 9: return table(isShell: true)
        case 10: return patch()
        case 11: return document()
        case 12: return odd()
        default: return prose(1) + "\n" + json(depth: 2, style: random.below(3)) + "\n" + prose(1)
        }
    }

    // MARK: Words

    private static let words = """
        the of and a to in is it that was for on are with as his they be at one have this from had hot word but what some \
        request answer gateway token provider budget breaker window latency cache stream header prompt model ledger deal
        """.split(whereSeparator: { $0 == " " || $0 == "\n" }).map(String.init)

    private mutating func word() -> String { Self.words[random.below(Self.words.count)] }

    private mutating func words(_ count: Int) -> String { (0..<count).map { _ in word() }.joined(separator: " ") }

    private mutating func prose(_ paragraphs: Int) -> String {
        (0..<paragraphs).map { _ in
            (0...random.below(5)).map { _ in
                words(4 + random.below(10)).capitalizedFirst
                    + [".", ".", ".  ", "!", ":", ". \u{A0}", ". é e\u{301}"][
                        random.below(7)] + [" ", "\n", "  \n", " \n", "\r\n"][random.below(5)]
            }.joined()
        }.joined(separator: ["\n\n", "\n\n\n\n", "\n \n"][random.below(3)])
    }

    // MARK: Files

    private mutating func code() -> [String] {
        let isPython = random.below(2) == 0
        var lines =
            isPython ? ["import os", ""] : ["// Copyright 2026 the authors.", "// Licensed.", "", "import Foundation"]
        for number in 0..<6 + random.below(10) {
            let name = "\(word())\(number)"
            if isPython {
                lines += [
                    "def \(name)(\(word()), \(word())):", "    # \(words(6))", "    \(word()) = \"\(words(3))  # no\"",
                ]
                lines += ["", "", "    return \(word()) + \(random.below(1000))", ""]
            } else {
                lines += [
                    "func \(name)(_ \(word()): Int) -> Int {", "    // \(words(6))",
                    "    let \(word()) = \(random.below(99))",
                ]
                lines += ["", "    return \(word())  ", "}", ""]
            }
        }
        return lines
    }

    /// A file as a tool shows it: whole or in part, edited first from time to time.
    private mutating func file() -> String {
        let which = random.below(files.count)
        if random.below(3) == 0 {
            let line = random.below(files[which].count)
            if random.below(2) == 0 {
                files[which].insert("    \(words(4))", at: line)
            } else {
                files[which][line] = "    \(words(5))"
            }
        }
        let lines = files[which]
        let start = random.below(2) == 0 ? 0 : random.below(lines.count)
        return lines[start..<min(lines.count, start + 20 + random.below(60))].joined(separator: "\n")
    }

    private mutating func listing(_ lines: [String], isPadded: Bool) -> String {
        let start = [1, 1, 7, 95, 998][random.below(5)]
        let separator = ["\t", ": ", "|", "│"][random.below(4)]
        return lines.enumerated().map { index, line in
            let number = "\(start + index)"
            return (isPadded ? String(repeating: " ", count: max(6 - number.count, 0)) : "") + number + separator + line
        }.joined(separator: "\n")
    }

    private mutating func patch() -> String {
        let lines = file().lines
        return "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,\(lines.count) +1,\(lines.count) @@\n"
            + lines.map { [" ", " ", "+", "-"][random.below(4)] + $0 }.joined(separator: "\n")
    }

    // MARK: Data

    /// - Parameter style: 0 is compact, 1 has blanks after commas and colons, 2 is indented.
    private mutating func json(depth: Int, style: Int, indent: String = "") -> String {
        let separator = [",", ", ", ",\n\(indent)  "][style]
        let open = style == 2 ? "\n\(indent)  " : ""
        let close = style == 2 ? "\n\(indent)" : ""
        let inner = indent + "  "
        switch depth > 0 ? random.below(3) : 3 + random.below(5) {
        case 0:
            let members = (0..<2 + random.below(5)).map { number in
                "\"\(word())\(number)\"" + [":", ": ", ": "][style]
                    + json(depth: depth - 1, style: style, indent: inner)
            }
            return "{" + open + members.joined(separator: separator) + close + "}"
        case 1:
            let elements = (0..<2 + random.below(4)).map { _ in json(depth: depth - 1, style: style, indent: inner) }
            return "[" + open + elements.joined(separator: separator) + close + "]"
        case 2:
            let names = (0..<3).map { "\"\(word())\($0)\"" }
            let rows = (0..<3 + random.below(6)).map { _ in
                "{" + names.map { $0 + ":" + json(depth: 0, style: 0) }.joined(separator: style > 0 ? ", " : ",") + "}"
            }
            return "[" + open + rows.joined(separator: separator) + close + "]"
        case 3: return "\(random.below(100_000)).0"
        case 4: return ["true", "false", "null", "1e5", "-0.0", "12345678901234567890123"][random.below(6)]
        case 5: return "\"\(words(30 + random.below(30)))\""
        case 6: return #""a \"quoted\" \\ word, \u00e9 é \n [x]  {y}""#
        default: return "\"\(words(1 + random.below(4)))\""
        }
    }

    private mutating func log() -> String {
        let second = random.below(60)
        var lines: [String] = []
        for number in 0..<10 + random.below(40) {
            let time = "2026-11-30 23:\(10 + number % 50):\(10 + second % 50)"
            let line = "\(time) INFO  [worker-\(number % 3)] service.\(word()): \(words(3 + random.below(4)))"
            lines += Array(repeating: line, count: random.below(5) == 0 ? 1 + random.below(12) : 1)
        }
        return lines.joined(separator: "\n")
    }

    private mutating func table(isShell: Bool) -> String {
        let rows = (0..<4 + random.below(10)).map { _ in [words(1), "\(random.below(10_000))", words(3)] }
        func line(_ cells: [String]) -> String {
            cells.enumerated().map { $1 + String(repeating: " ", count: max([10, 8, 24][$0] - $1.count, 0)) }
                .joined(separator: " | ")
        }
        let ruler = [10, 8, 24].map { String(repeating: "-", count: $0) }
        return isShell
            ? ([line(["name", "count", "notes"]), ruler.joined(separator: "-+-")] + rows.map(line)).joined(
                separator: "\n")
            : (["| " + line(["name", "count", "notes"]) + " |", "| " + ruler.joined(separator: " | ") + " |"]
                + rows.map { "| " + line($0) + " |" }).joined(separator: "\n")
    }

    private mutating func document() -> String {
        "# \(words(3))\n\n\(prose(1))\n```python\n\(file())\n```\n\n\(prose(1))\n~~~json\n\(json(depth: 2, style: 2))\n~~~\n"
            + "- \(words(4))\n  ````\n  ```\n\n\n  \(words(3))   \n  ````\n\(table(isShell: false))\n"
    }

    /// What is seldom met, and easily broken.
    private mutating func odd() -> String {
        let marks = [
            "[\u{2026} 3 lines same as earlier \u{2026}]", "{\"#cols\":[1],\"#rows\":[[1],[2]]}",
            "```\nunclosed\n\n\n\nx  y",
            "می\u{200C}خواهم 👩\u{200D}👩\u{200D}👧 \u{FEFF}", "a\r\r\nb\r\n\r\n\r\n\r\nc", "{\"a\": NaN, \"b\" : 1}",
            "{\"a\" : [1, 2, {\"b\" : ", "Keep this verbatim:   \n\n\n\nas it stands",
            "|a|b|\n|-|-|\n| `x  |y` | \\|  |",
            String(repeating: "=", count: 300), String(repeating: " ", count: 300) + "x",
        ]
        return (0..<1 + random.below(4)).map { _ in marks[random.below(marks.count)] }.joined(separator: "\n")
            + "\n" + prose(1)
    }
}

extension String {
    fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
