import Foundation
import HTTP
import TestSupport

@testable import Gateway

extension FuzzTarget {
    static let jsonSeeds = [
        #"{"model":"gpt-4o","messages":[{"role":"user","content":"a\n\"b\" \ud83d\ude00"},{"x":[]}],"n":-1.5e+3}"#,
        #"{"b":"\ud83d\ude00\\","a":[1,{"\u0062":null,"c":"\ud800"}],"\n":{},"stop":null,"stream":true}"#,
        "[[[[]]],{},\"\",0,-0,1.0,1e2,true,false,null,12345678901234567890]", #"{"a":1,"\u0061":2,"a":{"a":3}}"#,
        " \t\r\n{ \"a\" : [ 1 , 2 ] } ", "\"f\u{FC}r \u{1F389} \u{7F}\u{2028}\"", #""\b\f\n\r\t\u001F\u0000\/""#,
        "[1,]", "{a:1}",
        #"["abcdefgh\"ijklmnop\\","0123456789abcdef"]"#,
    ]
    static let jsonWords = [
        "\"", "\\", "\\u", "\\u0061", "\\ud83d", "\\ude00", "\\\"", "{", "}", "[", "]", ":", ",", "0", "-", ".", "1e5",
        "E+",
        "true", "false", "null", "\n", "\r", "\t", " ", "\0", "\"a\":", ",\"a\":1", "[[[[[[[[", "]]]]]]]]", "{\"a\":",
        "\u{E9}",
        "\u{FEFF}", "NaN", "//",
    ]

    /// The scanner, against the grammar read otherwise and against Foundation's parser (which is lenient: it says what
    /// must be read, not what must be refused); the canonical form, against other spellings of the same.
    static let json = FuzzTarget(
        name: "json", seeds: jsonSeeds, words: jsonWords,
        check: { (bytes) throws(Violation) in
            var tape = JSONScanner()
            do throws(JSONScanner.Failure) { try tape.scan(bytes.span) } catch {
                try require((0...bytes.count).contains(error.offset), "the failure is out of bounds")
                let isOverLimit = error.reason.contains("too")
                try require(isOverLimit || !followsGrammar(bytes), "it is JSON, and here: \(error)")
                return false
            }
            try requireSound(tape, bytes)
            try require(followsGrammar(bytes), "it is no JSON")
            try require(foundationReads(bytes) || isBeyondFoundation(tape, bytes), "Foundation does not read it")
            let canonical = canonicalForm(tape, bytes)
            do throws(JSONScanner.Failure) { try tape.scan(canonical.text.span) } catch {
                throw Violation("the canonical form is not JSON: \(canonical.text.shown)")
            }
            try require(canonicalForm(tape, canonical.text) == canonical, "the canonical form has one of its own")

            try scanAgain(bytes, &tape)
            var random = SeededRandom(of: bytes)
            // Of members with one name the order counts.
            let other = respelled(tape, 0, bytes, shuffling: !canonical.hasDuplicateKeys, &random)
            try scanAgain(other, &tape)
            try require(canonicalForm(tape, other) == canonical, "another spelling has another form: \(other.shown)")
            return true
        })

    /// Edits of a text, against the same edits made one after the other.
    static let jsonSplice = FuzzTarget(
        name: "json-splice", seeds: jsonSeeds, words: jsonWords,
        check: { (bytes) throws(Violation) in
            var random = SeededRandom(of: bytes)
            var edits: [(range: Range<Int>, text: [UInt8])] = []
            var start = 0
            while start <= bytes.count, edits.count < 8 {
                let from = start + random.below(bytes.count / 4 + 1)
                guard from <= bytes.count else { break }
                let end = min(bytes.count, from + random.below(6))
                // An insertion may stand where another edit begins, but of two in one place none is the first.
                start = end + (end == from && edits.last?.range == from..<end ? 1 : 0)
                if start == end { edits.append((from..<end, Array(repeating: 0x78, count: random.below(5)))) }
            }
            var splice = JSONSplice()
            for edit in edits.shuffled(using: &random) { splice.replace(edit.range, with: edit.text.span.bytes) }
            var expected = bytes
            for edit in edits.reversed() { expected.replaceSubrange(edit.range, with: edit.text) }
            let result = bytesOf { splice.apply(to: bytes.span, into: &$0) }
            try require(result == expected, "\(edits) give \(result.shown)")
            return !edits.isEmpty
        })
}

