/// What characters are to a pre-tokenizer: the Unicode general categories that the encodings' rules tell apart, each a
/// bit, so that a set of them is one too. A character has one; where a text ends there is none.
struct CharacterClass: OptionSet {
    let rawValue: UInt8

    /// Punctuation, symbols, control characters, and what is not assigned.
    static let other = Self(rawValue: 1)
    /// Capital and title case letters (Lu, Lt).
    static let upper = Self(rawValue: 1 << 1)
    /// Small letters (Ll).
    static let lower = Self(rawValue: 1 << 2)
    /// Letters without case (Lm, Lo).
    static let letter = Self(rawValue: 1 << 3)
    /// Marks that combine with a letter (M).
    static let mark = Self(rawValue: 1 << 4)
    /// Digits and other numbers (N).
    static let number = Self(rawValue: 1 << 5)
    /// White space that ends no line.
    static let blank = Self(rawValue: 1 << 6)
    /// Carriage return and line feed.
    static let lineEnd = Self(rawValue: 1 << 7)
}

/// The class of every character, in a table of two stages: the high bits of the code point choose a page, the low eight
/// a class in it. Pages of one class throughout are kept once.
struct CharacterTable: Sendable {
    private let pageNumbers: [UInt8]
    private let classes: [UInt8]

    init() {
        var pageNumbers: [UInt8] = []
        var classes: [UInt8] = []
        var uniformPages: [UInt8: UInt8] = [:]
        var page: [UInt8] = []
        func endPage(isUniform: Bool) {
            if isUniform, let known = uniformPages[page[0]] {
                pageNumbers.append(known)
            } else {
                let number = UInt8(classes.count >> 8)
                if isUniform { uniformPages[page[0]] = number }
                pageNumbers.append(number)
                classes += page
            }
            page.removeAll(keepingCapacity: true)
        }
        let ends = CharacterRanges.starts.dropFirst().map { $0 >> 3 } + [0x110000]
        for (start, end) in zip(CharacterRanges.starts, ends) {
            var rest = Int(end &- start >> 3)
            while rest > 0 {
                let added = min(rest, 256 &- page.count)
                page += repeatElement(1 << UInt8(start & 7), count: added)
                rest &-= added
                if page.count == 256 { endPage(isUniform: added == 256) }
            }
        }
        self.pageNumbers = pageNumbers
        self.classes = classes
    }

    /// The table, to look many characters up in.
    var view: View {
        @_lifetime(borrow self)
        get { _overrideLifetime(View(pageNumbers: pageNumbers.span, classes: classes.span), borrowing: self) }
    }

    struct View: ~Escapable {
        private let pageNumbers: Span<UInt8>
        private let classes: Span<UInt8>

        @_lifetime(copy pageNumbers, copy classes)
        init(pageNumbers: Span<UInt8>, classes: Span<UInt8>) {
            self.pageNumbers = pageNumbers
            self.classes = classes
        }

        /// The class of an ASCII character; page 0 is the first.
        @inline(__always)
        subscript(_ byte: UInt8) -> CharacterClass { CharacterClass(rawValue: classes[Int(byte)]) }

        @inline(__always)
        subscript(codePoint codePoint: UInt32) -> CharacterClass {
            let page = Int(pageNumbers[Int(codePoint >> 8)])
            return CharacterClass(rawValue: classes[page << 8 | Int(codePoint & 255)])
        }
    }
}
