package import Compression
package import HTTP
import Tokens

/// Requests compressed one after the other outside of the proxy, and what that saved.
package struct CompressionRun: ~Copyable {
    /// Why a request was not compressed.
    package struct Problem: Error {
        package let message: String
        /// Whether the request is sound all the same.
        let isHarmless: Bool
    }

    private let options: CompressionOptions
    private let minTokens: Int
    private var compression = PromptCompression()
    private var tape = JSONScanner()
    private var canonical = CanonicalJSON()
    private var savings = Savings()
    private var tokensBefore = 0
    private var tokensAfter = 0

    /// - Parameter minTokens: Estimated tokens below which a request is left as it is.
    package init(_ options: CompressionOptions, minTokens: Int) {
        self.options = options
        self.minTokens = minTokens
    }

    /// The requests of an input: it is one, or each of its lines is one.
    package mutating func requests(in input: [UInt8]) -> [Range<Int>] {
        do throws(JSONScanner.Failure) {
            try tape.scan(input.span)
            var end = input.count
            while end > 0, input[end - 1] == 0x0A || input[end - 1] == 0x0D { end -= 1 }
            return [0..<end]
        } catch {
            var requests: [Range<Int>] = []
            var start = 0
            while start < input.count {
                let end = input.span.extracting(start..<input.count).lineEnd + start
                if end > start { requests.append(start..<end) }
                start = end + 1
            }
            return requests
        }
    }

    /// Appends the compressed request, and counts what that saved; the request itself, where it cannot be compressed.
    mutating func compress(_ request: Span<UInt8>, into output: inout ByteBuffer) throws(Problem) {
        let start = output.count
        do throws(Problem) { savings.add(try shorten(request, into: &output)) } catch {
            output.append(request.bytes)
            throw error
        }
        // A common encoding, whatever the model: the two are compared with each other.
        let counter = TokenCounter()
        tokensBefore += counter.ofRequest(request, model: "", &tape)
        tokensAfter += counter.ofRequest(
            Span(_bytes: output.span.extracting(start..<output.count)), model: "", &tape)
    }

    /// Appends the compressed request, and does nothing else: this is what takes time in the proxy.
    package mutating func shorten(_ request: Span<UInt8>, into output: inout ByteBuffer) throws(Problem) -> Savings {
        var splice = JSONSplice()
        do throws(JSONScanner.Failure) { try tape.scan(request) } catch {
            throw Problem(message: "not JSON at byte \(error.offset): \(error.reason)", isHarmless: false)
        }
        canonical.write(tape, of: request)
        if canonical.hasDuplicateKeys {
            throw Problem(message: "an object names a member twice: left as it is", isHarmless: true)
        }
        let savings = compression.compress(request, tape, options, minTokens: minTokens, into: &splice)
        splice.apply(to: request, into: &output)
        return savings
    }

    /// What was saved, by transform.
    var table: String {
        var rows: [[String]] = []
        for transform in Transform.allCases {
            let saving = savings[transform]
            guard saving.uses > 0 || saving.failedProofs > 0 else { continue }
            rows.append([
                transform.name, String(saving.uses), Self.tokens(saving.hundredthsBefore),
                Self.tokens(saving.hundredthsAfter), Self.tokens(saving.hundredths), String(saving.failedProofs),
            ])
        }
        let saved = tokensBefore - tokensAfter
        let share = tokensBefore > 0 ? saved * 1000 / tokensBefore : 0
        let table = Self.aligned(
            [["transform", "uses", "tokens before", "after", "saved", "proofs failed"]] + rows)
        return table + """
            \(tokensBefore) tokens before, \(tokensAfter) after: \(saved) saved (\(share / 10).\(share % 10) %), estimated
            """
    }

    private static func tokens(_ hundredths: Int) -> String { String((hundredths + 50) / 100) }

    private static func aligned(_ rows: [[String]]) -> String {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            row.indices.map { column in
                let padding = String(repeating: " ", count: widths[column] - row[column].count)
                return column == 0 ? row[column] + padding : padding + row[column]
            }.joined(separator: "  ") + "\n"
        }.joined()
    }
}

extension Span where Element == UInt8 {
    /// The place of the first line feed; the text's end when there is none.
    fileprivate var lineEnd: Int {
        for index in indices where self[index] == 0x0A { return index }
        return count
    }
}
