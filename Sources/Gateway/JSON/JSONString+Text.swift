import HTTP

extension JSONString {
    /// Appends what a string means, as UTF-8; a surrogate without its other half is written like a letter, in three
    /// bytes that UTF-8 does not know.
    ///
    /// - Parameter content: What stands between the quotes of a string that a scan has accepted.
    /// - Returns: Whether the text is UTF-8 where `content` is.
    static func decode(_ content: Span<UInt8>, into output: inout ByteBuffer) -> Bool {
        var isText = true
        var position = 0
        let count = content.count
        let source = content.bytes
        // What a string means is never longer than its spelling; words are written whole.
        output.reserve(count &+ 8)
        while position < count {
            position = copyPlain(source, position, into: &output)
            guard position &+ 1 < count else { break }
            let letter = content[position &+ 1]
            position &+= 2
            switch letter {
            case 0x62: output.append(0x08 as UInt8)
            case 0x66: output.append(0x0C as UInt8)
            case 0x6E: output.append(0x0A as UInt8)
            case 0x72: output.append(0x0D as UInt8)
            case 0x74: output.append(0x09 as UInt8)
            case 0x75:
                let (scalar, following) = scalar(content, position &- 2, count)
                position = following
                if scalar >= 0xD800, scalar < 0xE000 { isText = false }
                appendUTF8(scalar, to: &output)
            default: output.append(letter)
            }
        }
        return isText
    }

    /// Copies what is spelled as it is meant; returns the place of the next backslash, or the text's end.
    @inline(__always)
    private static func copyPlain(_ source: RawSpan, _ start: Int, into output: inout ByteBuffer) -> Int {
        let count = source.byteCount
        var position = start
        let target = output.spare
        var written = 0
        while position &+ 8 <= count {
            // Within the text by the condition above; the target has room for all of it and a word more.
            let word = unsafe source.unsafeLoadUnaligned(fromUncheckedByteOffset: position, as: UInt64.self)
            unsafe target.storeBytes(of: word, toByteOffset: written, as: UInt64.self)
            let difference = UInt64(littleEndian: word) ^ 0x5C5C_5C5C_5C5C_5C5C
            let found = (difference &- 0x0101_0101_0101_0101) & ~difference & 0x8080_8080_8080_8080
            if found != 0 {
                output.commit(written &+ found.trailingZeroBitCount / 8)
                return position &+ found.trailingZeroBitCount / 8
            }
            position &+= 8
            written &+= 8
        }
        while position < count {
            let byte = unsafe source.unsafeLoad(fromUncheckedByteOffset: position, as: UInt8.self)
            if byte == 0x5C { break }
            target[written] = byte
            position &+= 1
            written &+= 1
        }
        output.commit(written)
        return position
    }

    /// Appends `text` as the content of a string, without quotes, with the escapes that JSON asks for.
    static func encode(_ text: Span<UInt8>, into output: inout ByteBuffer) {
        var position = 0
        while position < text.count {
            let run = position
            position = WordSearch.first(in: text, from: position) { word in
                WordSearch.marks(of: 0x22, in: word) | WordSearch.marks(of: 0x5C, in: word)
                    | WordSearch.marks(below: 0x20, in: word)
            } isFound: {
                $0 == 0x22 || $0 == 0x5C || $0 < 0x20
            }
            output.append(text.extracting(run..<position).bytes)
            guard position < text.count else { return }
            switch text[position] {
            case 0x0A: output.append("\\n")
            case 0x09: output.append("\\t")
            case 0x0D: output.append("\\r")
            case 0x08: output.append("\\b")
            case 0x0C: output.append("\\f")
            case let byte where byte < 0x20: appendEscape(UInt32(byte), to: &output)
            case let byte:
                output.append(0x5C as UInt8)
                output.append(byte)
            }
            position &+= 1
        }
    }
}
