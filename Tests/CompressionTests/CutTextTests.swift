import Compression
import Testing

/// Texts that end anywhere, also within a character: nothing breaks, and what is cut off is not missed elsewhere.
@Suite(.timeLimit(.minutes(5))) struct CutTextTests {
    private static let text = """
        | a    | b    |
        |------|------|
        | é    | 日本   |

        {"a" : [1, {"b" : "x\\u00e9\\""}],  \u{A0}
        "c" : null}
             1\tone\n     2\ttwo\n     3\tthree\n     4\tfour\n     5\tfive
        ```python
        x = '''a   # b  \r\n''' # c
        ```
        2026-11-30 10:10:10 a: b\n2026-11-30 10:10:11 a: c\n2026-11-30 10:10:12 a: d\n2026-11-30 10:10:13 a: e
        [\u{2026} 3 lines same as earlier \u{2026}] {"#cols":["a"]}
        ~~~html
        <!-- a --> <script> // </script>
        """

    @Test(arguments: InvariantTests.everyOption) func `a text may be cut at any byte`(options: CompressionOptions) {
        let bytes = Array(Self.text.utf8)
        var compressor = PromptCompressor()
        for cut in bytes.indices {
            for part in [bytes[..<cut], bytes[cut...]] {
                compressor.begin(options)
                // Twice, so that the second refers to the first.
                for _ in 0..<2 {
                    compressor.beginMessage(.tool, isPinned: false)
                    compressor.add(Array(part).span)
                    compressor.endMessage()
                    let result = compressor.results[0]
                    guard let range = result.replacement else { continue }
                    #expect(range.count < part.count, "cut at \(cut)")
                    let isText = String(validating: part, as: UTF8.self) != nil
                    let isTextStill = String(validating: compressor.output[range], as: UTF8.self) != nil
                    #expect(isText == isTextStill, "cut at \(cut)")
                }
            }
        }
    }
}
