package import Compression
package import HTTP
package import Tokens

/// Requests compressed one after the other outside of the proxy, and what that saved.
package struct CompressionRun: ~Copyable {
    /// Why a request was not compressed.
    package struct Problem: Error {
        package let message: String
        /// Where in the request it is; nil for all of it.
        var offset: Int?
        /// Whether the request is sound all the same.
        var isHarmless = false
    }

    private let options: CompressionOptions
    private let minTokens: Int
    private let counter: TokenCounter
    private var compression = PromptCompression()
    private var tape = JSONScanner()
    private var canonical = CanonicalJSON()
    package private(set) var totals = CompressionTotals()

    /// - Parameters:
    ///   - minTokens: Estimated tokens below which a request is left as it is.
    ///   - counter: What tells the totals.
    package init(_ options: CompressionOptions, minTokens: Int, counter: TokenCounter = TokenCounter()) {
        self.options = options
        self.minTokens = minTokens
        self.counter = counter
    }

    /// The requests of an input: it is one, or each of its lines is one, as its first line shows.
    package mutating func requests(in input: [UInt8]) -> [Range<Int>] {
        let lines = Self.lines(of: input)
        guard lines.count > 1, let first = lines.first else { return lines }
        do throws(JSONScanner.Failure) {
            try tape.scan(input.span.extracting(first))
            return lines
        } catch {
            return [0..<input.count]
        }
    }

    /// The lines that are not empty.
    private static func lines(of input: [UInt8]) -> [Range<Int>] {
        var lines: [Range<Int>] = []
        var start = 0
        while start < input.count {
            let end = input[start...].firstIndex(of: 0x0A) ?? input.count
            if !input[start..<end].allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { lines.append(start..<end) }
            start = end + 1
        }
        return lines
    }

    /// Appends the compressed request, counts what that saved, and returns what became of its texts; appends the
    /// request itself, where it cannot be compressed.
    @discardableResult
    package mutating func compress(
        _ request: Span<UInt8>, into output: inout ByteBuffer
    ) throws(Problem) -> (texts: [CompressedText], basis: TokenCounter.Basis) {
        let start = output.count
        var texts: [CompressedText] = []
        var savings = SavingsByKind()
        do throws(Problem) {
            savings = try shorten(request, into: &output) { texts.append($0) }
        } catch {
            output.append(request.bytes)
            throw error
        }
        // What was scanned last is the request itself.
        let model = tape.text("model", of: 0, in: request)
        let basis = counter.basis(for: model)
        totals.add(savings)
        for text in texts { totals.add(text, counter, basis) }
        totals.add(
            before: counter.ofRequest(request, model: model, &tape),
            after: counter.ofRequest(Span(_bytes: output.span.extracting(start..<output.count)), model: model, &tape),
            basis, of: model)
        return (texts, basis)
    }

    /// Appends the compressed request, and does nothing else: this is what takes time in the proxy.
    ///
    /// - Parameter inspect: Is shown what became of each text.
    package mutating func shorten(
        _ request: Span<UInt8>, into output: inout ByteBuffer
    ) throws(Problem) -> SavingsByKind { try shorten(request, into: &output, inspect: nil) }

    private mutating func shorten(
        _ request: Span<UInt8>, into output: inout ByteBuffer, inspect: ((CompressedText) -> Void)?
    ) throws(Problem) -> SavingsByKind {
        do throws(JSONScanner.Failure) { try tape.scan(request) } catch {
            throw Problem(message: "not JSON: \(error.reason)", offset: error.offset)
        }
        guard tape.values[0].kind == .object, let messages = tape.member("messages", of: 0, in: request),
            tape.values[messages].kind == .array
        else { throw Problem(message: "no chat request: it has no array \"messages\"") }
        canonical.write(tape, of: request)
        if canonical.hasDuplicateKeys {
            throw Problem(message: "an object names a member twice: left as it is", isHarmless: true)
        }
        var splice = JSONSplice()
        let savings = compression.compress(
            request, tape, options, minTokens: minTokens, into: &splice, inspect: inspect)
        splice.apply(to: request, into: &output)
        return savings
    }
}
