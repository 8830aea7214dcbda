/// Estimates how many o200k tokens a text has, in one pass over its UTF-8 bytes and in constant memory.
///
/// The text is cut into runs: a word (capitals, then small letters), digits, line ends, blanks, marks; every letter
/// beyond ASCII is a run of its own. Each run is charged by what the tokenizer does with its like, in hundredths of a
/// token; the charges were fitted on prose, code, JSON, logs and translated documents (median error of held-out
/// prompts 2.3 %, 95th percentile 10.5 %). An unbroken stretch of 32 or more letters and digits that changes its class
/// all the time, such as base64, has no words in it: it is charged by the byte, and the text around it closes up.
package struct TokenEstimate: Sendable {
    private var text = Charges()
    private var stretch = Stretch()

    package init() {}

    /// Tokens of all bytes added so far, rounded.
    package var tokens: Int { (hundredths &+ 50) / 100 }

    /// The estimate before it is rounded, in hundredths of a token.
    package var hundredths: Int {
        var whole = self
        whole.closeStretch()
        return whole.text.closed
    }

    /// Adds the bytes that follow; a letter or a word may be split between two calls.
    package mutating func add(_ bytes: Span<UInt8>) {
        for index in bytes.indices { add(bytes[index]) }
    }

    package mutating func add(_ byte: UInt8) {
        let kind = Kind(of: byte)
        if Stretch.takes(byte, kind) {
            if stretch.length == 0 { stretch.before = text }
            stretch.note(kind)
        } else if stretch.length > 0 {
            closeStretch()
        }
        text.add(byte, kind)
    }

    /// The stretch is over: were its bytes words, as they were charged so far, or base64?
    private mutating func closeStretch() {
        if stretch.isRandom {
            text = stretch.before
            text.hundredths &+= 66 &* stretch.length
        }
        stretch.length = 0
        stretch.changes = 0
        stretch.kinds = 0
    }
}

/// What a byte is to the tokenizer.
private enum Kind: UInt8 {
    case none, small, capital, digit, lineEnd, blank, mark, wide

    init(of byte: UInt8) {
        switch byte {
        case 0x61...0x7A: self = .small
        case 0x41...0x5A: self = .capital
        case 0x30...0x39: self = .digit
        case 0x0A, 0x0D: self = .lineEnd
        case 0x09, 0x20: self = .blank
        case 0x80...0xFF: self = .wide
        default: self = .mark
        }
    }
}

/// An unbroken stretch of the letters of base64, with the charges as they were before it.
private struct Stretch {
    var before = Charges()
    var length = 0
    /// How often a byte's kind differs from the one before.
    var changes = 0
    /// The kinds met, a bit each.
    var kinds: UInt8 = 0
    private var last = Kind.none

    var isRandom: Bool {
        let wanted: UInt8 = 1 << Kind.small.rawValue | 1 << Kind.capital.rawValue | 1 << Kind.digit.rawValue
        return length >= 32 && changes &* 10 >= length &* 3 && kinds & wanted == wanted
    }

    static func takes(_ byte: UInt8, _ kind: Kind) -> Bool {
        switch kind {
        case .small, .capital, .digit: true
        default: byte == 0x2B || byte == 0x2F || byte == 0x3D
        }
    }

    mutating func note(_ kind: Kind) {
        if length > 0, kind != last { changes &+= 1 }
        kinds |= 1 << kind.rawValue
        last = kind
        length &+= 1
    }
}

/// The charges of the runs that are over, and the run at hand.
private struct Charges {
    var hundredths = 0
    private var bytes = 0
    private var accentedLetters = 0
    /// Letters past the fifth, of words that stand free.
    private var lettersPastFive = 0

    /// What stands before the run at hand.
    private var previous = Kind.none
    private var kind = Kind.none
    private var length = 0
    private var capitals = 0
    /// Bytes of a run of marks that equal the one before.
    private var repeats = 0
    private var lastByte: UInt8 = 0

