/// A word, or two that follow each other, which tells what a request wants.
package struct TaskCue: Sendable {
    /// What a cue speaks for. The first eight are the tasks of `TaskName.ofChat`, in their order.
    package enum Kind: Int, Sendable, CaseIterable {
        case extraction, synthesis, validation, classification, summarization, reasoning, code, chat
        /// A verb of writing: a text or a program.
        case compose
        /// A kind of text that is written: a letter, a report.
        case artefact
        /// A word of a programming language.
        case syntax
        /// A word that begins a question.
        case question
        /// A word that begins a question of yes or no.
        case yesOrNo
        /// The word between the last two of several possibilities.
        case alternative
        /// A form of the answer: a table, CSV.
        case format
        /// A condition that the answer must meet: it says nothing of the task, but something of how hard that is.
        case constraint
    }

    /// The word as the table spells it: in small letters; `*` for any ending, `+` between two words.
    package let spelling: String
    package let kind: Kind
    /// 1 (a hint) to 4 (next to certain, where it stands in an instruction).
    package let weight: UInt8

    /// The cues of `TaskCue.table`, in its order.
    static func parse(_ table: String) -> [TaskCue] {
        var cues: [TaskCue] = []
        for line in table.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count > 2, let kind = Kind.allCases.first(where: { "\($0)" == words[0] }),
                let weight = UInt8(words[1])
            else { preconditionFailure("no line of cues: \(line)") }
            for word in words.dropFirst(2) {
                cues.append(TaskCue(spelling: String(word), kind: kind, weight: weight))
            }
        }
        return cues
    }
}
