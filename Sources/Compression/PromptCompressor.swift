/// Makes the texts of a conversation shorter without taking anything from them.
///
/// It is told the conversation message by message and remembers what of it was sent; it never looks ahead, so what a
/// message becomes does not depend on what follows, and an upstream that keeps the beginning of a conversation in its
/// cache keeps finding it. Everything follows from the bytes alone: the same conversation gives the same bytes on every
/// machine. A text that came out of here once is not changed again.
///
/// A message's texts are rewritten by themselves first (`TextRewriter`), then what was sent before becomes a reference
/// (`ReferenceFinder`). Each change is proved before it counts, and nothing is kept that does not save tokens, as
/// `TokenEstimate` counts them.
package struct PromptCompressor: ~Copyable {
    /// Who speaks.
    package enum Role: Sendable { case system, assistant, user, tool }

    private var options = CompressionOptions()
    /// The texts of the conversation, one after the other: as they were sent, or as they were rewritten, before any
    /// reference took the place of something.
    private var conversation: [UInt8] = []
    private var sent = SentLines()
    private var finder = ReferenceFinder()
    private var rewriter = TextRewriter()
    private var prefixes = LinePrefix()
    private var index = TextLines()
    private var texts: [Range<Int>] = []
    /// Whether the last user message asked to have text treated as it stands.
    private var isVerbatim = false
    private var role = Role.system
    /// Whether the text at hand was rewritten with notes in it.
    private var rewrittenHoldsNotes = false
    private var isPinned = false

    /// What became of a text.
    package struct Result: Sendable {
        /// Where its new form stands in `output`; nil when it stays as it is.
        package fileprivate(set) var replacement: Range<Int>?
        /// What the text is; nil for one that must not change, which is not looked at.
        package fileprivate(set) var kind: ContentKind?
        /// What was saved in it.
        package fileprivate(set) var savings = Savings()
    }

    /// What became of the message's texts, in their order.
    package private(set) var results: [Result] = []
    /// The message's new texts.
    package private(set) var output: [UInt8] = []
    /// What was saved in the text at hand.
    private var savings = Savings()

    /// Bytes of one conversation's texts; a longer one is left as it is from there on.
    private static let textLimit = 1 << 30
    /// Bytes whose memory is kept from conversation to conversation.
    private static let keptBytes = 1 << 21
    /// Bytes below which a text is not looked at: notes cost more than it holds.
    private static let leastBytes = 64
    /// Bytes of compact JSON from which on it is tried in lines.
    private static let leastLaidOut = 400

    package init() {}

    /// Begins a new conversation.
    package mutating func begin(_ options: CompressionOptions) {
        self.options = options
        conversation.removeAll(keepingCapacity: conversation.capacity <= Self.keptBytes)
        output.removeAll(keepingCapacity: output.capacity <= Self.keptBytes)
        sent.removeAll()
        isVerbatim = false
    }

    /// Begins a message.
    ///
    /// - Parameter isPinned: Whether it must not change, as where a cache marker says what the provider keeps of it.
    package mutating func beginMessage(_ role: Role, isPinned: Bool) {
        self.role = role
        self.isPinned = isPinned
        texts.removeAll(keepingCapacity: true)
        results.removeAll(keepingCapacity: true)
        output.removeAll(keepingCapacity: true)
    }

    /// An argument of a tool call of the message, before its texts: it stays as it is, and may be referred to.
    package mutating func noteArgument(_ text: Span<UInt8>) {
        guard options.usesReferences, conversation.count &+ text.count <= Self.textLimit else { return }
        let start = conversation.count
        conversation.append(text)
        index.index(text)
        guard index.count > 6 else {
            conversation.removeLast(text.count)
            return
        }
        noteLines(start..<conversation.count, from: .argument)
    }

    /// Adds a text to the message.
    package mutating func add(_ text: Span<UInt8>) {
        guard conversation.count &+ text.count <= Self.textLimit else {
            texts.append(conversation.count..<conversation.count)
            return
        }
        let start = conversation.count
        conversation.append(text)
        texts.append(start..<conversation.count)
    }

    /// Ends the message: `results` and `output` are then its own.
    package mutating func endMessage() {
        if role == .user {
            isVerbatim = false
            for text in texts where VerbatimRequest.isMade(in: conversation.span.extracting(text)) { isVerbatim = true }
        }
        let isKept = role == .system || role == .assistant || isVerbatim || isPinned
        for text in texts {
            if isKept || Markers.mayStand(in: conversation.span.extracting(text)) {
                note(text)
                results.append(Result())
            } else {
                savings = Savings()
                let replacement = compress(text)
                results.append(Result(replacement: replacement, kind: rewriter.kind, savings: savings))
            }
        }
    }

    private mutating func note(_ text: Range<Int>) {
        guard options.usesReferences else { return }
        let bytes = conversation
        index.index(bytes.span.extracting(text))
        if options.level == .aggressive, Markers.mayStand(in: bytes.span.extracting(text)) {
            // What came out of here stands for its lines with their prefixes.
            var expanded: [UInt8] = []
            LinePrefix.expand(bytes.span.extracting(text), index, into: &expanded)
            let start = conversation.count
            conversation.append(contentsOf: expanded)
            index.index(expanded.span)
            noteLines(start..<conversation.count, from: .text)
            return
        }
        noteLines(text, from: .text)
    }

    private mutating func noteLines(_ text: Range<Int>, from origin: SentLines.Origin) {
        let bytes = conversation
        finder.note(text, of: bytes.span, index, &sent, from: origin)
    }

    private mutating func compress(_ original: Range<Int>) -> Range<Int>? {
        guard original.count >= Self.leastBytes else {
            rewriter.forget()
            note(original)
            return nil
        }
        var text = original
        var rewritten = Savings()
        if rewrite(original, &rewritten), rewriter.result.count < original.count, staysRewritten(&rewritten) {
            let start = conversation.count
            conversation.append(contentsOf: rewriter.result)
            text = start..<conversation.count
        } else {
            rewrittenHoldsNotes = false
            rewritten.keepFailures()
        }
        savings.add(rewritten)
        let start = output.count
        if options.usesReferences, !sent.isFull {
            if text == original, let result = referInLines(original) { return result }
            findReferences(text)
            if !finder.edits.isEmpty {
                append(text)
                factorPrefixes(start)
                return start..<output.count
            }
        }
        output.append(contentsOf: conversation[text])
        if factorPrefixes(start) || text != original { return start..<output.count }
        output.removeLast(output.count &- start)
        return nil
    }

    /// Takes out what lines in a row begin with, of the text that `output` ends with.
    @discardableResult
    private mutating func factorPrefixes(_ start: Int) -> Bool {
        guard options.level == .aggressive, options.usesReferences else { return false }
        let text = Array(output[start...])
        index.index(text.span)
        let survey = TextSurvey(text.span, index)
        guard !survey.isDiff, !survey.isSource, !survey.hasListing else { return false }
        output.removeLast(output.count &- start)
        if prefixes.rewrite(text.span, index, into: &output, &savings) { return true }
        output.append(contentsOf: text)
        return false
    }

    /// JSON that is compact already has no lines to refer to: tries it in lines, and keeps them if what they save is
    /// more than what they cost.
    private mutating func referInLines(_ original: Range<Int>) -> Range<Int>? {
        guard original.count >= Self.leastLaidOut, layOut(original) else { return nil }
        let start = conversation.count
        conversation.append(contentsOf: rewriter.result)
        let text = start..<conversation.count
        let mark = sent.mark
        let before = savings
        findReferences(text)
        if !finder.edits.isEmpty {
            let bytes = conversation
            let cost = bytes.span.extracting(text).hundredths &- bytes.span.extracting(original).hundredths
            if savings.hundredths &- before.hundredths >= cost &+ cost / 2 &+ 200, isShorter(text, than: original) {
                savings[.json].hundredthsAfter &+= cost
                savings[.json].bytesAfter &+= text.count &- original.count
                let start = output.count
                append(text)
                factorPrefixes(start)
                return start..<output.count
            }
        }
        savings = before
        sent.goBack(to: mark)
        return nil
    }

    /// Whether a text with the finder's edits made has fewer bytes than another.
    private func isShorter(_ text: Range<Int>, than other: Range<Int>) -> Bool {
        var bytes = text.count
        for edit in finder.edits { bytes &-= edit.range.count &- edit.replacement.count }
        return bytes < other.count
    }

    private mutating func layOut(_ text: Range<Int>) -> Bool {
        let bytes = conversation
        return rewriter.layOut(bytes.span.extracting(text))
    }

    private mutating func rewrite(_ text: Range<Int>, _ savings: inout Savings) -> Bool {
        let bytes = conversation
        return rewriter.rewrite(bytes.span.extracting(text), options, &savings)
    }

    private mutating func findReferences(_ text: Range<Int>) {
        let bytes = conversation
        index.index(bytes.span.extracting(text))
        finder.find(in: text, of: bytes.span, index, &sent, &savings, mayHoldNotes: rewrittenHoldsNotes)
    }

    /// Whether rewriting what was rewritten changes nothing more: otherwise the text stays as it was.
    private mutating func staysRewritten(_ rewritten: inout Savings) -> Bool {
        let once = rewriter.result
        // What holds notes or columns is not touched again.
        rewrittenHoldsNotes = Markers.mayStand(in: once.span)
        if rewrittenHoldsNotes { return true }
        var ignored = Savings()
        let kind = rewriter.kindBytes
        let again = rewriter.rewrite(once.span, options, &ignored)
        rewriter.result = once
        rewriter.kindBytes = kind
        if again {
            for entry in rewritten.entries { rewritten[entry.transform].failedProofs &+= 1 }
        }
        return !again
    }

    /// Appends a text with the finder's edits made.
    private mutating func append(_ text: Range<Int>) {
        var copied = text.lowerBound
        for edit in finder.edits {
            let start = text.lowerBound &+ edit.range.lowerBound
            output.append(contentsOf: conversation[copied..<start])
            output.append(contentsOf: finder.notes[edit.replacement])
            copied = text.lowerBound &+ edit.range.upperBound
        }
        output.append(contentsOf: conversation[copied..<text.upperBound])
    }
}
