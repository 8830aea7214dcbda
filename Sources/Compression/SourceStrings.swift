/// Where the strings of source code end, so that what looks like a comment inside of one is none.
///
/// Nothing that is not sure: a literal that does not end, or of a kind that is not known here, makes all of the text
/// unclear (nil), and then nothing is done to it.
enum SourceStrings {
    /// Interpolations within each other that are followed.
    private static let depthLimit = 8

    /// The place after the literal that begins at `start`, or after the byte where none does.
    static func next(after start: Int, _ text: Span<UInt8>, _ language: SourceLanguage, depth: Int = 0) -> Int? {
        guard depth < depthLimit else { return nil }
        let byte = text[start]
        switch language {
        case .c, .swift, .kotlin, .script:
            switch byte {
            case 0x22: return doubleQuoted(start, text, language, depth)
            case 0x27:
                // An apostrophe between tags ends nowhere; elsewhere it is a character's, a lifetime's, a separator's.
                return language == .script
                    ? end(of: byte, start &+ 1, text, language, depth, spans: false) ?? start &+ 1
                    : character(start, text)
            case 0x60 where language == .script: return end(of: byte, start &+ 1, text, language, depth, spans: true)
            // Go's strings without escapes.
            case 0x60 where language == .c: return place(after: 0x60, start &+ 1, text)
            case 0x2F where language == .script || language == .swift: return expression(start, text)
            default: return start &+ 1
            }
        case .python:
            guard byte == 0x22 || byte == 0x27 else { return start &+ 1 }
            if isTriple(byte, start, text) { return triple(byte, start &+ 3, text) }
            return end(of: byte, start &+ 1, text, language, depth, spans: false)
        case .shell:
            switch byte {
            case 0x5C: return start &+ 2
            case 0x22: return end(of: byte, start &+ 1, text, language, depth, spans: true)
            case 0x27 where text.at(start &- 1) == 0x24:
                return end(of: byte, start &+ 1, text, language, depth, spans: true)
            case 0x27: return place(after: 0x27, start &+ 1, text)
            // A document in place: what stands in it is text.
            case 0x3C where text.at(start &+ 1) == 0x3C: return text.at(start &+ 2) == 0x3C ? start &+ 3 : nil
            default: return start &+ 1
            }
        case .hash:
            guard byte == 0x22 || byte == 0x27 else { return start &+ 1 }
            return end(of: byte, start &+ 1, text, language, depth, spans: true)
        case .dashes: return dashed(start, text)
        case .markup: return element(start, text)
        }
    }

    // MARK: Strings

    /// The place after a string's closing quote; escapes and interpolations are stepped over.
    private static func end(
        of quote: UInt8, _ start: Int, _ text: Span<UInt8>, _ language: SourceLanguage, _ depth: Int, spans: Bool
    ) -> Int? {
        var position = start
        while position < text.count {
            let byte = text[position]
            if byte == quote { return position &+ 1 }
            if byte == 0x0A, !spans { return nil }
            if let open = interpolation(position, quote, text, language) {
                guard let end = bracketed(open, text, language, depth) else { return nil }
                position = end
            } else {
                position &+= byte == 0x5C ? 2 : 1
            }
        }
        return nil
    }

    /// Where the bracket stands that opens an interpolation at `position`.
    private static func interpolation(
        _ position: Int, _ quote: UInt8, _ text: Span<UInt8>, _ language: SourceLanguage
    ) -> Int? {
        let next = text.at(position &+ 1)
        switch language {
        case .swift: return text[position] == 0x5C && next == 0x28 ? position &+ 1 : nil
        case .kotlin: return text[position] == 0x24 && next == 0x7B ? position &+ 1 : nil
        case .script: return quote == 0x60 && text[position] == 0x24 && next == 0x7B ? position &+ 1 : nil
        case .shell:
            return quote == 0x22 && text[position] == 0x24 && (next == 0x7B || next == 0x28) ? position &+ 1 : nil
        case .c, .python, .hash, .dashes, .markup: return nil
        }
    }

    /// The place after the bracket that closes the one at `start`.
    private static func bracketed(
        _ start: Int, _ text: Span<UInt8>, _ language: SourceLanguage, _ depth: Int
    ) -> Int? {
        let open = text[start]
        let close: UInt8 = open == 0x28 ? 0x29 : 0x7D
        var nesting = 0
        var position = start
        while position < text.count {
            if text[position] == open { nesting &+= 1 }
            if text[position] == close {
                nesting &-= 1
                if nesting == 0 { return position &+ 1 }
            }
            guard let next = next(after: position, text, language, depth: depth &+ 1) else { return nil }
            position = next
        }
        return nil
    }

