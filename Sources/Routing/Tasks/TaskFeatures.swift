/// What is seen of a request, in plain numbers: its shape, and the cues that its texts hold.
///
/// A value of fixed size: filled for each request, nothing of it is allocated.
package struct TaskFeatures: Sendable {
    /// Where a cue stands, which says how much it means.
    package enum Place: Int, Sendable, CaseIterable {
        /// The first words of the last user message, or of a sentence of its instruction.
        case lead
        /// Elsewhere in the user's instruction.
        case instruction
        /// In what the instruction is about: after it, in quotes or in a fence.
        case document
        /// In the system prompt.
        case system
        /// In the user message that opened the conversation.
        case opening
        /// In the names and descriptions of tools, or in the schema of the answer.
        case shape
    }

    // MARK: The shape

    /// Messages, of whatever role.
    package var messages = 0
    /// Messages of the user.
    package var turns = 0
    package var tools = 0
    /// Results of tools among the messages.
    package var toolResults = 0
    package var images = 0
    /// Whether the answer must follow a JSON schema.
    package var hasSchema = false
    /// Closed lists of values (`enum`) in that schema.
    package var schemaChoices = 0
    /// Whether the answer must be a JSON object.
    package var asksJSON = false
    /// Whether a temperature of 0 was asked for.
    package var isDeterministic = false
    /// Whether a `reasoning_effort` above the least was asked for.
    package var asksReasoning = false
    /// Tokens of the answer that the caller allows; nil where it does not say.
    package var outputLimit: Int?
    /// Bytes of all texts that a model reads: messages, calls, definitions of tools, schema.
    package var textBytes = 0

    // MARK: The last user message

    /// Its bytes.
    package var userBytes = 0
    /// Bytes of it that are its instruction, as far as it was read.
    package var instructionBytes = 0
    /// Bytes of it that the instruction is about, as far as it was read.
    package var documentBytes = 0
    /// Words, or ideographs, of the instruction.
    package var instructionWords = 0
    /// Question marks in the instruction.
    package var questions = 0
    /// Digits in the instruction.
    package var digits = 0
    /// Commas in the instruction.
    package var commas = 0
    /// Lists in brackets in the instruction, such as (sales, support, legal).
    package var bracketLists = 0
    /// Items that begin a line with a number or a mark, in the instruction and what it is about.
    package var listItems = 0
    /// Marks that stand in programs and seldom in prose, in the whole message.
    package var codeMarks = 0
    /// Fences (```) in the whole message.
    package var fences = 0

    // MARK: Cues

    private var sums = InlineArray<96, UInt16>(repeating: 0)
    private var strongest = InlineArray<16, Strongest>(repeating: Strongest())

    private struct Strongest {
        var cue: UInt16 = 0
        var weight: UInt16 = 0
        var place: UInt8 = 0
    }

    package init() {}

    /// The weights of all cues of a kind in a place, bounded.
    package func sum(_ kind: TaskCue.Kind, _ place: Place) -> Int {
        Int(sums[place.rawValue &* 16 &+ kind.rawValue])
    }

    /// The strongest cue of a kind that was met, and where.
    package func strongestCue(_ kind: TaskCue.Kind) -> (cue: Int, place: Place)? {
        let found = strongest[kind.rawValue]
        guard found.weight > 0, let place = Place(rawValue: Int(found.place)) else { return nil }
        return (Int(found.cue), place)
    }

    /// Takes note of a cue.
    ///
    /// - Parameters:
    ///   - cue: Its place in the table, to be named in a reason.
    ///   - limit: What a place may hold of a kind: a long document repeats itself.
    mutating func note(_ cue: Int, _ kind: TaskCue.Kind, weight: UInt8, _ place: Place, limit: UInt16 = 12) {
        let index = place.rawValue &* 16 &+ kind.rawValue
        sums[index] = min(sums[index] &+ UInt16(weight), limit)
        let rank = UInt16(weight) &* Self.rank(place)
        if rank > strongest[kind.rawValue].weight {
            strongest[kind.rawValue] = Strongest(
                cue: UInt16(truncatingIfNeeded: cue), weight: rank, place: UInt8(place.rawValue))
        }
    }

    /// How a place is preferred when a reason is given.
    private static func rank(_ place: Place) -> UInt16 {
        switch place {
        case .lead: 6
        case .instruction, .system: 4
        case .shape: 3
        case .opening: 2
        case .document: 1
        }
    }

    /// Tokens of the input, roughly: a quarter of the texts' bytes, which holds for prose of most scripts within a third,
    /// and four a message.
    package var inputTokens: Int { textBytes / 4 &+ 4 &* messages }
}
