import HTTP

/// Writes a scanned JSON text in one spelling, so that two texts that mean the same give the same bytes.
///
/// Members are sorted by the bytes of their decoded names, blanks are gone, strings are spelled with the fewest
/// escapes; numbers stay as spelled, since 1 and 1.0 may be answered differently. Text of several gigabytes cannot
/// come here: bodies are bounded by `limits.body_bytes`.
struct CanonicalJSON: ~Copyable {
    /// The last text, in its one spelling.
    private(set) var output = ByteBuffer(capacity: 4096)
    /// Whether an object of the last text named a member twice: what it means is then anyone's guess.
    private(set) var hasDuplicateKeys = false

    /// Where the members of the outermost object stand in `output`; names with their quotes.
    private(set) var topMembers: [(name: Range<Int>, value: Range<Int>)] = []

    private struct Member {
        /// The decoded name in `names`.
        let name: Range<Int>
        let value: Int
    }
    /// A member at the top whose value is written as another.
    private var replaced: (root: Int, name: StaticString, spelled: [UInt8])?
    private var names = ByteBuffer(capacity: 1024)
    private var members: [Member] = []
    /// Objects that are being written.
    private var depth = 0

    init() {}

    /// Writes `tape.values[root]` to `output`.
    ///
    /// - Parameters:
    ///   - omitted: Names of members that are left out at the top.
    ///   - everywhere: Names of members that are left out wherever they stand.
    ///   - replacement: The name of a member at the top, and the text to be written as its value.
    mutating func write(
        _ tape: borrowing JSONScanner, root: Int = 0, of bytes: Span<UInt8>, omitting omitted: [StaticString] = [],
        omittingEverywhere everywhere: [StaticString] = [], replacing replacement: (StaticString, String)? = nil
    ) {
        replaced = replacement.map { name, text in
            var spelled = ByteBuffer(capacity: text.utf8.count &+ 2)
            JSONString.append(text, to: &spelled)
            return (root, name, Array(spelled.bytes))
        }
        output.removeAll(keep: 1 << 20)
        hasDuplicateKeys = false
        names.removeAll()
        members.removeAll(keepingCapacity: members.capacity <= JSONScanner.keptValues)
        topMembers.removeAll(keepingCapacity: topMembers.capacity <= JSONScanner.keptValues)
        write(tape, root, bytes, everywhere.isEmpty ? omitted : omitted + everywhere, everywhere)
    }

    // Recursive, since the scanner has bounded the depth to 512.
    private mutating func write(
        _ tape: borrowing JSONScanner, _ index: Int, _ bytes: Span<UInt8>, _ omitted: [StaticString],
        _ everywhere: [StaticString]
    ) {
        let value = tape.values[index]
        switch value.kind {
        case .object: writeObject(tape, index, bytes, omitted, everywhere)
        case .array:
            output.append(0x5B as UInt8)
            var element = index &+ 1
            while element < Int(value.next) {
                if element > index &+ 1 { output.append(0x2C as UInt8) }
                write(tape, element, bytes, everywhere, everywhere)
                element = Int(tape.values[element].next)
            }
            output.append(0x5D as UInt8)
        case .string where value.isEscaped: JSONString.normalize(bytes.extracting(value.range), into: &output)
        default: output.append(bytes.extracting(value.range).bytes)
        }
    }

    private mutating func writeObject(
        _ tape: borrowing JSONScanner, _ object: Int, _ bytes: Span<UInt8>, _ omitted: [StaticString],
        _ everywhere: [StaticString]
    ) {
        let first = members.count
        let isTop = depth == 0
        depth &+= 1
        var key = object &+ 1
        while key < Int(tape.values[object].next) {
            let start = names.count
            let spelled = tape.values[key]
            if spelled.isEscaped {
                JSONString.normalize(bytes.extracting(spelled.range), into: &names)
            } else {
                names.append(bytes.extracting(spelled.range).bytes)
            }
            members.append(Member(name: start..<names.count, value: key &+ 1))
            key = Int(tape.values[key &+ 1].next)
        }
        sortMembers(from: first)
        output.append(0x7B as UInt8)
        var isFirst = true
        for index in first..<members.count {
            let member = members[index]
            if index > first, compareNames(members[index &- 1].name, member.name) == 0 { hasDuplicateKeys = true }
            if isAmong(member.name, omitted) { continue }
            if !isFirst { output.append(0x2C as UInt8) }
            isFirst = false
            let start = output.count
            output.append(UnsafeRawBufferPointer(rebasing: names.bytes[member.name]))
            output.append(0x3A as UInt8)
            if let replaced, object == replaced.root, isAmong(member.name, [replaced.name]) {
                replaced.spelled.withUnsafeBytes { output.append($0) }
            } else {
                write(tape, member.value, bytes, everywhere, everywhere)
            }
            if isTop {
                let valueStart = start &+ member.name.count &+ 1
                topMembers.append((start..<valueStart &- 1, valueStart..<output.count))
            }
        }
        depth &-= 1
        output.append(0x7D as UInt8)
        members.removeLast(members.count &- first)
    }

    /// Small objects, which most are, by insertion; large ones by the library.
    private mutating func sortMembers(from first: Int) {
        if members.count &- first > 16 {
            let names = names.bytes
            members[first...].sort { Self.compare(names, $0.name, $1.name) < 0 }
            return
        }
        var index = first &+ 1
        while index < members.count {
            let member = members[index]
            var hole = index
            while hole > first, compareNames(members[hole &- 1].name, member.name) > 0 {
                members[hole] = members[hole &- 1]
                hole &-= 1
            }
            members[hole] = member
            index &+= 1
        }
    }

    private func compareNames(_ left: Range<Int>, _ right: Range<Int>) -> Int {
        Self.compare(names.bytes, left, right)
    }

    private static func compare(_ bytes: UnsafeRawBufferPointer, _ left: Range<Int>, _ right: Range<Int>) -> Int {
        for offset in 0..<min(left.count, right.count) {
            let difference = Int(bytes[left.lowerBound &+ offset]) &- Int(bytes[right.lowerBound &+ offset])
            if difference != 0 { return difference }
        }
        return left.count &- right.count
    }

    /// - Parameter name: A range of `names`, quotes included.
    private func isAmong(_ name: Range<Int>, _ texts: [StaticString]) -> Bool {
        for text in texts where name.count == text.utf8CodeUnitCount &+ 2 {
            var offset = 0
            while offset < text.utf8CodeUnitCount,
                names.bytes[name.lowerBound &+ 1 &+ offset] == text.utf8Start[offset]
            { offset &+= 1 }
            if offset == text.utf8CodeUnitCount { return true }
        }
        return false
    }
}
