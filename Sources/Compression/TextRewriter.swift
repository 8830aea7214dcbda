/// Applies what changes a text by itself, whatever was sent before: compact JSON, tables and listings without padding,
/// loose white space.
///
/// A text is taken apart into its fenced blocks and what stands between; of each piece it is told what it is, and so
/// what may be done to it. Code and patches stay byte for byte.
struct TextRewriter: ~Copyable {
    /// The text as it was last rewritten.
    var result: [UInt8] = []
    /// What the text is that was rewritten last.
    var kindBytes = KindBytes()
    var kind: ContentKind { kindBytes.most }

    private var json = JSONCompaction()
    private var index = TextLines()
    private var pieceIndex = TextLines()
    private var piece: [UInt8] = []
    private var next: [UInt8] = []
    private var pieceSavings = Savings()

    init() {}

    /// Rewrites `text` into `result`; false, and no savings, when it stays as it is.
    mutating func rewrite(_ text: Span<UInt8>, _ options: CompressionOptions, _ savings: inout Savings) -> Bool {
        result.removeAll(keepingCapacity: true)
        pieceSavings.removeAll()
        kindBytes = KindBytes()
        index.index(text)
        var copied = 0
        var line = 0
        var changed = false
        while line < index.count {
            guard let fence = Fence(openedBy: line, text, index) else {
                line &+= 1
                continue
            }
            if rewritePiece(text.extracting(copied..<fence.body.lowerBound), nil, nil, options) { changed = true }
            let name = text.extracting(fence.language)
            let body = text.extracting(fence.body)
            if rewritePiece(body, Fence.Language(name), SourceLanguage(named: name), options) { changed = true }
            copied = fence.body.upperBound
            line = fence.nextLine
        }
        if rewritePiece(text.extracting(copied..<text.count), nil, nil, options, isAlone: copied == 0) {
            changed = true
        }
        guard changed, pieceSavings.hundredths >= 100 else { return false }
        savings.add(pieceSavings)
        return true
    }

    /// Forgets the text that was rewritten last.
    mutating func forget() { kindBytes = KindBytes() }

    /// Writes a text that is one JSON value in lines into `result`; false for any other text.
    mutating func layOut(_ text: Span<UInt8>) -> Bool {
        result.removeAll(keepingCapacity: true)
        return json.layOut(text, into: &result)
    }

    /// Rewrites a fenced block of some language, or what stands outside of one; appends it to the result.
    ///
    /// - Parameters:
    ///   - language: What the fence says; nil outside of fences.
    ///   - source: How the language writes comments, if it is known.
    ///   - isAlone: Whether this is the whole text.
    private mutating func rewritePiece(
        _ text: Span<UInt8>, _ language: Fence.Language?, _ source: SourceLanguage?, _ options: CompressionOptions,
        isAlone: Bool = false
    ) -> Bool {
        let isAggressive = options.level == .aggressive
        guard language != .code || isAggressive || options.dropsComments, text.count > 1 else {
            kindBytes.add(text.count, of: .code)
            result.append(text)
            return false
        }
        pieceIndex.index(text)
        let survey = TextSurvey(text, pieceIndex)
        guard !survey.isDiff else {
            kindBytes.add(text.count, of: .diff)
            result.append(text)
            return false
        }
        piece.removeAll(keepingCapacity: true)
        piece.append(text)
        var changed = false
        if language == .code || survey.isSource {
            if isAggressive { dropLicence(&changed) }
        }
        // Only in fenced code: what an agent has read it edits by its exact text.
        if options.dropsComments, let source, !survey.hasListing { dropComments(source, &changed) }
        var bytesOfJSON = 0
        if language != .code { bytesOfJSON = rewriteText(survey, language, options, isAlone: isAlone, &changed) }
        let isJSON = bytesOfJSON &* 2 > text.count
        kindBytes.add(text.count, of: isJSON ? .json : language == .code ? .code : survey.kind)
        result.append(contentsOf: piece)
        return changed
    }

    /// Rewrites a piece that is no code; returns how many of its bytes are JSON.
    private mutating func rewriteText(
        _ survey: TextSurvey, _ language: Fence.Language?, _ options: CompressionOptions, isAlone: Bool,
        _ changed: inout Bool
    ) -> Int {
        let isAggressive = options.level == .aggressive
        var bytesOfJSON = 0
        if survey.mayHoldJSON, !survey.isCode || survey.beginsWithJSON {
            let text = begin()
            let form = JSONCompaction.Form(
                hasLines: options.usesReferences,
                hasValueReferences: isAggressive && options.usesReferences && (isAlone || language != nil),
                hasColumns: isAggressive)
            let outcome = json.rewrite(text.span, pieceIndex, form, into: &next, &pieceSavings)
            bytesOfJSON = outcome.bytesOfJSON
            if outcome.changed { take(&changed) }
        }
        if survey.hasPaddedNumbers, language == nil {
            let text = begin()
            NumberedListing.rewrite(text.span, pieceIndex, into: &next, &pieceSavings)
            take(&changed)
        }
        guard !survey.isCode, bytesOfJSON == 0 else { return bytesOfJSON }
        if survey.hasRuler, language != .json {
            let text = begin()
            PaddedTables.rewrite(text.span, pieceIndex, into: &next, &pieceSavings)
            take(&changed)
        }
        guard !survey.hasListing, language == nil else { return 0 }
        if survey.mayHoldWideBlanks {
            let text = begin()
            WhiteSpace.narrow(text.span, into: &next, &pieceSavings)
            take(&changed)
        }
        if survey.hasLooseBlanks || changed {
            let text = begin()
            WhiteSpace.rewrite(text.span, pieceIndex, into: &next, &pieceSavings)
            take(&changed)
        }
        if isAggressive {
            var text = begin()
            ProseForm.tighten(text.span, pieceIndex, into: &next, &pieceSavings)
            take(&changed)
            text = begin()
            ProseForm.unwrap(text.span, pieceIndex, into: &next, &pieceSavings)
            take(&changed)
        }
        return 0
    }

    private mutating func dropLicence(_ changed: inout Bool) {
        let text = begin()
        guard let head = LicenceHead.end(text.span, pieceIndex) else { return }
        next.append(contentsOf: text[..<head.start])
        next.append(contentsOf: text[head.end...])
        pieceSavings[.licence].note(text.span.extracting(head.start..<head.end), text.span.extracting(0..<0))
        take(&changed)
    }

    private mutating func dropComments(_ source: SourceLanguage, _ changed: inout Bool) {
        let text = begin()
        guard Comments.strip(text.span, source, into: &next), next.count < text.count else { return }
        let after = next
        pieceSavings[.comments].note(text.span, after.span)
        take(&changed)
    }

    /// The piece as it is so far, to be written anew to `next`.
    private mutating func begin() -> [UInt8] {
        next.removeAll(keepingCapacity: true)
        return piece
    }

    /// Goes on with what was written to `next`.
    private mutating func take(_ changed: inout Bool) {
        guard next != piece else { return }
        swap(&piece, &next)
        let text = piece
        pieceIndex.index(text.span)
        changed = true
    }
}