/// Scans a text that must be JSON.
func scanAgain(_ text: [UInt8], _ tape: inout JSONScanner) throws(FuzzTarget.Violation) {
    do throws(JSONScanner.Failure) { try tape.scan(text.span) } catch {
        throw FuzzTarget.Violation("what was written is not JSON, \(error): \(text.shown)")
    }
}

private func requireSound(_ tape: borrowing JSONScanner, _ bytes: [UInt8]) throws(FuzzTarget.Violation) {
    try require(Int(tape.values[0].next) == tape.values.count, "values lie outside of the outermost")
    for index in 0..<tape.values.count {
        let value = tape.values[index]
        let next = Int(value.next)
        try require(next > index && next <= tape.values.count, "a value leads out of the tape")
        try require(!value.range.isEmpty && value.range.upperBound <= bytes.count, "a value is out of bounds")
        for inner in (index + 1)..<next where tape.values[inner].range.upperBound >= value.range.upperBound {
            throw FuzzTarget.Violation("a value is not within the one that holds it")
        }
        _ = tape.nonNegativeInteger(at: index, in: bytes.span)
        _ = tape.member("a", of: index, in: bytes.span)
    }
}

/// Whether a text follows the grammar of RFC 8259, by taking away, again and again, what is a value.
private func followsGrammar(_ bytes: [UInt8]) -> Bool {
    var rest = bytes[...]
    func skipBlanks() { rest = rest.drop { [0x20, 0x09, 0x0A, 0x0D].contains($0) } }
    func take(_ text: String) -> Bool {
        guard rest.starts(with: text.utf8) else { return false }
        rest = rest.dropFirst(text.utf8.count)
        return true
    }
    func digits() -> Int {
        let count = rest.prefix { (0x30...0x39).contains($0) }.count
        rest = rest.dropFirst(count)
        return count
    }
    func number() -> Bool {
        _ = take("-")
        let isZero = rest.first == 0x30
        let whole = digits()
        guard whole == 1 || (whole > 1 && !isZero) else { return false }
        if take("."), digits() == 0 { return false }
        guard take("e") || take("E") else { return true }
        _ = take("+") || take("-")
        return digits() > 0
    }
    func string() -> Bool {
        guard take("\"") else { return false }
        while let byte = rest.popFirst(), byte >= 0x20 {
            if byte == 0x22 { return true }
            guard byte == 0x5C else { continue }
            guard let escape = rest.popFirst() else { return false }
            if escape == 0x75 {
                let hex = rest.prefix(4)
                guard hex.count == 4, hex.allSatisfy({ UnicodeScalar($0).properties.isASCIIHexDigit }) else {
                    return false
                }
                rest = rest.dropFirst(4)
            } else if !"\"\\/bfnrt".utf8.contains(escape) {
                return false
            }
        }
        return false
    }
    // What must close, innermost last: iterative, since inputs may be nested as deep as they are long.
    var open: [UInt8] = []
    while true {
        skipBlanks()
        if take("[") {
            open.append(0x5D)
            skipBlanks()
            if rest.first != 0x5D { continue }
        } else if take("{") {
            open.append(0x7D)
            skipBlanks()
            if rest.first != 0x7D {
                guard string() else { return false }
                skipBlanks()
                guard take(":") else { return false }
                continue
            }
        } else if rest.first == 0x22 {
            guard string() else { return false }
        } else {
            guard take("true") || take("false") || take("null") || number() else { return false }
        }
        // A value has ended, or an empty container is about to: close what closes, until another value must follow.
        while true {
            skipBlanks()
            guard let end = open.last else { return rest.isEmpty }
            if rest.first == end {
                rest = rest.dropFirst()
                open.removeLast()
                continue
            }
            guard take(",") else { return false }
            if end == 0x7D {
                skipBlanks()
                guard string() else { return false }
                skipBlanks()
                guard take(":") else { return false }
            }
            break
        }
    }
}

