/// What a request's features say about its task: the rows of the classifier's table.
package enum TaskSignal: Int, Sendable, CaseIterable {
    // Cues, by kind, in tenths of their weight, each place with its own share.
    case extraction, synthesis, validation, classification, summarization, reasoning, code, chat
    case compose, artefact, syntax, question, yesOrNo, alternative, format
    /// A verb of writing and something that is written.
    case composedText
    /// A verb of writing and a program.
    case composedCode
    case yesOrNoOfDocument
    /// Several possibilities, separated by commas, with a word such as "or" before the last.
    case choiceOfMany
    // The answer's form.
    case schema, schemaChoices, json, shortAnswer, deterministic, reasoningEffort
    // The conversation.
    case always, laterTurn, tools, toolResults, persona
    // The last message.
    case brief, documentFollows, longDocument, nothingElse, bracketList, listItems, questionMark, digits, codeMarks,
        fence

    /// The kind of cue it counts, if it does.
    var kind: TaskCue.Kind? { rawValue <= TaskSignal.format.rawValue ? TaskCue.Kind(rawValue: rawValue) : nil }

    /// Tenths of a cue's weight that count, by place.
    private static func share(_ place: TaskFeatures.Place) -> Int {
        switch place {
        case .lead: 20
        case .instruction: 11
        case .system: 11
        case .shape: 5
        case .opening: 3
        case .document: 1
        }
    }

    /// The strength of each signal, in the order of `allCases`.
    package static func values(of features: TaskFeatures) -> InlineArray<40, Int> {
        var values = InlineArray<40, Int>(repeating: 0)
        for index in 0...format.rawValue {
            guard let kind = TaskCue.Kind(rawValue: index) else { continue }
            var sum = 0
            for place in TaskFeatures.Place.allCases { sum &+= features.sum(kind, place) &* share(place) }
            values[index] = sum
        }
        func set(_ signal: TaskSignal, _ value: Int) { values[signal.rawValue] = value }
        func value(_ signal: TaskSignal) -> Int { values[signal.rawValue] }
        // Words of a program are words of prose too: they count as far as its marks stand beside them.
        let density = min(features.codeMarks &* 1000 / max(min(features.userBytes, 4096), 40), 60)
        set(
            .syntax,
            (features.sum(.syntax, .document) &+ features.sum(.syntax, .instruction) &+ features.sum(.syntax, .lead))
                &* density / 6)
        set(.question, features.sum(.question, .lead) &* 10)
        // A question of yes or no about something that was sent along is mostly one for a verdict.
        let isAboutDocument = features.documentBytes > 60
        let yesOrNo = value(.question) == 0 ? min(features.sum(.yesOrNo, .lead), 4) &* 10 : 0
        set(.yesOrNo, isAboutDocument ? 0 : yesOrNo)
        set(.yesOrNoOfDocument, isAboutDocument ? yesOrNo : 0)
        // Who pastes a document may say "I" and "please", too.
        if isAboutDocument { set(.chat, value(.chat) / 2) }
        set(.choiceOfMany, features.commas >= 2 ? min(value(.alternative), 40) : 0)
        set(.composedText, min(value(.compose), value(.artefact)))
        set(.composedCode, min(value(.compose), value(.code) &+ value(.syntax)))

        set(.schema, features.hasSchema ? 10 : 0)
        set(.schemaChoices, features.schemaChoices > 0 ? 10 : 0)
        set(.json, features.asksJSON ? 10 : 0)
        set(.shortAnswer, features.outputLimit.map { $0 <= 20 ? 10 : 0 } ?? 0)
        set(.deterministic, features.isDeterministic ? 10 : 0)
        set(.reasoningEffort, features.asksReasoning ? 10 : 0)

        set(.always, 10)
        set(.laterTurn, features.turns > 1 ? 10 : 0)
        set(.tools, features.tools > 0 ? 10 : 0)
        set(.toolResults, features.toolResults > 0 ? 10 : 0)
        set(.persona, min(features.sum(.chat, .system), 10))

        set(.brief, features.userBytes < 90 ? 10 : features.userBytes < 160 ? 5 : 0)
        set(.documentFollows, features.documentBytes > 80 ? 10 : 0)
        set(.longDocument, features.documentBytes > 800 ? 10 : features.documentBytes > 300 ? 5 : 0)
        set(.nothingElse, features.documentBytes < 40 ? 10 : 0)
        set(.bracketList, min(features.bracketLists, 2) &* 10)
        set(.listItems, min(features.listItems, 5) &* 2)
        set(.questionMark, min(features.questions, 2) &* 10)
        set(.digits, min(features.digits, 12))
        set(.codeMarks, density / 3)
        set(.fence, min(features.fences, 2) &* 5)
        return values
    }

    package var description: String { "\(self)" }

    /// Points by task, in the order of `TaskName.ofChat`: a row for each signal.
    static let weights: [SIMD8<Int32>] = [
        //    extr synt vali clas summ reas code chat
        .init(10, -1, -1, -1, -2, -1, -1, -3),  // extraction
        .init(0, 10, 0, 0, 2, 0, 0, -2),  // synthesis
        .init(-1, -1, 10, -1, -2, 0, 0, -3),  // validation
        .init(-1, -2, 0, 10, -2, 0, -1, -3),  // classification
        .init(-2, -1, -2, -2, 10, -1, -2, -3),  // summarization
        .init(-1, -1, 0, -1, -1, 10, 0, -1),  // reasoning
        .init(-1, -2, -1, -1, -2, -2, 10, -2),  // code
        .init(-1, 0, -1, 0, -1, 0, 0, 5),  // chat
        .init(-1, 4, -1, -1, 0, -1, 2, -1),  // compose
        .init(0, 3, 0, 0, 1, -1, -1, -1),  // artefact
        .init(-1, -2, -1, -1, -2, -1, 6, -2),  // syntax
        .init(3, -5, 3, 3, 0, 4, 2, 7),  // question
        .init(2, -5, 4, 3, 0, 3, 1, 6),  // yesOrNo
        .init(0, 0, 1, 5, -1, 2, 0, 0),  // alternative
        .init(5, 0, 1, 1, -1, -1, 0, -2),  // format
        .init(-2, 8, -2, -2, -1, -2, -2, -2),  // composedText
        .init(-1, -4, -1, -1, -1, -1, 6, -1),  // composedCode
        .init(0, -4, 9, 4, 0, 2, 1, -4),  // yesOrNoOfDocument
        .init(0, 0, 0, 6, 0, 1, 0, 0),  // choiceOfMany
        .init(18, -8, 8, 10, -2, -12, -20, -30),  // schema
        .init(-2, -5, 8, 18, -5, -5, 0, -5),  // schemaChoices
        .init(14, -5, 5, 10, 0, -10, -5, -15),  // json
        .init(0, -15, 3, 30, -15, -8, 0, 0),  // shortAnswer
        .init(5, -5, 4, 5, 0, 0, 0, -3),  // deterministic
        .init(0, 0, 0, 0, 0, 40, 10, -10),  // reasoningEffort
        .init(0, 0, 0, 0, 0, 0, 0, 14),  // always
        .init(2, 0, 0, -3, 0, 0, 0, 16),  // laterTurn
        .init(4, -4, 3, 5, -8, 0, 3, 6),  // tools
        .init(0, 6, 0, 0, 3, 3, 6, 3),  // toolResults
        .init(0, 0, 0, 0, 0, 0, 0, 20),  // persona
        .init(-6, -2, -4, -2, -6, 0, 0, 16),  // brief
        .init(6, 2, 4, 2, 8, -2, 2, -12),  // documentFollows
        .init(8, 2, 2, -2, 14, -4, 0, -20),  // longDocument
        .init(-4, 4, 0, 0, -8, 6, 2, 8),  // nothingElse
        .init(-2, -3, 0, 14, -4, 2, 0, -4),  // bracketList
        .init(2, 0, 2, 8, -4, 0, -2, -4),  // listItems
        .init(0, -8, 5, 3, -2, 5, 0, 4),  // questionMark
        .init(0, -1, 1, -1, -1, 5, -1, -3),  // digits
        .init(0, -2, 0, -1, -3, -2, 6, -3),  // codeMarks
        .init(0, -5, 0, 0, -5, -5, 20, -10),  // fence
    ]
}
