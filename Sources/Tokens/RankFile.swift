/// Why the bytes of a rank file are none.
package enum RankFileError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A line is not a token in base64, a blank and the token's rank.
    case malformed(line: Int)
    /// A token stands twice, or is too long.
    case unusable(line: Int)
    /// A byte is no token by itself, so not every text could be counted.
    case incomplete(byte: UInt8)

    package var description: String {
        switch self {
        case .malformed(let line): "line \(line) is not a token in base64, a blank and a rank"
        case .unusable(let line): "the token in line \(line) stands there twice, or is too long"
        case .incomplete(let byte): "the byte \(byte) is missing among the tokens"
        }
    }
}

extension RankTable {
    /// Reads a rank file in the format of tiktoken: a line for each token, with its bytes in base64, a blank and its rank.
    init(rankFile file: Span<UInt8>) throws(RankFileError) {
        // A line has 15 bytes or more in the files there are; a file with shorter ones gets a table that is fuller.
        self.init(capacity: file.count / 15)
        var position = 0
        var line = 0
        var token: [UInt8] = []
        while position < file.count {
            line &+= 1
            token.removeAll(keepingCapacity: true)
            guard let blank = Self.appendBase64(file, position, to: &token), blank < file.count, file[blank] == 0x20
            else { throw .malformed(line: line) }
            position = blank &+ 1
            var rank: UInt32 = 0
            let digits = position
            while position < file.count, file[position] &- 0x30 < 10, position &- digits < 9 {
                rank = rank &* 10 &+ UInt32(file[position] &- 0x30)
                position &+= 1
            }
            guard position > digits, position == file.count || file[position] == 0x0A else {
                throw .malformed(line: line)
            }
            position &+= 1
            guard add(token.span, rank: rank) else { throw .unusable(line: line) }
        }
        for byte in UInt8.min...UInt8.max {
            let single: InlineArray<1, UInt8> = [byte]
            if view.rank(of: 0..<1, in: single.span) == Self.none { throw .incomplete(byte: byte) }
        }
    }

    /// Decodes base64 from `start` up to the first byte that is none of its letters.
    ///
    /// - Returns: What follows, padding included; nil when the letters do not come to whole bytes.
    private static func appendBase64(_ file: Span<UInt8>, _ start: Int, to output: inout [UInt8]) -> Int? {
        var position = start
        var bits: UInt32 = 0
        var held = 0
        letters: while position < file.count {
            let value: UInt8
            switch file[position] {
            case 0x41...0x5A: value = file[position] &- 0x41
            case 0x61...0x7A: value = file[position] &- 0x61 &+ 26
            case 0x30...0x39: value = file[position] &- 0x30 &+ 52
            case 0x2B: value = 62
            case 0x2F: value = 63
            default: value = 255
            }
            if value == 255 { break letters }
            bits = bits << 6 | UInt32(value)
            held &+= 6
            if held >= 8 {
                held &-= 8
                output.append(UInt8(truncatingIfNeeded: bits >> UInt32(held)))
            }
            position &+= 1
        }
        guard held < 6, bits & (1 << UInt32(held) &- 1) == 0 else { return nil }
        while position < file.count, file[position] == 0x3D { position &+= 1 }
        return position
    }
}
