/// Reads a text for the cues of a table, and counts what else tells a task: one pass, a few nanoseconds a word.
///
/// A word is its first 16 bytes, two integers, in small letters. Cues stand in buckets by a word's first three bytes, as
/// two integers each with a mask for what may follow. Ideographs, kana and Hangul have no blanks between words, so a
/// word may begin at each of them.
package struct CueReader: Sendable {
    /// The cues, in the order of their buckets.
    package let cues: [TaskCue]
    private var entries: [Entry] = []
    /// Where each bucket begins, and where the last one ends.
    private var buckets: [UInt16] = []
    private var classes: [UInt8]

    private static let bucketBits = 11

    private struct Entry {
        let word: Word
        let mask: Word
        /// The whole word before it; none where it is empty.
        let previous: Word
        let kind: TaskCue.Kind
        let weight: UInt8
    }

    /// What a kind of text means for what stands in it.
    package enum Role: Sendable {
        /// The last message of the user: an instruction, and what it is about.
        case user
        /// The end of that message, where its beginning has been read apart.
        case userEnd
        /// Any other text, all of it in one place.
        case other(TaskFeatures.Place)
    }

    /// - Precondition: Each cue is one word or two, and any ending is allowed of three bytes or more.
    package init(_ table: String = TaskCue.table) {
        let parsed = TaskCue.parse(table).map { cue in (cue, Self.entry(cue)) }
        let sorted = parsed.sorted { Self.bucket($0.1.word) < Self.bucket($1.1.word) }
        precondition(sorted.count < UInt16.max, "too many cues")
        cues = sorted.map(\.0)
        entries = sorted.map(\.1)
        for (index, entry) in entries.enumerated() {
            while buckets.count <= Self.bucket(entry.word) { buckets.append(UInt16(index)) }
        }
        while buckets.count <= 1 << Self.bucketBits { buckets.append(UInt16(entries.count)) }
        classes = Self.byteClasses()
    }

    private static func entry(_ cue: TaskCue) -> Entry {
        let words = cue.spelling.split(separator: "+")
        var stem = words[words.count - 1][...]
        let isOpen = stem.hasSuffix("*")
        if isOpen { stem = stem.dropLast() }
        let bytes = Array(stem.utf8.prefix(16))
        let isIdeographic = bytes[0] >= 0xE3
        precondition(words.count <= 2 && (bytes.count >= 3 || !isOpen), "no cue: \(cue.spelling)")
        return Entry(
            word: Word(bytes),
            mask: isOpen || isIdeographic ? Word.mask(bytes.count) : Word(low: .max, high: .max),
            previous: words.count == 2 ? Word(Array(words[0].utf8.prefix(16))) : Word(low: 0, high: 0),
            kind: cue.kind, weight: cue.weight)
    }

    private static func bucket(_ word: Word) -> Int {
        Int(((word.low & 0xFF_FFFF) &* 0x9E37_79B9_7F4A_7C15) >> UInt64(64 - bucketBits))
    }

    // MARK: Reading

    /// Adds what `text`, plain UTF-8, holds to `features`.
    package func read(_ text: Span<UInt8>, as role: Role, into features: inout TaskFeatures) {
        var walk = Walk(role, text)
        let classes = classes.span
        var position = 0
        while position < text.count {
            let byte = text[position]
            let kind = classes[Int(byte)]
            if kind == ByteKind.letter {
                var end = position &+ 1
                while end < text.count, classes[Int(text[end])] <= ByteKind.inWord { end &+= 1 }
                let word = Word(text, position, end).inSmallLetters
                walk.beginWord()
                match(word, &walk, &features)
                walk.previous = word
                walk.endWord(&features)
                position = end
            } else if kind == ByteKind.ideograph {
                let isPunctuation = byte == 0xE3 && position &+ 1 < text.count && text[position &+ 1] == 0x80
                if isPunctuation {
                    walk.endClause()
                } else {
                    walk.beginWord()
                    match(Word(text, position, min(position &+ 16, text.count)), &walk, &features)
                    walk.previous = Word(low: 0, high: 0)
                    walk.endWord(&features)
                }
                position &+= 3
            } else {
                position = walk.mark(text, position, kind, &features)
            }
        }
        walk.finish(&features)
    }

    @inline(__always)
    private func match(_ word: Word, _ walk: inout Walk, _ features: inout TaskFeatures) {
        let bucket = Self.bucket(word)
        var index = Int(buckets[bucket])
        let end = Int(buckets[bucket &+ 1])
        while index < end {
            let entry = entries[index]
            if word.low & entry.mask.low == entry.word.low, word.high & entry.mask.high == entry.word.high,
                entry.previous.low == 0 || entry.previous == walk.previous
            {
                features.note(index, entry.kind, weight: entry.weight, walk.place)
            }
            index &+= 1
        }
    }
}

/// The first 16 bytes of a word, the rest zero.
struct Word: Equatable {
    var low: UInt64
    var high: UInt64