    /// The code point of a letter of three bytes or more, as far as it has come, and the bytes yet to come.
    private var codePoint: UInt32 = 0
    private var continuations = 0

    /// Everything charged, the run at hand too.
    var closed: Int {
        var whole = self
        whole.closeRun()
        // Words of a text with accents are foreign to the tokenizer and break into more pieces.
        let isAccented = accentedLetters &* 1000 > bytes &* 4
        return whole.hundredths &+ (isAccented ? 3 &* whole.lettersPastFive : 0)
    }

    mutating func add(_ byte: UInt8, _ next: Kind) {
        bytes &+= 1
        if continuations > 0 {
            if byte & 0xC0 == 0x80 {
                continueLetter(byte)
                return
            }
            continuations = 0
        }
        switch next {
        case .small where kind == .small:
            length &+= 1
        case .capital where kind == .small && capitals == length:
            length &+= 1
            capitals &+= 1
        case .digit, .lineEnd, .blank, .mark:
            if next == kind {
                length &+= 1
                if byte == lastByte { repeats &+= 1 }
            } else {
                closeRun()
                open(next)
            }
            lastByte = byte
        case .wide:
            closeRun()
            beginLetter(byte)
        default:
            closeRun()
            open(.small)
            capitals = next == .capital ? 1 : 0
        }
    }

    private mutating func open(_ run: Kind) {
        kind = run
        length = 1
        repeats = 0
    }

    private mutating func closeRun() {
        switch kind {
        case .small: hundredths &+= wordCharge()
        case .digit: hundredths &+= 115 &* ((length &+ 2) / 3) &+ (previous == .blank ? 106 : 0)
        case .lineEnd: hundredths &+= 45
        case .blank: hundredths &+= previous == .none || previous == .lineEnd ? 98 : length > 1 ? 106 : 0
        case .mark: hundredths &+= 80 &+ 33 &* (length &- 1) &- 26 &* repeats
        case .none, .capital, .wide: return
        }
        previous = kind
        kind = .none
    }

    private mutating func wordCharge() -> Int {
        if capitals == length, length > 1 { return 27 &* length &+ 49 }
        switch previous {
        case .none, .lineEnd, .blank:
            let past = max(0, length &- 5)
            lettersPastFive &+= past
            return 96 &+ 6 &* past &+ 7 &* max(0, length &- 8)
        default:
            return 56 &+ 62 &* max(0, length &- 7) &+ (length <= 2 ? 33 : 0)
        }
    }

    // MARK: Letters beyond ASCII

    /// A first byte, or a byte that has no place in UTF-8, which is charged as a letter.
    private mutating func beginLetter(_ byte: UInt8) {
        previous = byte < 0xE0 ? .small : .wide
        switch byte {
        case ..<0xCB:  // Latin with accents
            accentedLetters &+= 1
            hundredths &+= 40
            continuations = 1
        case ..<0xE0:  // Greek, Cyrillic, Hebrew, Arabic
            hundredths &+= 25
            continuations = 1
        case ..<0xF0:
            continuations = 2
            codePoint = UInt32(byte & 15)
        default:
            hundredths &+= 251
            continuations = 3
            codePoint = UInt32(byte & 7)
        }
    }

    private mutating func continueLetter(_ byte: UInt8) {
        continuations &-= 1
        guard previous == .wide else { return }
        codePoint = codePoint << 6 | UInt32(byte & 63)
        guard continuations == 0 else { return }
        switch codePoint {
        case 0x3040..<0x3100: hundredths &+= 69  // kana
        case 0x3400..<0x4DC0, 0x4E00..<0xA000: hundredths &+= 67  // Han
        case 0xAC00..<0xD7B0: hundredths &+= 66  // Hangul
        case ..<0x10000: hundredths &+= 102
        default: break  // charged with its first byte
        }
    }
}
