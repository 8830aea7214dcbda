/// What a byte is to `TokenEstimate`.
enum ByteKind: UInt8 {
    case none, small, capital, digit, lineEnd, blank, mark, wide

    @inline(__always)
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

/// A letter beyond ASCII, as far as its bytes have come.
struct WideLetter {
    var first: UInt8 = 0
    var codePoint: UInt32 = 0
    var bytesToCome = 0

    init() {}

    /// Begins with a first byte, or with one that has no place there, which is taken for a letter.
    @inline(__always)
    init(first: UInt8) {
        self.first = first
        switch first {
        case ..<0xE0: bytesToCome = 1
        case ..<0xF0:
            bytesToCome = 2
            codePoint = UInt32(first & 15)
        default:
            bytesToCome = 3
            codePoint = UInt32(first & 7)
        }
    }

    @inline(__always)
    mutating func add(_ byte: UInt8) {
        bytesToCome &-= 1
        codePoint = codePoint << 6 | UInt32(byte & 63)
    }
}

/// What runs are charged, by what stands before them.
struct Charges {
    private var hundredths = 0
    private var accentedLetters = 0
    /// Letters past the fifth, of words that stand free.
    private var lettersPastFive = 0
    /// The kind of the run before.
    private var previous = ByteKind.none

    /// The sum, for a text of so many bytes.
    func hundredths(of bytes: Int) -> Int {
        // Words of a text with accents are foreign to the tokenizer and break into more pieces.
        let isAccented = accentedLetters &* 1000 > bytes &* 4
        return hundredths &+ (isAccented ? 3 &* lettersPastFive : 0)
    }

    @inline(__always)
    mutating func addWord(_ length: Int, capitals: Int) {
        defer { previous = .small }
        if capitals == length, length > 1 {
            hundredths &+= 27 &* length &+ 49
            return
        }
        switch previous {
        case .none, .lineEnd, .blank:
            let past = max(0, length &- 5)
            lettersPastFive &+= past
            hundredths &+= 96 &+ 6 &* past &+ 7 &* max(0, length &- 8)
        default:
            hundredths &+= 56 &+ 62 &* max(0, length &- 7) &+ (length <= 2 ? 33 : 0)
        }
    }

    @inline(__always)
    mutating func addDigits(_ length: Int) {
        hundredths &+= 115 &* ((length &+ 2) / 3) &+ (previous == .blank ? 106 : 0)
        previous = .digit
    }

    @inline(__always)
    mutating func addLineEnds() {
        hundredths &+= 45
        previous = .lineEnd
    }

    @inline(__always)
    mutating func addBlanks(_ length: Int) {
        hundredths &+= previous == .none || previous == .lineEnd ? 98 : length > 1 ? 106 : 0
        previous = .blank
    }

    /// - Parameter repeats: How many marks equal the one before.
    @inline(__always)
    mutating func addMarks(_ length: Int, repeats: Int) {
        hundredths &+= 80 &+ 33 &* (length &- 1) &- 26 &* repeats
        previous = .mark
    }

    mutating func addRandom(_ length: Int) { hundredths &+= 66 &* length }

    // MARK: Letters beyond ASCII

    /// Charges what the first byte tells.
    @inline(__always)
    mutating func begin(_ letter: WideLetter) {
        previous = letter.first < 0xE0 ? .small : .wide
        switch letter.first {
        case ..<0xCB:  // Latin with accents
            accentedLetters &+= 1
            hundredths &+= 40
        case ..<0xE0: hundredths &+= 25  // Greek, Cyrillic, Hebrew, Arabic
        case ..<0xF0: break
        default: hundredths &+= 251
        }
    }

    /// Charges the rest once the letter is whole.
    @inline(__always)
    mutating func go(on letter: WideLetter) {
        guard letter.bytesToCome == 0, previous == .wide else { return }
        switch letter.codePoint {
        case 0x3040..<0x3100: hundredths &+= 69  // kana
        case 0x3400..<0x4DC0, 0x4E00..<0xA000: hundredths &+= 67  // Han
        case 0xAC00..<0xD7B0: hundredths &+= 66  // Hangul
        case ..<0x10000: hundredths &+= 102
        default: break
        }
    }
}
