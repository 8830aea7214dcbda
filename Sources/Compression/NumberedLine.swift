/// A line as `cat -n` and its like write it: blanks, a number, and a tab, a colon, a bar or a box's side.
struct NumberedLine {
    /// Blanks before the number.
    let padding: Int
    let number: Int
    /// Where what the number is of begins.
    let body: Int
    /// The separator: its first byte, and its length.
    let separator: UInt8
    /// Whether the number is spelled as a number is, without zeros in front.
    let isPlain: Bool

    @inline(__always)
    init?(_ line: Span<UInt8>) {
        let first = line.at(0)
        guard first == 0x20 || first &- 0x30 <= 9 else { return nil }
        self.init(checking: line)
    }

    private init?(checking line: Span<UInt8>) {
        var position = 0
        while position < line.count, line[position] == 0x20 { position &+= 1 }
        padding = position
        var number = 0
        let digits = position
        while position < line.count, line[position] &- 0x30 <= 9 {
            guard position &- digits < 9 else { return nil }
            number = number &* 10 &+ Int(line[position] &- 0x30)
            position &+= 1
        }
        guard position > digits, position < line.count else { return nil }
        self.number = number
        isPlain = position == digits &+ 1 || line[digits] != 0x30
        separator = line[position]
        switch separator {
        case 0x09, 0x7C: body = position &+ 1
        case 0x3A: body = position &+ (line.at(position &+ 1) == 0x20 ? 2 : 1)
        case 0xE2 where line.at(position &+ 1) == 0x94 && line.at(position &+ 2) == 0x82: body = position &+ 3
        default: return nil
        }
    }
}
