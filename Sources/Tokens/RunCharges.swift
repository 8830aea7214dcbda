/// The charges of the runs that are over, and the run at hand.
struct RunCharges {
    private var charges = Charges()
    private var bytes = 0

    private var kind = ByteKind.none
    private var length = 0
    private var capitals = 0
    /// Bytes of a run of marks that equal the one before.
    private var repeats = 0
    private var lastByte: UInt8 = 0
    /// The letter beyond ASCII that is at hand, or was last.
    private var letter = WideLetter()

    /// Everything charged, the run at hand too, in hundredths of a token.
    var closed: Int { closedCharges.hundredths(of: bytes) }

    /// Adds so many bytes of base64.
    mutating func addRandom(_ length: Int) { charges.addRandom(length) }

    // MARK: Byte by byte

    mutating func add(_ byte: UInt8) {
        bytes &+= 1
        if letter.bytesToCome > 0 {
            if byte & 0xC0 == 0x80 {
                letter.add(byte)
                charges.go(on: letter)
                return
            }
            letter.bytesToCome = 0
        }
        let next = ByteKind(of: byte)
        if goesOn(with: next) {
            length &+= 1
            if next == .capital { capitals &+= 1 }
            if byte == lastByte { repeats &+= 1 }
        } else {
            charges = closedCharges
            open(byte, next)
        }
        lastByte = byte
    }

    /// Whether a byte of kind `next` belongs to the run at hand.
    private func goesOn(with next: ByteKind) -> Bool {
        switch next {
        case .capital: kind == .small && capitals == length
        case .wide, .none: false
        case .small, .digit, .lineEnd, .blank, .mark: kind == next
        }
    }

    private mutating func open(_ byte: UInt8, _ next: ByteKind) {
        if next == .wide {
            kind = .none
            letter = WideLetter(first: byte)
            charges.begin(letter)
            return
        }
        kind = next == .capital ? .small : next
        length = 1
        capitals = next == .capital ? 1 : 0
        repeats = 0
    }

    /// The charges with those of the run at hand.
    private var closedCharges: Charges {
        var charges = charges
        switch kind {
        case .small: charges.addWord(length, capitals: capitals)
        case .digit: charges.addDigits(length)
        case .lineEnd: charges.addLineEnds()
        case .blank: charges.addBlanks(length)
        case .mark: charges.addMarks(length, repeats: repeats)
        case .none, .capital, .wide: break
        }
        return charges
    }

    // MARK: Run by run

    /// Adds the runs of `text` from `start` on, at three times the pace of single bytes: as long as they end before the
    /// text does, and belong to no long stretch of base64's letters.
    ///
    /// - Returns: What follows those that were added.
    mutating func addRuns(of text: Span<UInt8>, from start: Int) -> Int {
        guard start < text.count, letter.bytesToCome == 0, !goesOn(with: ByteKind(of: text[start])) else {
            return start
        }
        var charges = closedCharges
        var position = start
        /// Where the stretch at hand begins.
        var stretch: Int?
        /// What is certain, and the charges up to there: should the stretch at hand be long, or the run not end, they are
        /// taken back, with the run before, which goes on behind a stretch that turns out to be base64.
        var certain = start
        var certainCharges = charges
        var before = start
        var beforeCharges = charges
        runs: while position < text.count {
            let run = position
            if stretch == nil {
                certain = before
                certainCharges = beforeCharges
            }
            before = run
            beforeCharges = charges
            /// The last byte of the run that is no letter of base64.
            var stranger: Int?
            switch ByteKind(of: text[run]) {
            case .small, .capital:
                while position < text.count, text[position] &- 0x41 < 26 { position &+= 1 }
                let capitals = position &- run
                while position < text.count, text[position] &- 0x61 < 26 { position &+= 1 }
                charges.addWord(position &- run, capitals: capitals)
            case .digit:
                while position < text.count, text[position] &- 0x30 < 10 { position &+= 1 }
                charges.addDigits(position &- run)
            case .lineEnd:
                while position < text.count, text[position] == 0x0A || text[position] == 0x0D { position &+= 1 }
                charges.addLineEnds()
                stranger = position &- 1
            case .blank:
                while position < text.count, text[position] == 0x20 || text[position] == 0x09 { position &+= 1 }
                charges.addBlanks(position &- run)
                stranger = position &- 1
            case .mark:
                var repeats = 0
                while position < text.count, ByteKind(of: text[position]) == .mark {
                    if position > run, text[position] == text[position &- 1] { repeats &+= 1 }
                    if !Stretch.takes(text[position]) { stranger = position }
                    position &+= 1
                }
                charges.addMarks(position &- run, repeats: repeats)
            case .wide, .none:
                var letter = WideLetter(first: text[run])
                charges.begin(letter)
                position &+= 1
                while letter.bytesToCome > 0, position < text.count, text[position] & 0xC0 == 0x80 {
                    letter.add(text[position])
                    charges.go(on: letter)
                    position &+= 1
                }
                if letter.bytesToCome > 0 { break runs }
                stranger = position &- 1
            }
            let begun = stretch ?? (stranger == nil ? run : position)
            if position == text.count || position &- begun >= Stretch.least { break }
            if let stranger {
                stretch = stranger &+ 1 < position ? stranger &+ 1 : nil
                certain = run
                certainCharges = beforeCharges
            } else {
                stretch = begun
            }
        }
        if certain > start {
            self.charges = certainCharges
            bytes &+= certain &- start
            kind = .none
        }
        return certain
    }
}