    private static func doubleQuoted(
        _ start: Int, _ text: Span<UInt8>, _ language: SourceLanguage, _ depth: Int
    ) -> Int? {
        let before = text.at(start &- 1)
        let isTriple = isTriple(0x22, start, text)
        if before == 0x23 { return raw(start, text, isTriple: isTriple) }
        // C++, Rust and C# have strings in which a backslash is a backslash.
        if before == 0x72 || before == 0x52 || before == 0x40 || before == 0x24, !isWord(text.at(start &- 2)) {
            return nil
        }
        if isTriple { return triple(0x22, start &+ 3, text) }
        return end(of: 0x22, start &+ 1, text, language, depth, spans: false)
    }

    /// A string that ends with as many hashes as stand before it.
    private static func raw(_ start: Int, _ text: Span<UInt8>, isTriple: Bool) -> Int? {
        var hashes = 0
        while text.at(start &- 1 &- hashes) == 0x23 { hashes &+= 1 }
        let quotes = isTriple ? 3 : 1
        var position = start &+ quotes
        while let quote = place(after: 0x22, position, text) {
            position = quote
            guard quotes == 1 || text.at(quote) == 0x22 && text.at(quote &+ 1) == 0x22 else { continue }
            let end = quote &+ quotes &- 1
            var found = 0
            while found < hashes, text.at(end &+ found) == 0x23 { found &+= 1 }
            if found == hashes { return end &+ hashes }
        }
        return nil
    }

    private static func isTriple(_ quote: UInt8, _ start: Int, _ text: Span<UInt8>) -> Bool {
        text.at(start &+ 1) == quote && text.at(start &+ 2) == quote
    }

    private static func triple(_ quote: UInt8, _ start: Int, _ text: Span<UInt8>) -> Int? {
        var position = start
        while position < text.count {
            if text[position] == quote, isTriple(quote, position, text) { return position &+ 3 }
            position &+= text[position] == 0x5C ? 2 : 1
        }
        return nil
    }

    /// A character in quotes; only the quote where it is none.
    private static func character(_ start: Int, _ text: Span<UInt8>) -> Int {
        var end = start &+ 1
        if text.at(end) == 0x5C {
            end &+= 2
            let limit = end &+ 10
            while end < limit, text.at(end) != 0x27, text.at(end) > 0x20 { end &+= 1 }
        } else {
            end &+= 1
            while text.at(end) & 0xC0 == 0x80 { end &+= 1 }
        }
        return text.at(end) == 0x27 ? end &+ 1 : start &+ 1
    }

    /// A regular expression in slashes, where a division cannot stand; only the slash where it is none.
    private static func expression(_ start: Int, _ text: Span<UInt8>) -> Int {
        var before = start &- 1
        while text.at(before) == 0x20 || text.at(before) == 0x09 { before &-= 1 }
        switch text.at(before) {
        case 0, 0x0A, 0x28, 0x2C, 0x3D, 0x3A, 0x5B, 0x21, 0x26, 0x7C, 0x3F, 0x7B, 0x3B, 0x3E: break
        case 0x6E where before >= 5 && text.has("return", at: before &- 5): break
        default: return start &+ 1
        }
        var position = start &+ 1
        var isClass = false
        while position < text.count, text[position] != 0x0A {
            switch text[position] {
            case 0x5C: position &+= 1
            case 0x5B: isClass = true
            case 0x5D: isClass = false
            case 0x2F where !isClass: return position &+ 1
            default: break
            }
            position &+= 1
        }
        return start &+ 1
    }

    /// SQL, Lua and Haskell.
    private static func dashed(_ start: Int, _ text: Span<UInt8>) -> Int? {
        let byte = text[start]
        // Lua's long strings.
        if byte == 0x5B, text.at(start &+ 1) == 0x5B || text.at(start &+ 1) == 0x3D { return nil }
        // A prime of Haskell's is part of a name.
        guard byte == 0x22 || byte == 0x27 && !isWord(text.at(start &- 1)) else { return start &+ 1 }
        guard let end = place(after: byte, start &+ 1, text) else { return nil }
        // Whether a backslash escapes the quote depends on the language.
        return text[end &- 2] == 0x5C ? nil : end
    }

    /// Scripts and style sheets are stepped over, since what looks like a comment in them holds code.
    private static func element(_ start: Int, _ text: Span<UInt8>) -> Int? {
        guard text[start] == 0x3C else { return start &+ 1 }
        if text.has("<![CDATA[", at: start) { return nil }
        for name in ["<script", "<style"] as [StaticString] where text.has(name, at: start) {
            var position = start &+ 1
            while let next = place(after: 0x3C, position, text) {
                if text.at(next) == 0x2F, text.at(next &+ 1) == 0x73, text.at(next &+ 2) == text[start &+ 2] {
                    return next
                }
                position = next
            }
            return nil
        }
        return start &+ 1
    }

    private static func place(after byte: UInt8, _ start: Int, _ text: Span<UInt8>) -> Int? {
        guard start <= text.count else { return nil }
        let place = text.next(byte, from: start)
        return place < text.count ? place &+ 1 : nil
    }

    static func isWord(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 <= 9 || byte == 0x5F || byte >= 0x80
    }
}
