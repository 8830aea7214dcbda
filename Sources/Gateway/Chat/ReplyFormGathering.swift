import HTTP

/// An object of a stream, gathered from the chunks that tell it: its members in the order they were first met, each
/// as the ranges where its pieces are spelled. Nothing is copied before it is written.
struct GatheredObject {
    /// How a member that is met again goes with what was said before. Null says nothing and changes nothing.
    enum Rule {
        /// The first one counts.
        case first
        /// The last one counts that says anything.
        case latest
        /// The same must have been said, unless either says nothing.
        case once
        /// Strings are concatenated, and so are arrays.
        case joined
    }

    private enum Form { case whole, text, list }

    private struct Member {
        let name: Range<Int>
        var form: Form
        var isEmpty: Bool
        var isNull: Bool
        /// The whole value, or what stood between its quotes or brackets each time.
        var pieces: [Range<Int>]

        init(_ member: SpelledMember, _ rule: Rule) {
            let value = member.value
            name = member.name
            isEmpty = value.isEmpty
            isNull = value.kind == .null
            switch (rule, value.kind) {
            case (.joined, .string): form = .text
            case (.joined, .array): form = .list
            default: form = .whole
            }
            pieces = form == .whole ? [value.range] : value.isEmpty ? [] : [value.inside]
        }
    }

    private var members: [Member] = []

    /// Adds a member of a chunk; refused when it contradicts what was said before.
    mutating func add(
        _ member: SpelledMember, _ rule: Rule, _ stored: Span<UInt8>
    ) throws(ReplyForm.NotUnderstood) {
        let said = Member(member, rule)
        guard let place = place(of: member.name, stored) else {
            guard members.count < JSONScanner.memberLimit else { throw ReplyForm.NotUnderstood() }
            members.append(said)
            return
        }
        if said.isNull { return }
        if members[place].isNull {
            members[place] = said
            return
        }
        switch rule {
        case .first: return
        case .latest:
            guard members[place].form == .whole else { throw ReplyForm.NotUnderstood() }
            if !said.isEmpty { members[place] = said }
        case .once:
            if said.isEmpty { return }
            if members[place].isEmpty {
                members[place] = said
                return
            }
            guard members[place].form == .whole, stored.hasSameBytes(members[place].pieces[0], member.value.range)
            else { throw ReplyForm.NotUnderstood() }
        case .joined:
            guard members[place].form == said.form, said.form != .whole else { throw ReplyForm.NotUnderstood() }
            members[place].pieces += said.pieces
            members[place].isEmpty = members[place].isEmpty && said.isEmpty
        }
    }

    /// Whether a member of this name was met.
    func contains(_ name: StaticString, _ stored: Span<UInt8>) -> Bool {
        for member in members where stored.hasBytes(member.name, name) { return true }
        return false
    }

    /// Writes the members, with a comma before each that needs one.
    func append(to output: inout ByteBuffer, _ stored: Span<UInt8>) {
        for member in members {
            output.appendName(member.name, of: stored)
            switch member.form {
            case .whole: output.append(stored.extracting(member.pieces[0]).bytes)
            case .text:
                output.append("\"")
                for piece in member.pieces { output.append(stored.extracting(piece).bytes) }
                output.append("\"")
            case .list:
                output.append("[")
                for (index, piece) in member.pieces.enumerated() {
                    if index > 0 { output.append(",") }
                    output.append(stored.extracting(piece).bytes)
                }
                output.append("]")
            }
        }
    }

    private func place(of name: Range<Int>, _ stored: Span<UInt8>) -> Int? {
        for place in members.indices where stored.hasSameBytes(members[place].name, name) { return place }
        return nil
    }
}