    init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }

    init(_ bytes: [UInt8]) { self.init(bytes.span, 0, bytes.count) }

    @inline(__always)
    init(_ text: Span<UInt8>, _ start: Int, _ end: Int) {
        if start &+ 16 <= text.count {
            // Within the text by the condition above; what belongs to the next word is masked away.
            let words = text.bytes
            let mask = Word.mask(end &- start)
            low = UInt64(
                littleEndian: unsafe words.unsafeLoadUnaligned(fromUncheckedByteOffset: start, as: UInt64.self))
            high = UInt64(
                littleEndian: unsafe words.unsafeLoadUnaligned(fromUncheckedByteOffset: start &+ 8, as: UInt64.self))
            low &= mask.low
            high &= mask.high
            return
        }
        low = 0
        high = 0
        for offset in 0..<min(end &- start, 16) {
            let byte = UInt64(text[start &+ offset])
            if offset < 8 { low |= byte << UInt64(offset &* 8) } else { high |= byte << UInt64((offset &- 8) &* 8) }
        }
    }

    /// All bits of the first `count` bytes.
    @inline(__always)
    static func mask(_ count: Int) -> Word {
        Word(
            low: count >= 8 ? .max : ((1 as UInt64) << UInt64(count &* 8)) &- 1,
            high: count >= 16 ? .max : count <= 8 ? 0 : ((1 as UInt64) << UInt64((count &- 8) &* 8)) &- 1)
    }

    /// With ASCII's capitals small, and a first letter of Latin-1 or Cyrillic.
    @inline(__always)
    var inSmallLetters: Word {
        var word = Word(low: Self.small(low), high: Self.small(high))
        let second = (low >> 8) & 0xFF
        switch low & 0xFF {
        case 0xC3 where second >= 0x80 && second <= 0x9E: word.low |= 0x20 << 8
        case 0xD0 where second >= 0x90 && second <= 0x9F: word.low &+= 0x20 << 8
        case 0xD0 where second >= 0xA0 && second <= 0xAF: word.low = word.low &+ 1 &- 0x20 << 8
        default: break
        }
        return word
    }

    /// Eight bytes at once: a byte from A to Z gets the bit by which small letters differ.
    private static func small(_ bytes: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let low = bytes & 0x7F7F_7F7F_7F7F_7F7F
        let fromA = low &+ ones &* (0x80 - 0x41)
        let pastZ = low &+ ones &* (0x80 - 0x5B)
        return bytes | ((fromA & ~pastZ & ~bytes & 0x8080_8080_8080_8080) >> 2)
    }
}

/// What a byte is to the reader.
enum ByteKind {
    /// Begins and continues a word.
    static let letter: UInt8 = 0
    /// Continues a letter of several bytes, or a word: its last class.
    static let inWord: UInt8 = 1
    static let ideograph: UInt8 = 2
    static let digit: UInt8 = 3
    static let lineEnd: UInt8 = 4
    static let sentenceEnd: UInt8 = 5
    static let question: UInt8 = 6
    static let colon: UInt8 = 7
    static let quote: UInt8 = 8
    static let open: UInt8 = 9
    static let close: UInt8 = 10
    static let comma: UInt8 = 11
    /// Stands in programs.
    static let program: UInt8 = 12
    static let backquote: UInt8 = 13
    /// Begins punctuation of two, three or four bytes.
    static let wide2: UInt8 = 14
    static let wide3: UInt8 = 15
    static let wide4: UInt8 = 16
    static let dash: UInt8 = 17
    static let other: UInt8 = 18
}

extension CueReader {
    static func byteClasses() -> [UInt8] {
        (0...255).map { (byte: UInt8) in
            switch byte {
            case 0x41...0x5A, 0x61...0x7A: ByteKind.letter
            case 0x80...0xBF: ByteKind.inWord
            case 0xC2: ByteKind.wide2
            case 0xC3...0xDF, 0xE0, 0xE1: ByteKind.letter
            case 0xE2, 0xEE, 0xEF: ByteKind.wide3
            case 0xE3...0xED: ByteKind.ideograph
            case 0xF0...0xFF: ByteKind.wide4
            case 0x30...0x39: ByteKind.digit
            case 0x0A, 0x0D: ByteKind.lineEnd
            case 0x2E, 0x21: ByteKind.sentenceEnd
            case 0x3F: ByteKind.question
            case 0x3A: ByteKind.colon
            case 0x22: ByteKind.quote
            case 0x28, 0x5B, 0x7B: ByteKind.open
            case 0x29, 0x5D, 0x7D: ByteKind.close
            case 0x2C, 0x2F, 0x7C: ByteKind.comma
            case 0x3B, 0x3D, 0x3C, 0x3E, 0x2A, 0x2B, 0x26, 0x5C, 0x23, 0x24, 0x40, 0x5F: ByteKind.program
            case 0x60: ByteKind.backquote
            case 0x2D: ByteKind.dash
            default: ByteKind.other
            }
        }
    }
}
