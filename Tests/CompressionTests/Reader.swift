/// Reads a compressed conversation as a model would: takes each note for what it says and puts back what it stands for,
/// from nothing but what stood before.
///
/// Of its own, and plain: it shares no code with what it checks.
struct Reader {
    /// A note that has not exactly one meaning.
    struct Unclear: Error, CustomStringConvertible {
        let description: String
    }

    /// The lines read so far; nil where something was left out between two of them.
    private var lines: [String?] = []
    private var places: [String: [Int]] = [:]
    private var numbered: [String: [Int]] = [:]
    private var heads: [String: Set<String>] = [:]

    private static let rest = " [… rest of line same as earlier …]"

    /// A text with its notes read, which is remembered.
    mutating func read(_ text: String) throws -> String {
        let lines = Self.unfactored(text)
        var out: [String] = []
        for (index, line) in lines.enumerated() {
            let note = Note(line)
            if case .block(let count, let shift) = note, index > 0, index + 1 < lines.count {
                out += try block(lines[index - 1], count, shift, lines[index + 1])
                self.lines.append(nil)
            } else if case .times(let count) = note, let last = out.last {
                out += Array(repeating: last, count: count - 1)
                self.lines.append(nil)
            } else if line.hasSuffix(Self.rest) {
                let candidates = heads[String(line.dropLast(Self.rest.count))] ?? []
                guard candidates.count == 1, let whole = candidates.first else {
                    throw Unclear(description: "\(candidates.count) lines begin with \(line.prefix(120))")
                }
                out.append(whole)
                self.lines.append(nil)
            } else {
                out.append(line)
                let frames = [index - 1, index + 1].contains { neighbour in
                    guard lines.indices.contains(neighbour) else { return false }
                    if case .block = Note(lines[neighbour]) { return true } else { return false }
                }
                if line.contains("[… ") { self.lines.append(nil) } else if !frames { remember(line) }
            }
        }
        self.lines.append(nil)
        return out.joined(separator: "\n")
    }

    /// Remembers a text that says itself what looks like notes.
    mutating func remember(asIs text: String) {
        for line in text.lines {
            if line.contains("[… ") { lines.append(nil) } else { remember(line) }
        }
        lines.append(nil)
    }

    /// Remembers a text that stood in a tool call's arguments.
    mutating func remember(argument: String) {
        let lines = argument.lines
        guard lines.count > 6 else { return }
        for line in lines { remember(line, isArgument: true) }
        self.lines.append(nil)
    }

    private mutating func remember(_ line: String, isArgument: Bool = false) {
        places[line, default: []].append(lines.count)
        if !isArgument {
            if let number = Self.number(line) { numbered[number.body, default: []].append(lines.count) }
            if line.unicodeScalars.count >= 320 { heads[Self.head(line), default: []].insert(line) }
        }
        lines.append(line)
    }

    /// The lines that stand between two lines.
    private func block(_ first: String, _ count: Int, _ shift: Int, _ last: String) throws -> [String] {
        var readings: Set<[String]> = []
        let starts = shift == 0 ? places[first] : Self.number(first).flatMap { numbered[$0.body] }
        for start in starts ?? [] where start + count + 1 < lines.count {
            let found = lines[start...(start + count + 1)].compactMap { $0 }
            let moved = shift == 0 ? found : found.compactMap { Self.number($0)?.moved(by: shift) }
            guard moved.count == count + 2, moved.first == first, moved.last == last else { continue }
            readings.insert(Array(moved[1...count]))
        }
        guard readings.count == 1, let reading = readings.first else {
            throw Unclear(description: "\(readings.count) readings of \(count) lines after \(first)")
        }
        return reading
    }

    /// The lines of a text with what they begin with put back.
    private static func unfactored(_ text: String) -> [String] {
        var out: [String] = []
        var prefix = ""
        var rest = 0
        for line in text.lines {
            if rest == 0, case .prefix(let count, let text) = Note(line) {
                prefix = text
                rest = count
                continue
            }
            out.append(rest > 0 ? prefix + line : line)
            rest = max(rest - 1, 0)
        }
        return out
    }

    /// By what a long line is found again: up to a blank after 60 to 119 characters, else 80 of them.
    private static func head(_ line: String) -> String {
        let scalars = Array(line.unicodeScalars)
        let blank = (60..<120).first { scalars[$0] == " " }
        var head = String.UnicodeScalarView()
        head.append(contentsOf: scalars[..<(blank ?? 80)])
        return String(head)
    }

    private struct NumberedLine {
        let number: Int
        let separator: String
        let body: String

        func moved(by shift: Int) -> String { "\(number + shift)\(separator)\(body)" }
    }

    private static func number(_ line: String) -> NumberedLine? {
        let digits = line.utf8.prefix { $0 &- 0x30 <= 9 }.count
        guard digits > 0, digits < 19 else { return nil }
        let bytes = Array(line.utf8)
        let rest = String(decoding: bytes[digits...], as: UTF8.self)
        for separator in ["\t", ": ", ":", "│", "|"] where rest.utf8.starts(with: separator.utf8) {
            return NumberedLine(
                number: Int(String(decoding: bytes[..<digits], as: UTF8.self)) ?? 0, separator: separator,
                body: String(decoding: bytes[(digits + separator.utf8.count)...], as: UTF8.self))
        }
        return nil
    }

    /// A line that is a note and nothing else.
    private enum Note {
        case block(Int, shift: Int)
        case times(Int)
        case prefix(Int, String)

        init?(_ line: String) {
            guard line.hasPrefix("[… "), line.hasSuffix(" …]"), line.utf8.count > 10 else { return nil }
            let text = line.dropFirst(3).dropLast(3)
            let words = text.split(separator: " ", omittingEmptySubsequences: false)
            if words.count >= 5, let count = Int(words[0]), words[1...3] == ["lines", "same", "as"] {
                guard words[4].hasPrefix("earlier") else { return nil }
                self = .block(count, shift: words.count == 8 ? Int(words[7]) ?? 0 : 0)
            } else if text.hasPrefix("the line above occurs "), let count = Int(words[4]) {
                self = .times(count)
            } else if text.hasPrefix("each of the next "), let count = Int(words[4]) {
                self = .prefix(count, words[8...].joined(separator: " "))
            } else {
                return nil
            }
        }
    }
}

extension String {
    /// What stands between line feeds; by bytes, since to `String` a carriage return and a line feed are one character.
    var lines: [String] {
        utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map { String($0) ?? "" }
    }
}
