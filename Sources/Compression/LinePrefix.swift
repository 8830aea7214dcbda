/// Says once what many lines in a row begin with.
///
/// Only where the lines are no code; a prefix ends behind a blank, a bar or a bracket, or else behind a mark of
/// punctuation, so that no word is cut.
struct LinePrefix: ~Copyable {
    private static let leastPrefix = 8
    private static let leastLines = 4
    /// Lines that one note may speak of.
    private static let mostLines = 1000
    /// Lines that are tried further when the last ones made nothing better.
    private static let patience = 200
    /// Hundredths of a token that a note must save at least, and what it costs without the prefix.
    private static let leastGain = 500
    private static let noteCost = 1300
    /// Bytes that it has without the prefix, its line's end included.
    private static let noteBytes = 52
    /// Hundredths of a token that a line may cost more when it begins in the middle.
    private static let lineCost = 30

    /// How many bytes a line begins with that the next one begins with too; 0 where no prefix may be.
    private var shared: [Int32] = []

    init() {}

    /// Writes `text` with prefixes taken out to `output`; false when there are none.
    mutating func rewrite(
        _ text: Span<UInt8>, _ index: borrowing TextLines, into output: inout [UInt8], _ savings: inout Savings
    ) -> Bool {
        compare(text, index)
        var copied = 0
        var line = 0
        var uses = 0
        while line &+ 1 < index.count {
            guard Int(shared[line]) >= Self.leastPrefix else {
                line &+= 1
                continue
            }
            let (end, cut, gain) = longest(from: line, text, index)
            guard gain >= Self.leastGain else {
                line &+= 1
                continue
            }
            output.append(text.extracting(copied..<index[line].lowerBound))
            let start = index[line].lowerBound
            Markers.appendPrefix(text.extracting(start..<start &+ cut), lines: end &- line, to: &output)
            let before = output.count
            for row in line..<end {
                output.append(0x0A)
                output.append(text.extracting(index[row].lowerBound &+ cut..<index[row].upperBound))
            }
            copied = index[end &- 1].upperBound
            uses &+= 1
            savings[.linePrefix].uses &+= 1
            savings[.linePrefix].bytesBefore &+= (end &- line) &* cut
            savings[.linePrefix].bytesAfter &+= before &- start
            savings[.linePrefix].hundredthsBefore &+= gain
            line = end
        }
        guard uses > 0 else { return false }
        output.append(text.extracting(copied..<text.count))
        return true
    }

    /// What each line shares with the next; nothing across lines that may not change.
    private mutating func compare(_ text: Span<UInt8>, _ index: borrowing TextLines) {
        shared.removeAll(keepingCapacity: true)
        var line = 0
        while line < index.count {
            if let fence = Fence(openedBy: line, text, index), Fence.Language(text.extracting(fence.language)) == .code
            {
                while line < fence.nextLine {
                    shared.append(0)
                    line &+= 1
                }
                continue
            }
            var length = 0
            if line &+ 1 < index.count, index[line].count >= Self.leastPrefix {
                let ours = text.extracting(index[line])
                let theirs = text.extracting(index[line &+ 1])
                let limit = min(ours.count, theirs.count, 400)
                while length < limit, ours[length] == theirs[length], ours[length] != 0xE2 { length &+= 1 }
                if Markers.stands(inLine: ours) || Markers.stands(inLine: theirs) { length = 0 }
            }
            shared.append(Int32(truncatingIfNeeded: length))
            line &+= 1
        }
    }

    /// The lines from `first` on that it pays best to take a prefix from: their end, its length, and what that saves.
    private func longest(
        from first: Int, _ text: Span<UInt8>, _ index: borrowing TextLines
    ) -> (end: Int, cut: Int, gain: Int) {
        var best = (end: first, cut: 0, gain: 0)
        var common = Int(shared[first])
        var cut = -1
        var hundredths = 0
        var last = first &+ 1
        while last < index.count, last &- first < Self.mostLines, last &- best.end < Self.patience {
            common = min(common, Int(shared[last &- 1]))
            guard common >= Self.leastPrefix else { break }
            if cut < 0 || cut > common {
                let line = text.extracting(index[first])
                cut = Self.cut(line, common)
                hundredths = line.extracting(0..<cut).hundredths
            }
            guard cut >= Self.leastPrefix else { break }
            last &+= 1
            let count = last &- first
            let gain = (count &- 1) &* hundredths &- Self.noteCost &- count &* Self.lineCost
            let isShorter = (count &- 1) &* cut > Self.noteBytes
            if count >= Self.leastLines, gain > best.gain, isShorter { best = (last, cut, gain) }
        }
        return best
    }

    /// Where a prefix of at most `limit` bytes ends.
    private static func cut(_ line: Span<UInt8>, _ limit: Int) -> Int {
        var cut = limit
        while cut >= leastPrefix {
            switch line[cut &- 1] {
            case 0x20, 0x7C, 0x5D, 0x09: return cut
            default: cut &-= 1
            }
        }
        cut = limit
        while cut >= leastPrefix {
            switch line[cut &- 1] {
            case 0x3A, 0x2D, 0x2F, 0x2E, 0x54, 0x2C, 0x3D: return cut
            default: cut &-= 1
            }
        }
        return 0
    }

    /// Writes `text` with every prefix in its place again.
    static func expand(_ text: Span<UInt8>, _ index: borrowing TextLines, into output: inout [UInt8]) {
        var line = 0
        var prefix = 0..<0
        var rest = 0
        while line < index.count {
            let place = index[line]
            if rest == 0, let note = Markers.prefix(text.extracting(place)) {
                rest = note.lines
                prefix = place.lowerBound &+ note.prefix.lowerBound..<place.lowerBound &+ note.prefix.upperBound
                line &+= 1
                continue
            }
            if rest > 0 {
                output.append(text.extracting(prefix))
                rest &-= 1
            }
            output.append(text.extracting(place))
            line &+= 1
            if line < index.count { output.append(0x0A) }
        }
    }
}
