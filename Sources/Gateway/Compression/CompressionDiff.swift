import HTTP
import Tokens

/// The differences between the texts of a request and of what it was compressed to, for people.
struct CompressionDiff {
    let isColoured: Bool

    /// Lines of a text beyond which its differences are told in sum, since to compare them takes the square of that.
    private static let lineLimit = 20_000

    /// The differences, message by message; empty when there are none.
    func text(_ before: Span<UInt8>, _ after: Span<UInt8>) -> String {
        let old = Self.texts(before)
        let new = Self.texts(after)
        var result = ""
        for (left, right) in zip(old, new) where left.text != right.text {
            let saved = Self.tokens(left.text) - Self.tokens(right.text)
            result += painted(.heading, "message \(left.message), \(left.role): \(saved) tokens less") + "\n"
            result += differences(left.text, right.text)
        }
        return result
    }

    private func differences(_ before: String, _ after: String) -> String {
        let old = before.split(separator: "\n", omittingEmptySubsequences: false)
        let new = after.split(separator: "\n", omittingEmptySubsequences: false)
        guard old.count + new.count <= Self.lineLimit else { return "  \(old.count) lines became \(new.count)\n" }
        var removed = Set<Int>()
        var inserted = Set<Int>()
        for change in new.difference(from: old) {
            switch change {
            case .remove(let offset, _, _): removed.insert(offset)
            case .insert(let offset, _, _): inserted.insert(offset)
            }
        }
        var result = ""
        var left = 0
        var right = 0
        while left < old.count || right < new.count {
            let gone = Array(old[left...].indices.prefix { removed.contains($0) })
            let come = Array(new[right...].indices.prefix { inserted.contains($0) })
            if gone.isEmpty, come.isEmpty {
                left += 1
                right += 1
                continue
            }
            let oldLines = gone.map { String(old[$0]) }
            let newLines = come.map { String(new[$0]) }
            let saved = Self.tokens(oldLines.joined(separator: "\n")) - Self.tokens(newLines.joined(separator: "\n"))
            let place = "line \(left + 1): \(Self.reason(oldLines, newLines)), \(saved) tokens less"
            result += painted(.place, "@@ " + place) + "\n"
            for line in oldLines { result += painted(.gone, "-" + line) + "\n" }
            for line in newLines { result += painted(.come, "+" + line) + "\n" }
            left += gone.count
            right += come.count
        }
        return result
    }

    /// Why lines became others, by what the new ones hold.
    private static func reason(_ old: [String], _ new: [String]) -> String {
        let text = new.joined(separator: "\n")
        let notes = [
            ("lines same as earlier", "sent before"), ("rest of line same as earlier", "line sent before"),
            ("times in a row \u{2026}]", "repeated line"), ("lines begins with: ", "common beginning"),
            ("same value as the last full", "JSON value sent before"), ("\"#cols\":", "columns and rows"),
        ]
        for (note, reason) in notes where text.contains(note) { return reason }
        func bare(_ lines: [String]) -> String { lines.joined().filter { !$0.isWhitespace } }
        let before = bare(old)
        if before == bare(new) { return before.first == "{" || before.first == "[" ? "JSON layout" : "white space" }
        return new.isEmpty ? "left out" : "shorter form"
    }

    private static func tokens(_ text: String) -> Int {
        var estimate = TokenEstimate()
        estimate.add(text.utf8Span.span)
        return estimate.tokens
    }

    // MARK: Texts

    private struct Text {
        let message: Int
        let role: String
        let text: String
    }

    private static func texts(_ request: Span<UInt8>) -> [Text] {
        var tape = JSONScanner()
        do throws(JSONScanner.Failure) { try tape.scan(request) } catch { return [] }
        guard let messages = tape.member("messages", of: 0, in: request), tape.values[messages].kind == .array else {
            return []
        }
        var texts: [Text] = []
        var number = 0
        var message = messages &+ 1
        while message < Int(tape.values[messages].next) {
            number += 1
            let role = tape.member("role", of: message, in: request).map {
                request.extracting(tape.values[$0].content).text
            }
            func add(_ index: Int) {
                guard tape.values[index].kind == .string else { return }
                var plain = ByteBuffer()
                _ = JSONString.decode(request.extracting(tape.values[index].content), into: &plain)
                texts.append(
                    Text(message: number, role: role ?? "", text: String(decoding: plain.bytes, as: UTF8.self)))
            }
            if let content = tape.member("content", of: message, in: request) {
                add(content)
                if tape.values[content].kind == .array {
                    var part = content &+ 1
                    while part < Int(tape.values[content].next) {
                        if let text = tape.member("text", of: part, in: request) { add(text) }
                        part = Int(tape.values[part].next)
                    }
                }
            }
            message = Int(tape.values[message].next)
        }
        return texts
    }

    // MARK: Colours

    private enum Paint: String {
        case heading = "1"
        case place = "36"
        case gone = "31"
        case come = "32"
    }

    private func painted(_ paint: Paint, _ text: String) -> String {
        isColoured ? "\u{1B}[\(paint.rawValue)m\(text)\u{1B}[0m" : text
    }
}
