/// Finds what was sent before and puts references in its place.
///
/// Lines are compared by identity. For each line the last places where it was sent are tried, and the longest run of
/// lines that are the same wins, or the one that begins a line later when that is longer. A run becomes its first line,
/// a note of how many follow, and its last line; only where a reader who looks for these three finds one text and no
/// other. A numbered listing may have moved: the same lines under other numbers. One line that was sent whole before
/// and is long becomes its head and a note; a line repeated in a row is sent once, with a count.
///
/// What is tried for a message is bounded by its number of lines, so that no text makes this slow.
struct ReferenceFinder: ~Copyable {
    private struct Match {
        var count = 0
        var place = 0
        var shift = 0
    }

    /// Places of a line that are tried.
    private static let candidateLimit = 48
    /// Places of a line that a reader might begin at; with more, no reference begins with this line.
    private static let readingLimit = 64
    /// Hundredths of a token that a reference must save at least: the estimate errs.
    private static let leastGain = 1400
    /// Bytes that what a reference stands for has at least: more than the note.
    private static let leastBytes = 80

    private var lines: [Int32] = []
    /// Whether a line belongs to a numbered listing.
    private var isListed: [Bool] = []
    private var work = 0

    private(set) var edits: [TextEdit] = []
    private(set) var notes: [UInt8] = []

    init() {}

    /// Finds the edits of a text and notes what of it is sent.
    ///
    /// - Parameters:
    ///   - range: Where the text stands in `conversation`.
    ///   - index: Its lines, by places in the text.
    ///   - mayHoldNotes: Whether other notes were put into it already.
    mutating func find(
        in range: Range<Int>, of conversation: Span<UInt8>, _ index: borrowing TextLines, _ sent: inout SentLines,
        _ savings: inout Savings, mayHoldNotes: Bool
    ) {
        edits.removeAll(keepingCapacity: true)
        notes.removeAll(keepingCapacity: true)
        identify(range, conversation, index, &sent)
        let count = lines.count
        work = 4096 &+ 256 &* count
        let text = conversation.extracting(range)
        var line = 0
        var ahead: Match?
        // Where the lines end that are the same as this one: counted once for all of them.
        var repeatsEnd = 0
        while line < count {
            if mayHoldNotes, Markers.stands(inLine: text.extracting(index[line])) {
                sent.wall()
                line &+= 1
                ahead = nil
                continue
            }
            var match = ahead ?? longest(at: line, sent)
            ahead = nil
            if match.count >= 3 {
                let next = longest(at: line &+ 1, sent)
                if next.count > match.count {
                    sent.push(lines[line], from: .text, in: conversation)
                    line &+= 1
                    ahead = next
                    continue
                }
                trim(&match, line, text, index)
                if isWorthIt(match, line, text, index), isUnambiguous(match, line, sent) {
                    if isProven(match, line, text, index, conversation, sent) {
                        refer(match, line, text, index, &savings)
                        sent.push(lines[line], from: .frame, in: conversation)
                        sent.wall()
                        sent.push(lines[line &+ match.count &- 1], from: .frame, in: conversation)
                        line &+= match.count
                        continue
                    }
                    savings[.blockReference].failedProofs &+= 1
                }
                ahead = next
            }
            if line >= repeatsEnd { repeatsEnd = line &+ repetitions(at: line) }
            let repeats = repeatsEnd &- line
            if repeats >= 3, countRepeated(line, repeats, text, index, &savings) {
                sent.push(lines[line], from: .text, in: conversation)
                sent.wall()
                line &+= repeats
                ahead = nil
                continue
            }
            if referToRest(line, text, index, conversation, &sent, &savings) {
                sent.wall()
            } else {
                sent.push(lines[line], from: .text, in: conversation)
            }
            line &+= 1
        }
        sent.wall()
    }

    /// Notes a text that is sent as it is; where it holds notes, nothing stands together across them.
    mutating func note(
        _ range: Range<Int>, of conversation: Span<UInt8>, _ index: borrowing TextLines, _ sent: inout SentLines,
        from origin: SentLines.Origin = .text
    ) {
        identify(range, conversation, index, &sent)
        let text = conversation.extracting(range)
        var framed = false
        for line in 0..<lines.count {
            if Markers.stands(inLine: text.extracting(index[line])) {
                framed = Markers.isBlock(text.extracting(index[line]))
                sent.wall()
                continue
            }
            let frames = framed || line &+ 1 < lines.count && Markers.isBlock(text.extracting(index[line &+ 1]))
            sent.push(lines[line], from: frames ? .frame : origin, in: conversation)
            framed = false
        }
        sent.wall()
    }

