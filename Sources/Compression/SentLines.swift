/// The lines that a reader of the compressed conversation has seen, in order; it only grows.
///
/// Equal lines have one identity, found by hash and compared byte by byte. Where nothing stands between two neighbours
/// that was left out, they belong to one segment, and only within one may a reference speak of several lines.
struct SentLines: ~Copyable {
    /// A text that is a line, what follows a line's number, or the head of a long line.
    struct Distinct {
        /// Where it stands in the conversation's text.
        let start: Int32
        let length: Int32
        let hash: UInt64
        /// The last place of this line, and how many there are.
        fileprivate(set) var last: Int32 = -1
        fileprivate(set) var places: Int32 = 0
        /// The last line that is a number and this text.
        fileprivate(set) var lastNumbered: Int32 = -1
        /// A numbered line's number, and the identity of what follows it; -1 for other lines.
        fileprivate(set) var number: Int32 = 0
        fileprivate(set) var body: Int32 = -1
        fileprivate(set) var separator: UInt8 = 0
        /// Whether another number could be put in its place: no blanks before it, no zeros.
        fileprivate(set) var isShiftable = false
        /// A head's one long line; -1 for none so far, -2 for several.
        fileprivate(set) var longLine: Int32 = -1

        var range: Range<Int> { Int(start)..<Int(start) &+ Int(length) }
    }

    /// A line where it was sent.
    struct Place {
        let line: Int32
        /// The place before of the same line, and of the same text after a number.
        fileprivate let previous: Int32
        fileprivate let previousNumbered: Int32
        let segment: Int32
        /// Whether a reference may speak of it; what frames a reference is seen, but may not be spoken of.
        let isSource: Bool
        /// Whether it counts among the lines of its text under some number.
        fileprivate let isNumbered: Bool
    }

    /// Lines of a conversation that are kept; past that, nothing more is referred to.
    static let placeLimit = 1 << 18
    /// Entries whose memory is kept from conversation to conversation.
    private static let keptEntries = 1 << 14
    /// Slots looked at for one text: with more that collide it is taken for new.
    private static let probeLimit = 64

    private(set) var distinct: [Distinct] = []
    private(set) var places: [Place] = []
    private var slots: [Int32] = []
    private var segment: Int32 = 0
    /// The heads whose long line changed, and what it was.
    private var heads: [(head: Int32, longLine: Int32)] = []

    var isFull: Bool { places.count >= Self.placeLimit }

    /// Forgets everything: a new conversation begins.
    mutating func removeAll() {
        let keeps = distinct.count <= Self.keptEntries && places.count <= Self.keptEntries
        distinct.removeAll(keepingCapacity: keeps)
        places.removeAll(keepingCapacity: keeps)
        slots.removeAll(keepingCapacity: keeps)
        slots.append(contentsOf: repeatElement(-1, count: 1024))
        segment = 0
        heads.removeAll(keepingCapacity: true)
    }

    /// Where the conversation stands, to come back to.
    struct Mark {
        fileprivate let places: Int
        fileprivate let heads: Int
    }

    var mark: Mark { Mark(places: places.count, heads: heads.count) }

    /// Forgets what was sent since `mark`, as if it never had been; identities stay.
    mutating func goBack(to mark: Mark) {
        while places.count > mark.places {
            let place = places.removeLast()
            let line = Int(place.line)
            distinct[line].last = place.previous
            distinct[line].places &-= 1
            let body = Int(distinct[line].body)
            if place.isNumbered { distinct[body].lastNumbered = place.previousNumbered }
        }
        while heads.count > mark.heads {
            let (head, longLine) = heads.removeLast()
            distinct[Int(head)].longLine = longLine
        }
        wall()
    }

    // MARK: Identities

    /// The identity of a line of `text` with its hash; a new one when it was never seen.
    mutating func identity(_ line: Range<Int>, hash: UInt64, in text: Span<UInt8>) -> Int32 {
        let (found, slot) = find(line, hash, text)
        if found >= 0 { return found }
        let new = Int32(truncatingIfNeeded: distinct.count)
        var entry = Distinct(
            start: Int32(truncatingIfNeeded: line.lowerBound), length: Int32(truncatingIfNeeded: line.count), hash: hash
        )
        let spelled = text.extracting(line)
        if let numbered = NumberedLine(spelled) {
            entry.number = Int32(truncatingIfNeeded: numbered.number)
            entry.separator = numbered.separator
            entry.isShiftable = numbered.padding == 0 && numbered.isPlain
            distinct.append(entry)
            enter(new, slot)
            let body = line.lowerBound &+ numbered.body..<line.upperBound
            let bodyHash = TextLines.hash(text.extracting(body))
            distinct[Int(new)].body = plainIdentity(body, hash: bodyHash, in: text)
        } else {
            distinct.append(entry)
            enter(new, slot)
        }
        return new
    }

    /// The identity of a text that is no whole line: its number does not matter.
    private mutating func plainIdentity(_ range: Range<Int>, hash: UInt64, in text: Span<UInt8>) -> Int32 {
        // Told apart from lines, so that a line whose text is the body of another keeps its own number.
        let hash = hash ^ 0x5851_F42D_4C95_7F2D
        let (found, slot) = find(range, hash, text)
        if found >= 0 { return found }
        let new = Int32(truncatingIfNeeded: distinct.count)
        distinct.append(
            Distinct(
                start: Int32(truncatingIfNeeded: range.lowerBound), length: Int32(truncatingIfNeeded: range.count),
                hash: hash))
        enter(new, slot)
        return new
    }

