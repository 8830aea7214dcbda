import Compression
import Foundation
import Testing

/// Hostile texts: eight times as much takes about eight times as long, and never the square of that.
@Suite(.serialized, .timeLimit(.minutes(10))) struct LinearTimeTests {
    /// A text of about a number of bytes.
    struct Shape: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let make: @Sendable (Int) -> String

        init(_ name: String, _ make: @escaping @Sendable (Int) -> String) {
            testDescription = name
            self.make = make
        }
    }

    private static func repeated(_ text: String, _ bytes: Int) -> String {
        String(repeating: text, count: bytes / text.utf8.count)
    }

    static let shapes = [
        Shape("one line again and again") { repeated("the same line once more, long enough to count\n", $0) },
        Shape("one letter") { repeated("a", $0) }, Shape("blanks") { repeated(" ", $0) + "x" },
        Shape("empty lines") { repeated("\n", $0) + "x" }, Shape("carriage returns") { repeated("\r", $0) },
        Shape("brackets that open") { repeated("[", $0) }, Shape("brackets on lines") { repeated("[1,\n", $0) },
        Shape("nested brackets") { repeated("[", $0 / 2) + repeated("]", $0 / 2) },
        Shape("objects that do not end") { repeated("{\"a\": {\"b\": [\n", $0) },
        Shape("JSON values on lines") { repeated("{ \"a\" : 1, \"b\" : 2 }\n", $0) },
        Shape("rows of JSON") { "[" + repeated("{\"a\": 1, \"b\": [1, 2]},", $0) + "{\"a\": 1, \"b\": [1, 2]}]" },
        Shape("fences that open") { repeated("```a\n", $0) }, Shape("fences") { repeated("```\nx\n", $0) },
        Shape("fences of all lengths") { bytes in
            (3..<Int(Double(bytes * 2).squareRoot())).map { String(repeating: "`", count: $0) + "\n" }.joined()
        },
        Shape("unique lines") { bytes in
            (0..<bytes / 40).map { "line \($0 &* 2_654_435_761) is like no other\n" }.joined()
        },
        Shape("two lines in turn") { repeated("the first of two lines here\nthe second of two lines\n", $0) },
        Shape("blocks that begin and end alike") { bytes in
            (0..<bytes / 200).map {
                "begin of the block\nsomething\n\($0) is in it, and it is long enough to count, surely so\nend of the block here\n"
            }.joined()
        },
        Shape("listings that moved") { bytes in
            (0..<bytes / 400).map { block in
                (0..<10).map { "\(block + $0)\tline \($0) of a block of some lines\n" }.joined()
            }.joined()
        },
        Shape("lines that begin alike") { bytes in
            (0..<bytes / 60).map { "2026-11-30 10:10:\($0 % 60) host service[\($0 % 7)]: \($0)\n" }.joined()
        },
        Shape("long lines") { bytes in
            (0..<bytes / 500).map { "\($0 % 9)" + repeated("a long line goes on ", 480) + "\n" }.joined()
        },
        Shape("rulers") { repeated("|-|-|\n", $0) }, Shape("a table") { "a | b\n-+-\n" + repeated("1   |   2\n", $0) },
        Shape("notes") { repeated("[\u{2026} 3 lines\n", $0) }, Shape("open notes") { repeated("[\u{2026} ", $0) },
        Shape("emoji") { repeated("👩\u{200D}👧 \u{200B}", $0) }, Shape("quotes") { repeated("\"\\\"", $0) },
        Shape("rulers of dashes") { repeated("----------------------\n", $0) },
    ]

    /// Seconds of this thread, the best of three.
    private static func seconds(_ text: [UInt8], _ options: CompressionOptions) -> Double {
        func now() -> Double {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }
        return (0..<3).map { _ in
            var compressor = PromptCompressor()
            let start = now()
            compressor.begin(options)
            for role in [PromptCompressor.Role.tool, .tool] {
                compressor.beginMessage(role, isPinned: false)
                compressor.add(text.span)
                compressor.endMessage()
            }
            return now() - start
        }.min() ?? 0
    }

    @Test(arguments: shapes) func `eight times as much text takes no more than three times eight times as long`(
        shape: Shape
    ) {
        let few = Array(shape.make(1 << 14).utf8)
        let many = Array(shape.make(1 << 17).utf8)
        for options in [CompressionOptions(), CompressionOptions(level: .aggressive, dropsComments: true)] {
            let once = Self.seconds(few, options)
            let eightfold = Self.seconds(many, options)
            // What takes less than a millisecond is too short to be compared.
            #expect(eightfold < max(once, 0.001) * 24, "\(once) s, then \(eightfold) s")
        }
    }
}