    private mutating func identify(
        _ range: Range<Int>, _ conversation: Span<UInt8>, _ index: borrowing TextLines, _ sent: inout SentLines
    ) {
        lines.removeAll(keepingCapacity: true)
        isListed.removeAll(keepingCapacity: true)
        var listed = 0
        for line in 0..<index.count {
            let place = index[line]
            let identity = sent.identity(
                range.lowerBound &+ place.lowerBound..<range.lowerBound &+ place.upperBound, hash: index.hashes[line],
                in: conversation)
            lines.append(identity)
            isListed.append(false)
            let entry = sent.distinct[Int(identity)]
            guard entry.body >= 0, entry.isShiftable else {
                listed = 0
                continue
            }
            if listed > 0 {
                let before = sent.distinct[Int(lines[line &- 1])]
                listed = before.number &+ 1 == entry.number && before.separator == entry.separator ? listed &+ 1 : 1
            } else {
                listed = 1
            }
            // Five in a row are a listing; less may be anything.
            if listed == 5 { for before in line &- 4...line { isListed[before] = true } }
            if listed > 5 { isListed[line] = true }
        }
    }

    // MARK: Matches

    private mutating func longest(at line: Int, _ sent: borrowing SentLines) -> Match {
        var best = Match()
        guard line < lines.count, work > 0 else { return best }
        let identity = lines[line]
        let entry = sent.distinct[Int(identity)]
        guard entry.length >= 8 else { return best }
        var place = entry.last
        var tries = Self.candidateLimit
        while place >= 0, tries > 0, work > 0 {
            let count = same(line, Int(place), sent)
            if count > best.count { best = Match(count: count, place: Int(place), shift: 0) }
            place = sent.place(before: place)
            tries &-= 1
        }
        guard isListed[line] else { return best }
        place = sent.lastNumberedPlace(of: entry.body)
        tries = Self.candidateLimit
        while place >= 0, tries > 0, work > 0 {
            let other = sent.distinct[Int(sent.places[Int(place)].line)]
            let shift = Int(entry.number &- other.number)
            if shift != 0 {
                let count = sameShifted(line, Int(place), shift, sent)
                if count > best.count &+ 2 { best = Match(count: count, place: Int(place), shift: shift) }
            }
            place = sent.numberedPlace(before: place)
            tries &-= 1
        }
        return best
    }

    /// How many lines from `line` on stand together from `place` on.
    private mutating func same(_ line: Int, _ place: Int, _ sent: borrowing SentLines) -> Int {
        let segment = sent.places[place].segment
        let limit = min(lines.count &- line, sent.places.count &- place)
        var count = 0
        while count < limit {
            let other = sent.places[place &+ count]
            guard other.line == lines[line &+ count], other.segment == segment, other.isSource else { break }
            count &+= 1
        }
        work &-= count &+ 1
        return count
    }

    private mutating func sameShifted(_ line: Int, _ place: Int, _ shift: Int, _ sent: borrowing SentLines) -> Int {
        let segment = sent.places[place].segment
        let limit = min(lines.count &- line, sent.places.count &- place)
        var count = 0
        while count < limit, isListed[line &+ count] {
            let other = sent.places[place &+ count]
            guard other.segment == segment, other.isSource else { break }
            let ours = sent.distinct[Int(lines[line &+ count])]
            let theirs = sent.distinct[Int(other.line)]
            guard theirs.isShiftable, ours.body == theirs.body, ours.separator == theirs.separator,
                Int(ours.number) == Int(theirs.number) &+ shift
            else { break }
            count &+= 1
        }
        work &-= count &+ 1
        return count
    }

    /// Lets a match end with a line that tells something.
    private func trim(_ match: inout Match, _ line: Int, _ text: Span<UInt8>, _ index: borrowing TextLines) {
        while match.count > 2 {
            let last = text.extracting(index[line &+ match.count &- 1])
            if last.trimmedEnd(from: last.skipBlanks(0)) &- last.skipBlanks(0) >= 3 { return }
            match.count &-= 1
        }
    }

    private func isWorthIt(_ match: Match, _ line: Int, _ text: Span<UInt8>, _ index: borrowing TextLines) -> Bool {
        guard match.count >= 3 else { return false }
        let inside = inside(match, line, index)
        guard inside.count >= Self.leastBytes else { return false }
        // What the first part of it saves is enough to know.
        let part = inside.lowerBound..<min(inside.upperBound, inside.lowerBound &+ 512)
        let cost = match.shift == 0 ? Markers.blockCost : Markers.shiftedBlockCost
        return text.extracting(part).hundredths >= cost &+ Self.leastGain
    }

    /// The bytes between the first and the last line of a match.
    private func inside(_ match: Match, _ line: Int, _ index: borrowing TextLines) -> Range<Int> {
        index[line &+ 1].lowerBound..<index[line &+ match.count &- 2].upperBound
    }

    // MARK: Proofs