    private func find(_ line: Range<Int>, _ hash: UInt64, _ text: Span<UInt8>) -> (found: Int32, slot: Int) {
        let mask = slots.count &- 1
        var slot = Int(truncatingIfNeeded: hash & UInt64(truncatingIfNeeded: mask))
        for _ in 0..<Self.probeLimit {
            let candidate = slots[slot]
            guard candidate >= 0 else { return (-1, slot) }
            let entry = distinct[Int(candidate)]
            if entry.hash == hash, Int(entry.length) == line.count,
                text.extracting(entry.range).equals(text.extracting(line))
            {
                return (candidate, slot)
            }
            slot = (slot &+ 1) & mask
        }
        return (-1, -1)
    }

    private mutating func enter(_ new: Int32, _ slot: Int) {
        if slot >= 0 { slots[slot] = new }
        guard distinct.count &* 2 > slots.count else { return }
        let size = slots.count &* 4
        slots.removeAll(keepingCapacity: true)
        slots.append(contentsOf: repeatElement(-1, count: size))
        for index in distinct.indices {
            var slot = Int(truncatingIfNeeded: distinct[index].hash & UInt64(truncatingIfNeeded: size &- 1))
            var probes = 0
            while slots[slot] >= 0, probes < Self.probeLimit {
                slot = (slot &+ 1) & (size &- 1)
                probes &+= 1
            }
            if slots[slot] < 0 { slots[slot] = Int32(truncatingIfNeeded: index) }
        }
    }

    // MARK: What was sent

    /// Where a line comes from.
    enum Origin {
        /// A message's text.
        case text
        /// The line before or after a reference: it was sent, but where the reference ends nobody should look.
        case frame
        /// An argument of a tool call, which stands in the conversation as JSON.
        case argument
    }

    mutating func push(_ line: Int32, from origin: Origin, in text: Span<UInt8>) {
        guard !isFull else { return }
        let place = Int32(truncatingIfNeeded: places.count)
        let body = distinct[Int(line)].body
        var previousNumbered: Int32 = -1
        if body >= 0, origin != .argument {
            previousNumbered = distinct[Int(body)].lastNumbered
            distinct[Int(body)].lastNumbered = place
        }
        places.append(
            Place(
                line: line, previous: distinct[Int(line)].last, previousNumbered: previousNumbered, segment: segment,
                isSource: origin != .frame, isNumbered: body >= 0 && origin != .argument))
        distinct[Int(line)].last = place
        distinct[Int(line)].places &+= 1
        if distinct[Int(line)].length >= 320, origin != .argument { noteHead(line, origin, text) }
    }

    /// What follows does not stand next to what was sent before.
    mutating func wall() { segment &+= 1 }

    private mutating func noteHead(_ line: Int32, _ origin: Origin, _ text: Span<UInt8>) {
        guard let head = headOfLongLine(line, text) else { return }
        let known = distinct[Int(head)].longLine
        if known == line || known == -2 { return }
        heads.append((head, known))
        distinct[Int(head)].longLine = known == -1 && origin == .text ? line : -2
    }

    /// The identity of a long line's head; nil when the line is not long.
    mutating func headOfLongLine(_ line: Int32, _ text: Span<UInt8>) -> Int32? {
        let range = distinct[Int(line)].range
        guard let length = LineHead.length(of: text.extracting(range)) else { return nil }
        let head = range.lowerBound..<range.lowerBound &+ length
        return plainIdentity(head, hash: TextLines.hash(text.extracting(head)), in: text)
    }

    // MARK: Looking back

    /// The last place of a line, then the one before it, and so on; -1 is the end.
    @inline(__always) func lastPlace(of line: Int32) -> Int32 { distinct[Int(line)].last }
    @inline(__always) func place(before place: Int32) -> Int32 { places[Int(place)].previous }
    @inline(__always) func lastNumberedPlace(of body: Int32) -> Int32 { distinct[Int(body)].lastNumbered }
    @inline(__always) func numberedPlace(before place: Int32) -> Int32 { places[Int(place)].previousNumbered }

    /// Whether `count` lines from `place` on stand together.
    @inline(__always)
    func standTogether(_ place: Int, _ count: Int) -> Bool {
        place &+ count <= places.count && places[place].segment == places[place &+ count &- 1].segment
    }
}

/// The beginning of a long line, by which a reader finds it again.
enum LineHead {
    /// Characters (Unicode scalars) from which on a line is long.
    static let longLine = 320

    /// The bytes of a line's head: up to a blank after 60 to 119 characters, else 80 characters; nil for a short line.
    static func length(of line: Span<UInt8>) -> Int? {
        guard line.count >= longLine else { return nil }
        var characters = 0
        var afterEighty = 0
        var blank = -1
        for index in 0..<line.count where line[index] & 0xC0 != 0x80 {
            if characters == 80 { afterEighty = index }
            if characters >= 60, characters < 120, blank < 0, line[index] == 0x20 { blank = index }
            characters &+= 1
            if characters >= longLine { return blank >= 0 ? blank : afterEighty }
        }
        return nil
    }
}
