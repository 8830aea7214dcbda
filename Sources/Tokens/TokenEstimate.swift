/// Estimates how many o200k_base tokens a text has, in one pass over its UTF-8 bytes and in constant memory.
///
/// The text is cut into runs: a word (capitals, then small letters), digits, line ends, blanks, marks; every letter
/// beyond ASCII is a run of its own. Each run is charged by what the tokenizer does with its like, in hundredths of a
/// token; the charges were fitted on prose, code, JSON, logs and translated documents (median error of held-out
/// prompts 2.3 %, 95th percentile 10.5 %). An unbroken stretch of 32 or more letters and digits that changes its class
/// all the time, such as base64, has no words in it: it is charged by the byte, and the text around it closes up.
package struct TokenEstimate: Sendable {
    private var text = RunCharges()
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
        var position = 0
        while position < bytes.count {
            // All but long stretches, and what may go on in the bytes to come, is taken by the run.
            if stretch.length == 0 {
                position = text.addRuns(of: bytes, from: position)
                if position == bytes.count { return }
            }
            add(bytes[position])
            position &+= 1
        }
    }

    private mutating func add(_ byte: UInt8) {
        if Stretch.takes(byte) {
            if stretch.length == 0 { stretch.before = text }
            stretch.note(ByteKind(of: byte))
        } else if stretch.length > 0 {
            closeStretch()
        }
        text.add(byte)
    }

    /// The stretch is over: were its bytes words, as they were charged so far, or base64?
    private mutating func closeStretch() {
        if stretch.isRandom {
            text = stretch.before
            text.addRandom(stretch.length)
        }
        stretch.length = 0
        stretch.changes = 0
        stretch.kinds = 0
    }
}

/// An unbroken stretch of the letters of base64, with the charges as they were before it.
struct Stretch {
    var before = RunCharges()
    var length = 0
    /// How often a byte's kind differs from the one before.
    var changes = 0
    /// The kinds met, a bit each.
    var kinds: UInt8 = 0
    private var last = ByteKind.none

    /// Bytes of the shortest that matters.
    static let least = 32

    var isRandom: Bool {
        let wanted: UInt8 = 1 << ByteKind.small.rawValue | 1 << ByteKind.capital.rawValue | 1 << ByteKind.digit.rawValue
        return length >= Self.least && changes &* 10 >= length &* 3 && kinds & wanted == wanted
    }

    /// Whether a byte is a letter of base64.
    @inline(__always)
    static func takes(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x61...0x7A, 0x41...0x5A, 0x2F...0x39, 0x2B, 0x3D: true
        default: false
        }
    }

    mutating func note(_ kind: ByteKind) {
        if length > 0, kind != last { changes &+= 1 }
        kinds |= 1 << kind.rawValue
        last = kind
        length &+= 1
    }
}
