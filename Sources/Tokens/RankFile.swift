/// Why the bytes of a rank file are none.
package enum RankFileError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A line is not a token in base64, a blank and the token's rank.
    case malformed(line: Int)
    /// A token stands twice.
    case repeated(line: Int)
    /// A byte is no token by itself, so not every text could be counted.
    case incomplete(byte: UInt8)
    case tooLarge(bytes: Int)

    package var description: String {
        switch self {
        case .malformed(let line): "line \(line) is not a token in base64, a blank and a rank"
        case .repeated(let line): "the token in line \(line) stands in another line too"
        case .incomplete(let byte): "no line has the byte \(byte) alone"
        case .tooLarge(let bytes): "it has \(bytes) bytes; a rank file has at most \(RankFile.sizeLimit)"
        }
    }
}

/// The tokens of a rank file in the format of tiktoken: lines with the bytes of a token in base64, a blank, and its rank.
struct RankFile: ~Escapable {
    /// The largest file that is read, in bytes.
    static let sizeLimit = 1 << 24
    /// The longest token that is read, in bytes.
    static let tokenLimit = 255

    private let file: Span<UInt8>
    private var position = 0
    /// The number of the line read last, from 1.
    private(set) var line = 0

    @_lifetime(copy file)
    init(_ file: Span<UInt8>) { self.file = file }

    /// The number of lines, or one less where the last has no end.
    var lineCount: Int {
        var count = 0
        for index in file.indices where file[index] == 0x0A { count &+= 1 }
        return count
    }

    /// Reads a line.
    ///
    /// - Parameter token: Gets the token's bytes at its beginning; has room for `tokenLimit` and 2 more.
    /// - Returns: The token's length and rank; nil at the end of the file.
    mutating func next(into token: inout MutableSpan<UInt8>) throws(RankFileError) -> (length: Int, rank: UInt32)? {
        guard position < file.count else { return nil }
        line &+= 1
        let length = decode(into: &token)
        guard length > 0, position < file.count, file[position] == 0x20 else { throw .malformed(line: line) }
        position &+= 1
        let digits = position
        var rank: UInt32 = 0
        while position < file.count, file[position] &- 0x30 < 10, position &- digits < 9 {
            rank = rank &* 10 &+ UInt32(file[position] &- 0x30)
            position &+= 1
        }
        guard position > digits, position == file.count || file[position] == 0x0A else {
            throw .malformed(line: line)
        }
        position &+= 1
        return (length, rank)
    }

    /// Decodes base64 up to a blank, four letters to three bytes; returns 0 where it is not well-formed or too long.
    private mutating func decode(into token: inout MutableSpan<UInt8>) -> Int {
        var length = 0
        while position &+ 4 <= file.count, length < Self.tokenLimit {
            var bits: UInt32 = 0
            var letters = 0
            for offset in 0..<4 {
                let letter = Self.value(of: file[position &+ offset])
                if letter < 64, letters == offset { letters &+= 1 }
                bits = bits << 6 | UInt32(letter & 63)
            }
            token[length] = UInt8(truncatingIfNeeded: bits >> 16)
            token[length &+ 1] = UInt8(truncatingIfNeeded: bits >> 8)
            token[length &+ 2] = UInt8(truncatingIfNeeded: bits)
            if letters == 4 {
                position &+= 4
                length &+= 3
                if position < file.count, file[position] == 0x20 { return length }
                continue
            }
            // Padding fills the last four up, and the bits that it stands for are 0.
            let added = letters &- 1
            guard added > 0, file[position &+ 3] == 0x3D, letters == 3 || file[position &+ 2] == 0x3D else { return 0 }
            if bits & (0xFF_FFFF >> UInt32(8 &* added)) != 0 { return 0 }
            position &+= 4
            length &+= added
            return length <= Self.tokenLimit ? length : 0
        }
        return 0
    }

    /// What a letter of base64 stands for; 0xC0 for any other byte, whose low bits are 0.
    @inline(__always)
    private static func value(of letter: UInt8) -> UInt8 {
        switch letter {
        case 0x41...0x5A: letter &- 0x41
        case 0x61...0x7A: letter &- 0x47
        case 0x30...0x39: letter &+ 4
        case 0x2B: 62
        case 0x2F: 63
        default: 0xC0
        }
    }
}