    /// Whether the first line, the count and the last line name one text and no other.
    private mutating func isUnambiguous(_ match: Match, _ line: Int, _ sent: borrowing SentLines) -> Bool {
        let first = sent.distinct[Int(lines[line])]
        let last = sent.distinct[Int(lines[line &+ match.count &- 1])]
        var place = match.shift == 0 ? first.last : sent.lastNumberedPlace(of: first.body)
        var readings = 0
        while place >= 0 {
            readings &+= 1
            guard readings <= Self.readingLimit else { return false }
            let start = Int(place)
            place = match.shift == 0 ? sent.place(before: place) : sent.numberedPlace(before: place)
            guard start != match.place, sent.standTogether(start, match.count) else { continue }
            let end = sent.distinct[Int(sent.places[start &+ match.count &- 1].line)]
            if match.shift == 0 {
                guard sent.places[start &+ match.count &- 1].line == lines[line &+ match.count &- 1] else { continue }
            } else {
                let begin = sent.distinct[Int(sent.places[start].line)]
                guard Int(begin.number) &+ match.shift == Int(first.number), end.body == last.body,
                    Int(end.number) &+ match.shift == Int(last.number)
                else { continue }
            }
            for offset in 1..<match.count &- 1 {
                work &-= 1
                guard work > 0,
                    sent.places[start &+ offset].line == sent.places[match.place &+ offset].line
                else { return false }
            }
        }
        return true
    }

    /// Expands the reference from what was sent and compares it with the text, byte by byte.
    private func isProven(
        _ match: Match, _ line: Int, _ text: Span<UInt8>, _ index: borrowing TextLines, _ conversation: Span<UInt8>,
        _ sent: borrowing SentLines
    ) -> Bool {
        for offset in 1..<match.count &- 1 {
            let source = conversation.extracting(sent.distinct[Int(sent.places[match.place &+ offset].line)].range)
            let ours = text.extracting(index[line &+ offset])
            if match.shift == 0 {
                guard source.equals(ours) else { return false }
                continue
            }
            guard let before = NumberedLine(source), let after = NumberedLine(ours),
                before.padding == 0, after.padding == 0, before.number &+ match.shift == after.number,
                before.separator == after.separator, after.isPlain,
                source.extracting(before.body..<source.count).equals(ours.extracting(after.body..<ours.count))
            else { return false }
        }
        return true
    }

    // MARK: Edits

    private mutating func refer(
        _ match: Match, _ line: Int, _ text: Span<UInt8>, _ index: borrowing TextLines, _ savings: inout Savings
    ) {
        let start = notes.count
        Markers.appendBlock(lines: match.count &- 2, shift: match.shift, to: &notes)
        edit(inside(match, line, index), start, .blockReference, text, &savings)
    }

    private func repetitions(at line: Int) -> Int {
        var end = line &+ 1
        while end < lines.count, lines[end] == lines[line] { end &+= 1 }
        return end &- line
    }

    private mutating func countRepeated(
        _ line: Int, _ repeats: Int, _ text: Span<UInt8>, _ index: borrowing TextLines, _ savings: inout Savings
    ) -> Bool {
        let spelled = text.extracting(index[line])
        let part = spelled.extracting(0..<min(spelled.count, 512))
        guard spelled.skipBlanks(0) < spelled.count,
            part.hundredths &* (repeats &- 1) >= Markers.timesCost &+ Self.leastGain
        else { return false }
        let start = notes.count
        Markers.appendTimes(repeats, to: &notes)
        edit(
            index[line &+ 1].lowerBound..<index[line &+ repeats &- 1].upperBound, start, .repeatedLine, text, &savings)
        return true
    }

    /// A long line that was sent before becomes its head and a note.
    private mutating func referToRest(
        _ line: Int, _ text: Span<UInt8>, _ index: borrowing TextLines, _ conversation: Span<UInt8>,
        _ sent: inout SentLines, _ savings: inout Savings
    ) -> Bool {
        let entry = sent.distinct[Int(lines[line])]
        guard entry.length >= 320, entry.places > 0, let head = sent.headOfLongLine(lines[line], conversation) else {
            return false
        }
        let known = sent.distinct[Int(head)].longLine
        guard known == lines[line] else { return false }
        let place = index[line]
        let rest = place.lowerBound &+ Int(sent.distinct[Int(head)].length)..<place.upperBound
        let part = rest.lowerBound..<min(rest.upperBound, rest.lowerBound &+ 512)
        guard text.extracting(part).hundredths >= Markers.restCost &+ Self.leastGain,
            conversation.extracting(sent.distinct[Int(known)].range).equals(text.extracting(place))
        else { return false }
        let start = notes.count
        Markers.appendRestOfLine(to: &notes)
        edit(rest, start, .lineReference, text, &savings)
        return true
    }

    private mutating func edit(
        _ range: Range<Int>, _ note: Int, _ transform: Transform, _ text: Span<UInt8>, _ savings: inout Savings
    ) {
        edits.append(TextEdit(range: range, replacement: note..<notes.count))
        savings[transform].note(
            text.extracting(range), notes.span.extracting(note..<notes.count))
    }
}
