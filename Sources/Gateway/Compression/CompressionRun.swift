import Compression
import HTTP
import Metrics
import Platform
import Tokens

/// Requests compressed one after the other outside of the proxy, and what that saved.
struct CompressionRun: ~Copyable {
    /// Why a request was not compressed.
    struct Problem: Error {
        let message: String
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

    init(_ options: CompressionOptions, minTokens: Int) {
        self.options = options
        self.minTokens = minTokens
    }

    /// The requests of an input: it is one, or each of its lines is one.
    mutating func requests(in input: [UInt8]) -> [Range<Int>] {
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

    /// Appends the compressed request; the request itself, where it cannot be compressed.
    mutating func compress(_ request: Span<UInt8>, into output: inout ByteBuffer) throws(Problem) {
        var splice = JSONSplice()
        do throws(JSONScanner.Failure) { try tape.scan(request) } catch {
            output.append(request.bytes)
            throw Problem(message: "not JSON at byte \(error.offset): \(error.reason)", isHarmless: false)
        }
        canonical.write(tape, of: request)
        if canonical.hasDuplicateKeys {
            output.append(request.bytes)
            throw Problem(message: "an object names a member twice: left as it is", isHarmless: true)
        }
        savings.add(compression.compress(request, tape, options, minTokens: minTokens, into: &splice))
        tokensBefore += TokenEstimate.ofRequest(request, &tape)
        splice.apply(to: request, into: &output)
        tokensAfter += TokenEstimate.ofRequest(Span(_bytes: output.span), &tape)
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

    /// Compresses every request so often as `rounds` says: a line with the speed of scan, compression and splices.
    mutating func speed(of requests: [Range<Int>], in input: [UInt8], rounds: Int) -> String {
        let clock = SystemTime()
        var times: [UInt64] = []
        var output = ByteBuffer()
        var bytes = 0
        for _ in 0..<rounds {
            for request in requests {
                let request = input.span.extracting(request)
                var splice = JSONSplice()
                output.removeAll(keep: 1 << 25)
                let start = clock.monotonicNanoseconds()
                do throws(JSONScanner.Failure) { try tape.scan(request) } catch { continue }
                _ = compression.compress(request, tape, options, minTokens: minTokens, into: &splice)
                splice.apply(to: request, into: &output)
                times.append(clock.monotonicNanoseconds() - start)
                bytes += request.count
            }
        }
        guard !times.isEmpty else { return "nothing was compressed" }
        times.sort()
        let total = max(times.reduce(0, +), 1)
        let kilobytesPerSecond = UInt64(bytes) * 1_000_000 / total
        return "\(times.count) requests, \(bytes) bytes, \(kilobytesPerSecond / 1000).\(kilobytesPerSecond % 1000 / 100) "
            + "MB/s, p50 \(times[times.count / 2] / 1000) µs, p99 \(times[times.count * 99 / 100] / 1000) µs"
    }
}

extension Span where Element == UInt8 {
    /// The place of the first line feed; the text's end when there is none.
    fileprivate var lineEnd: Int {
        for index in indices where self[index] == 0x0A { return index }
        return count
    }
}