private func foundationReads(_ bytes: [UInt8]) -> Bool {
    (try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)) != nil
}

/// Whether a text holds what RFC 8259's grammar allows and Foundation's strings, numbers and stack do not.
private func isBeyondFoundation(_ tape: borrowing JSONScanner, _ bytes: [UInt8]) -> Bool {
    if String(validating: bytes, as: UTF8.self) == nil { return true }
    for index in 0..<tape.values.count {
        let value = tape.values[index]
        if value.isEscaped, bytes[value.range].contains(0x75) { return true }
        if value.kind == .number, value.range.count > 15 || bytes[value.range].contains(where: { $0 | 0x20 == 0x65 }) {
            return true
        }
    }
    return bytes.count { $0 == 0x5B || $0 == 0x7B } >= 512
}

private struct CanonicalForm: Equatable {
    let text: [UInt8]
    let hasDuplicateKeys: Bool
}

private func canonicalForm(_ tape: borrowing JSONScanner, _ bytes: [UInt8]) -> CanonicalForm {
    var canonical = CanonicalJSON()
    canonical.write(tape, of: bytes.span)
    return CanonicalForm(text: Array(canonical.output.bytes), hasDuplicateKeys: canonical.hasDuplicateKeys)
}

/// The same value with blanks, escapes and an order of members of its own.
private func respelled(
    _ tape: borrowing JSONScanner, _ index: Int, _ bytes: [UInt8], shuffling: Bool, _ random: inout SeededRandom
) -> [UInt8] {
    let value = tape.values[index]
    var text: [UInt8] = random.below(8) == 0 ? Array(" \n\t\r".utf8) : []
    switch value.kind {
    case .string: text += respelled(bytes[value.range], &random)
    case .object, .array:
        let isObject = value.kind == .object
        var parts: [[UInt8]] = []
        var inner = index + 1
        while inner < Int(value.next) {
            var part = respelled(tape, inner, bytes, shuffling: shuffling, &random)
            if isObject {
                inner += 1
                part += [0x3A] + respelled(tape, inner, bytes, shuffling: shuffling, &random)
            }
            parts.append(part)
            inner = Int(tape.values[inner].next)
        }
        if isObject, shuffling { parts.shuffle(using: &random) }
        text += [isObject ? 0x7B : 0x5B] + parts.joined(separator: [0x2C]) + [isObject ? 0x7D : 0x5D]
    default: text += bytes[value.range]
    }
    if random.below(8) == 0 { text += Array("\r\n ".utf8) }
    return text
}

/// A spelled string with some of its plain ASCII letters as escapes.
private func respelled(_ string: ArraySlice<UInt8>, _ random: inout SeededRandom) -> [UInt8] {
    var text: [UInt8] = [0x22]
    var isEscape = false
    var hexDigits = 0
    for byte in string.dropFirst().dropLast() {
        if isEscape {
            isEscape = false
            hexDigits = byte == 0x75 ? 4 : 0
            text.append(byte)
        } else if hexDigits > 0 {
            hexDigits -= 1
            // Hexadecimal digits in either case.
            text.append(byte >= 0x61 && random.below(2) == 0 ? byte & 0xDF : byte)
        } else if byte == 0x5C {
            isEscape = true
            text.append(byte)
        } else if byte < 0x80, random.below(4) == 0 {
            text += Array("\\u00".utf8) + Array((byte < 16 ? "0" : "").utf8) + Array(String(byte, radix: 16).utf8)
        } else {
            text.append(byte)
        }
    }
    return text + [0x22]
}
